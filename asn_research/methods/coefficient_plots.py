"""Estimates with their intervals, drawn on any axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from asn_research.errors import RequestError
from asn_research.export.drawn_numbers import write_decimals
from asn_research.methods.result import CONSTANTS, no_term
from asn_research.rules.words import Language, worded

#: How far apart, in rows, the dots of several fits stand.
_STEP = 0.16


def draw_estimates(
    fits: Sequence[tuple[str, pd.DataFrame]],
    ax: Axes | None = None,
    *,
    terms: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    language: Language = "en",
) -> Axes:
    """Draw one dot and interval a term and fit, first terms above.

    Parameters
    ----------
    fits : sequence of tuple
        Each fit's name and its table (term, estimate, low, high).
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default axes of a new figure.
    terms : sequence of str, optional
        Which terms, from above; by default all but constants.
    labels : mapping of str to str, optional
        What terms are called.
    language : {"en", "id"}
        Of the decimal sign.

    Raises
    ------
    RequestError
        If a term is in no fit, or no estimate has an interval.
    """
    known = list(dict.fromkeys(str(term) for _, table in fits for term in table["term"]))
    strangers = [term for term in terms or () if term not in known]
    if strangers:
        raise no_term(strangers[0], known)
    chosen = list(terms) if terms is not None else [term for term in known if term not in CONSTANTS]
    if not chosen:
        raise worded(RequestError, "error_nothing_to_draw")
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 1.0 + 0.42 * len(chosen)), layout="constrained")
    colours = sns.color_palette("colorblind", max(len(fits), 1))
    place = {term: row for row, term in enumerate(chosen)}
    for number, ((name, table), colour) in enumerate(zip(fits, colours, strict=True)):
        rows = table.loc[table["term"].isin(chosen)]
        y = np.array([place[term] for term in rows["term"]]) + _STEP * (number - (len(fits) - 1) / 2)
        middle = rows["estimate"].to_numpy(dtype=float)
        reach = np.abs(rows[["low", "high"]].to_numpy(dtype=float).T - middle)
        ax.errorbar(
            middle,
            y,
            xerr=np.nan_to_num(reach, posinf=np.nan),
            fmt="o",
            color=colour,
            capsize=3,
            label=name or None,
        )
    ax.axvline(0, color="0.5", linewidth=1, zorder=0)
    ax.set_yticks(range(len(chosen)), [(labels or {}).get(term, term) for term in chosen])
    ax.set_ylim(len(chosen) - 0.5, -0.5)
    ax.set_ylabel("")
    write_decimals([ax], language)
    if len(fits) > 1:
        ax.legend(frameon=False)
    else:
        ax.set_title(fits[0][0], loc="left", fontsize="medium")
    sns.despine(ax=ax, left=True)
    ax.tick_params(axis="y", length=0)
    return ax
