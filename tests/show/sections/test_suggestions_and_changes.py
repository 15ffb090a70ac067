"""What citizens suggest, and what changed since an edition, as the reports tell it."""

import pandas as pd
import pytest

from asn_research import rules
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
from asn_research.show.sections.changed_since import changed_since
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


def test_a_change_is_told_by_its_causes():
    told = data(changes(20))
    blocks = changed_since(told)
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert [cell.text for cell in table.rows[0]][1:] == ["80,00", "81,50", "+1,25", "+0,25"]
    assert any("terbitan ke-1" in block.text for block in blocks if isinstance(block, Paragraph))
    (line,) = change_lines(CITY, told.protected.tables["edition_changes"], "id")
    assert "data baru +1,25; cara hitung program +0,25" in line


def test_a_change_by_few_people_is_not_told():
    told = data(changes(RULE.smallest_group.citizens - 1))
    assert changed_since(told) == []
    (line,) = change_lines(CITY, told.protected.tables["edition_changes"], "id")
    assert "tidak ditampilkan" in line
    assert "81" not in line
