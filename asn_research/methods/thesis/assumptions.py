"""*Uji asumsi klasik*: normality, collinearity, heteroscedasticity, linearity, and autocorrelation over time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from scipy import stats
from statsmodels.stats.diagnostic import het_breuschpagan, kstest_normal, linear_reset
from statsmodels.stats.stattools import durbin_watson

from asn_research.errors import RequestError
from asn_research.export.word import Picture
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.thesis.questionnaire import Questionnaire
from asn_research.methods.thesis.scores import Scores, columns_of, scores_of
from asn_research.methods.thesis.taught import Kind, Sheet, Taught, as_set, p_text, text_column
from asn_research.rules.words import Language, Said, load_words, said, worded

#: By custom: a tolerance above, and a variance inflation factor below.
LEAST_TOLERANCE, MOST_VIF = 0.10, 10.0
_MOST_SHAPIRO = 5000


def uji_asumsi_klasik(
    data: Questionnaire | pd.DataFrame,
    y: str,
    x: Sequence[str],
    *,
    waktu: str | None = None,
    alpha: float = 0.05,
) -> Taught:
    """Test what ordinary least squares takes for granted, as Indonesian theses do.

    Parameters
    ----------
    data : Questionnaire or pd.DataFrame
        Scores by variable, or any table.
    y : str
        The dependent variable.
    x : sequence of str
        The independent ones.
    waktu : str, optional
        Column that orders the rows in time; only then is Durbin-Watson reported.
    alpha : float
        Significance level.

    Returns
    -------
    Taught
        Tables: One-Sample Kolmogorov-Smirnov of the unstandardized residuals (significance by Lilliefors),
        Shapiro-Wilk; tolerance and VIF; Glejser and Breusch-Pagan; deviation from linearity and Ramsey's
        RESET; Durbin-Watson with ``waktu``. Drawings: normal P-P plot, histogram, residuals by prediction.

    Raises
    ------
    ModelError
        If a column is absent, or there are too few rows.
    RequestError
        If the level does not lie between 0 and 1.

    Notes
    -----
    Equal to R: ``nortest::lillie.test``, ``shapiro.test``, ``car::vif``, ``lmtest::bptest`` (studentised) and
    ``resettest``. A test that does not reject proves nothing: with few respondents it hardly can, with many it
    rejects what does no harm. Beside each test stands what to do without it.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"X1": rng.normal(size=60), "X2": rng.normal(size=60)})
    >>> data["Y"] = data["X1"] + rng.normal(size=60)
    >>> found = uji_asumsi_klasik(data, "Y", ["X1", "X2"])
    >>> bool((found.sheets[2].table["vif"] < 10).all())
    True
    """
    if not 0 < alpha < 1:
        raise worded(RequestError, "error_thesis_limit", given=alpha)
    scores = scores_of(data, y, x)
    found = [
        _normality(scores, alpha),
        _collinearity(scores),
        _spread(scores, alpha),
        _linearity(scores, alpha),
    ]
    if waktu is not None:
        found.append(_over_time(data, scores, waktu))
    sheets = tuple(sheet for part, _ in found for sheet in part)
    interpretations = tuple(verdict for _, part in found for verdict in part)
    better = (
        said("thesis_better_normality"), said("thesis_better_collinearity"), said("thesis_better_spread"),
        said("thesis_better_linearity"),
    )  # fmt: skip
    return Taught(
        said("thesis_heading_assumptions"), sheets, interpretations, better, (partial(_drawn, scores),)
    )


def _normality(scores: Scores, alpha: float) -> tuple[list[Sheet], list[Said]]:
    e, n = scores.residual, scores.n
    spread = float(e.std(ddof=1))
    z = np.sort(e) / spread
    law = stats.norm.cdf(z)
    above, below = np.arange(1, n + 1) / n - law, law - np.arange(n) / n
    statistic, p = kstest_normal(e, dist="norm", pvalmethod="approx")
    rows: list[tuple[Said, object]] = [
        (said("thesis_row_n"), n), (said("thesis_row_mean"), float(e.mean()) if abs(e.mean()) > 1e-9 * spread else 0.0),
        (said("thesis_row_sd"), spread), (said("thesis_row_absolute"), float(max(above.max(), below.max()))),
        (said("thesis_row_positive"), float(above.max())), (said("thesis_row_negative"), -float(below.max())),
        (said("thesis_row_statistic"), float(statistic)), (said("thesis_row_lilliefors"), float(p)),
    ]  # fmt: skip
    first = Sheet(
        said("thesis_title_ks"), pd.DataFrame({"what": text_column(w for w, _ in rows), "value": text_column(v for _, v in rows)}), {"value": "number"}, (said("thesis_note_lilliefors"),)
    )  # fmt: skip
    w, p_shapiro = stats.shapiro(e) if n <= _MOST_SHAPIRO else (np.nan, np.nan)
    second = Sheet(
        said("thesis_title_shapiro"),
        pd.DataFrame([(float(w), n, float(p_shapiro))], columns=["statistic", "df", "significance"]),
        {"statistic": "number", "df": "whole", "significance": "p"},
    )
    key = "thesis_read_normal" if p >= alpha else "thesis_read_not_normal"
    return [first, second], [said(key, p=p_text(float(p)), alpha=as_set(alpha))]


def _collinearity(scores: Scores) -> tuple[list[Sheet], list[Said]]:
    tolerance = scores.tolerance
    table = pd.DataFrame({"variable": scores.x, "tolerance": tolerance, "vif": 1 / tolerance})
    sheet = Sheet(said("thesis_title_collinearity"), table, {"tolerance": "number", "vif": "number"})
    worst = int(np.argmin(tolerance))
    ok = tolerance[worst] > LEAST_TOLERANCE
    key = "thesis_read_no_collinearity" if ok else "thesis_read_collinearity"
    return [sheet], [said(key, name=scores.x[worst], vif=float(1 / tolerance[worst]), limit=as_set(MOST_VIF))]


def _spread(scores: Scores, alpha: float) -> tuple[list[Sheet], list[Said]]:
    glejser = fit_panel(scores.table.assign(**{scores.y: np.abs(scores.residual)}), scores.y, scores.x)
    table = coefficient_rows(glejser.table)[["variable", "b", "std_error", "t", "significance"]]
    first = Sheet(said("thesis_title_glejser"), table, COEFFICIENT_KINDS, (said("thesis_note_glejser"),))
    design = np.column_stack([np.ones(scores.n), scores.table[scores.x].apply(stats.zscore).to_numpy()])
    lagrange, p, _, _ = het_breuschpagan(scores.residual, design)
    second = Sheet(
        said("thesis_title_breusch_pagan"),
        pd.DataFrame(
            [(float(lagrange), len(scores.x), float(p))], columns=["chi_square", "df", "significance"]
        ),
        {"chi_square": "number", "df": "whole", "significance": "p"},
    )
    least = glejser.table["p_value"].iloc[:-1]
    ok = bool((least >= alpha).all())
    key = "thesis_read_even_spread" if ok else "thesis_read_uneven_spread"
    worst = scores.x[int(np.argmin(least))]
    return [first, second], [
        said(key, name=worst, p=p_text(float(least.min())), alpha=as_set(alpha), bp=p_text(float(p)))
    ]


def _linearity(scores: Scores, alpha: float) -> tuple[list[Sheet], list[Said]]:
    rows = [
        (name, *deviation_from_linearity(scores.table[scores.y], scores.table[name])) for name in scores.x
    ]
    table = pd.DataFrame(rows, columns=["variable", "f", "df1", "df2", "significance"])
    kinds: dict[str, Kind] = {"f": "number", "df1": "whole", "df2": "whole", "significance": "p"}
    first = Sheet(said("thesis_title_linearity"), table, kinds, (said("thesis_note_linearity"),))
    standard = scores.table.apply(stats.zscore)
    peer = fit_panel(standard, scores.y, scores.x).to_statsmodels()
    reset = linear_reset(peer, power=3, test_type="fitted", use_f=True)
    second = Sheet(
        said("thesis_title_reset"),
        pd.DataFrame(
            [(float(reset.fvalue), float(reset.df_num), float(reset.df_denom), float(reset.pvalue))],
            columns=["f", "df1", "df2", "significance"],
        ),
        kinds,
    )
    bent = table.loc[table["significance"] < alpha, "variable"].tolist()
    if bent:
        return [first, second], [said("thesis_read_not_linear", names=", ".join(bent), alpha=as_set(alpha))]
    if table["significance"].notna().any():
        return [first, second], [
            said("thesis_read_linear", p=p_text(float(table["significance"].min())), alpha=as_set(alpha))
        ]
    key = "thesis_read_reset" if reset.pvalue >= alpha else "thesis_read_reset_bent"
    return [first, second], [said(key, p=p_text(float(reset.pvalue)), alpha=as_set(alpha))]


def deviation_from_linearity(y: pd.Series, x: pd.Series) -> tuple[float, float, float, float]:
    """Return F, its degrees of freedom and its p-value for whether means of y by x leave a straight line.

    Missing where no value of x stands twice, or x has two values only.

    Examples
    --------
    >>> x = pd.Series([1, 1, 2, 2, 3, 3])
    >>> f, df1, df2, p = deviation_from_linearity(pd.Series([1.0, 1.2, 3.0, 3.1, 0.9, 1.3]), x)
    >>> (df1, df2, p < 0.01)
    (1.0, 3.0, True)
    """
    values = y.to_numpy(dtype=float)
    codes, levels = pd.factorize(x)
    df1, df2 = len(levels) - 2.0, len(values) - float(len(levels))
    if df1 < 1 or df2 < 1:
        return np.nan, df1, df2, np.nan
    means = (np.bincount(codes, values) / np.bincount(codes))[codes]
    within = float(((values - means) ** 2).sum())
    line = stats.linregress(x.to_numpy(dtype=float), values)
    straight = float(((values - line.intercept - line.slope * x.to_numpy(dtype=float)) ** 2).sum())
    if within <= 0:
        return np.nan, df1, df2, np.nan
    f = (straight - within) / df1 / (within / df2)
    return f, df1, df2, float(stats.f.sf(f, df1, df2))


def _over_time(
    data: Questionnaire | pd.DataFrame, scores: Scores, waktu: str
) -> tuple[list[Sheet], list[Said]]:
    when = columns_of(data, [scores.y, *scores.x, waktu])[waktu]
    both = when.index.intersection(scores.table.index)
    order = np.argsort(when.loc[both].to_numpy(), kind="stable")
    residual = pd.Series(scores.residual, index=scores.table.index).loc[both].to_numpy()[order]
    d = float(durbin_watson(residual))
    sheet = Sheet(
        said("thesis_title_durbin_watson"),
        pd.DataFrame([(d, len(both), len(scores.x))], columns=["durbin_watson", "n", "k"]),
        {"durbin_watson": "number", "n": "whole", "k": "whole"},
    )
    return [sheet], [said("thesis_read_durbin_watson", d=d)]


COEFFICIENT_KINDS: dict[str, Kind] = {
    "b": "number", "std_error": "number", "beta": "number", "t": "number", "significance": "p", "tolerance": "number",
    "vif": "number", "low": "number", "high": "number",
}  # fmt: skip


def coefficient_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return a fit's table under the headings of SPSS, the constant first."""
    rows = pd.concat([table.tail(1), table.iloc[:-1]], ignore_index=True)
    rows["term"] = text_column([said("thesis_constant"), *rows["term"].iloc[1:]])
    names = {"term": "variable", "estimate": "b", "p_value": "significance"}
    return rows.rename(columns=names)[["variable", "b", "std_error", "t", "significance", "low", "high"]]


def _drawn(scores: Scores, language: Language) -> Picture:
    """Draw the residuals: normal P-P plot, histogram, and by prediction."""
    words = load_words(language)
    z = scores.residual / scores.residual.std(ddof=1)
    with sns.axes_style("ticks"):
        figure, (one, two, three) = plt.subplots(1, 3, figsize=(10.5, 3.4), layout="constrained")
        place = (np.arange(1, scores.n + 1) - 0.375) / (scores.n + 0.25)
        one.plot([0, 1], [0, 1], color="0.5", linewidth=1)
        one.scatter(place, stats.norm.cdf(np.sort(z)), s=12)
        one.set(xlabel=words("thesis_axis_observed"), ylabel=words("thesis_axis_expected"), title="P-P")
        sns.histplot(x=z, stat="density", ax=two, color="C0")
        grid = np.linspace(min(-3.0, z.min()), max(3.0, z.max()), 200)
        two.plot(grid, stats.norm.pdf(grid), color="C1")
        two.set(
            xlabel=words("thesis_axis_residual"),
            ylabel=words("thesis_axis_density"),
            title=words("thesis_axis_histogram"),
        )
        three.scatter(stats.zscore(scores.fitted), z, s=12)
        three.axhline(0, color="0.5", linewidth=1)
        three.set(xlabel="ZPRED", ylabel="ZRESID", title=words("thesis_axis_spread"))
        sns.despine(figure)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=160, metadata={"Software": None})
    plt.close(figure)
    return Picture(drawn.getvalue(), words("thesis_title_residuals"), words("thesis_alt_residuals"))
