"""The environment of the processes that a batch starts, and whether they are forked."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from asn_research.errors import RequestError
from asn_research.forking import can_fork


def without_keys(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without pseudonym keys: a template must not be able to print one.

    Parameters
    ----------
    env : mapping of str to str, optional
        By default this process's own.

    Examples
    --------
    >>> without_keys({"ASN_RESEARCH_KEY": "secret", "ASN_RESEARCH_OLD_KEY": "older", "LANG": "C"})
    {'LANG': 'C'}
    """
    given = os.environ if env is None else env
    return {name: text for name, text in given.items() if not _is_key(name)}


def _is_key(name: str) -> bool:
    # By shape and not by list: a key that is added later is kept back too. Windows ignores case.
    upper = name.upper()
    return upper.startswith("ASN_RESEARCH_") and "KEY" in upper


def forks() -> bool:
    """Whether reports are forked from a warm parent; else each worker is a program of its own.

    Raises
    ------
    RequestError
        If the switch is neither 0 nor 1.
    """
    try:
        return can_fork()
    except ValueError as error:
        raise RequestError(str(error)) from None


def limits_memory() -> bool:
    """Whether a limit of memory can be set for a process on this system."""
    return sys.platform == "linux"
