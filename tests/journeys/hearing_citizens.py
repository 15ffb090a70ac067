"""What an edition says of citizens: respondents and their answers, requests, sub-units."""

from collections import defaultdict
from math import inf

from journeys.hearing import Hearing, blank, register
from journeys.published import HIDDEN
from protect.outsider import Cell


class HearingOfCitizens(Hearing):
    """Takes down what is said of citizens."""

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
            total, slack = (
                self.outsider.cell(("index", *self.at), is_whole=False),
                blank(self.outsider, *self.at),
            )
            self.outsider.says({total: 1, rest: -1, **sums}, -slack, slack, why=f"answers of all of {trait}")
            self.outsider.says({rest: 1, unknown: -25}, 0, inf)
            self.outsider.says({rest: 1, unknown: -100}, -inf, 0)
        for row in self.table("variants").records():
            if found := self.words.said("variant_screened", row[self.heading("variant")]):
                self.count(("marked", *self.at), found["n"])

    def _services(self) -> None:
        if found := self.said("times_sentence", "times_sentence_done"):
            self.count(("requests", *self.at), found["n"])
            self.count(("open", *self.at), found.get("open", HIDDEN))
            self._parts("requests", "open", "closed")
        services = []
        for row in self.table("services").records() if self.language == "id" else ():
            at = (*self.at, row[self.heading("service")])
            services.append(at)
            self.count(("service", *at), row[self.heading("n_requests", "service_time")])
            self.count(("service open", *at), row[self.heading("open")])
            self.outsider.says(
                {("service", *at): 1, ("service open", *at): -1, ("service closed", *at): -1}, 0
            )
        for whole, part in (("requests", "service"), ("open", "service open")):
            if services:
                parts = {(part, *at): -1.0 for at in services}
                self.outsider.says({(whole, *self.at): 1, **parts}, 0, why=f"{whole} of all services")
        if found := self.said("sample_enough", "sample_short"):
            self.count(("respondents", *self.at), found["n"])
            self.count(("requests", *self.at), found["population"])
        if self.language == "id" and (found := self.said("sample_short_services")):
            for service in found["services"].split("; "):
                if short := self.words.said("sample_short_service", service):
                    name = short["service"].removeprefix("dan ")
                    self.count(("service", *self.at, name), short["population"])

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
            self.outsider.says(
                {(whole, *self.at): 1, **dict.fromkeys(parts, -1.0)}, 0, inf, why=f"{whole} of sub-units"
            )
