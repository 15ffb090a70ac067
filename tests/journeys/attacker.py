"""An outsider who holds published editions, and nothing else: writes down what they say, and how it hangs together.

What is read are published bytes. What everybody knows is used besides: the register of units, the words and rules of
this project, that PNS and PPPK are all of the staff, that units add up to the city, quarters to half years, predicates to
all who are rated. Cells are unknown whole numbers or sums; each figure printed is what one of them is, to its last digit.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from math import exp, floor, inf, log

import yaml
from journeys.published import (
    CITY,
    HIDDEN,
    QUALITY,
    RULES,
    Edition,
    Table,
    end_of,
    half_unit,
    number,
    words,
)
from protect.outsider import Cell, Outsider

_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
PREDICATES = ("very_good", "good", "needs_improvement", "poor", "very_poor")
_TRAITS = ("sex", "age_band", "employment_type")
RULE = yaml.safe_load((RULES / "regulations" / "disclosure.yaml").read_text("utf-8"))
FEW = RULE["smallest_cell"] - 1


@cache
def register() -> dict[str, dict[str, str]]:
    """Return the register of units by each of their names."""
    with (RULES / "cities" / "pontianak" / "units.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row[name]: row for name in ("unit_id", "name", "short_name") for row in rows}


def period_of(label: str) -> str | None:
    """Return the code of a period from its short label."""
    match = re.match(r"(?:TW|Triwulan) (I{1,3}|IV) (\d{4})", label)
    if match:
        return f"{match[2]}-Q{_ROMAN[match[1]]}"
    return label if re.fullmatch(r"\d{4}(-[QS]\d)?", label) else None


def quarters(period: str) -> tuple[str, ...]:
    """Return the quarters of a half year or year; none of a quarter."""
    year, _, part = period.partition("-")
    numbers = {"": (1, 2, 3, 4), "S1": (1, 2), "S2": (3, 4)}.get(part, ())
    return tuple(f"{year}-Q{n}" for n in numbers)


class Reader:
    """Writes what one edition says into what the outsider knows."""

    def __init__(self, outsider: Outsider, edition: Edition) -> None:
        self.outsider, self.edition = outsider, edition
        self.language, self.words = edition.language, words(edition.language)
        self.at = (edition.unit, edition.period)
        #: Of rated staff and of those in the professionalism index, once they are read.
        self._n: dict[str, float] = {}

    def read(self) -> None:
        if self.edition.unit == QUALITY:
            self._drift()
            return
        self._sentences()
        self._training()
        self._kinds()
        self._gaps()
        self._appraisal()
        self._professionalism()
        self._scales()
        self._respondents()
        self._services()
        self._sub_units()
        self._grounds()

    # ------------------------------------------------------------ figures

    def heading(self, key: str, table: str = "") -> str:
        return self.words.heading(key, table)

    def value(self, text: str) -> float | None:
        return number(text, self.language)

    def count(self, name: Cell, text: str) -> float | None:
        """Write down a count, hidden or shown."""
        self.outsider.cell(name)
        value = self.value(text)
        if value is not None:
            self.outsider.reads(name, value)
        return value

    def sum_of(self, name: Cell, n: float | None, mean: str, low: float = 0, high: float = inf) -> None:
        """Write down a sum, by a mean and how many it is of; each is between two numbers."""
        self.outsider.cell(name, is_whole=False)
        value = self.value(mean)
        if n and value is not None:
            self.outsider.reads(name, n * value, n * half_unit(mean, self.language))
        if n and high < inf:
            self.outsider.cell(name, low=n * low, high=n * high, is_whole=False)

    def share(self, part: Cell, whole: Cell, rest: Cell, text: str) -> None:
        """Write down a part of a whole by its share, or by the end at which that lies."""
        for name in (part, rest):
            self.outsider.cell(name)
        self.outsider.says({whole: 1, part: -1, rest: -1}, 0, why=f"{part[0]} + {rest[0]} = {whole[0]}")
        value, by = self.value(text), half_unit(text, self.language)
        if value is not None:
            share, least, most = value / 100, (value - by) / 100, (value + by) / 100
            n = self.outsider.known(whole)
            if n is not None:
                self.outsider.reads(part, n * share, n * by / 100)
            else:
                self.outsider.says({part: 1, whole: -least}, 0, inf, why=text)
                self.outsider.says({part: 1, whole: -most}, -inf, 0, why=text)
        if end := end_of(text, self.language):
            n = self.outsider.known(whole)
            few = (rest, 100 - end[1]) if end[0] == "≥" else (part, end[1])
            if n is not None:
                self.outsider.says({few[0]: 1}, 0, floor(n * few[1] / 100 + 1e-9), why=text)

    def said(self, *keys: str) -> dict[str, str] | None:
        """Return what the first of some sentences fills in, if it stands in the edition."""
        for key in keys:
            for sentence in self.edition.sentences:
                if (found := self.words.said(key, sentence)) is not None:
                    return found
        return None

    def table(self, *keys: str) -> Table:
        found = next((table for key in keys if (table := self.edition.table(key))), None)
        return found or Table("", (), ())

    def _parts(self, whole: str, *parts: str) -> None:
        """Write down that a whole of this report is its parts together."""
        cells = {(part, *self.at): -1.0 for part in parts}
        self.outsider.says({(whole, *self.at): 1, **cells}, 0, why=f"{whole} = {' + '.join(parts)}")

    # ------------------------------------------------------------ sections

    def _sentences(self) -> None:
        if found := self.said("training_duty_sentence"):
            self.count(("pns", *self.at), found["n_pns"])
            self.share(("met", *self.at), ("pns", *self.at), ("unmet", *self.at), found["met"])
        if found := self.said("pppk_over"):
            self.count(("pppk", *self.at), found["n"])
            self.count(("over", *self.at), found["over"])
            self._parts("pppk", "over", "not over")
        if found := self.said("appraisal_sentence", "appraisal_sentence_staff"):
            self._n["rated"] = self.count(("rated", *self.at), found["n"]) or 0
        if found := self.said("contradicting_sentence", "contradicting_score"):
            self.count(("contradicting", *self.at), found["n"])
            self.count(("exported", *self.at), found["exported"])
            self._parts("exported", "contradicting", "not contradicting")
        if found := self.said("ip_asn_unit", "ip_asn_one_band", "ip_asn_sentence"):
            self._n["staff"] = self.count(("staff", *self.at), found["n"]) or 0
        if found := self.said("complaints_sentence"):
            n = self.count(("complaints", *self.at), found["n"])
            for kind in ("answered", "resolved"):
                self.count((kind, *self.at), found[kind])
                self.outsider.says({("complaints", *self.at): 1, (kind, *self.at): -1}, 0, inf, why=f"{n}")
        if found := self.said("sanctions_sentence"):
            for level in ("all", "light", "moderate", "severe"):
                self.count(("sanctioned", *self.at, level), found[level])
        if found := self.said("objections_sentence", "objections_sentence_coded", "objections_sentence_few_upheld"):
            self.count(("objectors", *self.at), found["people"])
            self.count(("decided", *self.at), found["decided"])
            self.count(("upheld", *self.at), found.get("upheld", HIDDEN))
            self.outsider.says({("decided", *self.at): 1, ("upheld", *self.at): -1}, 0, inf)

    def _training(self) -> None:
        table, heads = self.table("training"), {}
        for key in ("trained", "hours_mean", "n_pns", "pns_met"):
            heads[key] = self.heading(key)
        for row in table.records():
            period = period_of(row[self.heading("period")])
            if period is None:
                continue
            at = (self.edition.unit, period)
            staff = self.count(("staff", *at), row[self.heading("n_staff", "training")])
            self.count(("trained", *at), row[heads["trained"]])
            self.outsider.says({("staff", *at): 1, ("trained", *at): -1, ("untrained", *at): -1}, 0)
            self.sum_of(("hours", *at), staff, row[heads["hours_mean"]])
            if heads["n_pns"] in row:
                self.count(("pns", *at), row[heads["n_pns"]])
                self.share(("met", *at), ("pns", *at), ("unmet", *at), row[heads["pns_met"]])

    def _kinds(self) -> None:
        shares, total = [], ("hours", *self.at)
        self.outsider.cell(total, is_whole=False)
        for row in self.table("training_kinds").records():
            kind = self.words.key("kind_", row[self.heading("training_kind")])
            people = ("people of kind", *self.at, kind)
            self.count(people, row[self.heading("n_people", "training_kinds")])
            self.outsider.says({("trained", *self.at): 1, people: -1}, 0, inf)
            hours = self.outsider.cell(("hours of kind", *self.at, kind), is_whole=False)
            shares.append(hours)
            text = row[self.heading("hours_total")]
            if (value := self.value(text)) is not None:
                self.outsider.reads(hours, value, half_unit(text, self.language))
            text = row[self.heading("hours_share")]
            if (share := self.value(text)) is not None:
                by = half_unit(text, self.language)
                self.outsider.says({hours: 100, total: -(share - by)}, 0, inf, why=f"{text} of all hours")
                self.outsider.says({hours: 100, total: -(share + by)}, -inf, 0, why=f"{text} of all hours")
        if shares:
            self.outsider.says({total: 1, **dict.fromkeys(shares, -1.0)}, 0, why="hours of all kinds")

    def _gaps(self) -> None:
        groups: dict[str, list[str]] = defaultdict(list)
        for row in self.table("training_gaps").records():
            label, _, group = row[self.heading("group")].partition(": ")
            trait = self.words.key("grouping_", label)
            group = self.words.key("group_", group)
            groups[trait].append(group)
            name = ("group", *self.at, trait, group)
            n = self.count(name, row[self.heading("n_staff", "training_gaps")])
            hours = ("group hours", *name[1:])
            mean = row[self.heading("hours_year")]
            self.sum_of(hours, n, mean)
            self._gap(row, name, n)
        for trait, names in groups.items():
            of_pns = trait == "rank_group"
            whole = ("pns" if of_pns else "staff", *self.at)
            total = self.outsider.cell(("year hours of PNS" if of_pns else "year hours", *self.at), is_whole=False)
            cells = [("group", *self.at, trait, group) for group in names]
            self.outsider.says({whole: 1, **dict.fromkeys(cells, -1.0)}, 0, why=f"all of {trait}")
            sums = {("group hours", *cell[1:]): -1.0 for cell in cells}
            self.outsider.says({total: 1, **sums}, 0, why=f"hours of all of {trait}")
        for same, kind in (("pns", "pns"), ("pppk", "pppk")):
            if same in groups["employment_type"]:
                pair = {(kind, *self.at): 1, ("group", *self.at, "employment_type", same): -1}
                self.outsider.says(pair, 0, why=f"{kind} in two tables")
        if "pns" in groups["employment_type"] and groups["rank_group"]:
            self.outsider.cell(("year hours of PNS", *self.at), is_whole=False)
            pair = {("year hours of PNS", *self.at): 1, ("group hours", *self.at, "employment_type", "pns"): -1}
            self.outsider.says(pair, 0, why="hours of PNS in two tables")

    def _gap(self, row: dict[str, str], name: Cell, n: float | None) -> None:
        """Read the gap of a group to all others: with their number it is the others' sum."""
        mean, gap = (row[self.heading(key)] for key in ("hours_year", "gap"))
        values = self.value(mean), self.value(gap)
        of_pns = name[3] == "rank_group"
        whole = self.outsider.known(("pns" if of_pns else "staff", *self.at))
        if n is None or None in values or whole is None:
            return
        by = half_unit(mean, self.language) + half_unit(gap, self.language)
        total = self.outsider.cell(("year hours of PNS" if of_pns else "year hours", *self.at), is_whole=False)
        value = (whole - n) * (values[0] - values[1])
        slack = (whole - n) * by
        why = f"mean less gap, of {whole:g} - {n:g} others"
        parts = {total: 1, ("group hours", *name[1:]): -1}
        self.outsider.says(parts, value - slack, value + slack, why=why)

    def _appraisal(self) -> None:
        table = self.table("predicates")
        cells = {key: self.outsider.cell(("predicate", *self.at, key)) for key in PREDICATES}
        if not table.rows:
            return
        whole = ("rated", *self.at)
        self.outsider.says({whole: 1, **dict.fromkeys(cells.values(), -1.0)}, 0, why="all predicates")
        shown = [self.words.key("predicate_", row[0]) for row in table.rows]
        # A label that merges others contradicts none of them: what it holds is in each, or in none.
        merged = [key for key in PREDICATES if key not in shown]
        for key, row in zip(shown, table.records(), strict=True):
            names = merged if key == "merged" else [key]
            part, rest = ("part", *self.at, key), ("rest", *self.at, key)
            self.outsider.says({part: 1, **{cells[name]: -1.0 for name in names}}, 0, why=f"merged: {names}")
            self.count(part, row[self.heading("staff")])
            self.share(part, whole, rest, row[self.heading("share")])
        self._guide(cells)
        for row in self.table("information").records():
            # Not everybody has every score.
            subject = self.words.key("subject_", row[self.heading("subject")])
            kind = ("rated", *self.at) if subject == "predicate" else ("scored", *self.at, subject)
            self.count(kind, row[self.heading("staff")])
        for row in self.table("indicators").records():
            score = self.words.key("subject_", row[self.heading("indicator")])
            n = self.outsider.known(("scored", *self.at, score))
            self.sum_of(("score", *self.at, score), n, row[self.heading("mean")])

    def _guide(self, cells: dict[str, Cell]) -> None:
        for row in self.table("distribution").records():
            label = row[self.heading("guide")]
            inside = [cells[key] for key in PREDICATES if self.words.texts[f"predicate_{key}"] in self._names(label)]
            part, rest = ("guide", *self.at, label), ("not in guide", *self.at, label)
            self.outsider.says({part: 1, **dict.fromkeys(inside, -1.0)}, 0, why=f"guide: {label}")
            self.count(part, row[self.heading("staff")])
            self.share(part, ("rated", *self.at), rest, row[self.heading("share")])
            self._kept(row, label, part)

    def _names(self, label: str) -> list[str]:
        return re.split(rf" {re.escape(self.words.texts['and_or'])} ", label.partition(":")[0])

    def _kept(self, row: dict[str, str], label: str, part: Cell) -> None:
        """Read on which side of its limit a part lies, where that is told."""
        told = row[self.heading("kept_guide")]
        yes = {self.words.texts["yes"]: True, self.words.texts["no"]: False}.get(told)
        if yes is None:
            return
        whole = ("rated", *self.at)
        for key, sign in (("bound_at_most_pct", -1), ("bound_at_least_pct", 1)):
            if found := self.words.said(key, label):
                limit = number(re.sub(r"[^\d.,]", "", label.partition(":")[2]), self.language) or 0
                parts = {part: 100.0 * sign, whole: -limit * sign}
                # Limits round in favour of whoever is judged: by less than one of the staff.
                self.outsider.says(parts, *((-100, inf) if yes else (-inf, 100)), why=f"{label} {told} {found}")
        if self.words.said("bound_at_least_n", label) and label.endswith(
            self.words.texts["bound_at_least_n"].partition(": ")[2]
        ):
            self.outsider.says({part: 1}, *((1, inf) if yes else (0, 0)), why=f"{label} {told}")

    def _professionalism(self) -> None:
        n = self._n.get("staff")
        for row in self.table("ip_asn").records():
            dimension = self.words.key("dimension_", row[self.heading("dimension")])
            for end in ("lowest", "highest"):
                self.sum_of(("points", *self.at, dimension, end), n, row[self.heading(end)])

    def _scales(self) -> None:
        for row in self.table("scales").records():
            scale = self.words.key("scale_", row[self.heading("scale")])
            n = self.count(("answered scale", *self.at, scale), row[self.heading("staff_answering")])
            self.sum_of(("scale", *self.at, scale), n, row[self.heading("mean_1_5")], 1, 5)

    def _respondents(self) -> None:
        for row in self.table("units_ikm").records():
            unit = register()[row[self.heading("unit")]]["unit_id"]
            n = self.count(("respondents", unit, self.edition.period), row[self.heading("respondents")])
            self.sum_of(("index", unit, self.edition.period), n, row[self.heading("ikm")], 25, 100)
        if found := self.said("ikm_sentence", "not_all_asked"):
            n = self.count(("respondents", *self.at), found["n"])
            self.sum_of(("index", *self.at), n, found.get("ikm", found.get("index", "")), 25, 100)
        for row in self.table("elements").records():
            element = self.words.key("element_", row[self.heading("element")])
            name = ("element", *self.at, element)
            n = self.count(name, row[self.heading("answers")])
            self.outsider.says({("respondents", *self.at): 1, name: -1}, 0, inf)
            self.sum_of(("element sum", *name[1:]), n, row[self.heading("nrr")], 1, 4)
        by_trait: dict[str, list[Cell]] = defaultdict(list)
        for row in self.table("respondent_groups", "groups").records():
            trait = self.words.key("dimension_", row[self.heading("group")])
            category = self.words.key(f"{trait}_", row[self.heading("category")])
            if trait == "service_id" and self.language != "id":
                continue
            name = ("category", *self.at, trait, category)
            by_trait[trait].append(name)
            n = self.count(name, row[self.heading("respondents")])
            self.sum_of(("category sum", *name[1:]), n, row[self.heading("index")], 25, 100)
        for trait, names in by_trait.items():
            unknown = self.outsider.cell(("category", *self.at, trait, "?"))
            whole = {("respondents", *self.at): 1, unknown: -1}
            self.outsider.says({**whole, **dict.fromkeys(names, -1.0)}, 0, why=f"all of {trait}")
            rest = self.outsider.cell(("category sum", *unknown[1:]), is_whole=False)
            sums = {("category sum", *name[1:]): -1.0 for name in names}
            # An index is a mean of elements: with an answer left blank it is no mean of forms.
            total, slack = self.outsider.cell(("index", *self.at), is_whole=False), blank(self.outsider, *self.at)
            self.outsider.says({total: 1, rest: -1, **sums}, -slack, slack, why=f"answers of all of {trait}")
            self.outsider.says({rest: 1, unknown: -25}, 0, inf)
            self.outsider.says({rest: 1, unknown: -100}, -inf, 0)
        for row in self.table("variants").records():
            if found := self.words.said("variant_screened", row[self.heading("variant")]):
                self.count(("marked", *self.at), found["n"])

    def _services(self) -> None:
        if found := self.said("service_sentence"):
            self.count(("requests", *self.at), found["n"])
            self.count(("open", *self.at), found["open"])
            self._parts("requests", "open", "closed")
        services = []
        for row in self.table("services").records() if self.language == "id" else ():
            at = (*self.at, row[self.heading("service")])
            services.append(at)
            self.count(("service", *at), row[self.heading("n_requests", "service_time")])
            self.count(("service open", *at), row[self.heading("open")])
            self.outsider.says({("service", *at): 1, ("service open", *at): -1, ("service closed", *at): -1}, 0)
        for whole, part in (("requests", "service"), ("open", "service open")):
            if services:
                parts = {(part, *at): -1.0 for at in services}
                self.outsider.says({(whole, *self.at): 1, **parts}, 0, inf, why=f"{whole} of all services")
        if found := self.said("sample_enough", "sample_short"):
            self.count(("respondents", *self.at), found["n"])
            self.count(("requests", *self.at), found["population"])

    def _sub_units(self) -> None:
        found: dict[str, list[Cell]] = defaultdict(list)
        for row in self.table("sub_units").records():
            unit = register()[row[self.heading("unit")]]["unit_id"]
            for kind, whole, column in (
                ("sub staff", "staff", "n_staff"),
                ("sub respondents", "respondents", "n_respondents"),
                ("sub requests", "requests", "n_requests"),
            ):
                name = (kind, *self.at, unit)
                n = self.count(name, row[self.heading(column, "sub_units")])
                found[whole].append(name)
                if kind == "sub respondents":
                    self.sum_of(("sub index", *name[1:]), n, row[self.heading("index")], 25, 100)
        for whole, parts in found.items():
            # A district has a desk of its own.
            self.outsider.says({(whole, *self.at): 1, **dict.fromkeys(parts, -1.0)}, 0, inf, why=f"{whole} of sub-units")

    def _grounds(self) -> None:
        for row in self.table("grounds").records():
            if self.heading("staff") in row:
                ground = self.words.key("ground_", row[self.heading("ground")])
                self.count(("ground", *self.at, ground), row[self.heading("staff")])
                self.count(("ground upheld", *self.at, ground), row[self.heading("upheld")])

    def _drift(self) -> None:
        """Read shares of a category of people, printed where data are compared with those of the period before."""
        share = self.words.texts["test_shares"]
        for row in self.table("drift").records():
            if row[self.heading("test")] != share:
                continue
            source = self.words.key("source_", row[self.heading("source")])
            column, _, category = row[self.heading("column")].partition(": ")
            category = self.words.key("predicate_", category)
            for period, key in ((self.edition.period, "now"), (period_of(row[self.heading("compared")]), "before")):
                name = ("share in use", CITY, str(period), source, column, category)
                if self.language == "id" and (value := self.value(row[self.heading(key)])) is not None:
                    self.outsider.cell(name, is_whole=False)
                    self.outsider.reads(name, value, half_unit(row[self.heading(key)], self.language))


def told(edition: Edition, dimension: str) -> tuple[float, float] | None:
    """Return the ends of a dimension of the professionalism index that a report tells."""
    said, table = words(edition.language), edition.table("ip_asn")
    for row in table.records() if table else ():
        if row[said.heading("dimension")] == said.texts[f"dimension_{dimension}"]:
            ends = [number(row[said.heading(end)], edition.language) for end in ("lowest", "highest")]
            return None if None in ends else (ends[0], ends[1])
    return None


def audited(edition: Edition) -> tuple[float, float, float] | None:
    """Return the effective number of predicates that a report prints, that of the parts that it tells, and its last digit."""
    told, audit = edition.table("predicates"), edition.table("information")
    if told is None or audit is None:
        return None
    said = words(edition.language)
    shown = next(
        (row[said.heading("effective")] for row in audit.records()
         if row[said.heading("subject")] == said.texts["subject_predicate"]), HIDDEN,
    )  # fmt: skip
    value = number(shown, edition.language)
    parts = [number(row[said.heading("staff")], edition.language) for row in told.records()]
    if value is None:
        return None
    known = [part for part in parts if part]
    shares = [part / sum(known) for part in known]
    effective = exp(-sum(share * log(share) for share in shares))
    return value, effective, half_unit(shown, edition.language) + 1e-9


# ---------------------------------------------------------------- how it hangs together

#: What of the city is the sum of its units.
_OF_UNITS = (
    *("staff", "trained", "untrained", "pns", "pppk", "met", "unmet", "over", "hours", "year hours", "year hours of PNS"),
    *("group", "group hours", "people of kind", "hours of kind", "rated", "predicate", "scored", "score", "points"),
    *("answered scale", "scale", "respondents", "element", "element sum", "category", "category sum", "index"),
    *("requests", "open", "closed", "complaints", "answered", "resolved", "marked", "contradicting", "exported"),
)  # fmt: skip
#: What of a half year or year is the sum of its quarters.
_OF_QUARTERS = (
    *("respondents", "element", "element sum", "category", "category sum", "index", "requests", "open"),
    *("closed", "service", "service open", "service closed", "complaints", "answered", "resolved", "marked"),
)  # fmt: skip


_OF_INDICES = ("category sum", "index")


def overheard(editions: Iterable[Edition]) -> Outsider:
    """Write down all that editions say, and how it hangs together."""
    outsider = Outsider()
    editions = [edition for edition in editions if edition.tables]
    # What is of the city first: units' tables repeat some of it, without how many people it is of.
    for edition in sorted(editions, key=lambda each: each.unit != CITY):
        Reader(outsider, edition).read()
    units = sorted({edition.unit for edition in editions} - {CITY, QUALITY})
    periods = sorted({edition.period for edition in editions})
    _add_up(outsider, units, periods)
    return outsider


def _add_up(outsider: Outsider, units: list[str], periods: list[str]) -> None:
    for unit, period in {name[1:3] for kind in ("staff", "pns", "pppk") for name in outsider.names(kind)}:
        at = (unit, period)
        parts = {("staff", *at): 1, ("pns", *at): -1, ("pppk", *at): -1}
        outsider.says(parts, 0, why="staff = PNS + PPPK")
    for kind in _OF_UNITS:
        for name in [each for each in outsider.names(kind) if each[1] == CITY]:
            parts = [outsider.like((kind, unit, *name[2:]), name) for unit in units]
            slack = blank(outsider, *name[1:3]) if kind in _OF_INDICES else 0.0
            said = {name: 1.0, **dict.fromkeys(parts, -1.0)}
            outsider.says(said, -slack, slack, why=f"city = {len(units)} units")
    for period in periods:
        for kind in _OF_QUARTERS if quarters(period) else ():
            for name in [each for each in outsider.names(kind) if each[2] == period]:
                parts = [outsider.like((kind, name[1], quarter, *name[3:]), name) for quarter in quarters(period)]
                slack = blank(outsider, *name[1:3]) if kind in _OF_INDICES else 0.0
                said = {name: 1.0, **dict.fromkeys(parts, -1.0)}
                outsider.says(said, -slack, slack, why=f"{period} = its quarters")


def blank(outsider: Outsider, unit: str, period: str) -> float:
    """Return how far a sum of indices may be from that of its parts, for the answers that were left blank."""
    answers = [outsider.known(name) for name in outsider.names("element") if name[1:3] == (unit, period)]
    n = outsider.known(("respondents", unit, period))
    if n is None or not answers or None in answers:
        return inf
    # One blank moves the mean of its element by less than the whole scale of one form.
    return 75.0 / len(answers) * 2 * sum(n - each for each in answers)
