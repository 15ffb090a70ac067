"""A city: its units, services and working days, read from one folder of data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

from asn_research.errors import RequestError, RuleError
from asn_research.rules.in_force import with_city_values
from asn_research.rules.loading import RULES, FrozenModel, Model, load_model, read_rows, read_yaml
from asn_research.rules.words import worded

CITIES = RULES / "cities"
DEFAULT_CITY = "pontianak"
#: The unit id under which measures and margins hold the city as a whole.
CITY = "CITY"


def _split(text: object) -> object:
    return tuple(part.strip() for part in text.split("|") if part.strip()) if isinstance(text, str) else text


def _point(text: object) -> object:
    """Turn a decimal comma into a point, unless three digits follow it: they may be thousands."""
    return text.replace(",", ".") if isinstance(text, str) and _DECIMAL_COMMA.fullmatch(text) else text


def _day(text: object) -> object:
    """Refuse a day that is not year-month-day: pydantic reads bare digits as seconds since 1970."""
    if isinstance(text, str) and not _ISO_DAY.match(text):
        msg = "write the day as year-month-day, such as 2026-02-28"
        raise ValueError(msg)
    return text


def _unit_id(text: str) -> str:
    if text in _TAKEN:
        msg = f"{text} has a meaning of its own here and cannot be a unit's id; write another"
        raise ValueError(msg)
    return text


_DECIMAL_COMMA = re.compile(r"\s*\d+,\d{1,2}\s*")
_ISO_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}")
#: Words that the command line and `margins.csv` use, and device names of Windows. A unit id may be none of
#: them, because it names a folder.
_TAKEN = {"ALL", CITY, "QUALITY", "CON", "PRN", "AUX", "NUL"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in range(10)
}

#: Ids become names of folders and files, and parts of keys.
UnitId = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]*$", max_length=60), AfterValidator(_unit_id)]
ServiceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
Decimal = Annotated[float, BeforeValidator(_point), Field(allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_day)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
YesNo = Annotated[bool, BeforeValidator(lambda text: {"yes": True, "no": False}.get(text, text))]
MaybeDay = Annotated[Day | None, BeforeValidator(lambda text: text or None)]


class Unit(FrozenModel):
    """One unit of the register, with the dates between which it exists."""

    unit_id: UnitId
    name: str = Field(min_length=1)
    short_name: str
    kind: str
    parent_id: str = ""
    has_report: YesNo = True
    aliases: Names = ()
    typical_staff_n: int = 0
    kemendagri_code: str = ""
    valid_from: Day = date(1900, 1, 1)
    valid_to: MaybeDay = None
    successor_id: str = ""
    checked: str = "memory"

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Unit:
        if self.valid_to and self.valid_to < self.valid_from:
            msg = "`valid_to` is a day before `valid_from`"
            raise ValueError(msg)
        return self


class Service(FrozenModel):
    """One public service with its service standard. A shorter time is better."""

    service_id: ServiceId
    offered_by: str
    # The second alias is the column name of older files.
    name_indonesian: str = Field(validation_alias=AliasChoices("name_indonesian", "name_id"))
    name_english: str = Field(validation_alias=AliasChoices("name_english", "name_en"))
    standard_days: Decimal
    standard_queue_minutes: Decimal
    request_share: Decimal
    is_free: YesNo
    aliases: Names = ()
    checked: str = "assumption"

    def name(self, language: str) -> str:
        """Return the service's name in a language."""
        return self.text_of("name", language)


class DayOverride(FrozenModel):
    """A day on which a city works, or does not work, against the national calendar."""

    date: Day
    is_working: YesNo
    reason: str
    source: str


class Margin(FrozenModel):
    """A population margin: the number of people served in one category. Respondents are weighted to it."""

    unit_id: str = ""
    variable: Literal["sex", "age_band", "education", "occupation", "channel"]
    category: str
    population_n: int = Field(gt=0)
    source: str


class CityFacts(FrozenModel):
    """The facts about a city that its reports print: names, places and its own values of rules."""

    city_id: str
    name: str
    government: str
    province: str
    kemendagri_code: str
    timezone: str
    signed_at: str
    organisation_bureau: str
    collective_leave_off: bool = True
    day_overrides: tuple[DayOverride, ...] = ()
    #: By rule name, the values that the city sets itself. The rule's file lists which ones it may set
    #: (`settable`).
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_day_once(self) -> CityFacts:
        days = [day.date for day in self.day_overrides]
        if len(set(days)) != len(days):
            twice = min(day for day in days if days.count(day) > 1)
            msg = f"`day_overrides`: {twice:%Y-%m-%d} stands twice"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class City:
    """A city's facts, units and services.

    Parameters
    ----------
    facts : CityFacts
        Names and places.
    units : dict of str to Unit
        The register, by unit id.
    services : dict of str to Service
        The services, by service id.
    margins : tuple of Margin
        The population margins; empty if none are known.
    """

    facts: CityFacts
    units: dict[str, Unit]
    services: dict[str, Service] = field(default_factory=dict)
    margins: tuple[Margin, ...] = ()

    def __post_init__(self) -> None:
        for unit in self.units.values():
            for role, other in (("parent", unit.parent_id), ("successor", unit.successor_id)):
                if other and other not in self.units:
                    msg = f"units.csv: {unit.unit_id} names the {role} {other}, which is not in the register."
                    raise RuleError(msg)
        self._refuse_circles()
        for service in self.services.values():
            if not service.offered_by.startswith("kind:") and service.offered_by not in self.units:
                msg = f"services.csv: {service.service_id} is offered by {service.offered_by}, which is not in the register. Write an id of units.csv, or kind: and a kind of unit."
                raise RuleError(msg)
        for margin in self.margins:
            if margin.unit_id and margin.unit_id != CITY and margin.unit_id not in self.units:
                msg = f"margins.csv: there is no unit {margin.unit_id} in the register. Write an id of units.csv, CITY, or nothing."
                raise RuleError(msg)

    def _refuse_circles(self) -> None:
        """Refuse a register in which a unit is its own ancestor."""
        sound: set[str] = set()
        for unit_id in self.units:
            path = [unit_id]
            while (above := self.units[path[-1]].parent_id) and above not in sound:
                if above in path:
                    circle = " → ".join([*path[path.index(above) :], above])
                    msg = f"units.csv: these units are each other's parents: {circle}. Mend parent_id of one of them."
                    raise RuleError(msg)
                path.append(above)
            sound.update(path)

    @cached_property
    def reporting_units(self) -> tuple[Unit, ...]:
        """The units that have a report of their own, in register order."""
        return tuple(unit for unit in self.units.values() if unit.has_report)

    def reporting_unit_id(self, unit_id: str) -> str:
        """Return the id of the unit whose report shows this unit: itself, or its nearest such ancestor."""
        unit = self.units[unit_id]
        while not unit.has_report and unit.parent_id:
            unit = self.units[unit.parent_id]
        return unit.unit_id

    def sub_units(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the child units without a report of their own, which this unit's report shows."""
        return tuple(
            unit for unit in self.units.values() if unit.parent_id == unit_id and not unit.has_report
        )

    def services_of(self, unit_id: str) -> tuple[Service, ...]:
        """Return the services that a unit offers: those declared for its id or for its kind of unit."""
        unit = self.units[unit_id]
        offers = {unit_id, f"kind:{unit.kind}"}
        return tuple(service for service in self.services.values() if service.offered_by in offers)

    def find_unit(self, text: str) -> Unit:
        """Return the unit with a given code, name, short name or alias.

        Raises
        ------
        RequestError
            If no unit has this name, or the unit has no report of its own.
        """
        wanted = text.strip().casefold()
        for unit in self.units.values():
            if wanted in {n.casefold() for n in (unit.unit_id, unit.name, unit.short_name, *unit.aliases)}:
                if unit.has_report:
                    return unit
                parent = self.units[self.reporting_unit_id(unit.unit_id)]
                raise worded(
                    RequestError,
                    "error_no_own_report",
                    unit=unit.name,
                    unit_id=parent.unit_id,
                    parent=parent.name,
                )
        known = ", ".join(unit.unit_id for unit in self.reporting_units)
        raise worded(RequestError, "error_no_unit", text=text, city=self.facts.name, known=known)


def _rows(model: type[Model], path: Path, key: Sequence[str], days: Sequence[str] = ()) -> list[Model]:
    """Read a register. Two rows with the same key are refused, because one of them would be lost."""
    rows: list[Model] = []
    seen: dict[tuple[object, ...], int] = {}
    try:
        for number, row in read_rows(model, path, days=days):
            own = tuple(getattr(row, name) for name in key)
            if own in seen:
                listed = ", ".join(
                    f"{name} {value}" for name, value in zip(key, own, strict=True) if value != ""
                )
                msg = f"{path.name}, row {number}: {listed} stands twice, in row {seen[own]} too. Delete or rename one of the two."
                raise RuleError(msg)
            seen[own] = number
            rows.append(row)
    except FileNotFoundError:
        msg = f"There is no {path.name} in {path.parent.name}/; copy one from rules/cities/{DEFAULT_CITY}."
        raise RuleError(msg) from None
    return rows


def load_day_overrides(path: Path) -> tuple[DayOverride, ...]:
    """Load the days on which a city deviates from the national calendar; empty if there is no file.

    Raises
    ------
    RuleError
        If a row is incomplete, or a day occurs twice.
    """
    return tuple(_rows(DayOverride, path, ("date",), ("date",))) if path.is_file() else ()


def load_services(path: Path) -> dict[str, Service]:
    """Load a city's services by id.

    Raises
    ------
    RuleError
        If the file does not exist, a row is incomplete, or an id occurs twice.
    """
    return {service.service_id: service for service in _rows(Service, path, ("service_id",))}


def load_margins(path: Path) -> tuple[Margin, ...]:
    """Load the population margins from `margins.csv`, which an office may put in its folder of raw data.

    Columns are unit_id (``CITY`` for the city; empty for every unit), variable, category (with the code of
    the processed tables), population_n and source.

    Raises
    ------
    RuleError
        If a row is incomplete, or a category occurs twice.
    """
    return tuple(_rows(Margin, path, ("unit_id", "variable", "category")))


def load_city(city_id: str = DEFAULT_CITY, folder: Path | None = None) -> City:
    """Load a city by its id, or from a folder with `city.yaml`, `units.csv` and `services.csv`.

    The folder may also hold `working_days.csv`, with the days on which the city deviates from the national
    calendar, and `margins.csv`.

    Raises
    ------
    RuleError
        If the city does not exist, or a file is incomplete or inconsistent.
    """
    # A user's folder is not cached, because the user may edit its files between two calls.
    return _packaged_city(city_id) if folder is None else _read_city(folder)


@cache
def _packaged_city(city_id: str) -> City:
    known = sorted(path.name for path in CITIES.iterdir() if path.is_dir())
    if city_id not in known:
        msg = f"There is no city '{city_id}'; known are {', '.join(known)}."
        raise RuleError(msg)
    return _read_city(CITIES / city_id)


def _read_city(place: Path, *, with_margins: bool = True) -> City:
    content = {
        **read_yaml(place / "city.yaml", as_text=True),
        "day_overrides": load_day_overrides(place / "working_days.csv"),
    }
    facts = load_model(CityFacts, content, "city.yaml")
    with_city_values(facts.rules)
    units = _rows(Unit, place / "units.csv", ("unit_id",), ("valid_from", "valid_to"))
    margins = place / "margins.csv"
    return City(
        facts,
        {unit.unit_id: unit for unit in units},
        load_services(place / "services.csv"),
        load_margins(margins) if with_margins and margins.is_file() else (),
    )


def city_of_folder(folder: Path) -> City:
    """Load the city that a folder of raw data describes; the default city if it describes none.

    If the folder has `units.csv`, all files of the city are read from the folder. If not, its `services.csv`
    and `working_days.csv` replace those of the default city. Margins are not read here, because they may name
    units that are added to the register later.

    Raises
    ------
    RuleError
        If a file is incomplete or inconsistent, or the folder has `city.yaml` without `units.csv`.
    """
    if (folder / "units.csv").is_file():
        return _read_city(folder, with_margins=False)
    city = load_city()
    if (folder / "city.yaml").is_file():
        msg = (
            f"city.yaml stands there without units.csv: it would put another city's name above the units of "
            f"{city.facts.name}. Put units.csv and services.csv beside it, or take it out."
        )
        raise RuleError(msg)
    if (folder / "services.csv").is_file():
        city = replace(city, services=load_services(folder / "services.csv"))
    if (folder / "working_days.csv").is_file():
        days = load_day_overrides(folder / "working_days.csv")
        city = replace(city, facts=city.facts.model_copy(update={"day_overrides": days}))
    return city
