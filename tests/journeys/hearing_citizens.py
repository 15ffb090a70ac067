"""What a public edition says of citizens: respondents and their answers, requests, complaints, sub-units."""

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from journeys.hearing import Hearing, blank, first_of, period_of, services, unit_of
from journeys.published import CITY, HIDDEN
from protect.attacker import Cell

#: The lowest and the highest index, and the lowest and the highest answer.
_INDEX, ANSWER = (25, 100), (1, 4)
#: How many points of the index one mark of an answer is.
_PER_MARK = 25.0
#: Which count of people a source's rows are.
COUNTED = {"citizen_feedback": "respondents", "service_log": "requests", "complaints": "complaints"}


class HearingOfCitizens(Hearing):
    """Takes down what is said of citizens."""

    # ------------------------------------------------------------ respondents

    def _respondents(self) -> None:
        self._units()
        self._index()
        self._elements()
        self._groups()
        self._years()
        self._own_rows()
        for row in self.records("variants"):
            if found := self.words.said("variant_screened", row[self.heading("variant")]):
                self.count(("marked", *self.at), found["n"])

    def _units(self) -> None:
        """Read how many answered of each unit, and its index, where units stand beside each other."""
        for row in self.records("units"):
            at = (unit_of(row[self.heading("unit")]), self.edition.period)
            self.count(("respondents", *at), row[self.heading("respondents")])
            self.sum_of(("index", *at), ("respondents", *at), row[self.heading("ikm")], *_INDEX)

    def _index(self) -> None:
        n, index = ("respondents", *self.at), ("index", *self.at)
        keys = ("ikm_told", "ikm_told_partial", "sample_met", "sample_missed", "sample_unknown", "respondents_sentence", "respondents_plain")  # fmt: skip
        for found in filter(None, map(self.said, keys)):
            self.count(n, found["n"])
            if "population" in found:
                self.count(("requests", *self.at), found["population"])
        facts = {row[self.heading("fact")]: row[self.heading("content")] for row in self.records("approval")}
        facts |= {figure[0]: figure[1] for figure in self.edition.figures}
        if number := facts.get(self.words.texts["fact_respondents"]):
            told = self.words.said("n_of_needed", number) or {"n": number}
            self.count(n, told["n"])
        told = [found["index"] for key in ("ikm_told", "ikm_told_partial") for found in self.each_said(key)]
        told += [facts[label] for label in (self.words.texts["fact_index"], self._ikm()) if label in facts]
        for text in told:
            self.sum_of(index, n, first_of(text), *_INDEX)
        self._earlier()

    def _ikm(self) -> str:
        return self.words.label("ikm")

    def _earlier(self) -> None:
        """Read the index of earlier periods, wherever the present one is held against it."""
        unit = self.edition.unit
        for figure in self.edition.figures:
            for key in ("change_told_better", "change_told_worse", "change_told_steady"):
                if figure[0] == self._ikm() and (found := self.words.said(key, figure[3])):
                    self._before(unit, found["period"], found["before"])
        for row in self.records("city_changes"):
            if row[self.heading("indicator")] == self._ikm():
                for heading, text in row.items():
                    self._before(unit, heading, text)
        for row in self.records("unit_changes"):
            if row[self.heading("indicator")] == self._ikm():
                place = unit_of(row[self.heading("unit")])
                self._before(place, row[self.heading("since_when")], row[self.heading("before")])
                self._before(place, self.edition.period, row[self.heading("now")])

    def _before(self, unit: str, label: str, index: str) -> None:
        if (period := period_of(label)) is not None:
            self.sum_of(("index", unit, period), ("respondents", unit, period), index, *_INDEX)

    def _elements(self) -> None:
        """Read each element's mean and value now, and its value in earlier periods."""
        complete = next((found["n"] for found in self.each_said("form_quality_sentence")), HIDDEN)
        for row in self.records("elements"):
            element = self.words.key("element_", row[self.heading("element")])
            for heading, text in row.items():
                mean, times = heading == self.heading("mean_short"), heading == self.heading("index")
                period = self.edition.period if mean or times else period_of(heading)
                if period is None:
                    continue
                at = (self.edition.unit, period)
                name, people = ("element sum", *at, element), ("element", *at, element)
                # The value is 25 times the mean, to a digit more or less.
                self._element(name, people, text, 1.0 if mean else _PER_MARK)
            if (n := self.value(complete)) is not None:
                # Whoever filled in the whole form answered each element.
                self.attacker.cell(("element", *self.at, element), low=n)

    def mean_of_elements(self) -> None:
        """Write down that an index is the plain mean of the means of the elements that were asked, once all else is heard.

        Times the respondents, each mean is the sum of its answers and, for those who left it blank, the mean again. Where it
        is not told how many answered, this lies between nothing and the best mark of all who may have left it blank.
        """
        asked = {self.words.key("element_", row[self.heading("element")]) for row in self.records("elements")}
        n = self.attacker.known(("respondents", *self.at))
        if not asked or n is None:
            return
        parts, blanks = {("index", *self.at): float(len(asked))}, 0.0
        for element in sorted(asked):
            low = n - self._left_blank(element)
            people = self.attacker.cell(("element", *self.at, element), low=low, high=n)
            answered = self.attacker.known(people)
            parts["element sum", *people[1:]] = -_PER_MARK * (n / answered if answered else 1)
            blanks += 0 if answered else n - self.attacker.printed(people)[0]
        self.attacker.says(parts, 0, _INDEX[1] * blanks, why="an index is the mean of its elements' means")

    def _left_blank(self, element: str) -> float:
        """Return how many of this report's respondents left an element blank at most: all of the city who did."""
        city = (CITY, self.edition.period)
        n, answered = (
            self.attacker.known(name) for name in (("respondents", *city), ("element", *city, element))
        )
        return inf if n is None or answered is None else n - answered

    def _element(self, name: Cell, people: Cell, text: str, times: float) -> None:
        scaled = ("element value", *name[1:])
        if times == 1:
            self.sum_of(name, people, text, *ANSWER)
            return
        self.sum_of(scaled, people, text, *_INDEX)
        self.attacker.says({scaled: 1, name: -times}, 0, why="a value is 25 times its mean")

    def _groups(self) -> None:
        """Read how many answered of each category, and what they answered where that is told."""
        by_trait: dict[str, set[Cell]] = defaultdict(set)
        for trait, label, n in self._counted():
            name = ("category", *self.at, trait, self._category(trait, label))
            if label == self.words.texts["not_stated"]:
                name = ("category", *self.at, trait, "?")
            else:
                by_trait[trait].add(name)
            self.count(name, n)
        for row in self.records("respondent_groups", "groups"):
            trait = self.words.key("dimension_", row[self.heading("group")])
            name = ("category", *self.at, trait, self._category(trait, row[self.heading("category")]))
            by_trait[trait].add(name)
            self.count(name, row[self.heading("respondents")])
            self.sum_of(("category sum", *name[1:]), name, row[self.heading("index")], *_INDEX)
        for trait, names in by_trait.items():
            self._whole_of(trait, sorted(names))

    def _counted(self) -> Iterator[tuple[str, str, str]]:
        """Yield the trait, the category and the number of respondents of every count by trait."""
        trait = ""
        for row in self.records("respondents"):
            # A trait is named in the first of its rows.
            trait = (
                self.words.key("dimension_", row[self.heading("trait")])
                if row[self.heading("trait")]
                else trait
            )
            yield trait, row[self.heading("indicator")], row[self.heading("number_of")]
        for row in self.records("sample"):
            yield "service_id", row[self.heading("service")], row[self.heading("respondents")]
        for found in self.each_said("channels_sentence"):
            for part in found["channels"].replace(f" {self.words.texts['and_last']} ", ", ").split(", "):
                if told := self.words.said("channel_part", part.strip()):
                    yield (
                        "channel",
                        told["channel"].removeprefix(f"{self.words.texts['and_last']} "),
                        told["n"],
                    )

    def _category(self, trait: str, label: str) -> str:
        if trait == "service_id":
            return services().get(label, label)
        if trait == "channel":
            return next((k for k in ("counter", "online", "phone") if self.words.texts[f"channel_{k}"].lower() == label), label)  # fmt: skip
        return self.words.key(f"{trait}_", label).replace("–", "-")

    def _whole_of(self, trait: str, names: list[Cell]) -> None:
        """Write down that the categories of a trait, and those who named none, are all respondents."""
        unknown = self.attacker.cell(("category", *self.at, trait, "?"))
        whole = {("respondents", *self.at): 1, unknown: -1}
        self.attacker.says({**whole, **dict.fromkeys(names, -1.0)}, 0, why=f"all of {trait}")
        rest = self.attacker.cell(("category sum", *unknown[1:]), is_whole=False)
        for name in names:
            self.sum_of(("category sum", *name[1:]), name, HIDDEN, *_INDEX)
        sums = {("category sum", *name[1:]): -1.0 for name in names}
        # An index is a mean of elements: with an answer left blank it is no mean of forms.
        total = self.attacker.cell(("index", *self.at), is_whole=False)
        slack = blank(self.attacker, *self.at)
        if slack < inf:
            self.attacker.says({total: 1, rest: -1, **sums}, -slack, slack, why=f"answers of all of {trait}")
        self.attacker.says({rest: 1, unknown: -25}, 0, inf)
        self.attacker.says({rest: 1, unknown: -100}, -inf, 0)

    def _years(self) -> None:
        for row in self.records("years"):
            if (period := period_of(row[self.heading_of("cover_period")])) is None:
                continue
            at = (self.edition.unit, period)
            self.count(("respondents", *at), row[self.heading("respondents")])
            self.sum_of(("index", *at), ("respondents", *at), row[self.heading("ikm")], *_INDEX)

    def _own_rows(self) -> None:
        """Read how many rows of a unit's files were used: each is a respondent, a request or a complaint."""
        for row in self.records("own_rows"):
            source = self.words.key("source_", row[self.heading("source")])
            name = ("rows", *self.at, source)
            self.count(name, row[self.heading("kept")])
            if source in COUNTED:
                self.same((COUNTED[source], *self.at), name, f"rows of {source}")

    # ------------------------------------------------------------ worksheets

    def _worksheet(self) -> None:
        """Read the sums of answers and how many they are of, of a unit or of each unit of the city."""
        said = self.words.edition
        for title, heads, rows in self.edition.sheets:
            elements = {place: key for place, head in enumerate(heads) if (key := self._headed(head))}
            if self.edition.unit != CITY:
                by_label = {row[0]: row for row in rows}
                for kind, label in (("element", "sheet_filled"), ("element sum", "sheet_total")):
                    for place, key in elements.items() if said[label] in by_label else ():
                        self._written((kind, *self.at, key), by_label[said[label]][place])
                continue
            kind = {said["sheet_sums"]: "element sum", said["sheet_counts"]: "element"}.get(title)
            for row in rows:
                name = (
                    CITY
                    if row[1] == said["sheet_city_row"]
                    else unit_of(row[1])
                    if row[1] and isinstance(row[0], int)
                    else ""
                )
                if not name:
                    continue
                at = (name, self.edition.period)
                self._written(("respondents", *at), row[2])
                for place, key in elements.items() if kind else ():
                    self._written((str(kind), *at, key), row[place])

    def _headed(self, head: str) -> str:
        """Return the element that a heading names under its number: *U1 Persyaratan*."""
        code, _, label = head.partition(" ")
        found = self.words.key("element_", label)
        return found if code[:1] == "U" and code[1:].isdigit() and found != label else ""

    def _written(self, name: Cell, value: object) -> None:
        """Write down a number of a worksheet, as it is stored."""
        self.attacker.cell(name, is_whole=name[0] != "element sum")
        if isinstance(value, int | float):
            # Not to within a little: where all gave the best mark, half of that lies beyond it, and a few such sums do
            # not add up to the city's.
            self.attacker.reads(name, float(value))

    # ------------------------------------------------------------ requests and complaints

    def _services(self) -> None:
        if found := self.said("times_sentence_done"):
            self.count(("requests", *self.at), found["n"])
            self.count(("open", *self.at), "0")
        elif found := self.said("times_sentence"):
            self.count(("requests", *self.at), found["n"])
            self.count(("open", *self.at), found["open"])
        if found:
            self._parts("requests", "open", "closed")
        served = set()
        for row in self.records("services", "sample"):
            at = (*self.at, services()[row[self.heading("service")]])
            if (n := row.get(self.heading("requests"))) is not None:
                served.add(at)
            self.count(("service", *at), row[self.heading("served")] if n is None else n)
            self.attacker.says(
                {("service", *at): 1, ("service open", *at): -1, ("service closed", *at): -1}, 0
            )
        for whole, part in (("requests", "service"), ("open", "service open")):
            if served:
                parts = {(part, *at): -1.0 for at in sorted(served)}
                self.attacker.says({(whole, *self.at): 1, **parts}, 0, why=f"{whole} of all services")

    def _practice(self) -> None:
        """Read of how many finished requests of four quarters the completion time is, where a table tells it."""
        for row in self.records("good_practice_log_days"):
            if told := row.get(self.heading("requests")):
                self.count(("finished", unit_of(row[self.heading("unit")]), self.edition.period), told)

    def _complaints(self) -> None:
        for found in self.each_said("complaints_told"):
            self.count(("complaints", *self.at), found["n"])
            for kind in ("answered", "resolved"):
                self.count((kind, *self.at), found[kind])
                self.at_most((kind, *self.at), ("complaints", *self.at))

    def _sub_units(self) -> None:
        found: dict[str, list[Cell]] = defaultdict(list)
        for row in self.records("sub_units"):
            unit = unit_of(row[self.heading("unit")])
            for kind, whole, column in (
                ("sub staff", "staff", "n_staff"),
                ("sub respondents", "respondents", "n_respondents"),
                ("sub requests", "requests", "n_requests"),
            ):
                name = (kind, *self.at, unit)
                self.count(name, row[self.heading(column, "sub_units")])
                found[whole].append(name)
                if kind == "sub respondents":
                    self.sum_of(("sub index", *name[1:]), name, row[self.heading("index")], *_INDEX)
        for whole, parts in found.items():
            # A district has a desk of its own.
            self.attacker.says(
                {(whole, *self.at): 1, **dict.fromkeys(parts, -1.0)}, 0, inf, why=f"{whole} of sub-units"
            )
