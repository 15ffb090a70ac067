"""A report job is a row: unit, period, language, formats, template. Checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from asn_research.errors import LeftOutError, RequestError
from asn_research.protect import AUDIENCES, ReportAudience
from asn_research.render.formats import FORMATS, FULL, format_named
from asn_research.render.inputs import ReportInputs
from asn_research.render.notebooks import templates_folder
from asn_research.render.template import Value, check_parameters
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.questions import WORKBOOK
from asn_research.rules.words import check_language, worded
from asn_research.show.data import QUALITY

_NOT_IN_NAMES = re.compile(r"[^\w.]+")
#: The parameter by which every template is told where the data lie.
DATA = "processed"
TEMPLATES = templates_folder()
#: The folder of each audience below the folder of reports. What is handed on lies in the one, and nothing else does.
FOLDER_OF: dict[ReportAudience, str] = {"public": "publik", "internal": "internal"}
_TEMPLATE_OF = {CITY: "city.ipynb", QUALITY: "quality.ipynb"}


#: Of the fullest period's data, what a later period must have to be the latest.
_LEAST_SHARE = 0.05


def list_name(period: str, language: str) -> str:
    """Return the name of the file with the list of a period's reports.

    Examples
    --------
    >>> list_name("2026-Q3", "id")
    'index-2026-Q3-id.html'
    """
    return f"index-{period}-{language}.html"


@dataclass(frozen=True, slots=True)
class Job:
    """One report to render.

    Parameters
    ----------
    unit_id, period, language : str
        Whose, when, in which language.
    formats : tuple of str
        Its editions.
    notebook : str
        A template other than the unit's usual one; empty for that.
    extra : tuple of (str, value)
        What the template is told besides.
    audience : {"public", "internal"}
        For whom it is.
    """

    unit_id: str
    period: str
    language: str
    formats: tuple[str, ...]
    notebook: str = ""
    extra: tuple[tuple[str, Value], ...] = ()
    audience: ReportAudience = "public"

    @property
    def template(self) -> Path:
        """The notebook that papermill runs."""
        return TEMPLATES / (self.notebook or _TEMPLATE_OF.get(self.unit_id, f"dinas_{self.audience}.ipynb"))

    @property
    def name(self) -> str:
        """The report's name in folders and files: ``DISHUB-2026-Q3-id``, then what sets it apart."""
        parts = [self.unit_id, self.period, self.language]
        if self.audience != "public":
            parts.append(self.audience)
        if self.notebook:
            parts.append(Path(self.notebook).stem)
        parts += [_NOT_IN_NAMES.sub("_", f"{name}_{value}") for name, value in self.extra]
        return "-".join(parts)

    @property
    def place(self) -> str:
        """The folder that it is published in, below the folder of reports."""
        return f"{FOLDER_OF[self.audience]}/{self.period}/{self.unit_id}"

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of its editions."""
        return tuple(self.name + format_named(name).ending for name in self.formats)

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """The links of its pages: first the list of reports (with an empty format), then its editions by format."""
        back = f"../../{list_name(self.period, self.language)}"
        return (("", back), *zip(self.formats, self.file_names, strict=True))

    def parameters(self, data: Path) -> dict[str, Value]:
        """Return the parameters of the template: the place of its rows, and the unit, period, language and audience."""
        return {
            DATA: str(data.resolve()),
            "unit": self.unit_id,
            "period": self.period,
            "language": self.language,
            "audience": self.audience,
            **dict(self.extra),
        }

    def checked(self) -> Job:
        """Return the job after checking that its template has these parameters.

        Raises
        ------
        RequestError
            If the template is missing, or takes no such parameter or no such value, or a further
            parameter is one that the job itself decides.
        """
        own = [name for name, _ in self.extra if name in (DATA, "unit", "period", "language", "audience")]
        if own:
            msg = f"'{', '.join(own)}' is what the report itself decides and cannot be given besides."
            raise RequestError(msg)
        check_parameters(self.template, self.parameters(Path()))
        return self


def plan_jobs(
    inputs: ReportInputs,
    *,
    unit: str = "all",
    period: str = "latest",
    language: str = "id",
    formats: Sequence[str] = FORMATS,
    audience: str = "all",
) -> tuple[Job, ...]:
    """Return the jobs of a request; if a part of it cannot be made, the whole request is refused.

    Parameters
    ----------
    inputs : ReportInputs
        The measures, which know the units and periods that there are data for.
    unit : str
        A unit's code or name, ``CITY``, ``QUALITY`` (the report on data quality), or ``all`` (every
        unit with data, the city if there are several, and the quality of its data).
    period : str
        A period's code, or ``latest``.
    language : str
        ``id`` or ``en``.
    formats : sequence of str
        Of `FORMATS`.
    audience : str
        ``public`` (or ``publik``), ``internal``, or ``all``.

    Raises
    ------
    RequestError
        If the unit, period, language or a format is unknown, or there are no data for them.
    """
    check_language(language)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise worded(RequestError, "error_format", names=", ".join(unknown), choices=", ".join(FORMATS))
    code = period_of(inputs, period).code
    chosen = tuple(name for name in FORMATS if name in formats)
    audiences = _audiences(audience)
    units = {each: _units(inputs, unit, code, each) for each in audiences}
    if not any(units.values()):
        # No audience has any; the first that is asked for says what there is.
        _refuse_without_data(inputs, unit, code)
    jobs = [
        Job(each, code, language, own, audience=of).checked()
        for of in audiences
        for each in units[of]
        if (own := _editions(inputs, chosen, each, code, of))
    ]
    if not jobs and any(units.values()):
        raise worded(RequestError, "error_no_edition", names=", ".join(chosen))
    return tuple(jobs)


def _editions(
    inputs: ReportInputs, chosen: Sequence[str], unit: str, code: str, audience: ReportAudience
) -> tuple[str, ...]:
    """Return the requested formats that this report can have."""

    def is_made(name: str) -> bool:
        found = format_named(name)
        if found.audience not in {"", audience} or (unit == QUALITY and name not in FULL):
            return False
        return not found.needs or inputs.has_rows(found.needs, unit, code)

    return tuple(name for name in chosen if is_made(name))


def _audiences(name: str) -> tuple[ReportAudience, ...]:
    """Return the audiences of a request; each may be named as its folder is."""
    wanted = name.strip().casefold()
    if wanted == "all":
        return AUDIENCES
    found = tuple(each for each in AUDIENCES if wanted in {each, FOLDER_OF[each]})
    if not found:
        choices = ", ".join([*FOLDER_OF.values(), "all"])
        raise worded(RequestError, "error_audience", name=name, choices=choices)
    return found


def _units(inputs: ReportInputs, unit: str, code: str, audience: ReportAudience) -> list[str]:
    """Return the units of a request that an audience can get a report of."""
    with_data = inputs.units_with_data(code, audience)
    if unit.casefold() == "all":
        units = [u.unit_id for u in inputs.city.reporting_units if u.unit_id in with_data]
        if len(units) > 1:
            units.append(CITY)
        # What became of the rows is for the office, whatever they speak of.
        if code not in inputs.larger_periods and (units or audience == "internal"):
            units.append(QUALITY)
        return units
    if unit.upper() in _TEMPLATE_OF:
        if unit.upper() == QUALITY and code in inputs.larger_periods:
            raise worded(RequestError, "error_quality_period", code=code, names=", ".join(inputs.periods))
        return [unit.upper()] if unit.upper() == QUALITY or with_data else []
    wanted = inputs.city.find_unit(unit).unit_id
    return [wanted] if wanted in with_data else []


def _refuse_without_data(inputs: ReportInputs, unit: str, code: str) -> NoReturn:
    name = (
        unit if unit.casefold() == "all" or unit.upper() in _TEMPLATE_OF else inputs.city.find_unit(unit).name
    )
    raise worded(RequestError, "error_no_data_unit", unit=name, code=code, periods=_listed(inputs))


def latest_period(inputs: ReportInputs) -> tuple[str, tuple[str, ...]]:
    """Return the last period with enough data, and the later periods, which have only a few rows.

    Each table counts alike, whatever its number of rows: a period's share of a table is that of the table's fullest
    period.
    """
    share = dict.fromkeys(inputs.periods, 0.0)
    for parts in inputs.processed.manifest.tables.values():
        rows = {part.period: part.n_rows for part in parts if part.period in share}
        for code, n in rows.items():
            share[code] += n / max(rows.values()) if n else 0.0
    most = max(share.values(), default=0.0)
    sensible = [code for code in inputs.periods if share[code] > _LEAST_SHARE * most]
    chosen = sensible[-1] if sensible else inputs.periods[-1]
    return chosen, inputs.periods[inputs.periods.index(chosen) + 1 :]


def period_of(inputs: ReportInputs, period: str) -> Period:
    """Return the period that a request names, by its code or as ``latest``.

    Raises
    ------
    RequestError
        If there are no data for it.
    """
    if not inputs.periods:
        if len(inputs.processed.table("quarantine")):
            raise worded(LeftOutError, "error_all_quarantined", file=WORKBOOK)
        raise worded(RequestError, "error_no_periods")
    if period == "latest":
        return Period.parse(latest_period(inputs)[0])
    code = Period.parse(period).code
    if code not in (*inputs.periods, *inputs.larger_periods):
        raise worded(RequestError, "error_no_data", code=code, periods=_listed(inputs))
    if not inputs.units_with_data(code):
        raise worded(RequestError, "error_two_regulations", code=code, periods=_listed(inputs))
    return Period.parse(code)


def _listed(inputs: ReportInputs) -> str:
    """Return the periods that reports can be made of."""
    pooled = [code for code in inputs.larger_periods if inputs.units_with_data(code)]
    return ", ".join([*inputs.periods, *pooled])
