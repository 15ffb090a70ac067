"""Unit and service names in their many spellings, matched to the register."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from asn_research.rules.cities import City
from asn_research.rules.codebooks import fold

#: How alike a misspelt name must be (0 to 100), and how far ahead of the next other name.
_ALIKE, _AHEAD = 90.0, 3.0

UNKNOWN_UNIT, UNKNOWN_SERVICE, MISSPELT = "unknown_unit", "unknown_service", "misspelt_name"


@dataclass(frozen=True)
class Names:
    """Names and what they stand for.

    Parameters
    ----------
    ids : mapping of str to str
        Folded spelling to id.
    """

    ids: Mapping[str, str]
    _cache: dict[str, tuple[str | None, bool]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, text: str) -> tuple[str | None, bool]:
        """Return the id a text means (none if unclear), and whether it was misspelt."""
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


def unit_names(city: City) -> Names:
    """Return every spelling of the city's units; one that means two units means none."""
    suffix = fold(city.facts.name)
    pairs: list[tuple[str, str]] = []
    for unit in city.units.values():
        for spelling in (unit.unit_id, unit.name, unit.short_name, *unit.aliases):
            plain = fold(spelling)
            pairs += [(plain, unit.unit_id), (f"{plain} {suffix}", unit.unit_id)]
            pairs.append((re.sub(rf" {suffix}$", "", plain), unit.unit_id))
    return Names(_clear(pairs))


def service_names(city: City) -> Names:
    """Return every spelling of the city's services."""
    pairs = [
        (fold(spelling), service.service_id)
        for service in city.services.values()
        for spelling in (service.service_id, service.name_id, service.name_en, *service.aliases)
    ]
    return Names(_clear(pairs))


def _clear(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    ids: dict[str, str] = {}
    unclear = set()
    for name, target in pairs:
        if ids.setdefault(name, target) != target:
            unclear.add(name)
    return {name: target for name, target in ids.items() if name and name not in unclear}
