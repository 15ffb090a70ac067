"""An outsider who holds published editions, and nothing else: writes down what they say, and how it hangs together.

What is read are published bytes. What everybody knows is used besides: the register of units, the words and rules of
this project, that PNS and PPPK are all of the staff, that units add up to the city, quarters to half years, predicates to
all who are rated. Cells are unknown whole numbers or sums; each figure printed is what one of them is, to its last digit.
"""

from collections.abc import Iterable
from math import inf

from journeys.hearing import blank, quarters
from journeys.hearing_citizens import HearingOfCitizens
from journeys.hearing_staff import HearingOfStaff
from journeys.published import CITY, HIDDEN, QUALITY, Edition
from protect.outsider import Outsider


class Reader(HearingOfStaff, HearingOfCitizens):
    """Takes down all that an edition says."""

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

    def _sentences(self) -> None:
        if found := self.said("duty_told", "basis_duty"):
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
        if found := self.said("complaints_told"):
            n = self.count(("complaints", *self.at), found["n"])
            for kind in ("answered", "resolved"):
                self.count((kind, *self.at), found[kind])
                self.outsider.says({("complaints", *self.at): 1, (kind, *self.at): -1}, 0, inf, why=f"{n}")
        if found := self.said("sanctions_sentence"):
            for level in ("all", "light", "moderate", "severe"):
                self.count(("sanctioned", *self.at, level), found[level])
        if found := self.said(
            "objections_sentence", "objections_sentence_coded", "objections_sentence_few_upheld"
        ):
            self.count(("objectors", *self.at), found["people"])
            self.count(("decided", *self.at), found["decided"])
            self.count(("upheld", *self.at), found.get("upheld", HIDDEN))
            self.outsider.says({("decided", *self.at): 1, ("upheld", *self.at): -1}, 0, inf)


# ---------------------------------------------------------------- how it hangs together

#: What of the city is the sum of its units.
_OF_UNITS = (
    *("staff", "trained", "untrained", "pns", "pppk", "met", "unmet", "over", "hours", "year hours", "year hours of PNS"),
    *("group", "group hours", "group squares", "year squares", "people of kind", "hours of kind", "rated", "predicate", "scored", "score", "points"),
    *("answered scale", "scale", "respondents", "element", "element sum", "category", "category sum", "index"),
    *("requests", "open", "closed", "complaints", "answered", "resolved", "marked", "contradicting", "exported"),
)  # fmt: skip
#: What of a half year or year is the sum of its quarters.
_OF_QUARTERS = (
    *("respondents", "element", "element sum", "category", "category sum", "index", "requests", "open"),
    *("closed", "service", "service open", "service closed", "complaints", "answered", "resolved", "marked"),
)  # fmt: skip
#: Sums of indices: with an answer left blank they are not quite those of their parts.
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
    for kind in _OF_UNITS if units else ():
        for name in [each for each in outsider.names(kind) if each[1] == CITY]:
            parts = [outsider.like((kind, unit, *name[2:]), name) for unit in units]
            slack = blank(outsider, *name[1:3]) if kind in _OF_INDICES else 0.0
            said = {name: 1.0, **dict.fromkeys(parts, -1.0)}
            outsider.says(said, -slack, slack, why=f"city = {len(units)} units")
    for period in periods:
        for kind in _OF_QUARTERS if quarters(period) else ():
            for name in [each for each in outsider.names(kind) if each[2] == period]:
                parts = [
                    outsider.like((kind, name[1], quarter, *name[3:]), name) for quarter in quarters(period)
                ]
                slack = blank(outsider, *name[1:3]) if kind in _OF_INDICES else 0.0
                said = {name: 1.0, **dict.fromkeys(parts, -1.0)}
                outsider.says(said, -slack, slack, why=f"{period} = its quarters")
