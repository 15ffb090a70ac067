"""What citizens suggest, and what changed since an edition, as the reports tell it."""

from dataclasses import replace

import pandas as pd
import pytest
from show.surveys import survey

from asn_research import rules
from asn_research.given import Given, HouseStyle
from asn_research.measure.all_measures import measure_city
from asn_research.measure.edition_split import COLUMNS
from asn_research.measure.suggestions import suggestions_by_unit
from asn_research.protect import protect_city
from asn_research.render.what_changed import change_lines
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.topics import topics_of
from asn_research.show.blocks import Paragraph, Table
from asn_research.show.data import ReportData
from asn_research.show.sections.changed_since import changed_since, reported_changes
from asn_research.show.sections.survey_suggestions import LEAST, suggestions_block

PERIOD = "2026-Q3"
RULE = rules.at(PERIOD).one(DisclosureRule)
CITY = load_city()


def data(frames, unit="DISHUB", language="id"):
    return ReportData(
        CITY, unit, Period.parse(PERIOD), language, "public", protect_city(frames, RULE, CITY), {}, pd.DataFrame(), (),
        rules.at(PERIOD).rules, is_simulated=True, version="0",
    )  # fmt: skip


def suggestions(*texts):
    topics = ["|".join(topics_of(text)) for text in texts]
    rows = {"reporting_unit_id": "DISHUB", "period": PERIOD, "suggestion_topics": topics}
    return {"suggestions": suggestions_by_unit(pd.DataFrame(rows))}


@pytest.mark.parametrize(
    ("language", "topic"), [("id", "Waktu tunggu dan antrean"), ("en", "Waiting and queues")]
)
def test_topics_are_told_with_counts_and_no_text(language, topic):
    texts = [*["Antrenye lame, Pak Budi"] * 20, *["makaseh"] * 8, *["sampah"] * 2, *["Semoga maju"] * 6]
    blocks = suggestions_block(data(suggestions(*texts), language=language))
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert [cell.text for cell in table.rows[0]] == [topic, "20", "56%"]
    # Two respondents are too few to be told, and what is of no topic stands last.
    assert len(table.rows) == 3
    assert table.rows[-1][1].text == "6"
    assert len(table.notes) == 2
    assert "Budi" not in "".join(block.to_html() for block in blocks)


def test_few_suggestions_are_not_sorted():
    assert suggestions_block(data(suggestions(*["antre"] * (LEAST - 1)))) == []
    assert suggestions_block(data(suggestions(*["antre"] * LEAST))) != []
    assert suggestions_block(data({})) == []


def changes(n_new):
    row = {
        "unit_id": "DISHUB", "period": PERIOD, "figure": "ikm", "edition": 1, "n": 60.0, "n_before": 60.0 - n_new, "n_new": n_new,
        "n_restated": 0, "n_moved": 0, "before": 80.0, "now": 81.5, "change": 1.5, "new_data": 1.25, "restated": 0.0,
        "organisation": 0.0, "rule": 0.0, "rest": 0.25,
    }  # fmt: skip
    return {"edition_changes": pd.DataFrame([row], columns=list(COLUMNS))}


def as_told(told):
    return reported_changes(told.protected.tables["edition_changes"].frame, 1.0, 1.0)


def test_a_change_is_told_by_its_causes():
    told = data(changes(20))
    blocks = changed_since(told)
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert [cell.text for cell in table.rows[0]][1:] == ["80,00", "81,50", "+1,25", "+0,25"]
    assert any("terbitan ke-1" in block.text for block in blocks if isinstance(block, Paragraph))
    (line,) = change_lines(CITY, as_told(told), "id")
    assert "data baru +1,25; cara hitung program +0,25" in line


def test_a_change_by_few_people_is_not_told():
    told = data(changes(RULE.smallest_group.citizens - 1))
    assert changed_since(told) == []
    (line,) = change_lines(CITY, as_told(told), "id")
    assert "tidak ditampilkan" in line
    assert "81" not in line


def switched(frames, index, unit="DISHUB"):
    """The report of a city that reports an index, and whose last edition reported the other one."""
    measures = measure_city({"citizen_feedback": survey(n=60)}, CITY).frames()
    told = data({"satisfaction": measures["satisfaction"], **frames}, unit)
    given = Given(style=HouseStyle(reported_index=index), other_weight_edition=1)
    return replace(told, given=given)


@pytest.mark.parametrize(("index", "sign"), [("printed", -1), ("exact", 1)])
def test_another_weight_alone_is_named_as_the_cause(index, sign):
    told = switched({}, index)
    blocks = changed_since(told)
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert [column.label for column in table.columns][3:] == ["bobot yang dilaporkan"]
    _, before, now, part = (cell.value for cell in table.rows[0])
    exact = float(told.rows("satisfaction").frame["index"].iloc[0])
    assert sorted([before, now]) == pytest.approx([0.99 * exact, exact])
    assert part == pytest.approx(now - before)
    assert part == pytest.approx(sign * 0.01 * exact)
    (text,) = [b.text for b in blocks if isinstance(b, Paragraph) and "beralih dari" in b.text]
    assert "bobot tepat 1/9" in text
    assert "bobot cetak 0,11" in text


def test_another_weight_and_new_data_add_up_to_the_change():
    blocks = changed_since(switched(changes(20), "printed"))
    (table,) = [block for block in blocks if isinstance(block, Table)]
    labels = [column.label for column in table.columns]
    assert labels[3:] == ["data baru", "bobot yang dilaporkan", "cara hitung program"]
    _, before, now, *parts = (cell.value for cell in table.rows[0])
    assert (before, now) == pytest.approx((80.0, 0.99 * 81.5))
    assert sum(parts) == pytest.approx(now - before)
    # Alone, the weight takes 0.8 of the index as it was and 0.815 of the index as it is.
    assert parts == pytest.approx([0.995 * 1.25, -0.01 * 80.75, 0.995 * 0.25])


def test_a_hidden_change_stays_hidden_under_another_weight():
    blocks = changed_since(switched(changes(RULE.smallest_group.citizens - 1), "printed"))
    assert not [block for block in blocks if isinstance(block, Table)]
    assert any("beralih dari" in block.text for block in blocks if isinstance(block, Paragraph))
