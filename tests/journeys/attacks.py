"""What an attacker gets out of published editions that is of few people, judged by what is true."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf, sqrt

from journeys.attacker import overheard
from journeys.hearing import FEW, PREDIKAT_COLUMNS, RULE
from journeys.hearing_citizens import COUNTED
from journeys.hearing_staff import audited, told
from journeys.published import CITY, HIDDEN, Edition, number, numbers_in, words
from protect.attacker import Attacker, Cell

_GROUP, _CELL = RULE["smallest_group"]["employees"], RULE["smallest_cell"]
#: Kinds of counts of people, the attack by which each is looked for, and how many are enough to be told.
LEAST = {
    "staff": ("D4", _GROUP), "group": ("D4", _GROUP), "sub staff": ("D4", _GROUP), "rated": ("D4", _GROUP),
    "answered scale": ("D4", _GROUP), "scored": ("D4", _GROUP), "pns": ("D3", _GROUP), "pppk": ("D3", _GROUP), "trained": ("D3", _GROUP),
    "people of kind": ("D3", _GROUP), "untrained": ("D3", _CELL), "predikat": ("D2", _CELL),
    "met": ("D6", _CELL), "unmet": ("D6", _CELL), "over": ("D6", _CELL), "not over": ("D6", _CELL),
    "contradicting": ("D6", _CELL), "not contradicting": ("D6", _CELL), "element": ("D5", _GROUP),
    "marked": ("D5", _GROUP), "complaints": ("D5", _GROUP), "answered": ("D6", _CELL), "resolved": ("D6", _CELL),
    "requests": ("D5", _GROUP), "service": ("D5", _GROUP), "sub requests": ("D5", _GROUP), "open": ("D6", _CELL),
    "service open": ("D6", _CELL), "sanctioned": ("D1", _GROUP), "objectors": ("D1", _GROUP), "upheld": ("D1", _CELL),
    "ground": ("D1", _CELL), "ground upheld": ("D1", _CELL), "ever": ("D4", _GROUP), "item": ("D4", _GROUP),
    "answered survey": ("D4", _GROUP), "others": ("D2", _CELL), "commonest": ("D2", _CELL), "rows": ("D5", _GROUP),
    "doubtful": ("D5", _GROUP), "not doubtful": ("D5", _GROUP), "raters": ("D4", _GROUP), "ever rating": ("D4", _GROUP),
    "modelled": ("D4", _GROUP),
}  # fmt: skip
#: Of these, that nobody is counted harms somebody. That a unit has nobody under thirty tells nothing of anyone.
SENSITIVE = {
    *("predikat", "met", "unmet", "contradicting", "sanctioned", "objectors", "upheld", "ground", "ground upheld"),
}  # fmt: skip
#: Kinds of sums: the attack, the count whose people made it, and one point of its scale.
SUMS = {
    "hours": ("D3", "staff", 1.0), "group hours": ("D3", "group", 1.0), "hours of kind": ("D3", "people of kind", 1.0),
    "scale": ("D4", "answered scale", 1.0), "score": ("D4", "scored", 1.0), "element sum": ("D5", "element", 1.0),
    "category sum": ("D5", "category", 25.0), "doubtful sum": ("D5", "doubtful", 25.0), "sub index": ("D5", "sub respondents", 25.0), "points": ("D1", "staff", 1.0),
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


def wrong(attacker: Attacker, true: Mapping[Cell, float]) -> list[str]:
    """Return where an attacker's bounds, as printed and as solved, do not hold the truth: then the attacker reasons falsely."""
    found = list(attacker.contradictions)
    for name, value in true.items():
        if attacker.is_heard_of(name):
            low, high = attacker.printed(name)
            if not low - 1e-3 <= value <= high + 1e-3:
                found.append(f"{name}: {value} is not within {low} to {high}")
    for parts, low, high, why in attacker.sums():
        if all(name in true for name in parts):
            value = sum(weight * true[name] for name, weight in parts.items())
            if not low - 1e-3 <= value <= high + 1e-3:
                found.append(f"{parts}: {value} is not within {low} to {high} ({why})")
    return found


def counts(attacker: Attacker, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """Find hidden counts of few that cannot be all from nobody to one less than may be told."""
    for kind, (attack, least) in LEAST.items():
        for name in attacker.names(kind):
            value = true.get(name)
            if value is None or value >= least or (value == 0 and kind not in SENSITIVE):
                continue
            # How many respondents there are is told of every unit: what is hidden of an element is what they answered.
            if kind == "element" and attacker.known(("respondents", *name[1:3])) is not None:
                continue
            if attacker.is_published(name):
                yield from _printed(attacker, name, value, least, attack)
                continue
            low, high = attacker.could_be(name)
            if low < 1e-6 and high > least - 1 - 1e-6:
                continue
            low, high = attacker.reach(name)
            if low > 0 or high < least - 1:
                yield Finding(attack, name, low, high, value, attacker.why(name))


def _printed(attacker: Attacker, name: Cell, value: float, least: int, attack: str) -> Iterator[Finding]:
    """Find a number of few that simply stands there."""
    if value or name[0] in SENSITIVE:
        yield Finding(
            "D6" if value else "D7", name, value, value, value, f"printed, and under {least} ({attack})"
        )


def sums(attacker: Attacker, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """Find sums of a group of one to nine that are known to less than a point of their scale a person."""
    for kind, (attack, of, point) in SUMS.items():
        for name in attacker.names(kind):
            n = true.get((of, *name[1 : 3 if kind in ("hours", "points") else None]))
            if n is None or not 0 < n < _GROUP or _room(attacker, true, name, n) < point * n:
                continue
            low, high = attacker.could_be(name)
            if high - low > point * n - 1e-6:
                continue
            low, high = attacker.reach(name)
            if high - low < point * n - 1e-6:
                yield Finding(attack, name, low, high, true.get(name, float("nan")), attacker.why(name))


def _room(attacker: Attacker, true: Mapping[Cell, float], name: Cell, n: float) -> float:
    """Return how far a group's sum can go by that of all alone, whose publication the regulation asks for.

    Where nearly everybody gave the best mark, nearly everybody of each group did; where nobody took a lesson, nobody of a
    group did. That is no find: it is told whatever is hidden beside it.
    """
    if name[0] == "group hours":
        total = ("year hours of PNS" if name[3] == "rank_group" else "year hours", *name[1:3])
        return attacker.reach(total)[1]
    rooms = [inf]
    for unit in {name[1], CITY} if name[0] == "category sum" else ():
        whole, people = ("index", unit, name[2]), true.get(("respondents", unit, name[2]))
        if people and attacker.is_heard_of(whole):
            low, high = attacker.printed(whole)
            rooms.append(min(100 * n, high - 25 * (people - n)) - max(25 * n, low - 100 * (people - n)))
    return min(rooms)


def squares(attacker: Attacker, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """D3: squares of the hours of a group of one to nine, by which with their sum each of two or three is known."""
    for name in attacker.names("group squares"):
        n = true.get(("group", *name[1:]))
        if n is None or not 0 < n < _GROUP or attacker.could_be(name)[1] - attacker.could_be(name)[0] > 4 * n:
            continue
        low, high = attacker.reach(name)
        # By less than a lesson hour for each, at their root.
        if high < inf and sqrt(high / n) - sqrt(max(low, 0) / n) < 1 and high > n:
            yield Finding("D3", name, low, high, float("nan"), attacker.why(name))


def sets(attacker: Attacker, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """D5: what several hidden cells are together is known, and they are few."""
    for parts, low, high, why in attacker.sums():
        hidden = [name for name in parts if not attacker.is_published(name)]
        signs = {parts[name] > 0 for name in hidden}
        kinds = {name[0] for name in hidden}
        if (
            low != high
            or len(hidden) < 2
            or len(signs) > 1
            or len(kinds) > 1
            or not all(name in true for name in hidden)
        ):
            continue
        (kind,) = kinds
        if kind in LEAST:
            value = sum(true[name] for name in hidden)
            if 0 < value < LEAST[kind][1]:
                yield Finding(
                    "D5", (kind, *hidden[0][1:3], f"{len(hidden)} hidden"), value, value, value, why
                )
        elif kind in SUMS:
            of, point = SUMS[kind][1:]
            people = sum(true.get((of, *name[1:]), 0) for name in hidden)
            # The whole may be known by other figures than its own.
            whole = [name for name in parts if name not in hidden]
            if 0 < people < _GROUP and len(whole) == 1:
                name = ("together", *hidden[0][1:], kind)
                attacker.cell(name, is_whole=False)
                attacker.says({name: 1, **dict.fromkeys(hidden, -1.0)}, 0)
                least, most = attacker.reach(name)
                if most - least < point * people:
                    yield Finding("D5", name, least, most, sum(true[each] for each in hidden), why)


def shares_in_use(attacker: Attacker, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """D2, D6: shares printed where periods are compared, of predikat or of one to four of the staff."""
    for name in attacker.names("share in use"):
        _, city, period, source, column, _ = name
        whole = {"appraisals": "rated", "employees": "staff"}.get(source, "")
        n = true.get((whole, city, period))
        if not n:
            continue
        low, high = (n * end / 100 for end in attacker.printed(name))
        count = round((low + high) / 2)
        if column in PREDIKAT_COLUMNS:
            yield Finding("D2", name, low, high, count, "a share of predicates beside those that are merged")
        elif 0 < count <= FEW or 0 < n - count <= FEW:
            yield Finding("D6", name, count, count, count, f"{high:.2f} of {n:g}")


def sanctions(
    attacker: Attacker, editions: Iterable[Edition], true: Mapping[Cell, float]
) -> Iterator[Finding]:
    """D1: what discipline makes of an index, and rows of sensitive sources, beside what sentences say of sanctions."""
    for edition in editions:
        at = (edition.unit, edition.period)
        for dimension in ("discipline", "index"):
            name = ("points", *at, dimension, "lowest")
            if edition.unit != CITY and told(edition, dimension):
                yield Finding(
                    "D1", name, 0, 4, float("nan"), "a unit's loss of discipline is known modulo five"
                )
        ends, n = told(edition, "discipline"), attacker.known(("staff", *at))
        if ends and n and true.get(("sanctioned", *at, "all"), 0) < _GROUP:
            least, most = (n * (5 - end) for end in reversed(ends))
            # Whoever is sanctioned loses two points or more: nobody may have lost any, and nine may have.
            if least > 0.005 * n + 1e-9 or most < min(2 * 9, n) - 0.005 * n:
                yield Finding(
                    "D1", ("points lost", *at), least, most, float("nan"), "staff times five less discipline"
                )
        words_of = words(edition.language)
        named = {words_of.source(source) for source in ("objections", "sanctions")}
        for table in edition.tables:
            for row in table.records():
                source = row.get(words_of.heading("source"), "")
                rows = {heading: number(cell, edition.language) for heading, cell in row.items()}
                few = {heading: n for heading, n in rows.items() if n is not None and n < _GROUP}
                used = rows.get(words_of.heading("kept"))
                is_small = used is not None and used < _GROUP
                if source in named and is_small:
                    yield Finding("D1", ("rows of", *at, source), used, used, used, f"{table.title}: {few}")


def audits(editions: Iterable[Edition]) -> Iterator[Finding]:
    """D2: the share of the commonest predikat, where it is none of the parts that are told, parts what is merged."""
    for edition in editions:
        if (said := audited(edition)) is None:
            continue
        shown, parts, by = said
        if not any(abs(shown - part) <= by + 0.05 for part in parts):
            name = ("commonest predikat", edition.unit, edition.period)
            yield Finding("D2", name, shown, shown, float("nan"), f"beside merged predicates of {parts}")


def disagreements(editions: Iterable[Edition]) -> Iterator[str]:
    """Find what one edition of a report says otherwise than another: a format or language that tells more, or anything else."""
    reports: dict[tuple[str, ...], dict[str, Edition]] = defaultdict(dict)
    languages: dict[tuple[str, ...], dict[str, Edition]] = defaultdict(dict)
    for edition in editions:
        key = (edition.unit, edition.period, edition.audience)
        reports[(*key, edition.language)][edition.format] = edition
        languages[(*key, edition.format)][edition.language] = edition
    for formats in reports.values():
        page = formats.get("html")
        for other in formats.values():
            # A worksheet has tables of its own; that its figures are those of the page, the solver finds.
            if page is not None and other is not page and not other.sheets:
                yield from _formats_apart(page, other)
    for pair in languages.values():
        if len(pair) == 2 and pair["id"].format not in {"pdf", "lembar-kerja"}:
            yield from _languages_apart(pair["id"], pair["en"])


def _formats_apart(page: Edition, other: Edition) -> Iterator[str]:
    if other.format == "pdf":
        # Pages are numbered, and a number may be broken over two lines.
        more = set(numbers_in(other.text)) - set(numbers_in(page.text)) - {str(n) for n in range(200)}
        held = "".join(page.text.split())
        yield from (f"{other.name} says {n}" for n in sorted(more) if n not in held)
        return
    # What stands before the chapters of a printed report stands behind them on a page.
    mine, theirs = (Counter((t.title, t.headings, t.rows) for t in e.tables) for e in (page, other))
    yield from (f"{other.name}: {table}, which the page does not have" for table in theirs - mine)
    yield from (f"{other.name} lacks {table}" for table in mine - theirs)
    more = Counter(set(numbers_in(other.text))) - Counter(set(numbers_in(page.text)))
    if more and other.format == "docx":
        yield f"{other.name} says {sorted(more)}"
    for value, text in other.stored:
        printed = number(text.split()[0], other.language)
        if printed is None or abs(printed - value) > 1e-9:
            yield f"{other.name} stores {value!r} and shows {text}"


def _languages_apart(ours: Edition, theirs: Edition) -> Iterator[str]:
    for one, two in zip(ours.tables, theirs.tables, strict=False):
        for row, other in zip(one.rows, two.rows, strict=False):
            figures = [
                [(c if HIDDEN in c else number(c, e.language)) for c in cells]
                for cells, e in ((row, ours), (other, theirs))
            ]
            kept = [
                [f for f in each if f is not None and not (isinstance(f, str) and f != HIDDEN)]
                for each in figures
            ]
            if kept[0] != kept[1]:
                yield f"{theirs.name}: {other} where ours has {row}"
    # A glossary keeps the terms that a report uses, which one language may do more often than the other.
    sizes = [
        [
            len(t.rows)
            for t in e.tables
            if any(number(c, e.language) is not None for row in t.rows for c in row)
        ]
        for e in (ours, theirs)
    ]
    if len(ours.tables) != len(theirs.tables) or sizes[0] != sizes[1]:
        yield f"{theirs.name} has other tables than ours"


def between_editions(earlier: Attacker, later: Attacker, true: Mapping[Cell, float]) -> Iterator[Finding]:
    """Find what two editions of the same period tell of the few who came in between, or left."""
    for kind, (attack, of, point) in {**SUMS, "index": ("D4", "respondents", 25.0)}.items():
        for name in later.names(kind):
            people = (of, *name[1 : 3 if kind in ("hours", "points") else None])
            n = [each.known(people) if each.is_heard_of(people) else None for each in (earlier, later)]
            if None in n or not 0 < abs(n[1] - n[0]) < _GROUP:
                continue
            ends = [
                each.printed(name) if each.is_heard_of(name) else (0, float("inf"))
                for each in (earlier, later)
            ]
            low, high = ends[1][0] - ends[0][1], ends[1][1] - ends[0][0]
            if high - low < 3 * point * abs(n[1] - n[0]):
                yield Finding(
                    attack, name, low, high, true.get(name, float("nan")), f"{n[1]:g} less {n[0]:g} people"
                )


def totals(editions: list[Edition], true: Mapping[Cell, float]) -> list[Finding]:
    """D8: what totals over several quarters tell of few people, by themselves or less the quarters that are told."""
    attacker = overheard(editions, adds_quarters=True)
    found = [
        Finding("D8", name, value, value, value, "printed, and under ten")
        for name in attacker.names("files")
        if name[3] in COUNTED and (value := attacker.known(name)) is not None and 0 < value < _GROUP
    ]
    return [*found, *(each for each in counts(attacker, true) if "finished requests" in each.by)]


def findings(editions: list[Edition], attacker: Attacker, true: Mapping[Cell, float]) -> list[Finding]:
    """Run every attack."""
    return [
        *sanctions(attacker, editions, true),
        *audits(editions),
        *shares_in_use(attacker, true),
        *counts(attacker, true),
        *sums(attacker, true),
        *squares(attacker, true),
        *sets(attacker, true),
    ]
