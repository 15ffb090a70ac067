"""What an edition says of staff: lessons, appraisals, the professionalism index, the staff survey, objections."""

import re
from collections.abc import Iterator
from math import inf

from journeys.hearing import PREDIKATS, Hearing, first_of, period_of, unit_of
from journeys.published import CITY, HIDDEN, Edition, half_unit, interval, number, words
from protect.attacker import Cell
from scipy import stats

#: The groups of each trait, which everybody knows: those that a report leaves out are there too.
GROUPS = {
    "sex": ("f", "m"),
    "age_band": ("<17", "17-25", "26-35", "36-45", "46-55", "56+"),
    "employment_type": ("pns", "pppk"),
    "rank_group": ("I", "II", "III", "IV"),
}


class HearingOfStaff(Hearing):
    """Takes down what is said of staff."""

    # ------------------------------------------------------------ lessons

    def _training(self) -> None:
        if found := self.said("training_told"):
            self._lessons(self.at, found["n"], found["hours"])
            self.share(("trained", *self.at), ("staff", *self.at), ("untrained", *self.at), found["trained"])
        for row in self.records("training"):
            if (period := period_of(row[self.heading("period")])) is None:
                continue
            at = (self.edition.unit, period)
            self.count(("trained", *at), row[self.heading("trained")])
            self._lessons(at, row[self.heading("n_staff", "training")], row[self.heading("hours_mean")])
            self._duty(at, row[self.heading("pns_met")])
        if found := self.said("duty_told", "basis_duty"):
            self.count(("pns", *self.at), found["n_pns"])
            self._duty(self.at, found["met"])
        for label, value, detail, *_ in self.edition.figures:
            if self.words.said("label_duty", label) and (found := self.words.said("of_pns", detail)):
                self.count(("pns", *self.at), found["n_pns"])
                self._duty(self.at, value)
        if found := self.said("pppk_over"):
            self.count(("pppk", *self.at), found["n"])
            self.count(("over", *self.at), found["over"])
            self._parts("pppk", "over", "not over")

    def _lessons(self, at: tuple[str, str], staff: str, mean: str) -> None:
        self.count(("staff", *at), staff)
        self.attacker.says({("staff", *at): 1, ("trained", *at): -1, ("untrained", *at): -1}, 0)
        self.sum_of(("hours", *at), ("staff", *at), mean)

    def _duty(self, at: tuple[str, str], met: str) -> None:
        self.share(("met", *at), ("pns", *at), ("unmet", *at), met)

    def _staff_units(self) -> None:
        """Read the city's units beside each other: who was rated, what they say, what they learnt."""
        for row in self.records("staff_units"):
            at = (unit_of(row[self.heading("unit")]), self.edition.period)
            self.count(("rated", *at), row[self.heading("staff")])
            self._score(at, "service_quality", first_of(row[self.heading("quality_range")]))
            self._scale(at, "motivation", first_of(row[self.heading("motivation_range")]))
            self.sum_of(("hours", *at), ("staff", *at), row[self.heading("hours_mean")])
            self._duty(at, row[self.heading("pns_met")])

    def _kinds(self) -> None:
        """Read the courses of each kind; a kind that does not stand there may be one of a few people."""
        if not self.tables("training"):
            return
        rows = {
            self.words.key("kind_", row[self.heading("training_kind")]): row
            for row in self.records("training_kinds")
        }
        total = self.attacker.cell(("hours", *self.at), is_whole=False)
        shares = []
        for kind in self.words.family("kind_"):
            people = self.attacker.cell(("people of kind", *self.at, kind))
            self.at_most(people, ("trained", *self.at), "whoever took a course was trained")
            hours = self.attacker.cell(("hours of kind", *self.at, kind), is_whole=False)
            shares.append(hours)
            if kind not in rows:
                continue
            self.count(people, rows[kind][self.heading("n_people", "training_kinds")])
            text = rows[kind][self.heading("hours_total")]
            if (value := self.value(text)) is not None:
                self.attacker.reads(hours, value, half_unit(text, self.language))
            text = rows[kind][self.heading("hours_share")]
            if (share := self.value(text)) is not None:
                by = half_unit(text, self.language)
                self.attacker.says({hours: 100, total: -(share - by)}, 0, inf, why=f"{text} of all hours")
                self.attacker.says({hours: 100, total: -(share + by)}, -inf, 0, why=f"{text} of all hours")
        self.attacker.says({total: 1, **dict.fromkeys(shares, -1.0)}, 0, why="hours of all kinds")

    # ------------------------------------------------------------ groups of staff

    def _gaps(self) -> None:
        """Read groups of staff; of those that are left out, everybody knows that they are all the others."""
        found = {}
        for row in self.records("training_gaps"):
            label, _, group = row[self.heading("group")].partition(": ")
            trait = self.words.key("grouping_", label)
            found[trait, self.words.key("group_", group).replace("–", "-")] = row
        if not found:
            return
        for (trait, group), row in found.items():
            name = ("group", *self.at, trait, group)
            self.count(name, row[self.heading("n_staff", "training_gaps")])
            self.sum_of(("group hours", *name[1:]), name, row[self.heading("hours_year")])
        for trait, groups in GROUPS.items():
            self._all_of(trait, groups)
        for same in ("pns", "pppk"):
            self.same((same, *self.at), ("group", *self.at, "employment_type", same), f"{same} in two tables")
        pair = ("year hours of PNS", *self.at), ("group hours", *self.at, "employment_type", "pns")
        for name in pair:
            self.attacker.cell(name, is_whole=False)
        self.same(*pair, "hours of PNS in two tables")
        for (trait, group), row in found.items():
            name = ("group", *self.at, trait, group)
            self._gap(row, name)
            self._squares(row, name)

    def _all_of(self, trait: str, groups: tuple[str, ...]) -> None:
        """Write down that the groups of a trait are all of the staff, or all PNS; and so their hours, and squares."""
        cells = [self.attacker.cell(("group", *self.at, trait, group)) for group in groups]
        whole = self._whole(trait)
        self.attacker.says({whole: 1, **dict.fromkeys(cells, -1.0)}, 0, why=f"all of {trait}")
        for kind, total in (("group hours", "year hours"), ("group squares", "year squares")):
            of_all = (f"{total} of PNS" if trait == "rank_group" else total, *self.at)
            sums = [(kind, *cell[1:]) for cell in cells]
            for name in (of_all, *sums):
                self.attacker.cell(name, is_whole=False)
            self.attacker.says({of_all: 1, **dict.fromkeys(sums, -1.0)}, 0, why=f"{kind} of all of {trait}")

    def _whole(self, trait: str) -> Cell:
        return ("pns" if trait == "rank_group" else "staff", *self.at)

    def _gap(self, row: dict[str, str], name: Cell) -> None:
        """Read the gap of a group to all others: with their number it is the others' sum."""
        mean, gap = (row[self.heading(key)] for key in ("hours_year", "gap"))
        values = self.value(mean), self.value(gap)
        n, whole = self.attacker.known(name), self.attacker.known(self._whole(name[3]))
        if None in (n, whole, *values):
            return
        by = half_unit(mean, self.language) + half_unit(gap, self.language)
        total = ("year hours of PNS" if name[3] == "rank_group" else "year hours", *self.at)
        value, slack = (whole - n) * (values[0] - values[1]), (whole - n) * by
        why = f"mean less gap, of {whole:g} - {n:g} others"
        self.attacker.says({total: 1, ("group hours", *name[1:]): -1}, value - slack, value + slack, why=why)

    def _squares(self, row: dict[str, str], name: Cell) -> None:
        """Read what the range of a gap tells of squares: Welch's, whose degrees of freedom lie between two numbers.

        Half its width, over Student's quantile, is the root of both variances over their numbers; each variance is a sum
        of squares, less its number times its mean squared.
        """
        mean, gap = (self.value(row[self.heading(key)]) for key in ("hours_year", "gap"))
        ends = interval(row[self.heading("range_of_gap")], self.language)
        n, whole = self.attacker.known(name), self.attacker.known(self._whole(name[3]))
        if None in (mean, gap, n, whole) or ends is None or min(n, whole - n) < 2:
            return
        others, by = whole - n, half_unit(row[self.heading("hours_year")], self.language)
        half = (ends[1] - ends[0]) / 2
        most, least = (float(stats.t.ppf(0.975, df)) for df in (min(n, others) - 1, whole - 2))
        low, high = max((half - by) / most, 0) ** 2, ((half + by) / least) ** 2
        for m, of, error in ((mean, n, by), (mean - gap, others, 2 * by)):
            low += max(abs(m) - error, 0) ** 2 / (of - 1)
            high += (abs(m) + error) ** 2 / (of - 1)
        own, other = 1 / (n * (n - 1)), 1 / (others * (others - 1))
        of_all = ("year squares of PNS" if name[3] == "rank_group" else "year squares", *self.at)
        parts = {("group squares", *name[1:]): own - other, of_all: other}
        for cell in parts:
            self.attacker.cell(cell, is_whole=False)
        self.attacker.says(parts, low, high, why=f"range of the gap of {name[4]}")

    # ------------------------------------------------------------ appraisals

    def _appraisal(self) -> None:
        keys = ("appraisal_sentence", "appraisal_sentence_staff", "message_indicators", "message_appraised")
        for found in filter(None, map(self.said, keys)):
            self.count(("rated", *self.at), found["n"])
            if "raters" in found:
                self.count(("raters", *self.at), found["raters"])
        if found := self.said("contradicting_sentence", "contradicting_score"):
            self.count(("contradicting", *self.at), found["n"])
            self.count(("exported", *self.at), found["exported"])
            self._parts("exported", "contradicting", "not contradicting")
        for row in self.records("steps"):
            if found := self.words.said("basis_contradicting", row[self.heading("finding")]):
                self.count(("contradicting", *self.at), found["n"])
        self._indicators()
        self._audit()
        self._predikats()

    def _score(self, at: tuple[str, str], score: str, mean: str) -> None:
        """Write down the mean of a score: not everybody has every score."""
        people = ("scored", *at, score)
        self.at_most(people, ("rated", *at), "whoever has a score is rated")
        self.sum_of(("score", *at, score), people, mean)

    def _indicators(self) -> None:
        for row in self.records("indicators"):
            score = self.words.indicator(row[self.heading("indicator")]).removesuffix("_mean")
            self._score(self.at, score, row[self.heading("mean")])
            if self.heading("city") in row:
                self._score((CITY, self.edition.period), score, row[self.heading("city")])
            for at, mean in self._moved(row):
                self._score(at, score, mean)

    def _moved(self, row: dict[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield the value of an earlier period from which a value rose or fell, and its period."""
        for key in ("moved_up", "moved_down"):
            found = self.words.said(key, row[self.heading("moved")])
            if found and (period := period_of(found["since"])):
                yield (self.edition.unit, period), found["before"]

    def _audit(self) -> None:
        """Read how many have the commonest value of each rating, and so how many have another."""
        for row in self.records("information"):
            subject = self.words.key("subject_", row[self.heading("subject")])
            whole = ("rated", *self.at) if subject == "predikat" else ("scored", *self.at, subject)
            if (text := row.get(self.heading("commonest"))) is not None:
                self.share(("commonest", *self.at, subject), whole, ("others", *self.at, subject), text)

    def _predikat(self, label: str) -> str:
        """Return which predikat a label is; of a label that names several, that they are merged."""
        of_several = self.words.texts["predikat_merged_named"].partition("}")[2]
        return "merged" if label.endswith(of_several) else self.words.key("predikat_", label)

    def _predikats(self) -> None:
        rows = list(self.records("predikats"))
        cells = {key: self.attacker.cell(("predikat", *self.at, key)) for key in PREDIKATS}
        whole = ("rated", *self.at)
        self.attacker.says({whole: 1, **dict.fromkeys(cells.values(), -1.0)}, 0, why="all predikats")
        shown = [self._predikat(str(row[self.heading("predikat")])) for row in rows]
        # A label that merges others contradicts none of them: what it holds is in each, or in none.
        merged = [key for key in PREDIKATS if key not in shown]
        for key, row in zip(shown, rows, strict=True):
            names = merged if key == "merged" else [key]
            part, rest = ("part", *self.at, key), ("rest", *self.at, key)
            self.attacker.says({part: 1, **{cells[name]: -1.0 for name in names}}, 0, why=f"merged: {names}")
            self.count(part, row[self.heading("staff")])
            self.share(part, whole, rest, row[self.heading("share")])
        self._guide(cells)

    def _guide(self, cells: dict[str, Cell]) -> None:
        for row in self.records("distribution"):
            label = row[self.heading("guide")]
            inside = [
                cells[key] for key in PREDIKATS if self.words.texts[f"predikat_{key}"] in self._names(label)
            ]
            part, rest = ("guide", *self.at, label), ("not in guide", *self.at, label)
            self.attacker.says({part: 1, **dict.fromkeys(inside, -1.0)}, 0, why=f"guide: {label}")
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
                self.attacker.says(
                    parts, *((-100, inf) if yes else (-inf, 100)), why=f"{label} {told} {found}"
                )
        if self.words.said("bound_at_least_n", label) and label.endswith(
            self.words.texts["bound_at_least_n"].partition(": ")[2]
        ):
            self.attacker.says({part: 1}, *((1, inf) if yes else (0, 0)), why=f"{label} {told}")

    # ------------------------------------------------------------ the index, the survey, discipline

    def _professionalism(self) -> None:
        if found := self.said("ip_asn_unit", "ip_asn_one_band", "ip_asn_sentence", "ip_asn_bounds"):
            self.count(("staff", *self.at), found["n"])
        for row in self.records("ip_asn"):
            dimension = self.words.key("dimension_", row[self.heading("dimension")])
            for end in ("lowest", "highest"):
                name = ("points", *self.at, dimension, end)
                full = self.value(row[self.heading("maximum")])
                self.sum_of(name, ("staff", *self.at), row[self.heading(end)], 0, full or inf)

    def _scales(self) -> None:
        for row in self.records("scales"):
            scale = self.words.key("scale_", row[self.heading("scale")])
            self._scale(self.at, scale, row[self.heading("mean_1_5")])
            if self.heading("city") in row:
                self._scale((CITY, self.edition.period), scale, row[self.heading("city")])
            for at, mean in self._moved(row):
                self._scale(at, scale, mean)
        if found := self.said("motivation_sentence"):
            # As many as answered the scale that most answered.
            self.count(("answered survey", *self.at), found["n"])
        for row in self.records("scale_model"):
            estimator = self.words.key("estimator_", row[self.heading("estimator")])
            self.count(("modelled", *self.at, estimator), row[self.heading("respondents")])
        for row in self.records("validity"):
            scale, _, number = row[self.heading("item")].rpartition(" ")
            name = ("item", *self.at, f"{self.words.key('scale_', scale)}_{number}")
            self.count(name, row[self.heading("respondents")])

    def _scale(self, at: tuple[str, str], scale: str, mean: str) -> None:
        people = ("answered scale", *at, scale)
        self.at_most(people, ("answered survey", *at), "whoever answered a scale answered the survey")
        self.sum_of(("scale", *at, scale), people, mean, 1, 5)

    def _discipline(self) -> None:
        """Read sanctions and objections, which are told of the city alone, in its units' reports too."""
        at = (CITY, self.edition.period)
        if found := self.said("sanctions_sentence"):
            for level in ("all", "light", "moderate", "severe"):
                self.count(("sanctioned", *at, level), found[level])
        if found := self.said(
            "objections_sentence", "objections_sentence_coded", "objections_sentence_few_upheld"
        ):
            self.count(("objectors", *at), found["people"])
            self.count(("decided", *at), found["decided"])
            self.count(("upheld", *at), found.get("upheld", HIDDEN))
            self.at_most(("upheld", *at), ("decided", *at))
        for row in self.records("grounds", "rating_grounds"):
            ground = self.words.key("ground_", row[self.heading("ground")])
            if self.heading("staff") in row:
                self.count(("ground", *at, ground), row[self.heading("staff")])
                self.count(("ground upheld", *at, ground), row[self.heading("upheld")])
            else:
                # Of all quarters.
                self.count(("ever objected for", CITY, "", ground), row[self.heading("objections")])
                self.count(("ever decided for", CITY, "", ground), row[self.heading("decided")])

    def _raters(self) -> None:
        """Read the groups of all who were ever rated, and how often they objected."""
        for row in self.records("objection_rates"):
            group = self._level(row[self.heading("groups")])
            self.count(("ever", CITY, "", group), row[self.heading("staff")])
            self.count(("ever objections", CITY, "", group), row[self.heading("objections")])
        for row in self.records("spreads"):
            source = self.words.key("spread_", row[self.heading("source_of_spread")])
            if source in {"rater_id", "person_id"}:
                self.count(("ever rating", CITY, "", source), row[self.heading("levels")])
        for row in self.records("gaps"):
            self.count(
                ("ever", CITY, "", self._level(row[self.heading("groups")])), row[self.heading("staff")]
            )

    def _level(self, label: str) -> str:
        if found := self.words.said("group_age", label):
            return found["band"].replace("–", "-")
        return self.words.key("group_", label)


def told(edition: Edition, dimension: str) -> tuple[float, float] | None:
    """Return the ends of a dimension of the professionalism index that a report tells."""
    said, table = words(edition.language), edition.table("ip_asn")
    for row in table.records() if table else ():
        if row[said.heading("dimension")] == said.texts[f"dimension_{dimension}"]:
            ends = [number(row[said.heading(end)], edition.language) for end in ("lowest", "highest")]
            return None if None in ends else (ends[0], ends[1])
    return None


def audited(edition: Edition) -> tuple[float, list[float], float] | None:
    """Return the share of the commonest predikat that a report prints, the shares of the parts that it tells, and its last digit."""
    audit, said = edition.table("information"), words(edition.language)
    shown = next(
        (row.get(said.heading("commonest"), HIDDEN) for row in (audit.records() if audit else ())
         if row[said.heading("subject")] == said.texts["subject_predikat"]), HIDDEN,
    )  # fmt: skip
    value = number(shown, edition.language)
    if value is None:
        return None
    told = edition.table("predikats")
    parts = [number(row[said.heading("share")], edition.language) for row in (told.records() if told else ())]
    return value, [part for part in parts if part is not None], half_unit(shown, edition.language)
