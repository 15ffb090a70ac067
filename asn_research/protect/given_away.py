"""What a release gives away beside the earlier ones: the look at a release before it is approved.

A release hides enough when it is made. Before it is approved, all its numbers are laid beside those of all earlier releases
once more, as they are printed. What is still narrower than the rule asks is named, with the fewest figures that it follows
from. In most releases that is nothing. It can be what earlier releases showed, which nothing hides any more, or what
somebody changed by hand in what is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from asn_research.protect.counted import CountedCity
from asn_research.protect.editions import Editions
from asn_research.protect.fewest_figures import fewest_figures
from asn_research.protect.guards import Mask
from asn_research.protect.linked import narrow_places
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared

_UNITS = ("unit_id", "reporting_unit_id")


@dataclass(frozen=True)
class PlacedFigure:
    """A number of people, and where it stands.

    Parameters
    ----------
    measure, column : str
        The table and its column.
    keys : mapping of str to str
        The keys of its row.
    number : float
        The number.
    is_earlier : bool
        Whether an earlier release alone prints it.
    """

    measure: str
    column: str
    keys: Mapping[str, str]
    number: float
    is_earlier: bool = False

    @property
    def unit(self) -> str:
        """The unit of its row; the city where the row names none."""
        return next((self.keys[key] for key in _UNITS if key in self.keys), CITY)

    def place(self, language: str) -> str:
        """Return the table, column and keys in words.

        Examples
        --------
        >>> figure = PlacedFigure("training", "n_staff", {"unit_id": "DINKES", "period": "2026-Q3"}, 16.0)
        >>> figure.place("en")
        'Lesson hours of staff: Staff, DINKES, 2026-Q3'
        """
        table = declared("measure", self.measure)
        named = [table.columns[self.column].label(language), *(each for each in self.keys.values() if each)]
        return f"{table.labels[language]}: {', '.join(named)}"


@dataclass(frozen=True)
class GivenAway:
    """A hidden number of people that published figures give away, or narrow more than the rule allows.

    Parameters
    ----------
    figure : PlacedFigure
        The hidden number.
    sums : tuple of str
        The number or its bound, as a sum of published figures: ``5 = 16 - 11``.
    because : tuple of PlacedFigure
        The published figures of these sums, in the order in which they stand there.
    """

    figure: PlacedFigure
    sums: tuple[str, ...]
    because: tuple[PlacedFigure, ...]

    @property
    def matter(self) -> str:
        """What a release's exception is about, as one text; the same number in the same place has the same."""
        at = " ".join(f"{key}={value}" for key, value in sorted(self.figure.keys.items()))
        return f"{self.figure.measure}.{self.figure.column} {at} n={self.figure.number:g}"


def given_away(now: CountedCity, past: Sequence[CountedCity], rule: DisclosureRule) -> list[GivenAway]:
    """Return what a release gives away beside all earlier ones, with the fewest figures that it follows from.

    Parameters
    ----------
    now : mapping of str to CountedTable
        The release, with all that it hides.
    past : sequence of mapping of str to CountedTable
        The earlier releases, oldest first.
    rule : DisclosureRule
        The smallest sizes.

    Returns
    -------
    list of GivenAway
        Empty if nobody can be told apart by what is published.
    """
    city = Editions(now, past, rule)
    cells, relations = city.cells(), city.relations()
    # `Editions` hides what has changed by few people; here counts what the release prints.
    printed = _printed(city, now)
    cells = replace(cells, hidden=cells.hidden & ~printed)
    narrow = narrow_places(cells, relations)
    changes = [*_small_changes(city, printed)]
    if not narrow and not changes:
        return []
    placed = dict(_placed(city))
    found = [_change(placed[later], placed[earlier]) for later, earlier in changes]
    for place in narrow:
        proofs = fewest_figures(cells, relations, place) if place in placed else ()
        if proofs:
            because = tuple(dict.fromkeys(at for proof in proofs for at, _ in proof.in_order(cells.values)))
            found.append(
                GivenAway(
                    placed[place],
                    tuple(proof.said(cells.values) for proof in proofs),
                    tuple(placed[at] for at in because if at in placed),
                )
            )
    return found


def _printed(city: Editions, now: CountedCity) -> Mask:
    """Return which of all cells the new release prints."""
    printed = np.zeros(len(city.cells().values), dtype=bool)
    for name, column in city.versions:
        if name in now and column in now[name].hidden:
            shown = ~now[name].hidden[column].to_numpy() & now[name].numbers[column].notna().to_numpy()
            printed[city.places(name, column)[shown]] = True
    return printed


def _small_changes(city: Editions, printed: Mask) -> Iterator[tuple[int, int]]:
    """Yield the positions of a printed number, and of the number that an earlier release printed, if few people differ."""
    for versions in city.versions.values():
        frame = versions.frame
        row, value, told = (frame[name].to_numpy() for name in ("row", "value", "is_shown"))
        own = printed[versions.places] & ~told
        for later in np.flatnonzero(own & np.isin(row, row[told])):
            near = told & (row == row[later]) & (np.abs(value - value[later]) < versions.least)
            for earlier in np.flatnonzero(near & (value != value[later])):
                yield versions.first + int(later), versions.first + int(earlier)


def _change(later: PlacedFigure, earlier: PlacedFigure) -> GivenAway:
    more, less = sorted((later, earlier), key=lambda each: -each.number)
    said = f"{more.number - less.number:g} = {more.number:g} − {less.number:g}"
    return GivenAway(later, (said,), (more, less))


def _placed(city: Editions) -> Iterator[tuple[int, PlacedFigure]]:
    """Yield the position of each number among all cells, and where it stands; the new release's place comes last."""
    for (name, column), versions in city.versions.items():
        is_now = versions.frame["is_now"].to_numpy()
        for edition in sorted(versions.of, reverse=True):
            keys = city.editions[edition][name].keys.astype("str").to_dict("records")
            for row, version in zip(keys, versions.of[edition], strict=True):
                number = float(np.nan_to_num(versions.frame["value"].to_numpy()[version]))
                yield (
                    int(versions.first + version),
                    PlacedFigure(
                        name, column, {str(k): v for k, v in row.items()}, number, not is_now[version]
                    ),
                )
