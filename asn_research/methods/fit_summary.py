"""A fit as text, laid out as statsmodels lays out its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from asn_research.export.figures import DecimalSign, Figures, PValue
from asn_research.rules.words import Language, in_words


def summary_text(
    table: pd.DataFrame,
    title: str,
    facts: Mapping[str, object],
    foot: Sequence[str] = (),
    further: Mapping[str, pd.DataFrame] | None = None,
    language: Language = "en",
) -> str:
    """Lay a table out in statsmodels' manner: facts in two columns, coefficients, remarks.

    The headings of coefficients are statsmodels' own in each language.
    """
    sign: DecimalSign = "," if language == "id" else "."
    shown = [f"{_words(name, language)}: {_figure(value, sign, language)}" for name, value in facts.items()]
    width = 84
    head = [
        left.ljust(width // 2) + (shown[place + 1] if place + 1 < len(shown) else "")
        for place, left in enumerate(shown)
        if place % 2 == 0
    ]
    rule, thin = "=" * width, "-" * width
    lines = _text_of(table, sign)
    extra = [
        line
        for name, part in (further or {}).items()
        for line in (thin, _words(name, language), *_text_of(part, sign))
    ]
    return "\n".join(
        [
            title.center(width).rstrip(),
            rule,
            *head,
            thin,
            lines[0],
            thin,
            *lines[1:],
            *extra,
            rule,
            *(in_words(remark, language) for remark in foot),
        ]
    )


def _text_of(table: pd.DataFrame, sign: DecimalSign) -> list[str]:
    """Return a table's lines, columns under their usual short headings."""
    statistic = "t" if "t" in table else "z"
    names = {
        "term": "", "estimate": "coef", "std_error": "std err", "t": "t", "z": "z", "df": "df",
        "p_value": f"P>|{statistic}|", "low": "[0.025", "high": "0.975]",
    }  # fmt: skip
    body = table[[name for name in names if name in table]] if "estimate" in table else table
    short = Figures(sign, 4)
    texts = body.rename(columns=names).map(
        lambda value: short.number(value).replace("−", "-") if isinstance(value, float) else str(value)
    )
    if "df" in texts:
        texts["df"] = [short.degrees(value) for value in table["df"]]
    if "estimate" in table and "p_value" in table:
        texts[names["p_value"]] = [short.p(value) for value in table["p_value"]]
    first = texts.columns[0]
    texts[first] = texts[first].str.ljust(int(texts[first].str.len().max()))
    return texts.to_string(index=False).splitlines()


def _words(text: object, language: Language) -> str:
    return in_words(text if isinstance(text, str) else str(text), language)


def _figure(value: object, sign: DecimalSign, language: Language) -> str:
    if isinstance(value, PValue):
        return Figures(sign).p(value)
    return f"{value:.4g}".replace(".", sign) if isinstance(value, float) else _words(value, language)
