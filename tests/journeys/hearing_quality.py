"""What the report on data quality says: forms that look doubtful, rows, columns that moved."""

from math import inf

from journeys.hearing import Hearing, blank, period_of, unit_of
from journeys.published import CITY, half_unit

#: Of all marks together.
ANY = "any"


class HearingOfQuality(Hearing):
    """Takes down what is said of the quality of data."""

    def _doubtful(self) -> None:
        """Read how many forms are marked, and the index with and without them: the difference is their answers."""
        for row in self.records("screening", "screening_units"):
            place = row.get(self.heading("unit"))
            mark = row.get(self.heading("mark"), self.words.texts["mark_any"])
            at = (CITY if place is None else unit_of(place), self.edition.period)
            mark = ANY if mark == self.words.texts["mark_any"] else mark
            self.count(("respondents", *at), row[self.heading("forms")])
            self.sum_of(("index", *at), ("respondents", *at), row[self.heading("index_with")], 25, 100)
            self._marked(at, mark, row[self.heading("marked")], row[self.heading("share")])
            self._without(at, mark, row[self.heading("index_without")])
        if found := self.said("quality_index_within", "quality_index_outside"):
            at = (CITY, self.edition.period)
            self._marked(at, ANY, found["n"], found["pct"])
            self._without(at, ANY, found["without"])

    def _marked(self, at: tuple[str, str], mark: str, n: str, share: str) -> None:
        name, others = ("doubtful", *at, mark), ("not doubtful", *at, mark)
        self.count(name, n)
        self.share(name, ("respondents", *at), others, share)

    def _without(self, at: tuple[str, str], mark: str, index: str) -> None:
        """Write down what those without a mark answered, and so those with one."""
        name, others = ("doubtful sum", *at, mark), ("not doubtful sum", *at, mark)
        self.sum_of(others, ("not doubtful", *at, mark), index, 25, 100)
        # With an answer left blank, an index is no mean of forms.
        slack, people = blank(self.attacker, *at), ("doubtful", *at, mark)
        self.attacker.cell(name, is_whole=False)
        if slack == inf:
            return
        self.attacker.says(
            {("index", *at): 1, name: -1, others: -1}, -slack, slack, why=f"all but marked with {mark}"
        )
        self.attacker.says({name: 1, people: -25}, -slack, inf)
        self.attacker.says({name: 1, people: -100}, -inf, slack)

    def _rows(self) -> None:
        """Read how many rows of files are of what kind: each is one person's."""
        for key, column, more in (
            ("missing", "cells", ("source", "column", "missing_reason")),
            ("offices", "raw", ("unit",)),
        ):
            for at, row in enumerate(self.records(key)):
                place = " ".join(row[self.heading(each)] for each in more)
                self.count(
                    (f"rows of {key}", CITY, self.edition.period, f"{place} {at}"), row[self.heading(column)]
                )

    def _files(self) -> None:
        """Read how many rows of each source were used, of all files and periods."""
        for row in self.records("sources"):
            source = self.words.key("source_", row[self.heading("source")])
            if source != row[self.heading("source")]:
                self.count(("files", CITY, "", source), row[self.heading("kept")])

    def _drift(self) -> None:
        """Read shares of a category of people, printed where data are compared with those of the period before."""
        for row in self.records("drift"):
            source = self.words.key("source_", row[self.heading("source")])
            column, mark, category = row[self.heading("column")].partition(": ")
            if not mark or "%" not in row[self.heading("now")]:
                continue
            category = self.words.key("predikat_", category)
            for period, key in (
                (self.edition.period, "now"),
                (period_of(row[self.heading("compared")]), "before"),
            ):
                name = ("share in use", CITY, str(period), source, column, category)
                text = row[self.heading(key)]
                if self.language == "id" and (value := self.value(text)) is not None:
                    self.attacker.cell(name, is_whole=False)
                    self.attacker.reads(name, value, half_unit(text, self.language))
