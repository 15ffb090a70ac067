"""Measurement invariance: whether a scale measures the same in every group, tested in four steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.scales.factor import FactorFit, complete_answers, fit_complete
from asn_research.methods.scales.factor_model import Equal
from asn_research.rules.scales import load_scales
from asn_research.rules.words import worded

#: The steps of invariance, and the parameters that each constrains to be equal across groups.
STEPS: dict[str, tuple[Equal, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}


@dataclass(frozen=True)
class InvarianceLadder:
    """The steps of measurement invariance and the last step that holds.

    Parameters
    ----------
    table : pd.DataFrame
        One row per step: chi2, df, cfi, rmsea, srmr; change of each since the step before, with p of
        the chi-squared difference (scaled if robust); holds.
    reached : str
        The last step before the first one that fails; `none` if the factors do not fit the groups
        even without equal parameters.
    groups : tuple of str
        The compared groups, in order; the first is the reference.
    sizes : tuple of int
        Number of complete respondents in each group.
    problems : tuple of str
        Reasons why the configural solution is improper, as for `FactorFit`.
    """

    table: pd.DataFrame
    reached: str
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    problems: tuple[str, ...]

    @property
    def means_comparable(self) -> bool:
        """Whether means of the scale may be compared across the groups."""
        return self.reached in ("scalar", "strict")


def invariance_ladder(
    items: pd.DataFrame, factors: Mapping[str, Sequence[str]], groups: pd.Series, *, robust: bool = True
) -> InvarianceLadder:
    """Fit the four steps of measurement invariance, and decide whether each holds.

    The configural step holds if the factors fit all groups acceptably (CFI, and RMSEA or SRMR). A later
    step holds if CFI falls and RMSEA rises by no more than the conventions in `rules/scales.yaml` allow.
    The chi-squared difference is reported, but does not decide: with many respondents it is significant
    even for differences that are too small to matter.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent.
    factors : mapping of str to sequence of str
        Items of each factor.
    groups : pd.Series
        The group of each respondent, for example unit or wave.
    robust : bool
        Whether to decide by robust indices, and to scale the differences (Satorra-Bentler 2001).

    Raises
    ------
    ModelError
        If there are fewer than two groups, or the model cannot be fitted to one of them.

    References
    ----------
    Meredith, W. (1993). Psychometrika 58, 525-543. Chen, F. F. (2007). Structural Equation Modeling 14,
    464-504. Satorra, A. and Bentler, P. M. (2001). Psychometrika 66, 507-514.
    """
    if groups.nunique() < 2:
        raise worded(ModelError, "error_invariance_groups")
    answers = complete_answers(items, factors, groups)
    fits = [fit_complete(answers, equal=equal, robust=robust) for equal in STEPS.values()]
    table = pd.DataFrame([_row(fit) for fit in fits], index=pd.Index(STEPS, name="step"))
    for name in ("cfi", "rmsea", "srmr"):
        table[f"{name}_change"] = table[name].diff()
    steps = [(np.nan, np.nan, np.nan), *(_difference(a, b) for a, b in zip(fits[1:], fits, strict=False))]
    table[["chi2_change", "df_change", "p_change"]] = steps
    table["holds"] = [_fits(table.iloc[0]), *(_keeps(row) for _, row in table.iloc[1:].iterrows())]
    reached = "none"
    for step, holds in table["holds"].items():
        if not holds:
            break
        reached = str(step)
    return InvarianceLadder(table, reached, answers.groups, fits[0].sizes, fits[0].problems)


def _row(fit: FactorFit) -> dict[str, float]:
    found = fit.robust or fit.indices
    return {
        "chi2": found.chi2,
        "df": found.df,
        "cfi": found.cfi,
        "rmsea": found.rmsea,
        "rmsea_low": found.rmsea_low,
        "rmsea_high": found.rmsea_high,
        "srmr": found.srmr,
    }


def _difference(strict: FactorFit, free: FactorFit) -> tuple[float, float, float]:
    """Return the chi-squared difference test of two nested steps, scaled if they are robust: difference, df and p."""
    df = strict.indices.df - free.indices.df
    change = strict.indices.chi2 - free.indices.chi2
    if strict.robust is not None:
        scale = (strict.indices.df * strict.scaling_factor - free.indices.df * free.scaling_factor) / df
        # The scaling factor can be negative in small samples; then there is no test.
        change = change / scale if scale > 0 else np.nan
    return change, df, float(stats.chi2.sf(change, df))


def _fits(row: pd.Series) -> bool:
    limits = load_scales().conventions
    absolute = row["rmsea"] <= limits.rmsea_accepted.value or row["srmr"] <= limits.srmr_accepted.value
    return bool(row["cfi"] >= limits.cfi_accepted.value and absolute)


def _keeps(row: pd.Series) -> bool:
    limits = load_scales().conventions
    return bool(
        row["cfi_change"] >= -limits.cfi_fall.value and row["rmsea_change"] <= limits.rmsea_rise.value
    )
