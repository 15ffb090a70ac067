"""What cleaning keeps between two runs holds what offices sent, so it is sealed with the project's key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import numpy as np

from asn_research.clean.identity import Pseudonyms

_TAG_BYTES = 32


@dataclass(frozen=True)
class Sealer:
    """Seals content so that only the key's holder can read it, and notices every change.

    The standard library has no cipher, so this is the composition of RFC 5297 (synthetic initialisation vector)
    from its two keyed functions: HMAC-SHA-256 of name and content is both the tag and what SHAKE-256 makes the key
    stream of. No tag comes twice for different contents, so no stream is used twice; the same content under the
    same name is the same bytes.

    Parameters
    ----------
    tag_key, stream_key : bytes
        32 bytes each, derived from the project's key.
    """

    tag_key: bytes = field(repr=False)
    stream_key: bytes = field(repr=False)

    @classmethod
    def of(cls, pseudonym: Pseudonyms) -> Sealer:
        """Return the sealer of a project's key."""
        return cls(pseudonym.derived("tag of what is sealed"), pseudonym.derived("stream of what is sealed"))

    def seal(self, content: bytes, name: str) -> bytes:
        """Return sealed content; it opens under the same name alone."""
        tag = self._tag(content, name)
        return tag + self._with_stream(content, tag)

    def unseal(self, sealed: bytes, name: str) -> bytes | None:
        """Return what was sealed; nothing if it is damaged, or sealed with another key or name."""
        tag = sealed[:_TAG_BYTES]
        content = self._with_stream(sealed[_TAG_BYTES:], tag)
        return content if hmac.compare_digest(tag, self._tag(content, name)) else None

    def _tag(self, content: bytes, name: str) -> bytes:
        # The name's length stands first: no other name and content make the same message.
        own = name.encode()
        return hmac.digest(self.tag_key, len(own).to_bytes(8, "big") + own + content, "sha256")

    def _with_stream(self, content: bytes, tag: bytes) -> bytes:
        stream = hashlib.shake_256(self.stream_key + tag).digest(len(content))
        return (np.frombuffer(content, np.uint8) ^ np.frombuffer(stream, np.uint8)).tobytes()
