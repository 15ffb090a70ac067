"""All measures and estimates of a city, each computed once, and in parallel where possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from asn_research.branches import Branch, Made, OnProgress, run_branches
from asn_research.clean.store import Processed
from asn_research.measure.all_measures import BRANCHES as OF_PERIODS
from asn_research.measure.all_measures import CityData
from asn_research.measure.data_quality import measure_quality
from asn_research.measure.larger import KINDS, PARTS, joined_larger, larger_of_kind, with_larger
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.regulations import load_rules
from asn_research.schema import require_declared
from asn_research.study.city_raters import run_rater_study
from asn_research.study.drives import drives_table
from asn_research.study.good_practice import good_practice_table
from asn_research.study.specs import load_specs
from asn_research.study.study_claims import FIELDS_STUDY, Claim, claims_from, load_answers
from asn_research.study.study_run import run_study

#: The name of the table with the answers to the study's questions.
ESTIMATES = "estimates"
_CLAIMS = "claims"
_LARGER = {kind: f"larger_{kind}" for kind in KINDS}


@dataclass(frozen=True)
class Measures:
    """All measures of a city, before disclosure control: for research, not for a report.

    Parameters
    ----------
    frames : mapping of str to pd.DataFrame
        Measures and estimates by name; `asn_research.schema` declares their columns. Measures of
        citizens' answers, requests and complaints hold half years and years too, pooled from their
        quarters.
    claims : tuple of Claim
        The statements that the answers to the study's questions support.

    Raises
    ------
    SchemaError
        If a table has a column that is not declared.
    """

    frames: Mapping[str, pd.DataFrame]
    claims: tuple[Claim, ...]

    def __post_init__(self) -> None:
        require_declared(self.frames)

    def __repr__(self) -> str:
        """Return one line; the tables alone would fill pages."""
        return f"<Measures: {len(self.frames)} tables, {len(self.claims)} claims>"

    def own(self, name: str) -> pd.DataFrame:
        """Return a measure without the half years and years that are pooled from smaller periods.

        With them, sums and means over all rows would count the same answers more than once.
        """
        frame: pd.DataFrame = getattr(self, name)
        parts = self.frames.get(PARTS)
        if parts is None or "period" not in frame:
            return frame
        pooled = parts.loc[~parts["is_own"].astype(bool), "period"]
        return frame.loc[~frame["period"].isin(pooled)].reset_index(drop=True)

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return a measure by its name.

        Raises
        ------
        AttributeError
            If there is no such measure: the data do not allow it, or it has another name.
        """
        frames = self.__dict__.get("frames", {})
        if name in frames:
            frame: pd.DataFrame = frames[name]
            return frame
        msg = f"There is no measure '{name}'. There are: {', '.join(sorted(frames))}."
        raise AttributeError(msg)

    def __dir__(self) -> list[str]:
        """Add the names of the measures, so that a notebook can complete them."""
        return [*super().__dir__(), *self.frames]


def measure_all(
    processed: Processed, *, n_workers: int | None = None, on_progress: OnProgress | None = None
) -> Measures:
    """Compute every measure and estimate.

    Parameters
    ----------
    processed : Processed
        The processed data.
    n_workers : int, optional
        How many branches run in parallel; by default as many as there are cores.
    on_progress : callable, optional
        Progress callback: takes the numbers of finished and of all branches.

    Returns
    -------
    Measures
    """
    data = CityData(processed.tables(), processed.city(), processed.exits(), processed.truth()).read()
    # Loaded before the branches are forked, so that each of them finds it in the cache.
    load_rules()
    for source in SOURCES:
        load_codebook(source)
    made = run_branches(BRANCHES, data, n_workers=n_workers, on_progress=on_progress)
    claims = made.pop(_CLAIMS)
    larger = joined_larger(made.pop(name) for name in _LARGER.values())
    # Half years and years are added last, because all estimates use quarters alone.
    return Measures(with_larger(made, larger), claims)


def measure_some(
    processed: Processed, names: Collection[str], *, with_larger_periods: bool = True
) -> dict[str, pd.DataFrame]:
    """Compute some measures, and of the others only those that they need.

    Parameters
    ----------
    processed : Processed
        The processed data; tables that the measures do not read may be absent.
    names : collection of str
        The measures.
    with_larger_periods : bool
        Whether half years and years are pooled too.

    Returns
    -------
    dict of str to pd.DataFrame
        The measures that the data allow.
    """
    data = CityData(processed.tables(), processed.city(), processed.exits(), processed.truth()).read()
    wanted = set(names)
    maker = {name: branch for branch in BRANCHES for name in branch.makes}
    chosen: list[Branch[CityData]] = []
    waiting = [maker[name] for name in wanted if name in maker]
    while waiting:
        branch = waiting.pop()
        if branch not in chosen:
            chosen.append(branch)
            waiting += [maker[name] for name in branch.needs]
    if with_larger_periods:
        chosen += [branch for branch in BRANCHES if branch.makes[0] in _LARGER.values()]
    made = run_branches([branch for branch in BRANCHES if branch in chosen], data)
    larger = joined_larger(made.pop(name) for name in _LARGER.values() if name in made)
    whole = with_larger({name: frame for name, frame in made.items() if frame is not None}, larger)
    return {name: whole[name] for name in whole if name in wanted}


def _study(data: CityData, made: Made) -> Made:
    specs = [*load_specs(), *load_specs(FIELDS_STUDY)]
    study = run_study(made.get("employee_panel"), made.get("panel"), truth=data.truth, specs=specs)
    core = study.table["key"].isin(load_answers())
    return {ESTIMATES: study.table.loc[core].reset_index(drop=True), _CLAIMS: claims_from(study)}


def _good_practice(data: CityData, made: Made) -> Made:
    return {
        "good_practice": good_practice_table(
            log=data.tables.get("service_log"),
            satisfaction=made.get("satisfaction"),
            staff=made.get("attendance", made.get("training")),
            programmes=made.get("programmes"),
            standards={key: service.standard_days for key, service in data.city.services.items()},
        ),
        "drives": drives_table(data.get("programmes")),
    }


def _raters(data: CityData, made: Made) -> Made:
    return run_rater_study(data.tables, made.get("satisfaction")).frames()


def _quality(data: CityData, _made: Made) -> Made:
    exits = data.exits if data.exits is not None else pd.DataFrame()
    return measure_quality(data.tables, data.city, exits)


def _larger(data: CityData, kind: str) -> Made:
    return {_LARGER[kind]: larger_of_kind(data.tables, data.city, kind)}


_OWN: tuple[Branch[CityData], ...] = (
    Branch((_LARGER["S"],), lambda data, _: _larger(data, "S"), seconds=4),
    Branch((_LARGER["Y"],), lambda data, _: _larger(data, "Y"), seconds=3),
    Branch(
        (
            "quality_files", "quality_faults", "quality_offices", "unit_rows", "quality_repairs", "quality_missing",
            "quality_screens", "quality_drift", "quality_forms",
        ),
        _quality,
        seconds=3,
    ),
    Branch(
        (
            "rater_spreads", "rater_units", "rater_objections", "rater_audit", "group_gaps",
            "objection_rates", "rating_grounds",
        ),
        _raters,
        needs=("satisfaction",),
        seconds=6,
    ),
    Branch((ESTIMATES, _CLAIMS), _study, needs=("employee_panel", "panel"), seconds=0.5),
    Branch(
        ("good_practice", "drives"),
        _good_practice,
        needs=("satisfaction", "attendance", "training", "programmes"),
        seconds=0.5,
    ),
)  # fmt: skip
#: The branches of all measures and estimates.
BRANCHES = (*OF_PERIODS, *_OWN)
