"""The numbers that a drawing shows, with the language's decimal sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from matplotlib.ticker import ScalarFormatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?%?")


class _WithCommas(ScalarFormatter):
    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick with a decimal comma."""
        return super().__call__(x, pos).replace(".", ",")


def drawn_number(text: str, language: str) -> str:
    """Return a number with a language's decimal sign and a minus; a text that is no number stays.

    Examples
    --------
    >>> drawn_number("-0.04", "id"), drawn_number("-0.0", "en"), drawn_number("v1.2", "id")
    ('−0,04', '0.0', 'v1.2')
    """
    if not _NUMBER.fullmatch(text):
        return text
    text = text if any(digit in "123456789" for digit in text) else text.lstrip("-−")
    return text.replace("-", "−").replace(".", "," if language == "id" else ".")


def write_decimals(drawn: Iterable[Axes], language: str) -> None:
    """Give ticks and numbers inside drawings a language's decimal sign; axes of names or of days stay.

    Parameters
    ----------
    drawn : iterable of matplotlib.axes.Axes
        The axes, after all is drawn.
    language : {"en", "id"}
        Of the decimal sign.
    """
    for axes in drawn:
        for text in axes.texts:
            text.set_text(drawn_number(text.get_text(), language))
        for axis in (axes.xaxis, axes.yaxis):
            if language == "id" and type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_WithCommas())
