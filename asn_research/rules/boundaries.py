"""Where a city's districts lie: outlines by the code of Kemendagri, for the cities that have them."""

from __future__ import annotations

import json
from functools import cache

from asn_research.rules.loading import RULES

#: An outline: its corners as degrees east and north.
Ring = tuple[tuple[float, float], ...]


@cache
def load_boundaries(city_code: str) -> dict[str, tuple[Ring, ...]]:
    """Return the outlines of a city's districts, by the district's code; none where there is no file of the city.

    Parameters
    ----------
    city_code : str
        The city's code of Kemendagri.

    Examples
    --------
    >>> sorted(load_boundaries("61.71"))[0]
    '61.71.01'
    >>> load_boundaries("00.00")
    {}
    """
    place = RULES / "boundaries" / f"{city_code}.geojson"
    if place.name not in {path.name for path in place.parent.glob("*.geojson")}:
        return {}
    features = json.loads(place.read_text(encoding="utf-8"))["features"]
    return {str(each["properties"]["kode"]): _rings(each["geometry"]) for each in features}


def _rings(geometry: dict[str, object]) -> tuple[Ring, ...]:
    """Return the outer outlines of a polygon, or of several."""
    shapes = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return tuple(tuple((float(east), float(north)) for east, north in shape[0]) for shape in shapes)  # type: ignore[attr-defined]
