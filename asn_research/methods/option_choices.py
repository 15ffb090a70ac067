"""Refuse an unknown value of an option, and suggest the known value that is most similar."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import get_close_matches

from asn_research.errors import RequestError
from asn_research.rules.words import worded


def choose(given: object, allowed: Sequence[Hashable], *, option: str, function: str) -> None:
    """Raise an error for an unknown value of an option, and suggest the most similar known value.

    Parameters
    ----------
    given : object
        The given value.
    allowed : sequence
        The known values.
    option, function : str
        The names of the option and of its function, for the message.

    Raises
    ------
    RequestError
        If the value is unknown.
    """
    if given in allowed:
        return
    known = ", ".join(map(repr, allowed))
    near = nearest(str(given), [str(value) for value in allowed])
    if near:
        raise worded(
            RequestError,
            "error_option_near",
            function=function,
            option=option,
            given=given,
            known=known,
            near=near,
        )
    raise worded(RequestError, "error_option", function=function, option=option, given=given, known=known)


def nearest(given: str, known: Sequence[str]) -> str:
    """Return the known word that is most similar to a given one; an empty text if none is similar."""
    plain = {_plain(word): word for word in known}
    found = get_close_matches(_plain(given), list(plain), n=1, cutoff=0.55)
    if not found:
        found = [word for word in plain if len(_plain(given)) > 1 and word.startswith(_plain(given)[:3])][:1]
    return plain[found[0]] if found else ""


def _plain(word: str) -> str:
    return "".join(sign for sign in word.casefold() if sign.isalnum())
