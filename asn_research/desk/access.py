"""What the checks of requests go by: the secret of this run, its keys for first visits, and the hosts that are ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field


@dataclass
class Access:
    """The secrets and addresses by which requests are checked.

    Parameters
    ----------
    hosts : frozenset of str
        The values of the header Host that are ours; empty behind Jupyter's proxy.
    secret : str
        The secret of this run of the desk.
    is_proxied : bool
        Whether requests come through jupyter-server-proxy, which has checked the login and adds the secret.
    """

    hosts: frozenset[str]
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    is_proxied: bool = False
    _used: set[str] = field(default_factory=set, repr=False)

    def sign(self, text: str) -> str:
        """Return a signature of a text, made with the secret."""
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    @property
    def session(self) -> str:
        """The value of the cookie of the session."""
        return self.sign("session")

    @property
    def csrf(self) -> str:
        """The secret value that each form must send, so that other sites cannot send forms."""
        return self.sign("csrf")

    def new_key(self) -> str:
        """Return a key for one first visit."""
        nonce = secrets.token_hex(8)
        return f"{nonce}{self.sign(f'first {nonce}')}"

    def is_key(self, key: str) -> bool:
        """Return whether a key is valid; each is valid once."""
        nonce, signature = key[:16], key[16:]
        if nonce in self._used or not hmac.compare_digest(
            signature.encode(), self.sign(f"first {nonce}").encode()
        ):
            return False
        self._used.add(nonce)
        return True


def hosts_of(port: int) -> frozenset[str]:
    """Return the values of the header Host that mean this computer.

    Examples
    --------
    >>> sorted(hosts_of(8000))
    ['127.0.0.1:8000', '[::1]:8000', 'localhost:8000']
    """
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
