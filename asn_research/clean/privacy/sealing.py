"""Encrypt what cleaning stores between two runs, because it contains texts that offices sent."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import numpy as np

from asn_research.clean.privacy.identity import Pseudonyms

_TAG_BYTES = 32


@dataclass(frozen=True)
class Sealer:
    """Authenticated encryption: only a holder of the key can read the content, and every change is detected.

    The standard library has no cipher, so this is the construction of RFC 5297 (synthetic initialisation
    vector) from two keyed functions of the standard library. HMAC-SHA-256 of name and content is the tag.
    SHAKE-256 makes the key stream from the tag. Different contents have different tags, so no key stream is
    used twice. The same content under the same name gives the same bytes.

    Parameters
    ----------
    tag_key, stream_key : bytes
        32 bytes each, derived from the project's key.
    """

    tag_key: bytes = field(repr=False)
    stream_key: bytes = field(repr=False)

    @classmethod
    def of(cls, pseudonym: Pseudonyms) -> Sealer:
        """Return the sealer with keys derived from the project's key."""
        return cls(pseudonym.derived("tag of what is sealed"), pseudonym.derived("stream of what is sealed"))

    def seal(self, content: bytes, name: str) -> bytes:
        """Return the encrypted content; it can be decrypted only with the same name."""
        tag = self._tag(content, name)
        return tag + self._with_stream(content, tag)

    def unseal(self, sealed: bytes, name: str) -> bytes | None:
        """Return the decrypted content; None if it is damaged, or was encrypted with another key or name."""
        tag = sealed[:_TAG_BYTES]
        content = self._with_stream(sealed[_TAG_BYTES:], tag)
        return content if hmac.compare_digest(tag, self._tag(content, name)) else None

    def _tag(self, content: bytes, name: str) -> bytes:
        # The length of the name comes first, so that no other pair of name and content gives the same
        # message.
        own = name.encode()
        return hmac.digest(self.tag_key, len(own).to_bytes(8, "big") + own + content, "sha256")

    def _with_stream(self, content: bytes, tag: bytes) -> bytes:
        stream = hashlib.shake_256(self.stream_key + tag).digest(len(content))
        return (np.frombuffer(content, np.uint8) ^ np.frombuffer(stream, np.uint8)).tobytes()
