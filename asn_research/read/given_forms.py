"""Read the forms in `data/raw/_isian`: signatories, survey facts, follow-up plans, house style.

An invalid row is left out and reported. It does not stop the other rows or any report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from asn_research.errors import AsnError, RawDataError, RequestError
from asn_research.given import Given, HouseStyle, PlannedAction, Signatory, SurveyFacts
from asn_research.identities import find_identities
from asn_research.read.emblem import read_emblem
from asn_research.read.office_forms import FilledRow, read_form
from asn_research.rules.cities import CITY, City
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.periods import Period
from asn_research.rules.signatories import title_of
from asn_research.rules.words import worded

#: The folder of the forms, inside the raw folder. Its name starts with `_`, so it is not read as exports.
FOLDER = "_isian"


class _Form(FrozenModel):
    form: str
    file: str
    holds_indonesian: str
    holds_english: str


_FORMS = tuple(row for _, row in read_rows(_Form, RULES / "given_forms.csv"))
#: The file name of each form.
FILES: Mapping[str, str] = {row.form: row.file for row in _FORMS}
FORMS = tuple(FILES)
_OFFICIALS, _SURVEY, _PLAN, _STYLE = FORMS
_LOWEST, _HIGHEST = 25.0, 100.0
_STANDING = re.compile(r"(?:plt|plh|a\.\s?n|an)\b\.?\s", re.IGNORECASE)
#: The minimum contrast of text with a white background (WCAG).
_CONTRAST = 4.5


def holds(form: str, language: str) -> str:
    """Return a short description of a form."""
    return next(row for row in _FORMS if row.form == form).text_of("holds", language)


@dataclass(frozen=True)
class Office:
    """A signatory and the time in office.

    Parameters
    ----------
    unit_id : str
        The unit, or ``CITY``.
    signatory : Signatory
        The person.
    first, last : date
        First and last day in office.
    """

    unit_id: str
    signatory: Signatory
    first: date = date.min
    last: date = date.max


@dataclass(frozen=True)
class Stated:
    """The content of all forms of a raw folder.

    Parameters
    ----------
    offices : tuple of Office
        The signatories.
    surveys : mapping of (unit, period) to SurveyFacts
        The facts of each survey.
    plans : mapping of (unit, period) to tuple of PlannedAction
        The follow-up plans.
    style : HouseStyle
        The style of the city, without targets.
    targets : mapping of (unit, year) to float
        The target index; an empty unit stands for all other units.
    faults : tuple of RawDataError
        One error for each entry that was left out.
    """

    offices: tuple[Office, ...] = ()
    surveys: Mapping[tuple[str, str], SurveyFacts] = field(default_factory=dict)
    plans: Mapping[tuple[str, str], tuple[PlannedAction, ...]] = field(default_factory=dict)
    style: HouseStyle = field(default_factory=HouseStyle)
    targets: Mapping[tuple[str, int], float] = field(default_factory=dict)
    faults: tuple[RawDataError, ...] = ()

    def of(self, unit_id: str, period: Period) -> Given:
        """Return the content of the forms for the report of one unit and period. It holds nothing of other units.

        Parameters
        ----------
        unit_id : str
            The id of a unit, or ``CITY``. For any other text only the style is returned.
        period : Period
            The period of the report.
        """
        before = self._plan_before(unit_id, period)
        style = HouseStyle(
            self.style.emblem,
            self.style.letterhead,
            {unit: line for unit, line in self.style.address.items() if unit == unit_id},
            self.style.accent,
            self.style.reported_index,
            {unit: index for (unit, year), index in self.targets.items()
             if year == period.year and unit in {"", unit_id}},
        )  # fmt: skip
        return Given(
            signatory=self._signatory(unit_id, period),
            survey=self.surveys.get((unit_id, period.code), SurveyFacts()),
            # Status and evidence are reported with the next period, so a later entry does not outdate this report.
            plan=tuple(
                PlannedAction(a.element, a.action, a.when, a.responsible, a.target)
                for a in self.plans.get((unit_id, period.code), ())
            ),
            plan_before=self.plans.get((unit_id, before), ()),
            plan_before_period=before,
            style=style,
        )

    def _signatory(self, unit_id: str, period: Period) -> Signatory | None:
        """Return the signatory in office on the first day after a period, or the next one after that day."""
        day = period.next.first_day
        own = sorted(
            (o for o in self.offices if o.unit_id == unit_id and o.last >= day), key=lambda o: o.first
        )
        return own[0].signatory if own else None

    def _plan_before(self, unit_id: str, period: Period) -> str:
        """Return the latest period with a plan that ended before a period began. If two ended on one day, the kind of period decides."""
        codes = [code for unit, code in self.plans if unit == unit_id]
        ended = [p for p in map(Period.parse, codes) if p.last_day < period.first_day]
        last = max(ended, key=lambda p: (p.last_day, p.kind == period.kind), default=None)
        return last.code if last else ""


def given_of(raw: Path, unit_id: str, period: Period, city: City) -> Given:
    """Return the content of the forms for the report of one unit.

    Parameters
    ----------
    raw : Path
        The raw folder. Without forms in it the result is empty.
    unit_id : str
        A unit's id, or ``CITY``.
    period : Period
        The report's period.
    city : City
        The register.
    """
    return read_stated(raw, city).of(unit_id, period)


def read_stated(raw: Path, city: City, is_person: Callable[[str], bool] | None = None) -> Stated:
    """Read all forms of a raw folder.

    Parameters
    ----------
    raw : Path
        The folder of raw files.
    city : City
        The register.
    is_person : callable, optional
        Returns whether a text contains a name in the register of names. Such entries are left out.

    Returns
    -------
    Stated
        Its `faults` list the entries that were left out.
    """
    return _Reader(raw / FOLDER, city, is_person or (lambda _: False)).read()


class _Reader:
    """Reads the forms of one folder and collects the errors."""

    def __init__(self, folder: Path, city: City, is_person: Callable[[str], bool]) -> None:
        self._folder = folder
        self._city = city
        self._is_person = is_person
        self._faults: list[RawDataError] = []
        self._forms: dict[str, dict[str, list[FilledRow]]] = {}

    def read(self) -> Stated:
        """Return the content of the forms."""
        surveys = self._once(self._survey, self._rows(_SURVEY, "survey"))
        return Stated(
            offices=tuple(self._offices()),
            surveys={key: facts for key, facts in surveys.items() if facts != SurveyFacts()},
            plans=self._plans(),
            style=self._style(),
            targets=self._once(self._target, self._rows(_STYLE, "target")),
            faults=tuple(self._faults),
        )

    def _rows(self, form: str, model: str) -> list[FilledRow]:
        """Return the valid rows of a sheet; none if the form does not exist."""
        if form not in self._forms:
            self._forms[form] = self._read_form(form)
        return self._forms[form].get(model, [])

    def _read_form(self, form: str) -> dict[str, list[FilledRow]]:
        path = self._folder / FILES[form]
        if not path.is_file():
            return {}
        try:
            found = read_form(path, form, self._faults)
        except RawDataError as error:
            self._faults.append(error)
            return {}
        return {model: [row for row in rows if self._is_sound(row)] for model, rows in found.items()}

    def _is_sound(self, row: FilledRow) -> bool:
        """Whether a row names a unit with its own report, and holds no text that the scan before publishing would refuse."""
        if unit := row.values.get("unit_id"):
            try:
                row.values["unit_id"] = self._unit_of(str(unit))
            except RequestError as error:
                return self._refuse(row, "unit_id", error)
        for name, value in row.values.items():
            # The scan allows the name and the NIP of the signatory in the signature.
            if isinstance(value, str) and name not in {"unit_id", "name", "nip", "unit_name"} and (
                find_identities(value) or self._is_person(value)
            ):  # fmt: skip
                return self._refuse(row, name, worded(AsnError, "error_form_person"))
        return True

    def _unit_of(self, text: str) -> str:
        facts = self._city.facts
        if text.strip().casefold() in {CITY.casefold(), facts.name.casefold(), facts.government.casefold()}:
            return CITY
        return self._city.find_unit(text).unit_id

    def _refuse(self, row: FilledRow, column: str, reason: AsnError) -> bool:
        self._faults.append(row.fault(column, reason))
        return False

    def _once(
        self, read: Callable[[FilledRow], tuple[Any, Any] | None], rows: Iterable[FilledRow]
    ) -> dict[Any, Any]:
        """Return the values of rows by their key. If two rows have the same key, neither is used."""
        found: dict[Any, Any] = {}
        first: dict[Any, FilledRow] = {}
        twice = set()
        for row in rows:
            read_row = read(row)
            if read_row is None:
                continue
            key, value = read_row
            if key in first:
                twice.add(key)
                self._refuse(
                    row,
                    next(iter(row.headings)),
                    worded(AsnError, "error_form_twice", other=first[key].number),
                )
            first.setdefault(key, row)
            found[key] = value
        return {key: value for key, value in found.items() if key not in twice}

    # ------------------------------------------------------------ who signs

    def _offices(self) -> Iterator[Office]:
        rows = [(row, office) for row in self._rows(_OFFICIALS, "official") if (office := self._office(row))]
        clashing: set[int] = set()
        for at, (row, office) in enumerate(rows):
            for other, earlier in rows[:at]:
                if (
                    earlier.unit_id == office.unit_id
                    and earlier.first <= office.last
                    and office.first <= earlier.last
                ):
                    clashing |= {row.number, other.number}
                    self._refuse(row, "unit_id", worded(AsnError, "error_form_twice", other=other.number))
        yield from (office for row, office in rows if row.number not in clashing)

    def _office(self, row: FilledRow) -> Office | None:
        said = row.values
        name, standing = said.get("name", ""), said.get("standing", "")
        usual = title_of(self._city, said["unit_id"])
        title = said.get("title", usual)
        first, last = said.get("valid_from", date.min), said.get("valid_to", date.max)
        if not name and (filled := next((c for c in ("nip", "rank", "standing") if c in said), "")):
            self._refuse(row, filled, worded(AsnError, "error_form_nobody", column=row.headings[filled]))
        elif _STANDING.match(title):
            self._refuse(row, "title", worded(AsnError, "error_form_standing"))
        elif standing == "a.n." and title == usual:
            self._refuse(row, "title", worded(AsnError, "error_form_behalf"))
        elif last < first:
            self._refuse(row, "valid_to", worded(AsnError, "error_form_order"))
        elif name or title != usual:
            signatory = Signatory(title, name, said.get("rank", ""), said.get("nip", ""), standing)
            return Office(said["unit_id"], signatory, first, last)
        return None

    # ------------------------------------------------------------ surveys and plans

    def _survey(self, row: FilledRow) -> tuple[tuple[str, str], SurveyFacts] | None:
        said, period = row.values, Period.parse(row.values["period"])
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self._refuse(row, "last_day", worded(AsnError, "error_form_order"))
            return None
        if (first and first > period.last_day) or (last and last < period.first_day):
            column = "first_day" if first and first > period.last_day else "last_day"
            self._refuse(row, column, worded(AsnError, "error_form_other_period", period=period.code))
            return None
        if said.get("recipients") == 0:
            self._refuse(row, "recipients", worded(AsnError, "error_form_none_served"))
            return None
        texts = {name: said.get(name, "") for name in ("place", "team", "method", "note", "documentation")}
        facts = SurveyFacts(first, last, **texts, recipients=said.get("recipients"))
        return (said["unit_id"], period.code), facts

    def _plans(self) -> dict[tuple[str, str], tuple[PlannedAction, ...]]:
        plans: dict[tuple[str, str], list[PlannedAction]] = {}
        for row in self._rows(_PLAN, "plan"):
            said = row.values
            target = said.get("target")
            if target is not None and not _LOWEST <= target <= _HIGHEST:
                self._refuse(row, "target", worded(AsnError, "error_form_index_range"))
                continue
            texts = {n: said.get(n, "") for n in ("action", "when", "responsible", "status", "evidence")}
            # A row with prefilled cells only is not a plan.
            if target is not None or any(texts.values()):
                action = PlannedAction(said.get("element", ""), **texts, target=target)
                plans.setdefault((said["unit_id"], said["period"]), []).append(action)
        return {key: tuple(actions) for key, actions in plans.items()}

    # ------------------------------------------------------------ house style

    def _style(self) -> HouseStyle:
        rows = self._rows(_STYLE, "style")
        for row in rows[1:]:
            self._refuse(row, next(iter(row.headings)), worded(AsnError, "error_form_several_styles"))
        said = rows[0].values if len(rows) == 1 else {}
        accent = said.get("accent", "")
        if accent and _contrast_with_white(accent) < _CONTRAST:
            self._refuse(rows[0], "accent", worded(AsnError, "error_form_pale"))
            accent = ""
        addresses = self._once(
            lambda row: (row.values["unit_id"], row.values["address"]) if "address" in row.values else None,
            self._rows(_STYLE, "address"),
        )
        letterhead = tuple(said[name] for name in ("letterhead_1", "letterhead_2") if name in said)
        reported = said.get("reported_index", "exact")
        return HouseStyle(self._emblem(), letterhead, addresses, accent, reported)

    def _emblem(self) -> bytes:
        try:
            return read_emblem(self._folder)
        except RawDataError as error:
            self._faults.append(error)
            return b""

    def _target(self, row: FilledRow) -> tuple[tuple[str, int], float] | None:
        year, index = row.values["year"], row.values["index"]
        if not 2000 <= year <= 2100:
            self._refuse(row, "year", worded(AsnError, "error_form_year"))
            return None
        if not _LOWEST <= index <= _HIGHEST:
            self._refuse(row, "index", worded(AsnError, "error_form_index_range"))
            return None
        return (row.values.get("unit_id", ""), year), index


def _contrast_with_white(colour: str) -> float:
    """Return the contrast of a colour with white, from 1 to 21, as defined by WCAG."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
