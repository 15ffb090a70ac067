"""The names of people that no report may contain, from name columns of the raw files, as keyed hashes.

A name is recognised by pairs of its words: *Budi Agus Santoso* is found as *Budi Santoso*, as *Santoso,
Budi*, in two cells, and without the blank. A pair that also occurs in the register or in the texts of reports
is not treated as a name. The name of a person with a single name is checked only in texts that offices typed
freely. Because such a name may be an ordinary word, it does not stop a finished report.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.privacy.sealing import Sealer
from asn_research.errors import KeyFileError
from asn_research.identities import find_identities, plain_text
from asn_research.rules.cities import City
from asn_research.rules.loading import RULES
from asn_research.rules.words import LANGUAGES, load_words
from asn_research.storage import write_whole

#: The file of tokens in the processed folder, encrypted with the project's key.
FILE = "names.sealed"
_WORD = re.compile(r"[^\W\d_]+")
# A new word begins where a capital letter follows a small one: BudiSantoso.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPELT = re.compile(r"(?<![^\W\d_])(?:[^\W\d_][ .\-_]){2,}[^\W\d_](?![^\W\d_])")
_LEAST_LETTERS, _LEAST_SINGLE = 3, 5
_TOKEN_BYTES = 8


@cache
def _personal_words() -> dict[str, frozenset[str]]:
    """Load titles, degrees, given names and other words, by their use, from `rules/personal_words.csv`."""
    with (RULES / "personal_words.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = [(row["word"], row["use"]) for row in csv.DictReader(lines)]
    return {use: frozenset(word for word, own in rows if own == use) for use in {use for _, use in rows}}


def name_words(text: str) -> list[str]:
    """Return the words of a text that may be parts of a name: small letters, no titles, no degrees."""
    plain = _SPELT.sub(lambda found: re.sub(r"[ .\-_]", "", found.group()), plain_text(text))
    beside = _personal_words()
    dropped = beside["title"] | beside["degree"]
    words = (word.casefold() for word in _WORD.findall(_HUMP.sub(" ", plain)))
    return [word for word in words if len(word) >= _LEAST_LETTERS and word not in dropped]


def pairs_of_name(name: str) -> set[str]:
    """Return the pairs of words by which a name is recognised."""
    return {_pair(*pair) for pair in combinations(name_words(name), 2) if pair[0] != pair[1]}


def single_name(name: str) -> set[str]:
    """Return the word of a name with one word; empty if it has more, is too short or is an ordinary word."""
    words, beside = name_words(name), _personal_words()
    is_name = len(words) == 1 and len(words[0]) >= _LEAST_SINGLE
    return set(words) - beside["no_name"] - beside["place"] if is_name else set()


def _alone(word: str) -> str:
    """Return the text that is hashed for a single name; it cannot be equal to a pair of words."""
    return f"= {word}"


def _pair(one: str, other: str) -> str:
    return " ".join(sorted((one, other)))


def _token(key: bytes, pair: str) -> str:
    return hashlib.blake2b(pair.encode(), key=key, digest_size=_TOKEN_BYTES).hexdigest()


@dataclass(frozen=True)
class DeniedNames:
    """The names of people, as keyed hashes (tokens).

    Parameters
    ----------
    key : bytes
        The key of the hash.
    tokens : frozenset of str
        For each name: the hash of each pair of its words, and of the pair without a blank in either order.
        For a name of one word: the hash of that word.
    """

    key: bytes = field(repr=False)
    tokens: frozenset[str] = field(default=frozenset(), repr=False)
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def none(cls, pseudonym: Pseudonyms) -> DeniedNames:
        """Return an empty list with the key of the project."""
        return cls(pseudonym.derived("names")[:32])

    def tokens_of(self, names: Iterable[str]) -> set[str]:
        """Return the tokens of names."""
        known = list(names)
        pairs = {pair for name in known for pair in pairs_of_name(name)}
        single = {_alone(word) for name in known for word in single_name(name)}
        glued = {"".join(order) for pair in pairs for order in (pair.split(), pair.split()[::-1])}
        return {_token(self.key, each) for each in pairs | glued | single}

    def tokens_in(self, texts: Iterable[str]) -> set[str]:
        """Return the tokens of all words and pairs of adjacent words in texts that contain no names."""
        said = [name_words(text) for text in texts]
        pairs = {_pair(*pair) for words in said for pair in pairwise(words)}
        return {_token(self.key, each) for each in pairs | {_alone(word) for words in said for word in words}}

    def beside(self, tokens: Iterable[str], city: City) -> DeniedNames:
        """Return a list of denied names with these tokens, without words that the city's register or reports contain."""
        tokens_found = frozenset(tokens)
        return DeniedNames(
            self.key, tokens_found - self.tokens_in(_public_texts(city)) if tokens_found else tokens_found
        )

    def count(self, text: str) -> int:
        """Return the number of names in a text."""
        if not self.tokens:
            return 0
        words = name_words(text)
        n = sum(self._is_denied(_pair(*pair)) for pair in pairwise(words) if pair[0] != pair[1])
        return n + sum(self._is_denied(word) for word in words if len(word) >= 2 * _LEAST_LETTERS)

    def holds_single(self, text: str) -> bool:
        """Return whether a text has a name of one word, not counting names of streets and schools."""
        words, places = name_words(text) if self.tokens else [], _personal_words()["place"]
        return any(
            len(word) >= _LEAST_SINGLE
            and self._is_denied(_alone(word))
            and not places.intersection(words[max(0, at - 3) : at])
            for at, word in enumerate(words)
        )

    def _is_denied(self, said: str) -> bool:
        if said not in self._known:
            self._known[said] = _token(self.key, said) in self.tokens
        return self._known[said]


def _public_texts(city: City) -> list[str]:
    """Return the texts that reports may contain: the names in the register, and `words.csv`."""
    texts = [text for language in LANGUAGES for text in load_words(language).texts.values()]
    texts += [str(value) for value in city.facts.model_dump().values() if isinstance(value, str)]
    for unit in city.units.values():
        texts += [unit.name, unit.short_name, *unit.aliases]
    for service in city.services.values():
        texts += [service.name_indonesian, service.name_english, *service.aliases]
    return texts


def leads_to_a_person(text: str, names: DeniedNames) -> bool:
    """Return whether a freely typed text may identify a person.

    Parameters
    ----------
    text : str
        The name of a programme, a file, a sheet.
    names : DeniedNames
        The names of people in the raw files.

    Examples
    --------
    >>> leads_to_a_person("Rekap a.n. Rahmat", DeniedNames(b"k"))
    True
    >>> leads_to_a_person("Pelayanan Ibu dan Anak di Jalan Ahmad Yani", DeniedNames(b"k"))
    False
    """
    is_known = names.count(text) or names.holds_single(text)
    return bool(find_identities(text) or is_known or _is_addressed(text) or _has_given_name(text))


_MARKER = re.compile(
    r"(?<![^\W\d_])(?:a\.\s?n\.?|an\.?|atas nama|bapak|bpk\.?|ibu|sdri?\.?|saudara|saudari|tn\.?|ny\.?|nn\.?|pak|bu|dr\.|drs\.?|drg\.?|hj?\.|ir\.)"
    r"[\s:_-]+([^\W\d_]{3,})",
    re.IGNORECASE,
)

_TITLE = re.compile(r"(?:dr|drs|drg|hj?|ir)\.", re.IGNORECASE)


def _is_addressed(text: str) -> bool:
    """Return whether a text has a form of address with a name after it: *Sdr.*, *a.n.*, *Bapak*.

    A title directly after the word of a place belongs to the place: *RSUD dr. Soedarso*.
    """
    plain = plain_text(text).replace("_", " ")
    no_names, places = (_personal_words()[use] for use in ("no_name", "place"))
    for found in _MARKER.finditer(plain):
        before = _WORD.findall(plain[: found.start()])[-1:]
        is_of_place = bool(_TITLE.match(found.group())) and places.issuperset(map(str.casefold, before))
        if found[1].casefold() not in no_names and found[1][0].isupper() and not (before and is_of_place):
            return True
    return False


def _has_given_name(text: str) -> bool:
    """Return whether a common given name is next to another possible name, except in a street name."""
    beside = _personal_words()
    words = re.findall(r"[^\W\d_]+", _HUMP.sub(" ", plain_text(text)))
    for at, word in enumerate(words):
        if word.casefold() not in beside["given"] or not word[0].isupper():
            continue
        before = [each.casefold() for each in words[max(0, at - 3) : at]]
        if beside["place"].intersection(before):
            continue
        near = [each for each in words[at + 1 : at + 2] if each[0].isupper()]
        near += [each for each in words[max(0, at - 1) : at] if each.casefold() in beside["given"]]
        if any(
            each.casefold() not in beside["no_name"] | beside["place"] and len(each) >= _LEAST_LETTERS
            for each in near
        ):
            return True
    return False


def keep_names(processed: Path, names: DeniedNames, pseudonym: Pseudonyms) -> None:
    """Write the tokens to the processed folder, encrypted with the project's key."""
    content = json.dumps(sorted(names.tokens)).encode()
    write_whole(processed / FILE, Sealer.of(pseudonym).seal(content, FILE))


def load_names(processed: Path, key_file: Path | None = None) -> DeniedNames | None:
    """Return the names that reports must not contain; None if the key or the file is not available."""
    try:
        pseudonym = Pseudonyms(load_key(key_file, may_make=False)[0])
        content = Sealer.of(pseudonym).unseal((processed / FILE).read_bytes(), FILE)
    except (KeyFileError, OSError):
        return None
    if content is None:
        return None
    return DeniedNames(DeniedNames.none(pseudonym).key, frozenset(json.loads(content)))
