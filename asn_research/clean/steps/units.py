"""Match spellings of unit and service names to the register as it was in a period."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from rapidfuzz import fuzz, process

from asn_research.clean.privacy.identity import MISSING
from asn_research.rules.cities import City, Unit
from asn_research.rules.codebooks import fold
from asn_research.rules.periods import Period

#: The smallest similarity of a misspelt name (0 to 100), and the smallest lead over the next other name.
_ALIKE, _AHEAD = 90.0, 3.0

UNKNOWN_UNIT, MISSPELT = "unknown_unit", "misspelt_name"
FORMER_NAME, LATER_NAME, NOT_IN_FORCE = "former_unit_name", "later_unit_name", "unit_not_in_force"


#: Abbreviations of kinds of units before their names.
_SHORT = {"kecamatan": "kec", "kelurahan": "kel", "bagian": "bag", "puskesmas": "pkm"}


@dataclass(frozen=True)
class Names:
    """Spellings with their ids, and a search for misspelt names.

    Parameters
    ----------
    ids : mapping of str to str
        Folded spelling to id.
    """

    ids: Mapping[str, str]
    _cache: dict[str, tuple[str | None, bool]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, text: str) -> tuple[str | None, bool]:
        """Return the id that a text means (None if unclear), and whether the text is misspelt."""
        if text not in self._cache:
            self._cache[text] = self._find(fold(text))
        return self._cache[text]

    def _find(self, name: str) -> tuple[str | None, bool]:
        if not name:
            return None, False
        if name in self.ids:
            return self.ids[name], False
        near = process.extract(name, list(self.ids), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=8)
        if not near or len(name) < 6:
            return None, False
        best, score, _ = near[0]
        rivals = [s for other, s, _ in near if self.ids[other] != self.ids[best]]
        if rivals and score - rivals[0] < _AHEAD:
            return None, False
        return self.ids[best], True


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """The unit that a spelling means in a period, and the reason code of a repair or fault."""

    unit_id: str | None = None
    repair: str = ""
    fault: str = ""


@dataclass(frozen=True)
class UnitNames:
    """The spellings of units, with the unit that they mean in each period.

    Parameters
    ----------
    city : City
        The register.
    names : Names
        All spellings with the key of a group: the units that had this spelling at different times.
    groups : mapping of str to tuple of str
        The unit ids of each group, oldest first.
    """

    city: City
    names: Names
    groups: Mapping[str, tuple[str, ...]]

    def find(self, text: str, period: str) -> UnitMatch:
        """Return the unit that a text means in a period.

        A name from before a renaming or merger is matched to the successor. A later name in an old file is
        matched to the unit that existed then.
        """
        if not text:
            return UnitMatch(fault=MISSING)
        found, misspelt = self.names.find(text)
        if found is None:
            return UnitMatch(fault=UNKNOWN_UNIT)
        repair = MISSPELT if misspelt else ""
        units = [self.city.units[unit] for unit in self.groups[found]]
        if not period:
            return UnitMatch(units[-1].unit_id, repair)
        when = Period.parse(period)
        then = next((unit for unit in units if _in_force(unit, when)), None)
        if then:
            return UnitMatch(then.unit_id, repair)
        later = self._successor(units[-1], when)
        earlier = self._predecessors(found, when)
        if later:
            return UnitMatch(later, repair or FORMER_NAME)
        return (
            UnitMatch(earlier[0], repair or LATER_NAME)
            if len(earlier) == 1
            else UnitMatch(fault=NOT_IN_FORCE)
        )

    def _predecessors(self, found: str, when: Period) -> list[str]:
        into = self.groups[found]
        return [u.unit_id for u in self.city.units.values() if u.successor_id in into and _in_force(u, when)]

    def _successor(self, unit: Unit, when: Period) -> str | None:
        seen = set()
        while unit.successor_id and unit.unit_id not in seen:
            seen.add(unit.unit_id)
            unit = self.city.units[unit.successor_id]
            if _in_force(unit, when):
                return unit.unit_id
        return None

    def propose(self, text: str, limit: int = 3) -> list[tuple[str, float]]:
        """Return the units with the most similar names, each with its similarity (0 to 100)."""
        near = process.extract(fold(text), list(self.names.ids), scorer=fuzz.WRatio, limit=12)
        best: dict[str, float] = {}
        for name, score, _ in near:
            unit = self.groups[self.names.ids[name]][-1]
            best[unit] = max(score, best.get(unit, 0.0))
        return sorted(best.items(), key=lambda pair: -pair[1])[:limit]


def _in_force(unit: Unit, when: Period) -> bool:
    """Return whether a unit existed on any day of a period."""
    return unit.valid_from <= when.last_day and (unit.valid_to is None or unit.valid_to >= when.first_day)


def unit_names(city: City, decided: Mapping[str, str] | None = None) -> UnitNames:
    """Return all spellings of the units of a city; a spelling of two units at the same time is left out.

    ``decided`` are spellings that a person has reviewed, with their unit ids.
    """
    suffix = fold(city.facts.name)
    spelt: dict[str, list[str]] = {}
    for unit in city.units.values():
        for spelling in (unit.unit_id, unit.name, unit.short_name, *unit.aliases):
            plain = fold(spelling)
            forms = (plain, f"{plain} {suffix}", re.sub(rf" {suffix}$", "", plain))
            for name in dict.fromkeys((*forms, *map(_shortened, forms))):
                units = spelt.setdefault(name, [])
                if unit.unit_id not in units:
                    units.append(unit.unit_id)
    for spelling, unit_id in (decided or {}).items():
        spelt[fold(spelling)] = [unit_id]
    groups: dict[str, tuple[str, ...]] = {}
    ids = {}
    for name, units in spelt.items():
        if name and not _overlap([city.units[u] for u in units]):
            key = "|".join(units)
            groups[key] = tuple(sorted(units, key=lambda u: city.units[u].valid_from))
            ids[name] = key
    return UnitNames(city, Names(ids), groups)


def _shortened(name: str) -> str:
    """Return a folded name with its kind of unit abbreviated."""
    kind, _, rest = name.partition(" ")
    return f"{_SHORT[kind]} {rest}" if kind in _SHORT and rest else name


def _overlap(units: list[Unit]) -> bool:
    """Return whether any two of the units existed on the same day."""
    spans = sorted((u.valid_from, u.valid_to or date.max) for u in units)
    return any(end >= start for (_, end), (start, _) in pairwise(spans))


def service_names(city: City) -> Names:
    """Return all spellings of the services of a city; a spelling of two services is left out."""
    pairs = [
        (fold(spelling), service.service_id)
        for service in city.services.values()
        for spelling in (service.service_id, service.name_indonesian, service.name_english, *service.aliases)
    ]
    return Names(_clear(pairs))


def _clear(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    ids: dict[str, str] = {}
    unclear = set()
    for name, target in pairs:
        if ids.setdefault(name, target) != target:
            unclear.add(name)
    return {name: target for name, target in ids.items() if name and name not in unclear}
