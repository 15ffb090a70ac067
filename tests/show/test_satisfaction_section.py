"""What the section on satisfaction says, and what it leaves unsaid."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from show.surveys import ELEMENTS, requests, survey

from asn_research import rules
from asn_research.measure.all_measures import measure_city
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.words import HIDDEN
from asn_research.show import importance_figure
from asn_research.show.blocks import Figure, Paragraph, Table
from asn_research.show.data import ReportData
from asn_research.show.sections import satisfaction

_SHOWN = {}


def report(feedback, log=None, period="2026-Q3", language="en"):
    tables = {"citizen_feedback": feedback} | ({"service_log": log} if log is not None else {})
    city, when = load_city(), Period.parse(period)
    measures = measure_city(tables, city).frames()
    protected = protect_city(measures, rules.at(when.last_day).one(DisclosureRule))
    return ReportData(
        city, "DISHUB", when, language, "internal", protected, {}, pd.DataFrame(), (), rules.at(when).rules, False, "0"
    )  # fmt: skip


def shown(data):
    """The section's blocks, drawn once for a report."""
    if id(data) not in _SHOWN:
        _SHOWN[id(data)] = data, satisfaction(data).items
    return _SHOWN[id(data)][1]


def parts(data, kind):
    return [block for block in shown(data) if isinstance(block, kind)]


@cache
def usual():
    """A quarter with a log of requests, facilities the lowest."""
    return report(survey(), requests())


def text(data):
    return "\n".join(block.text for block in parts(data, Paragraph))


def test_one_element_apart_is_named_and_two_alike_are_both_named():
    assert "The lowest element is Facilities; it differs" in text(usual())
    two = text(report(survey(low=("facilities", "time"))))
    assert "the data do not tell which" in two
    assert {"Facilities", "Completion time"} <= set(
        two.replace(";", " or ").replace("is ", " or ").split(" or ")
    )


def test_no_element_is_named_the_lowest_where_all_are_alike():
    said = text(report(survey(n=60, low=())))
    assert "their order cannot be told" in said
    assert "differs from the others" not in said


def test_a_grade_that_chance_decides_is_told_with_its_chances():
    codes = np.full((40, 9), 3)
    codes[:20] = 4
    near = survey(n=40).assign(**{name: codes[:, at] for at, name in enumerate(ELEMENTS)})
    assert "The grade is not certain. Its chances by resampling: A" in text(report(near))
    assert "is all but certain" in text(usual())


def test_what_the_interval_assumes_is_always_said():
    assert "counter-days" in text(usual())
    undated = survey().drop(columns="survey_date")
    assert "taken as drawn one by one" in text(report(undated))


def test_services_short_of_respondents_are_named():
    said = text(usual())
    assert "is below the sample size" in said
    assert "Services short of respondents" in said
    assert "Of the 600 people served 20% answered" in said


def test_the_index_stands_beside_its_other_reckonings():
    table = next(t for t in parts(usual(), Table) if t.key == "index_variants")
    labels = [row[0].text for row in table.rows]
    assert [label.split(" ")[0] for label in labels] == ["As", "Interval", "Weighted", "With", "With"]
    # Worksheets print 0.111 or 0.11 for one ninth.
    assert [label.split(" ")[-1] for label in labels[-2:]] == ["0.111", "0.11"]
    finer, coarser, exact = (table.rows[at][1].value for at in (-2, -1, 0))
    assert finer == pytest.approx(0.999 * exact, abs=0.006)
    assert coarser == pytest.approx(0.99 * exact, abs=0.006)


def test_a_few_doubtful_forms_do_not_tell_what_they_said():
    rows = survey()
    rows.loc[:2, "screen"] = "straight_line"
    table = next(t for t in parts(report(rows), Table) if t.key == "index_variants")
    line = next(row for row in table.rows if row[0].text.startswith("Without"))
    assert line[1].text == "•"
    assert line[1].value is None


def test_changes_are_corrected_and_have_a_direction():
    both = pd.concat([survey(period="2026-Q2"), survey(seed=2, shift=1.2)], ignore_index=True)
    data = report(both)
    assert "these elements clearly changed" in text(data)
    table = next(t for t in parts(data, Table) if t.key == "element_changes")
    assert {row[-1].text for row in table.rows} <= {"better", "no clear change"}
    assert not [t for t in parts(usual(), Table) if t.key == "element_changes"]


def test_what_trust_hangs_on_is_found_important():
    data = report(survey(n=300))
    assert "tie to trust in the unit" in text(data)
    figure = next(f for f in parts(data, Figure) if f.key == "importance")
    assert "Chart of four fields" in figure.alt
    assert not [f for f in parts(report(survey(n=40)), Figure) if f.key == "importance"]


def test_a_trend_across_rules_is_flagged():
    periods = ("2016-Q4", "2017-Q1", "2017-Q2", "2017-Q3")
    frames = []
    for seed, period in enumerate(periods):
        rows = survey(seed=seed, period=period)
        older = rows.rename(columns={"facilities": "extra_service_charter"})
        frames.append(older if period < "2017-Q2" else rows)
    data = report(pd.concat(frames, ignore_index=True), period="2017-Q3")
    assert "The regulation changed in Q2 2017 to Public satisfaction survey (PermenPANRB 14/2017)" in text(
        data
    )
    figure = next(f for f in parts(data, Figure) if f.key == "satisfaction_trend")
    assert any("regulation changed" in note for note in figure.notes)
    # A quarter that the new rule begins says so itself.
    assert "cannot be compared directly" in text(
        report(pd.concat(frames[:3], ignore_index=True), period="2017-Q2")
    )


def test_an_element_that_was_not_asked_leaves_no_full_index():
    data = report(survey().drop(columns="facilities").assign(facilities=pd.NA))
    said = text(data)
    assert "No full IKM can be named" in said
    assert "all but certain" not in said


def test_a_small_groups_answers_are_hidden_and_its_number_is_told():
    rows = survey()
    rows["education"] = np.where(np.arange(len(rows)) < 4, "primary", "bachelor")
    table = next(t for t in parts(report(rows), Table) if t.key == "respondent_groups")
    shown = {row[1].text: [cell.text for cell in row[2:]] for row in table.rows}
    assert shown["Primary or less"] == ["4", HIDDEN, HIDDEN]
    # The other group's answers would give it away by subtraction.
    assert shown["Bachelor"] == [str(len(rows) - 4), HIDDEN, HIDDEN]
    assert any("fewer than 10 people" in note for note in table.notes)


@pytest.mark.parametrize("language", ["id", "en"])
def test_both_languages_say_it_all(language):
    both = pd.concat([survey(period="2026-Q2"), survey(seed=2, n=200)], ignore_index=True)
    data = report(both, requests(), language=language)
    said = text(data)
    assert "{" not in said
    if language == "id":
        assert not {"interval", "grade", "respondents", "element"} & set(said.lower().split())


def test_nothing_is_said_without_a_survey():
    assert [p.role for p in parts(report(survey(unit="DINKES")), Paragraph)] == ["absent"]


@pytest.mark.parametrize(
    ("before", "now", "is_compared"), [("2026-Q2", "2026-Q3", True), ("2017-Q1", "2017-Q2", False)]
)
def test_a_headline_is_not_compared_with_a_quarter_of_another_regulation(before, now, is_compared):
    data = report(pd.concat([survey(period=before), survey(period=now, seed=2)]), period=now)
    assert data.estimate("satisfaction", "index") is not None
    assert data.estimate("satisfaction", "index", period=before) is not None
    assert (data.change_since_last("satisfaction", "index") is not None) == is_compared


def test_no_mark_of_the_chart_of_importance_lies_above_the_best_value(monkeypatch):
    """An element that all answer with 4 stands at 100, and names above it need room, but no mark of 102 is there."""
    seen = []

    def looked_at(drawing, *args, **options):
        seen.extend(mark for axes in drawing.axes for mark in axes.get_yticks())
        return drawn(drawing, *args, **options)

    drawn = importance_figure.figure_block
    monkeypatch.setattr(importance_figure, "figure_block", looked_at)
    answers = survey(n=400, seed=8).assign(cost=pd.array([4] * 400, dtype="Int64"))
    assert [f for f in parts(report(answers), Figure) if f.key == "importance"]
    assert 0 < max(seen) <= 100
