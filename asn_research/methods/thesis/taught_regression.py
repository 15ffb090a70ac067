"""*Regresi linier berganda* as SPSS prints it, and *uji mediasi* by Sobel and bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import RequestError
from asn_research.methods.column_values import need_columns
from asn_research.methods.mediation.indirect import MediationFit, fit_mediation
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.thesis.assumptions import COEFFICIENT_KINDS, coefficient_rows
from asn_research.methods.thesis.questionnaire import Questionnaire
from asn_research.methods.thesis.scores import columns_of, scores_of
from asn_research.methods.thesis.taught import Kind, Sheet, Taught, p_text, text_column
from asn_research.rules.words import Said, said, worded


@dataclass(frozen=True, repr=False)
class TaughtRegression(Taught):
    """A multiple regression of a thesis.

    Parameters
    ----------
    fit : PanelFit
        The regression, for `compare`, figures and export.
    robust : PanelFit
        The same with HC3 errors.
    """

    fit: PanelFit | None = None
    robust: PanelFit | None = None


def regresi_berganda(
    data: Questionnaire | pd.DataFrame, y: str, x: Sequence[str], *, alpha: float = 0.05
) -> TaughtRegression:
    """Fit a multiple linear regression: Model Summary, ANOVA (uji F), Coefficients (uji t), hypotheses.

    Parameters
    ----------
    data : Questionnaire or pd.DataFrame
        Scores by variable, or any table.
    y : str
        The dependent variable.
    x : sequence of str
        The independent ones.
    alpha : float
        Significance level; *t tabel* has n - k - 1 degrees of freedom, *F tabel* (k, n - k - 1).

    Returns
    -------
    TaughtRegression
        Tables as SPSS prints them, the equation, a table of hypotheses, and coefficients with HC3 errors.

    Raises
    ------
    ModelError
        If a column is absent, or there are too few rows.
    RequestError
        If the level does not lie between 0 and 1.

    Examples
    --------
    >>> data = pd.DataFrame({"X": [1, 2, 3, 4, 5, 6], "Y": [1.1, 1.9, 3.2, 3.9, 5.1, 6.2]})
    >>> float(regresi_berganda(data, "Y", ["X"]).table["r_square"].iloc[0].round(4))
    0.9954
    """
    if not 0 < alpha < 1:
        raise worded(RequestError, "error_thesis_limit", given=alpha)
    scores = scores_of(data, y, x)
    names, fit, n = scores.x, scores.fit, scores.n
    k, left = len(names), n - len(names) - 1
    outcome = scores.table[y].to_numpy(dtype=float)
    total = float(((outcome - outcome.mean()) ** 2).sum())
    rest = float(scores.residual @ scores.residual)
    r2 = 1 - rest / total
    f = (total - rest) / k / (rest / left)
    p_f = float(stats.f.sf(f, k, left))
    summary = pd.DataFrame(
        [(r2**0.5, r2, 1 - (1 - r2) * (n - 1) / left, (rest / left) ** 0.5)],
        columns=["r", "r_square", "r_adjusted", "error_of_estimate"],
    )
    anova = pd.DataFrame(
        [
            (said("thesis_regression"), total - rest, k, (total - rest) / k, f, p_f),
            (said("thesis_residual"), rest, left, rest / left, np.nan, np.nan),
            (said("thesis_total"), total, n - 1, np.nan, np.nan, np.nan),
        ],
        columns=["source", "squares", "df", "mean_square", "f", "significance"],
    ).assign(source=text_column([said("thesis_regression"), said("thesis_residual"), said("thesis_total")]))
    coefficients = coefficient_rows(fit.table)
    spreads = scores.table[names].std(ddof=1).to_numpy() / float(scores.table[y].std(ddof=1))
    betas = coefficients["b"].to_numpy()[1:] * spreads
    coefficients = coefficients.assign(
        beta=[np.nan, *betas], tolerance=[np.nan, *scores.tolerance], vif=[np.nan, *(1 / scores.tolerance)]
    )[["variable", "b", "std_error", "beta", "t", "significance", "tolerance", "vif"]]
    robust = fit_panel(scores.table, y, names, errors="HC3")
    t_table, f_table = float(stats.t.isf(alpha / 2, left)), float(stats.f.isf(alpha, k, left))
    sheets = (
        Sheet(said("thesis_title_model_summary"), summary, dict.fromkeys(map(str, summary.columns), "number")),
        Sheet(said("thesis_title_anova"), anova, _kinds(squares="number", df="whole", mean_square="number", f="number", significance="p")),
        Sheet(said("thesis_title_coefficients"), coefficients, COEFFICIENT_KINDS, (said("thesis_note_dependent", name=y),)),
        _hypotheses(fit, y, t_table, alpha),
        Sheet(
            said("thesis_title_robust"), coefficient_rows(robust.table), COEFFICIENT_KINDS, (said("thesis_note_robust"),)
        ),
    )  # fmt: skip
    return TaughtRegression(
        said("thesis_heading_regression"),
        sheets,
        _interpretations(fit, y, names, r2=float(summary["r_adjusted"].iloc[0]), f=f, f_table=f_table, p_f=p_f, t_table=t_table, alpha=alpha),
        (said("thesis_better_regression"),),
        fit=fit,
        robust=robust,
    )  # fmt: skip


def _kinds(**kinds: Kind) -> dict[str, Kind]:
    return kinds


def _hypotheses(fit: PanelFit, y: str, t_table: float, alpha: float) -> Sheet:
    rows = fit.table.iloc[:-1]
    table = pd.DataFrame(
        {
            "hypothesis": [f"H{place}" for place in range(1, len(rows) + 1)],
            "path": [f"{name} → {y}" for name in rows["term"]], "t": rows["t"].to_numpy(), "t_table": t_table,
            "significance": rows["p_value"].to_numpy(),
            "verdict": text_column(said("thesis_accepted") if p < alpha else said("thesis_rejected") for p in rows["p_value"]),
        }
    )  # fmt: skip
    return Sheet(
        said("thesis_title_hypotheses"), table, _kinds(t="number", t_table="number", significance="p")
    )


def _interpretations(
    fit: PanelFit, y: str, names: Sequence[str], *, r2: float, f: float, f_table: float, p_f: float, t_table: float, alpha: float
) -> tuple[Said, ...]:  # fmt: skip
    slopes = fit.table["estimate"].tolist()
    parts: list[object] = [f"{y} = ", slopes[-1]]
    for name, slope in zip(names, slopes, strict=False):
        parts += [" + " if slope >= 0 else " − ", abs(slope), f" {name}"]
    found = [said("thesis_read_equation", equation=tuple(parts))]
    key = "thesis_read_f" if p_f < alpha else "thesis_read_f_not"
    found.append(said(key, f=f, f_table=f_table, p=p_text(p_f), share=Decimal(f"{100 * r2:.1f}")))
    for row in fit.table.iloc[:-1].to_dict("records"):
        of_one = "thesis_read_t" if row["p_value"] < alpha else "thesis_read_t_not"
        found.append(
            said(of_one, name=row["term"], y=y, b=float(row["estimate"]), t=abs(float(row["t"])), t_table=t_table, low=float(row["low"]), high=float(row["high"]))
        )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, repr=False)
class TaughtMediation(Taught):
    """A mediation of a thesis.

    Parameters
    ----------
    fit : MediationFit
        The mediation, for figures and export.
    """

    fit: MediationFit | None = None


def uji_mediasi(
    data: Questionnaire | pd.DataFrame,
    x: str,
    mediator: str,
    y: str,
    *,
    kontrol: Sequence[str] = (),
    draws: int = 5000,
    seed: int = 2026,
    alpha: float = 0.05,
) -> TaughtMediation:
    """Test a mediation: direct, indirect and total, by Sobel's test and by the bootstrap.

    Parameters
    ----------
    data : Questionnaire or pd.DataFrame
        Scores by variable, or any table.
    x, mediator, y : str
        The path is x → mediator → y.
    kontrol : sequence of str
        Held fixed in both stages.
    draws, seed : int
        Bootstrap draws of respondents, and what makes them repeatable.
    alpha : float
        Significance level of Sobel's test; intervals are of 95 %.

    Returns
    -------
    TaughtMediation
        The two stages, the three effects with bootstrap intervals, and Sobel's test (first order: the error
        is the root of a²·se(b)² + b²·se(a)²).

    Raises
    ------
    ModelError
        If a column is absent, or there are too few rows.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"X": rng.normal(size=200)})
    >>> data["M"] = 0.5 * data["X"] + rng.normal(size=200)
    >>> data["Y"] = 0.5 * data["M"] + rng.normal(size=200)
    >>> found = uji_mediasi(data, "X", "M", "Y", draws=500)
    >>> bool(found.fit.row("indirect")["low"] > 0)
    True
    """
    table = columns_of(data, [x, mediator, y, *kontrol])
    need_columns(table, [x, mediator, y])
    fit = fit_mediation(table, x, mediator, y, controls=list(kontrol), draws=draws, seed=seed)
    stages = pd.concat(
        [
            coefficient_rows(stage.table).assign(stage=f"{stage.outcome}")
            for stage in (fit.mediator_fit, fit.outcome_fit)
        ],
        ignore_index=True,
    )[["stage", "variable", "b", "std_error", "t", "significance"]]
    labels = {
        "direct": said("thesis_direct"), "indirect": said("thesis_indirect", x=x, mediator=mediator, y=y), "total": said("thesis_total_effect")
    }  # fmt: skip
    order = fit.table.set_index("term").loc[["direct", "indirect", "total"]].reset_index()
    effects = pd.DataFrame(
        {
            "effect": text_column(labels[term] for term in order["term"]), "b": order["estimate"], "std_error": order["std_error"],
            "low": order["low"], "high": order["high"],
        }
    )  # fmt: skip
    p_sobel = float(2 * stats.norm.sf(abs(fit.sobel_z)))
    indirect = fit.row("indirect")
    sobel = pd.DataFrame(
        [(float(indirect["estimate"]), fit.sobel_std_error, fit.sobel_z, p_sobel)],
        columns=["b", "std_error", "z", "significance"],
    )
    kinds: dict[str, Kind] = {**COEFFICIENT_KINDS, "z": "number"}
    low, high = float(indirect["low"]), float(indirect["high"])
    clear = low > 0 or high < 0
    both = (p_sobel < alpha) == clear
    interpretations = [
        said("thesis_read_mediated" if clear else "thesis_read_not_mediated", x=x, mediator=mediator, y=y,
             b=float(indirect["estimate"]), low=low, high=high, n=draws),
        said("thesis_read_sobel", z=fit.sobel_z, p=p_text(p_sobel)),
    ]  # fmt: skip
    if not both:
        interpretations.append(said("thesis_read_sobel_differs"))
    return TaughtMediation(
        said("thesis_heading_mediation"),
        (
            Sheet(said("thesis_title_stages"), stages, kinds),
            Sheet(said("thesis_title_effects"), effects, kinds, (said("thesis_note_bootstrap", n=draws),)),
            Sheet(said("thesis_title_sobel"), sobel, kinds, (said("thesis_note_sobel"),)),
        ),
        tuple(interpretations),
        (said("thesis_better_mediation"),),
        fit=fit,
    )
