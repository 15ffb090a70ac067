"""An attacker who holds published editions, and nothing else: writes down what they say, and how it hangs together.

What is read are published bytes. What everybody knows is used besides: the register of units, the words and rules of
this project, that PNS and PPPK are all of the staff, that units add up to the city, quarters to half years, predikat to
all who are rated. Cells are unknown whole numbers or sums; each figure printed is what one of them is, to its last digit.
"""

from collections.abc import Iterable
from math import inf
from typing import Self

from journeys.hearing import blank, quarters
from journeys.hearing_citizens import ANSWER, COUNTED, HearingOfCitizens
from journeys.hearing_quality import HearingOfQuality
from journeys.hearing_staff import HearingOfStaff
from journeys.published import CITY, QUALITY, Edition
from protect.attacker import Attacker


class Reader(HearingOfStaff, HearingOfCitizens, HearingOfQuality):
    """Takes down all that an edition says."""

    def read(self) -> Self:
        """Hear everything that an edition of its kind says."""
        if self.edition.unit == QUALITY:
            heard = (self._doubtful, self._rows, self._drift, self._files)
        elif self.edition.format == "lembar-kerja":
            heard = (self._worksheet,)
        else:
            heard = (
                *(self._training, self._staff_units, self._kinds, self._gaps, self._appraisal, self._professionalism),
                *(self._scales, self._discipline, self._raters, self._respondents, self._services, self._practice, self._complaints, self._sub_units),
            )  # fmt: skip
        for hear in heard:
            hear()
        return self


#: Tables in which no number of people, and no value of theirs, stands that is not in another: plans, rules, words, files.
SILENT = (
    *("follow_up", "plan_before", "survey_time", "questionnaire", "programmes", "rules_told", "rules", "glossary"),
    *("form_quality", "estimates", "findings", "reliability", "aggregation", "invariance", "faults", "repairs", "limits"),
    *("help", "good_practice_index"),
    # Of the city alone; what one hidden field leaves of the others takes another with it.
    "training_fields",
)  # fmt: skip


def unheard(edition: Edition) -> set[str]:
    """Return the titles of the tables of an edition that nothing was understood of, though they tell something of people."""
    reader = Reader(Attacker(), edition).read()
    titles = {table.title for table in edition.tables} - reader.heard
    return {title for title in titles if not any(reader.words.is_title(key, title) for key in SILENT)}


# ---------------------------------------------------------------- how it hangs together

#: What of the city is the sum of its units.
_OF_UNITS = (
    *("staff", "trained", "untrained", "pns", "pppk", "met", "unmet", "over", "hours", "year hours", "year hours of PNS"),
    *("group", "group hours", "group squares", "year squares", "people of kind", "hours of kind", "rated", "predikat", "scored", "score", "points"),
    *("answered scale", "scale", "answered survey", "respondents", "element", "element sum", "element value", "category", "category sum", "index"),
    *("requests", "open", "closed", "complaints", "answered", "resolved", "marked", "contradicting", "exported", "doubtful"),
)  # fmt: skip
#: What of a half year or year is the sum of its quarters.
_OF_QUARTERS = (
    *("respondents", "element", "element sum", "element value", "category", "category sum", "index", "requests", "open"),
    *("closed", "service", "service open", "service closed", "complaints", "answered", "resolved", "marked"),
)  # fmt: skip
#: Sums of indices: with an answer left blank they are not quite those of their parts.
_OF_INDICES = ("category sum", "index")


def overheard(editions: Iterable[Edition], *, adds_quarters: bool = False) -> Attacker:
    """Write down all that editions say, and how it hangs together.

    Whoever ``adds_quarters`` holds totals over several quarters against the quarters themselves.
    """
    attacker = Attacker()
    editions = [edition for edition in editions if edition.tables or edition.sheets]
    # What is of the city first: units' tables repeat some of it, without how many people it is of. Worksheets before
    # reports: they tell how many answered each element.
    ordered = sorted(
        editions, key=lambda each: (each.unit != CITY, each.unit == QUALITY, each.format != "lembar-kerja")
    )
    readers = [Reader(attacker, edition).read() for edition in ordered]
    units = sorted({edition.unit for edition in editions} - {CITY, QUALITY})
    periods = sorted({edition.period for edition in editions})
    _add_up(attacker, units, periods)
    _bound_elements(attacker)
    for reader in readers:
        reader.mean_of_elements()
    if adds_quarters:
        _add_quarters(attacker, periods)
    return attacker


def _bound_elements(attacker: Attacker) -> None:
    """Write down that who answered an element is a respondent, and that each answer lies on the scale."""
    for people in attacker.names("element"):
        answers = attacker.cell(("element sum", *people[1:]), is_whole=False)
        if attacker.is_heard_of(whole := ("respondents", *people[1:3])):
            attacker.says({whole: 1, people: -1}, 0, inf, why="who answered an element is a respondent")
        attacker.says({answers: 1, people: -ANSWER[0]}, 0, inf, why="an answer is on the scale")
        attacker.says({answers: 1, people: -ANSWER[1]}, -inf, 0, why="an answer is on the scale")


def _add_quarters(attacker: Attacker, periods: list[str]) -> None:
    """Write down that files hold the rows of all quarters, and that good practice is of four quarters' finished requests."""
    told = [period for period in periods if "-Q" in period]
    for source, kind in COUNTED.items():
        whole = ("files", CITY, "", source)
        if attacker.is_heard_of(whole):
            parts = {attacker.cell((kind, CITY, period)): -1.0 for period in told}
            attacker.says({whole: 1, **parts}, 0, inf, why=f"rows of {source} of all periods")
    for name in attacker.names("finished"):
        at = [each for each in told if each <= name[2]][-4:]
        if len(at) == 4 and all(attacker.is_heard_of(("open", name[1], each)) for each in at):
            parts = {attacker.cell(("closed", name[1], each)): -1.0 for each in at}
            attacker.says({name: 1, **parts}, 0, why="finished requests of four quarters")


def _add_up(attacker: Attacker, units: list[str], periods: list[str]) -> None:
    for unit, period in {name[1:3] for kind in ("staff", "pns", "pppk") for name in attacker.names(kind)}:
        at = (unit, period)
        parts = {("staff", *at): 1, ("pns", *at): -1, ("pppk", *at): -1}
        attacker.says(parts, 0, why="staff = PNS + PPPK")
    for kind in _OF_UNITS if units else ():
        for name in [each for each in attacker.names(kind) if each[1] == CITY]:
            parts = [attacker.like((kind, unit, *name[2:]), name) for unit in units]
            slack = blank(attacker, *name[1:3]) if kind in _OF_INDICES else 0.0
            said = {name: 1.0, **dict.fromkeys(parts, -1.0)}
            attacker.says(said, -slack, slack, why=f"city = {len(units)} units")
    for period in periods:
        for kind in _OF_QUARTERS if quarters(period) else ():
            for name in [each for each in attacker.names(kind) if each[2] == period]:
                parts = [
                    attacker.like((kind, name[1], quarter, *name[3:]), name) for quarter in quarters(period)
                ]
                slack = blank(attacker, *name[1:3]) if kind in _OF_INDICES else 0.0
                said = {name: 1.0, **dict.fromkeys(parts, -1.0)}
                attacker.says(said, -slack, slack, why=f"{period} = its quarters")
