"""What is said of complaints and objections: of what a file does not record, that it cannot be judged, and not that it is hidden."""

import pandas as pd
import pytest

from asn_research import rules
from asn_research.measure.complaints import complaints_by_unit, objections_by_unit
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.show.blocks import Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.objections_heard import _objections
from asn_research.show.sections.service_performance import complaints_part
from asn_research.show.slides_of_service import complaints_slide

CITY, WHEN = load_city(), Period.parse("2026-Q3")


def report(language="id", **columns):
    days = pd.date_range("2026-07-01", periods=40, freq="D")
    ends = {
        name: pd.Series(days + pd.Timedelta(days=n)).where(pd.Series(range(40)) % 2 == 0)
        for name, n in {"answered_date": 2, "resolved_date": 4}.items()
        if columns.get(name, True)
    }
    rows = pd.DataFrame(
        {
            "unit_id": "DISHUB",
            "reporting_unit_id": "DISHUB",
            "period": "2026-Q3",
            "received_date": days,
            **ends,
        }
    )
    if "status" in columns:
        rows["status"] = columns["status"]
    measure = complaints_by_unit(rows, CITY)
    protected = protect_city({"complaints": measure}, rules.at(WHEN.last_day).one(DisclosureRule))
    return ReportData(
        CITY, "DISHUB", WHEN, language, "public", protected.for_audience("public"), {}, pd.DataFrame(), (),
        rules.at(WHEN).rules, False, "0",
    )  # fmt: skip


def told(data):
    return " ".join(b.text for b in complaints_part(data) if isinstance(b, Paragraph))


def test_what_is_recorded_is_judged():
    text = told(report())
    assert "Tercatat 40 pengaduan. Sudah dijawab 20. Sudah selesai 20." in text
    assert "belum dapat dinilai" not in text


def test_a_status_alone_is_counted_and_not_judged():
    data = report(answered_date=False, resolved_date=False, status=["resolved"] * 25 + ["pending"] * 15)
    text = told(data)
    assert "Tercatat 40 pengaduan. Sudah selesai 25." in text
    assert "Ketepatan waktu menjawab belum dapat dinilai" in text
    assert "Ketepatan waktu penyelesaian belum dapat dinilai" in text
    assert "melindungi" not in text
    assert "–" not in text
    assert not complaints_slide(data).points


@pytest.mark.parametrize("language", ["id", "en"])
def test_ends_alone_are_judged(language):
    text = told(report(language, answered_date=False))
    assert ("belum dapat dinilai" if language == "id" else "cannot be judged yet") in text
    assert "%" in text
    assert "–" not in text


def test_objections_without_outcomes_are_counted_and_not_judged():
    n = 60
    rows = pd.DataFrame(
        {"reporting_unit_id": ["DISHUB", "DINKES", "SETDA"] * 20, "person_id": [f"p{k}" for k in range(n)],
         "period": "2026-Q3", "filed_date": pd.Timestamp("2026-10-05"),
         "decided_date": pd.to_datetime(["2026-10-12"] * 40 + [None] * 20)}
    )  # fmt: skip
    staff = pd.DataFrame({"reporting_unit_id": ["DISHUB", "DINKES", "SETDA"] * 100, "period": "2026-Q3",
                          "person_id": [f"p{k}" for k in range(300)]})  # fmt: skip
    measure = objections_by_unit(rows, staff, CITY)
    protected = protect_city({"objections": measure}, rules.at(WHEN.last_day).one(DisclosureRule))
    data = ReportData(
        CITY, "CITY", WHEN, "id", "internal", protected.for_audience("internal"), {}, pd.DataFrame(), (),
        rules.at(WHEN).rules, False, "0",
    )  # fmt: skip
    text = " ".join(block.text for block in _objections(data) if isinstance(block, Paragraph))
    assert "Diajukan 60 keberatan" in text
    assert "40 telah diputus. Berapa yang dikabulkan belum dapat dinilai" in text
    assert "–" not in text
