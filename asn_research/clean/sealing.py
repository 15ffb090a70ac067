"""What cleaning keeps between two runs holds what offices sent, so it is sealed with the project's key."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asn_research.clean.identity import Pseudonyms

_NONCE_BYTES = 12


@dataclass(frozen=True)
class Sealer:
    """Seals content so that only the key's holder can read it (AES-256 in Galois counter mode).

    Parameters
    ----------
    key : bytes
        32 bytes, derived from the project's key.
    """

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, pseudonym: Pseudonyms) -> Sealer:
        """Return the sealer of a project's key."""
        return cls(pseudonym.derived("cache")[:32])

    def seal(self, content: bytes, name: str) -> bytes:
        """Return sealed content; it opens under the same name alone."""
        # Told by the content: it comes twice for the same content alone, and the same content is the same bytes.
        told = b"nonce\0" + name.encode() + b"\0" + content
        nonce = hmac.digest(self.key, told, "sha256")[:_NONCE_BYTES]
        return nonce + AESGCM(self.key).encrypt(nonce, content, name.encode())

    def unseal(self, content: bytes, name: str) -> bytes | None:
        """Return what was sealed; nothing if it is damaged, or sealed with another key or name."""
        try:
            return AESGCM(self.key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            return None
