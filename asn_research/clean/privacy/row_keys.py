"""Keys of files and rows: keyed hashes. Only a holder of the raw files and the project's key can find a row.

The key of a row is the key of its file and its own part: ``kdmbqrst-bcdfghjklmnpqrst``. Keys consist of
consonants, so that none looks like a number or a word.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.read import RawTable

_SIXTEEN = b"bcdfghjklmnpqrst"
_LETTERS = bytes.maketrans(b"0123456789abcdef", _SIXTEEN)
#: The number of letters of a file key and of a row's own part, and the length of the key for the hash.
FILE_LETTERS, _ROW_LETTERS, _HASH_KEY = 8, 16, 16


@lru_cache(maxsize=16)
def _key(pseudonym_key: bytes) -> bytes:
    return Pseudonyms(pseudonym_key).derived("rows")


def file_key(content: str, pseudonym: Pseudonyms) -> str:
    """Return the key of a file.

    Parameters
    ----------
    content : str
        The identifier of its content: `RawFile.key`.
    pseudonym : Pseudonyms
        The project's key.
    """
    digest = hmac.digest(_key(pseudonym.key), f"file {content}".encode(), "sha256")
    return digest.hex()[:FILE_LETTERS].encode().translate(_LETTERS).decode()


def row_ids(table: RawTable, rows: np.ndarray, pseudonym: Pseudonyms) -> pa.LargeStringArray:
    """Return the keys of rows of a table, given their numbers in the sheet.

    The own part of a row is the keyed SipHash of its number; pandas computes millions of them per second.
    """
    own = hmac.digest(_key(pseudonym.key), f"sheet {table.row_prefix}".encode(), "sha256")
    hashed = pd.util.hash_array(
        np.array([*map(str, rows.tolist())], dtype=object),
        hash_key=b64encode(own).decode()[:_HASH_KEY],
        categorize=False,
    )
    start = f"{file_key(table.file_hash, pseudonym)}-".encode()
    letters = np.empty((len(rows), len(start) + _ROW_LETTERS), dtype=np.uint8)
    letters[:, : len(start)] = np.frombuffer(start, dtype=np.uint8)
    halves = hashed.astype(">u8").view(np.uint8).reshape(-1, _ROW_LETTERS // 2)
    sixteen = np.frombuffer(_SIXTEEN, dtype=np.uint8)
    letters[:, len(start) :: 2] = sixteen[halves >> 4]
    letters[:, len(start) + 1 :: 2] = sixteen[halves & 15]
    ends = np.arange(len(rows) + 1, dtype=np.int64) * letters.shape[1]
    return pa.LargeStringArray.from_buffers(len(rows), pa.py_buffer(ends), pa.py_buffer(letters))
