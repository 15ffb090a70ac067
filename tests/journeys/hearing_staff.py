"""What an edition says of staff: lessons, appraisals, the professionalism index, the staff survey, objections."""

import re
from collections import defaultdict
from math import exp, inf, log, sqrt

from journeys.hearing import PREDICATES, Hearing, period_of
from journeys.published import CITY, HIDDEN, Edition, half_unit, interval, number, words
from protect.outsider import Cell
from scipy import stats


class HearingOfStaff(Hearing):
    """Takes down what is said of staff."""

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
            self._squares(row, name, n)
            self._gap(row, name, n)
        for trait, names in groups.items():
            of_pns = trait == "rank_group"
            whole = ("pns" if of_pns else "staff", *self.at)
            total = self.outsider.cell(
                ("year hours of PNS" if of_pns else "year hours", *self.at), is_whole=False
            )
            cells = [("group", *self.at, trait, group) for group in names]
            self.outsider.says({whole: 1, **dict.fromkeys(cells, -1.0)}, 0, why=f"all of {trait}")
            sums = {("group hours", *cell[1:]): -1.0 for cell in cells}
            self.outsider.says({total: 1, **sums}, 0, why=f"hours of all of {trait}")
            squares = {self._squared(("group squares", *cell[1:])): -1.0 for cell in cells}
            of_all = self._squared(("year squares of PNS" if of_pns else "year squares", *self.at))
            self.outsider.says({of_all: 1, **squares}, 0, why=f"squares of all of {trait}")
        for same, kind in (("pns", "pns"), ("pppk", "pppk")):
            if same in groups["employment_type"]:
                pair = {(kind, *self.at): 1, ("group", *self.at, "employment_type", same): -1}
                self.outsider.says(pair, 0, why=f"{kind} in two tables")
        if "pns" in groups["employment_type"] and groups["rank_group"]:
            self.outsider.cell(("year hours of PNS", *self.at), is_whole=False)
            pair = {
                ("year hours of PNS", *self.at): 1,
                ("group hours", *self.at, "employment_type", "pns"): -1,
            }
            self.outsider.says(pair, 0, why="hours of PNS in two tables")

    def _squared(self, name: Cell) -> Cell:
        return self.outsider.cell(name, is_whole=False)

    def _squares(self, row: dict[str, str], name: Cell, n: float | None) -> None:
        """Read the sum of squares that a mean's interval tells: Student's, its lower end not below zero."""
        mean = self.value(row[self.heading("hours_year")])
        ends = interval(row[self.heading("interval")], self.language)
        squares = self._squared(("group squares", *name[1:]))
        if n is None or n < 2 or mean is None or ends is None:
            return
        by = half_unit(row[self.heading("hours_year")], self.language)
        per_sd = float(stats.t.ppf(0.975, n - 1)) / sqrt(n)
        low, high = (
            n * max(mean + sign * by, 0) ** 2
            + (n - 1) * (max(ends[1] - mean + 2 * sign * by, 0) / per_sd) ** 2
            for sign in (-1, 1)
        )
        self.outsider.reads(squares, (low + high) / 2, (high - low) / 2)

    def _gap(self, row: dict[str, str], name: Cell, n: float | None) -> None:
        """Read the gap of a group to all others: with their number it is the others' sum."""
        mean, gap = (row[self.heading(key)] for key in ("hours_year", "gap"))
        values = self.value(mean), self.value(gap)
        of_pns = name[3] == "rank_group"
        whole = self.outsider.known(("pns" if of_pns else "staff", *self.at))
        if n is None or None in values or whole is None:
            return
        by = half_unit(mean, self.language) + half_unit(gap, self.language)
        total = self.outsider.cell(
            ("year hours of PNS" if of_pns else "year hours", *self.at), is_whole=False
        )
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
            inside = [
                cells[key] for key in PREDICATES if self.words.texts[f"predicate_{key}"] in self._names(label)
            ]
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
                self.outsider.says(
                    parts, *((-100, inf) if yes else (-inf, 100)), why=f"{label} {told} {found}"
                )
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
            for period, key in (
                (self.edition.period, "now"),
                (period_of(row[self.heading("compared")]), "before"),
            ):
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
