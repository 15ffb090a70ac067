"""What an outsider gets out of published editions that is of few people, judged by what is true."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from journeys.attacker import FEW, RULE
from protect.outsider import Cell, Outsider

_GROUP, _CELL = RULE["smallest_group"]["employees"], RULE["smallest_cell"]
#: Kinds of counts of people, the attack by which each is looked for, and how many are enough to be told.
LEAST = {
    "staff": ("D4", _GROUP), "group": ("D4", _GROUP), "sub staff": ("D4", _GROUP), "rated": ("D4", _GROUP),
    "answered scale": ("D4", _GROUP), "pns": ("D3", _GROUP), "pppk": ("D3", _GROUP), "trained": ("D3", _GROUP),
    "people of kind": ("D3", _GROUP), "untrained": ("D3", _CELL), "predicate": ("D2", _CELL),
    "met": ("D6", _CELL), "unmet": ("D6", _CELL), "over": ("D6", _CELL), "not over": ("D6", _CELL),
    "contradicting": ("D6", _CELL), "not contradicting": ("D6", _CELL), "element": ("D5", _GROUP),
    "marked": ("D5", _GROUP), "complaints": ("D5", _GROUP), "answered": ("D6", _CELL), "resolved": ("D6", _CELL),
    "requests": ("D5", _GROUP), "service": ("D5", _GROUP), "sub requests": ("D5", _GROUP), "open": ("D6", _CELL),
    "service open": ("D6", _CELL), "sanctioned": ("D1", _GROUP), "objectors": ("D1", _GROUP), "upheld": ("D1", _CELL),
    "ground": ("D1", _CELL), "ground upheld": ("D1", _CELL),
}  # fmt: skip
#: Of these, that nobody is counted harms somebody. That a unit has nobody under thirty tells nothing of anyone.
SENSITIVE = {
    *("predicate", "met", "unmet", "contradicting", "sanctioned", "objectors", "upheld", "ground", "ground upheld"),
}  # fmt: skip
#: Kinds of sums: the attack, the count whose people made it, and one point of its scale.
SUMS = {
    "hours": ("D3", "staff", 1.0), "group hours": ("D3", "group", 1.0), "hours of kind": ("D3", "people of kind", 1.0),
    "scale": ("D4", "answered scale", 1.0), "score": ("D4", "rated", 1.0), "element sum": ("D5", "element", 1.0),
    "category sum": ("D5", "category", 25.0), "sub index": ("D5", "sub respondents", 25.0), "points": ("D1", "staff", 1.0),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """What an attack recovered: of whom, what, and by which figures."""

    attack: str
    cell: Cell
    low: float
    high: float
    true: float
    by: str

    def __str__(self) -> str:
        value = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{self.attack} {' '.join(map(str, self.cell))} = {value} (true: {self.true:g}; {self.by})"


def wrong(outsider: Outsider, true: Mapping[Cell, float]) -> list[str]:
    """Return where an outsider's bounds, as printed and as solved, do not hold the truth: then the outsider reasons falsely."""
    found = list(outsider.contradictions)
    for name, value in true.items():
        if outsider.is_heard_of(name):
            low, high = outsider.printed(name)
            if not low - 1e-3 <= value <= high + 1e-3:
                found.append(f"{name}: {value} is not within {low} to {high}")
    for parts, low, high, why in outsider.sums():
        if all(name in true for name in parts):
            value = sum(weight * true[name] for name, weight in parts.items())
            if not low - 1e-3 <= value <= high + 1e-3:
                found.append(f"{parts}: {value} is not within {low} to {high} ({why})")
    return found


def counts(outsider: Outsider, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """Find hidden counts of few that cannot be all from nobody to one less than may be told."""
    for kind, (attack, least) in LEAST.items():
        for name in outsider.names(kind):
            value = true.get(name)
            if value is None or value >= least or (value == 0 and kind not in SENSITIVE):
                continue
            if outsider.is_published(name):
                yield from _printed(outsider, name, value, least, attack)
                continue
            low, high = outsider.could_be(name)
            if low < 1e-6 and high > least - 1 - 1e-6:
                continue
            low, high = outsider.reach(name)
            if low > 0 or high < least - 1:
                yield Finding(attack, name, low, high, value, outsider.why(name))


def _printed(outsider: Outsider, name: Cell, value: float, least: int, attack: str) -> Iterator[Finding]:
    """Find a number of few that simply stands there."""
    if value or name[0] in SENSITIVE:
        yield Finding("D6" if value else "D7", name, value, value, value, f"printed, and under {least} ({attack})")


def sums(outsider: Outsider, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """Find sums of a group of one to nine that are known to less than a point of their scale a person."""
    for kind, (attack, of, point) in SUMS.items():
        for name in outsider.names(kind):
            n = true.get((of, *name[1 : 3 if kind in ("hours", "score", "points") else None]))
            if n is None or not 0 < n < _GROUP:
                continue
            room = point * n
            if kind == "category sum":
                room = min(room, _room(outsider, true, name, n))
            low, high = outsider.could_be(name)
            if high - low > room - 1e-6:
                continue
            low, high = outsider.reach(name)
            if high - low < room - 1e-6:
                yield Finding(attack, name, low, high, true.get(name, float("nan")), outsider.why(name))


def _room(outsider: Outsider, true: Mapping[Cell, float], name: Cell, n: float) -> float:
    """Return how far a group's answers can go by the index of all, whose publication the regulation asks for.

    Where nearly everybody gave the best mark, nearly everybody of each group did: that is told by the index alone.
    """
    rooms = [inf_room := 75.0 * n]
    for unit in {name[1], "CITY"}:
        at = (unit, name[2])
        whole, people = ("index", *at), true.get(("respondents", *at))
        if people and outsider.is_heard_of(whole):
            low, high = outsider.printed(whole)
            least, most = max(25 * n, low - 100 * (people - n)), min(100 * n, high - 25 * (people - n))
            rooms.append(most - least)
    return min(rooms, default=inf_room)


def sets(outsider: Outsider, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """D5: what several hidden cells are together is known, and they are few."""
    for parts, low, high, why in outsider.sums():
        hidden = [name for name in parts if not outsider.is_published(name)]
        signs = {parts[name] > 0 for name in hidden}
        kinds = {name[0] for name in hidden}
        if low != high or len(hidden) < 2 or len(signs) > 1 or len(kinds) > 1 or not all(name in true for name in hidden):
            continue
        (kind,) = kinds
        if kind in LEAST:
            value = sum(true[name] for name in hidden)
            if 0 < value < LEAST[kind][1]:
                yield Finding("D5", (kind, *hidden[0][1:3], f"{len(hidden)} hidden"), value, value, value, why)
        elif kind in SUMS:
            of, point = SUMS[kind][1:]
            people = sum(true.get((of, *name[1:]), 0) for name in hidden)
            # The whole may be known by other figures than its own.
            whole = [name for name in parts if name not in hidden]
            if 0 < people < _GROUP and len(whole) == 1:
                name = ("together", *hidden[0][1:], kind)
                outsider.cell(name, is_whole=False)
                outsider.says({name: 1, **dict.fromkeys(hidden, -1.0)}, 0)
                least, most = outsider.reach(name)
                if most - least < point * people:
                    yield Finding("D5", name, least, most, sum(true[each] for each in hidden), why)


def shares_in_use(outsider: Outsider, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """D2, D6: shares of a category of staff, printed where periods are compared, that are of one to four of them."""
    for name in outsider.names("share in use"):
        _, city, period, source, *_ = name
        n = {"appraisals": true.get(("rated", city, period)), "employees": true.get(("staff", city, period))}.get(source)
        if not n:
            continue
        low, high = (n * end / 100 for end in outsider.printed(name))
        count = round((low + high) / 2)
        if low - 1e-6 <= count <= high + 1e-6 and 0 < count <= FEW or 0 < n - count <= FEW:
            yield Finding("D6", name, count, count, count, f"{high:.2f} of {n:g}")


def findings(outsider: Outsider, true: Mapping[Cell, float]) -> list[Finding]:
    """Run every attack."""
    return [
        *shares_in_use(outsider, true), *counts(outsider, true), *sums(outsider, true), *sets(outsider, true)
    ]  # fmt: skip
