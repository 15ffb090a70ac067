"""A city: its units, services and working days, read from one folder of data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from asn_research.errors import RequestError, RuleError
from asn_research.rules.loading import RULES, FrozenModel, Model, load_model, read_rows, read_yaml

CITIES = RULES / "cities"
DEFAULT_CITY = "pontianak"


def _split(text: object) -> object:
    return tuple(part.strip() for part in text.split("|") if part.strip()) if isinstance(text, str) else text


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
YesNo = Annotated[bool, BeforeValidator(lambda text: {"yes": True, "no": False}.get(text, text))]
MaybeDate = Annotated[date | None, BeforeValidator(lambda text: text or None)]


class Unit(FrozenModel):
    """One unit of the register, as it was between two dates."""

    unit_id: str
    name: str
    short_name: str
    kind: str
    parent_id: str = ""
    has_report: YesNo = True
    aliases: Names = ()
    typical_staff_n: int = 0
    kemendagri_code: str = ""
    valid_from: date = date(1900, 1, 1)
    valid_to: MaybeDate = None
    successor_id: str = ""
    checked: str = "memory"


class Service(FrozenModel):
    """One public service with its standard. Times are lower-is-better."""

    service_id: str
    offered_by: str
    name_id: str
    name_en: str
    standard_days: float
    standard_queue_minutes: float
    request_share: float
    is_free: YesNo
    aliases: Names = ()
    checked: str = "assumption"

    def name(self, language: str) -> str:
        """Return the service's name in a language."""
        return self.name_id if language == "id" else self.name_en


class DayOverride(FrozenModel):
    """A day that a city works, or does not, whatever the national calendar says."""

    date: date
    is_working: YesNo
    reason: str
    source: str


class Margin(FrozenModel):
    """How many of the people served are of one kind; respondents are weighed to it."""

    unit_id: str = ""
    variable: Literal["sex", "age_band", "education", "occupation", "channel"]
    category: str
    population_n: int = Field(gt=0)
    source: str


class CityFacts(FrozenModel):
    """What a city's reports say of the city itself."""

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
        What is known of the people served, if anything.
    """

    facts: CityFacts
    units: dict[str, Unit]
    services: dict[str, Service] = field(default_factory=dict)
    margins: tuple[Margin, ...] = ()

    def __post_init__(self) -> None:
        for unit in self.units.values():
            if unit.parent_id and unit.parent_id not in self.units:
                msg = f"units.csv: {unit.unit_id} names the parent {unit.parent_id}, which is not in the register."
                raise RuleError(msg)

    @cached_property
    def reporting_units(self) -> tuple[Unit, ...]:
        """The units that have a report of their own, in register order."""
        return tuple(unit for unit in self.units.values() if unit.has_report)

    def reporting_unit_id(self, unit_id: str) -> str:
        """Return the unit in whose report a unit is shown: itself, or the nearest parent."""
        unit = self.units[unit_id]
        while not unit.has_report and unit.parent_id:
            unit = self.units[unit.parent_id]
        return unit.unit_id

    def sub_units(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the units shown within another unit's report."""
        return tuple(
            unit for unit in self.units.values() if unit.parent_id == unit_id and not unit.has_report
        )

    def services_of(self, unit_id: str) -> tuple[Service, ...]:
        """Return the services a unit offers, by its id or by its kind."""
        unit = self.units[unit_id]
        offers = {unit_id, f"kind:{unit.kind}"}
        return tuple(service for service in self.services.values() if service.offered_by in offers)

    def find_unit(self, text: str) -> Unit:
        """Return the unit a user means by a code, name or short form.

        Raises
        ------
        RequestError
            If no unit is called so, or the unit is shown within another's report.
        """
        wanted = text.strip().casefold()
        for unit in self.units.values():
            if wanted in {n.casefold() for n in (unit.unit_id, unit.name, unit.short_name, *unit.aliases)}:
                if unit.has_report:
                    return unit
                parent = self.units[self.reporting_unit_id(unit.unit_id)]
                msg = (
                    f"{unit.name} has no report of its own: its staff are too few to be shown alone. "
                    f"Ask for --unit {parent.unit_id} ({parent.name}), which includes it."
                )
                raise RequestError(msg)
        known = ", ".join(unit.unit_id for unit in self.reporting_units)
        msg = f"There is no unit '{text}' in the register of {self.facts.name}. Known are: {known}."
        raise RequestError(msg)


def _rows(model: type[Model], path: Path) -> list[Model]:
    try:
        return [row for _, row in read_rows(model, path)]
    except FileNotFoundError:
        msg = f"There is no {path.name} in {path.parent.name}/; copy one from rules/cities/{DEFAULT_CITY}."
        raise RuleError(msg) from None


def _day_overrides(place: Path) -> list[DayOverride]:
    path = place / "working_days.csv"
    if not path.is_file():
        return []
    return _rows(DayOverride, path)


def load_margins(path: Path) -> tuple[Margin, ...]:
    """Load what is known of the people served: `margins.csv`, which an office may put beside its raw data.

    Columns are unit_id (``CITY`` for the city; empty for every unit), variable, category (as processed
    tables write it), population_n and source.

    Raises
    ------
    RuleError
        If a row is incomplete.
    """
    return tuple(_rows(Margin, path))


@cache
def load_city(city_id: str = DEFAULT_CITY, folder: Path | None = None) -> City:
    """Load a city by its id, or from a folder with `city.yaml`, `units.csv` and `services.csv`.

    Days on which the city works, or does not, against the national calendar stand in
    `working_days.csv`, if there is one.

    Raises
    ------
    RuleError
        If there is no such city, or a file does not hold together.
    """
    place = folder or CITIES / city_id
    if not place.is_dir():
        known = ", ".join(sorted(path.name for path in CITIES.iterdir() if path.is_dir()))
        msg = f"There is no city '{city_id}'; known are {known}."
        raise RuleError(msg)
    content = {**read_yaml(place / "city.yaml"), "day_overrides": _day_overrides(place)}
    facts = load_model(CityFacts, content, "city.yaml")
    units = _rows(Unit, place / "units.csv")
    services = _rows(Service, place / "services.csv")
    margins = place / "margins.csv"
    return City(
        facts,
        {unit.unit_id: unit for unit in units},
        {service.service_id: service for service in services},
        load_margins(margins) if margins.is_file() else (),
    )
