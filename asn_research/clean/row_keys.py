"""Keys of files and rows, by the project's key: whoever has the raw files and the key finds the row, nobody else.

A row's key is that of its file and one of its own: ``kdmbqrst-bcdfghjklmnpqrst``. Keys are made of consonants, so
that none can be taken for a number or a word.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache

from asn_research.clean.identity import Pseudonyms
from asn_research.read import RawTable

_LETTERS = bytes.maketrans(b"0123456789abcdef", b"bcdfghjklmnpqrst")
#: Letters of a file's key, and bytes of a row's own.
FILE_LETTERS, _ROW_BYTES = 8, 8


@lru_cache(maxsize=16)
def _key(pseudonym_key: bytes) -> bytes:
    return Pseudonyms(pseudonym_key).derived("rows")


def file_key(content: str, pseudonym: Pseudonyms) -> str:
    """Return the key of a file.

    Parameters
    ----------
    content : str
        What tells its content from others': `RawFile.key`.
    pseudonym : Pseudonyms
        The project's key.
    """
    digest = hmac.digest(_key(pseudonym.key), f"file {content}".encode(), "sha256")
    return digest.hex()[:FILE_LETTERS].encode().translate(_LETTERS).decode()


def row_ids(table: RawTable, rows: Iterable[int], pseudonym: Pseudonyms) -> list[str]:
    """Return the keys of rows of a table, by their numbers in the sheet."""
    start = file_key(table.file_hash, pseudonym) + "-"
    own = hmac.digest(_key(pseudonym.key), f"sheet {table.row_prefix}".encode(), "sha256")
    made = hashlib.blake2b(key=own, digest_size=_ROW_BYTES)
    found = []
    for row in rows:
        one = made.copy()
        one.update(b"%d" % row)
        found.append(start + one.hexdigest().encode().translate(_LETTERS).decode())
    return found
