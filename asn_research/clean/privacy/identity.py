"""Check and repair employee numbers (NIP), and replace them by keyed pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import platformdirs

from asn_research.errors import KeyFileError
from asn_research.identities import is_nip, plain_text
from asn_research.read.cells import NUMBER, TEXT
from asn_research.rules.words import load_words, worded
from asn_research.storage import make_private, write_whole

KEY_VARIABLE, OLD_KEY_VARIABLE = "ASN_RESEARCH_KEY", "ASN_RESEARCH_OLD_KEY"
_LEAST_KEY_BYTES = 16
_LEAST_DIFFERENT_BYTES = 8

#: Reason codes of repairs, as in `reasons.csv`.
PUNCTUATION, CUT_OFF, FROM_TEXT = "nip_punctuation", "nip_cut_to_15_digits", "nip_from_text"
#: A word next to a number; the single letter e of 1.97e17 does not match.
_WITH_TEXT = re.compile(r"[^\W\d_]{2,}")
CUT_OFF_UNKNOWN, IMPOSSIBLE, MISSING = "nip_cut_not_unique", "nip_impossible", "missing_required"


@dataclass(frozen=True, slots=True)
class Nip:
    """An employee number (NIP of PNS, NI of PPPK). Its `repr` does not show the digits.

    Parameters
    ----------
    digits : str
        Eighteen digits: birth date, start (PNS: year and month; PPPK: year and contract), sex,
        sequence number.

    Raises
    ------
    ValueError
        If the digits are not a possible number.
    """

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if not is_nip(self.digits):
            msg = "not a NIP: birth date, start, sex or sequence number cannot be"
            raise ValueError(msg)

    @property
    def employment_type(self) -> str:
        """``pns`` or ``pppk``, from the two digits after the year of start."""
        return "pns" if int(self.digits[12:14]) <= 12 else "pppk"

    @property
    def sex(self) -> str:
        """``m`` or ``f``."""
        return "m" if self.digits[14] == "1" else "f"

    @property
    def birth_year(self) -> int:
        """Year of birth."""
        return int(self.digits[:4])

    @property
    def start_year(self) -> int:
        """Year of first appointment."""
        return int(self.digits[8:12])


@dataclass(frozen=True)
class NipRegister:
    """The known employee numbers, to repair numbers that a spreadsheet cut to fifteen digits."""

    by_stem: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, digits: Iterable[str]) -> NipRegister:
        """Build the register from complete numbers."""
        stems: dict[str, tuple[str, ...]] = {}
        for number in sorted(set(digits)):
            stems[number[:15]] = (*stems.get(number[:15], ()), number)
        return cls(stems)

    def mend(self, stem: str) -> str | None:
        """Return the known number that begins with these fifteen digits; None if it is not exactly one."""
        known = self.by_stem.get(stem, ())
        return known[0] if len(known) == 1 else None


@dataclass(frozen=True, slots=True)
class ParsedNip:
    """The result of reading a cell: the number if there is one, and the reason code of a repair or fault."""

    digits: str | None = field(default=None, repr=False)
    repair: str = ""
    fault: str = ""


def read_nip(text: str, kind: str, register: NipRegister) -> ParsedNip:
    """Read a cell that should hold a NIP.

    A spreadsheet stores only fifteen digits of a number. A NIP typed as a number has lost its sequence number
    and ends in ``000`` (or ``008``, after conversion to floating point). It is repaired only if exactly one
    known number begins with the same fifteen digits.

    Parameters
    ----------
    text, kind : str
        The cell.
    register : NipRegister
        The known numbers.

    Returns
    -------
    ParsedNip
        Without number and fault if the cell is empty.
    """
    if not text:
        return ParsedNip()
    if _WITH_TEXT.search(text):
        return _from_text(text, register)
    said = plain_text(text)
    bare, is_float = _without_decimals(said)
    plain = re.sub(r"[\s.'`_/\-]", "", bare)
    scientific = re.fullmatch(r"(\d)[.,]?(\d*)[eE]\+?17", said.strip().lstrip("'"))
    if scientific:
        return (
            _mended((scientific[1] + scientific[2]).ljust(15, "0")[:15], register)
            if len(scientific[2]) >= 14
            else ParsedNip(fault=CUT_OFF_UNKNOWN)
        )
    is_cut = (
        kind == NUMBER
        or _is_rounded(plain, is_float=is_float)
        or (len(plain) == 18 and plain.endswith(("000", "008")) and not _is_known(plain, register))
    )
    if re.fullmatch(r"\d{18}", plain) and is_cut:
        return _mended(plain[:15], register)
    try:
        number = Nip(plain)
    except ValueError:
        return ParsedNip(fault=IMPOSSIBLE)
    return ParsedNip(number.digits, repair=PUNCTUATION if plain != text else "")


def _without_decimals(text: str) -> tuple[str, bool]:
    """Return a number without the ``.0`` of a decimal column, and whether it had one."""
    found = re.fullmatch(r"\s*'?(\d{18})[.,]0+\s*", text)
    return (found[1], True) if found else (text, False)


def _is_rounded(digits: str, *, is_float: bool) -> bool:
    """Return whether a number may have been rounded to floating point, where it must be a multiple of 32."""
    return is_float and digits.isdigit() and int(digits) % 32 == 0


def _from_text(text: str, register: NipRegister) -> ParsedNip:
    """Read a cell that has other words too, such as a name or NIP; it must contain exactly one number."""
    groups = re.findall(r"(?<!\d)\d[\d\s.'_/-]{16,}\d(?!\d)", plain_text(text))
    found = [read_nip(group, TEXT, register) for group in groups]
    if len(found) != 1:
        return ParsedNip(fault=IMPOSSIBLE)
    return replace(found[0], repair=found[0].repair or FROM_TEXT) if found[0].digits else found[0]


def _is_known(digits: str, register: NipRegister) -> bool:
    if digits in register.by_stem.get(digits[:15], ()):
        return True
    # A number ending in 008 that is not in the register may be real; one ending in 000 is surely damaged.
    return digits.endswith("008") and digits[:15] not in register.by_stem


def _mended(stem: str, register: NipRegister) -> ParsedNip:
    whole = register.mend(stem)
    return ParsedNip(whole, repair=CUT_OFF) if whole else ParsedNip(fault=CUT_OFF_UNKNOWN)


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed pseudonyms (HMAC): the same number gives the same pseudonym; linking back needs the key.

    Parameters
    ----------
    key : bytes
        The key.
    old_key : bytes or None
        The previous key, if pseudonyms made with it are to be linked to the new ones.
    """

    key: bytes = field(repr=False)
    old_key: bytes | None = field(default=None, repr=False)
    _links: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, text: str) -> str:
        """Return the pseudonym of a text: a letter (so that it cannot look like a NIK) and 60 bits in hex."""
        return _keyed(self.key, text)

    def person(self, digits: str) -> str:
        """Return the pseudonym of a person, and record the link from the pseudonym by the old key."""
        name = _keyed(self.key, digits)
        if self.old_key is not None:
            self._links[_keyed(self.old_key, digits)] = name
        return name

    def rater(self, digits: str) -> str:
        """Return the pseudonym of a person as a rater.

        It differs from `person`, so that the ratings that a person gave are not linked to those received.
        """
        name = "r" + _keyed(self.key, f"rater {digits}")[1:]
        if self.old_key is not None:
            self._links["r" + _keyed(self.old_key, f"rater {digits}")[1:]] = name
        return name

    def sign(self, text: str) -> str:
        """Return six consonants that replace a text; they cannot look like a word or a number."""
        digest = self(text)[1:7].encode()
        return digest.translate(bytes.maketrans(b"0123456789abcdef", b"bcdfghjklmnpqrst")).decode()

    def derived(self, purpose: str) -> bytes:
        """Return a derived key of 32 bytes for one purpose; keys for different purposes are independent."""
        return hmac.digest(self.key, f"key for {purpose}".encode(), "sha256")

    @property
    def links(self) -> dict[str, str]:
        """Old pseudonym to new pseudonym, for all persons so far."""
        return dict(sorted(self._links.items()))

    @property
    def fingerprint(self) -> str:
        """A text that identifies the key without revealing it."""
        return _keyed(self.key, "fingerprint of a key")


def _keyed(key: bytes, digits: str) -> str:
    return "p" + hmac.new(key, digits.encode(), hashlib.sha256).hexdigest()[:15]


def default_key_file() -> Path:
    """Return the default path of the key file: in the user's settings, outside any repository."""
    return platformdirs.user_config_path("asn-research", appauthor=False) / "pseudonym.key"


def load_key(path: Path | None = None, *, may_make: bool = True, language: str = "en") -> tuple[bytes, str]:
    """Return the pseudonym key, and a message that says where it is. If there is no key, make one.

    Parameters
    ----------
    path : Path, optional
        The key file; by default `default_key_file`. The variable ``ASN_RESEARCH_KEY`` has priority.
    may_make : bool
        Whether a new key may be made. It must be False if data of another key exist, because the quarters
        could not be linked any more.
    language : str
        The language of the message.

    Returns
    -------
    key : bytes
        The key.
    line : str
        The message; it does not contain the key.

    Raises
    ------
    KeyFileError
        If the key is weak, can be read by others, or cannot be read or made.
    """
    words = load_words(language)
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return checked_key(given.encode(), KEY_VARIABLE), words("key_given", variable=KEY_VARIABLE)
    place = path or default_key_file()
    try:
        if place.exists():
            return _key_in(place), words("key_found", place=place)
        if not may_make:
            raise worded(KeyFileError, "error_key_gone", place=place)
        make_private(place.parent)
        key = secrets.token_hex(32).encode()
        write_whole(place, key)
    except OSError as error:
        raise worded(
            KeyFileError, "error_key_unmade", place=place, reason=error.strerror, key_variable=KEY_VARIABLE
        ) from None
    return key, words("key_made", place=place)


def load_old_key(path: Path | None = None) -> bytes | None:
    """Return the previous key, from a file or from ``ASN_RESEARCH_OLD_KEY``; None if neither is given.

    Raises
    ------
    KeyFileError
        If it is weak, can be read by others, or cannot be read.
    """
    given = os.environ.get(OLD_KEY_VARIABLE)
    if given:
        return checked_key(given.encode(), OLD_KEY_VARIABLE)
    if path is None:
        return None
    try:
        return _key_in(path)
    except OSError as error:
        raise worded(KeyFileError, "error_old_key", path=path.name, reason=error.strerror) from None


def _key_in(place: Path) -> bytes:
    """Return the key in a file; refuse a file that others than its owner can read."""
    content = place.read_bytes().strip()
    if not content:
        raise worded(KeyFileError, "error_key_empty", place=place)
    if sys.platform != "win32" and place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise worded(KeyFileError, "error_key_open", place=place)
    return checked_key(content, str(place))


def checked_key(key: bytes, where: str) -> bytes:
    """Return a key; refuse one that is short or could be guessed, and say where it stands."""
    if len(key) < _LEAST_KEY_BYTES:
        raise worded(KeyFileError, "error_key_short", where=where, n=_LEAST_KEY_BYTES)
    if len(set(key)) < _LEAST_DIFFERENT_BYTES:
        raise worded(KeyFileError, "error_key_guessed", where=where, n=_LEAST_DIFFERENT_BYTES)
    if key.isdigit():
        raise worded(KeyFileError, "error_key_digits", where=where)
    return key
