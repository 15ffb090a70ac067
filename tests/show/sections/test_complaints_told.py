"""What is said of complaints and objections: of what a file does not record, that it cannot be judged, and not that it is hidden."""

import pandas as pd
import pytest

from asn_research import rules
from asn_research.measure.complaints import complaints_by_unit, objections_by_unit
from asn_research.measure.service_time import service_times
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.show.blocks import Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.objections_heard import _objections
from asn_research.show.sections.service_performance import complaints_part, times_part
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
    return data_of("complaints", complaints_by_unit(rows, CITY), language)


def data_of(name, measure, language="id", when=WHEN):
    protected = protect_city({name: measure}, rules.at(when.last_day).one(DisclosureRule))
    return ReportData(
        CITY, "DISHUB", when, language, "public", protected.for_audience("public"), {}, pd.DataFrame(), (),
        rules.at(when).rules, False, "0",
    )  # fmt: skip


def cases(day, n, *, answered=None, resolved=None, status):
    """Return complaints received from a day on, one a day, that end after some days, or without a date."""
    days = pd.date_range(day, periods=n, freq="D")
    ends = {"answered_date": answered, "resolved_date": resolved}
    return pd.DataFrame(
        {"unit_id": "DISHUB", "reporting_unit_id": "DISHUB", "period": "2026-Q3", "received_date": days,
         **{name: pd.NaT if wait is None else days + pd.Timedelta(days=wait) for name, wait in ends.items()},
         "status": status}
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


ENDED = {"answered": 1, "resolved": 3, "status": "resolved"}
REASONS = {
    "too few dates": (
        [cases("2026-07-01", 30, **ENDED), cases("2026-07-01", 10, status="resolved")],
        ("hari jawaban lebih dari sepersepuluh", "hari selesai lebih dari sepersepuluh"),
        ("more than a tenth of the complaints the day of the answer", "the day of their end"),
    ),
    "none is late yet": (
        [cases("2026-09-28", 2, status="open")] * 60,
        ("belum ada yang dijawab dan belum ada yang melewati", "belum ada yang selesai dan belum ada yang melewati"),
        ("none was answered, and none is past", "none ended, and none is past"),
    ),
    "no dates": (
        [cases("2026-07-01", 20, status="unknown")],
        ("tidak memuat tanggal jawaban", "tidak memuat tanggal selesai"),
        ("do not give the days of answers", "do not give the days on which they ended"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("reason", list(REASONS))
def test_each_reason_has_its_own_words(reason, language):
    parts, *expected = REASONS[reason]
    text = told(
        data_of("complaints", complaints_by_unit(pd.concat(parts, ignore_index=True), CITY), language)
    )
    assert all(words in text for words in expected[language == "en"])
    others = [each[1 + (language == "en")] for name, each in REASONS.items() if name != reason]
    assert not any(words in text for each in others for words in each)
    assert "–" not in text


def test_that_none_is_answered_is_not_told_where_the_count_is_hidden():
    rows = pd.concat([cases("2026-09-28", 2, status="open")] * 8, ignore_index=True)
    data = data_of("complaints", complaints_by_unit(rows, CITY))
    found = data.rows("complaints")
    assert found.is_suppressed(found.frame.index[0], "n_answered")
    text = told(data)
    assert "Tercatat 16 pengaduan." in text
    assert "tidak ditampilkan untuk melindungi kelompok kecil" in text
    assert "belum ada yang" not in text


def test_before_the_first_rule_it_is_not_the_dates_that_lack():
    when = Period.parse("2018-Q4")
    early = cases("2018-10-01", 6, **ENDED).assign(period="2018-Q4")
    early = pd.concat([early] * 3, ignore_index=True)
    text = told(data_of("complaints", complaints_by_unit(early, CITY), when=when))
    assert "aturan batas waktu belum berlaku pada hari pengaduan diterima" in text
    assert "tidak memuat" not in text
    later = pd.concat(
        [
            early,
            *[cases("2018-11-01", 30, answered=days, resolved=days, status="resolved") for days in (1, 40)],
        ],
        ignore_index=True,
    ).assign(period="2018-Q4")
    text = told(data_of("complaints", complaints_by_unit(later, CITY), when=when))
    assert "sejak diterima: 50%" in text
    assert "diterima sebelum aturan batas waktu berlaku tidak ikut dihitung" in text


def test_those_left_out_are_told_with_the_number_of_the_others():
    rows = pd.concat(
        [
            *[cases("2026-07-01", 60, **ENDED)] * 2,
            *[cases("2026-07-01", 30, answered=9, resolved=40, status="resolved")] * 2,
            cases("2026-07-01", 18, status="resolved"),
        ],
        ignore_index=True,
    )
    data = data_of("complaints", complaints_by_unit(rows, CITY))
    text = told(data)
    assert any("paling banyak 180 pengaduan" in point for point in complaints_slide(data).points)
    assert "Tercatat 198 pengaduan. Sudah dijawab 198. Sudah selesai 198." in text
    assert "paling banyak 180 pengaduan yang tanggalnya tercatat" in text


def test_what_is_unknown_of_some_is_said():
    rows = pd.concat(
        [cases("2026-07-01", 38, **ENDED), cases("2026-07-01", 2, status="unknown")], ignore_index=True
    )
    text = told(data_of("complaints", complaints_by_unit(rows, CITY)))
    assert "Berapa yang sudah dijawab dan berapa yang sudah selesai tidak tercatat" in text


@pytest.mark.parametrize(
    ("n_undated", "sentence"), [(12, "tidak ikut dihitung"), (80, "belum dapat dinilai"), (0, "")]
)
def test_requests_without_a_recorded_end_are_told(n_undated, sentence):
    n = 200
    days = pd.Series(pd.date_range("2026-07-01", periods=60, freq="D")[k % 60] for k in range(n))
    log = pd.DataFrame(
        {"unit_id": "DISHUB", "reporting_unit_id": "DISHUB", "period": "2026-Q3", "service_id": "hub_izin",
         "submitted_date": days, "status": "finished",
         "finished_date": (days + pd.Timedelta(days=2)).where(pd.Series(range(n)) >= n_undated)}
    )  # fmt: skip
    data = data_of("service_time", service_times(log, CITY))
    text = " ".join(block.text for block in times_part(data) if isinstance(block, Paragraph))
    assert ("tidak tercatat" in text) == bool(n_undated)
    assert sentence in text
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
