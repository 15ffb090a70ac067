"""What a file of complaints does not record is not known: nobody is told to be late for want of a column."""

from datetime import date, timedelta

import numpy as np
import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.measure.complaints import complaints_by_unit
from asn_research.measure.service_time import service_times
from asn_research.rules.cities import load_city

HEAD = ["No. Laporan", "Tanggal Laporan Masuk", "Instansi Terdisposisi"]
FIRST = date(2026, 7, 1)


def measured(tmp_path, columns, rows, *, unit="Dishub", others=None):
    """Clean a file of complaints, one a day, and measure it; give the table of complaints and the measure."""
    raw = tmp_path / "raw"
    raw.mkdir(exist_ok=True)
    for name, at, heads, cells in (("a.csv", unit, columns, rows), *(others or ())):
        lines = [f"{name}{n};{FIRST + timedelta(days=n):%d/%m/%Y};{at};{row}" for n, row in enumerate(cells)]
        (raw / name).write_text("\n".join([";".join([*HEAD, *heads]), *lines]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    processed = open_processed(tmp_path / "out")
    table = processed.table("complaints")
    return processed, table, complaints_by_unit(table).set_index("unit_id")


def after(n, days):
    return f"{FIRST + timedelta(days=n + days):%d/%m/%Y}"


def test_a_status_without_dates_counts_and_is_not_judged(tmp_path):
    _, table, found = measured(tmp_path, ["Status Laporan"], ["Selesai"] * 30 + ["Proses"] * 10)
    assert table["status"].value_counts().to_dict() == {"resolved": 30, "pending": 10}
    for unit in ("DISHUB", "CITY"):
        own = found.loc[unit]
        assert (own["n"], own["n_resolved"], own["n_due"]) == (40, 30, 0)
        assert np.isnan([own[c] for c in ("n_answered", "answered_in_time_pct", "resolved_in_time_pct", "answer_days_median")]).all()  # fmt: skip


def test_a_file_without_dates_of_answers_does_not_tell_that_nobody_was_answered(tmp_path):
    rows = [after(n, 4) for n in range(20)]
    _, table, found = measured(tmp_path, ["Tanggal Selesai"], rows)
    own = found.loc["DISHUB"]
    assert set(table["status"]) == {"resolved"}
    assert (own["n_answered"], own["n_resolved"], own["n_due"], own["resolved_in_time_pct"]) == (
        20,
        20,
        20,
        100,
    )
    assert np.isnan(own["answered_in_time_pct"])


def test_a_file_without_dates_of_ends_does_not_tell_that_nothing_was_resolved(tmp_path):
    rows = [after(n, 2) if n % 2 else "" for n in range(20)]
    _, table, found = measured(tmp_path, ["Tanggal Jawab"], rows)
    own = found.loc["DISHUB"]
    assert table["status"].value_counts().to_dict() == {"open": 10, "unknown": 10}
    assert (own["n_answered"], own["n_due"], own["answered_in_time_pct"]) == (10, 20, 50)
    assert np.isnan([own["n_resolved"], own["resolved_in_time_pct"]]).all()


def test_resolved_without_a_date_counts_and_its_office_is_asked(tmp_path):
    rows = [f"{after(n, 2)};{after(n, 4) if n % 2 else ''};Selesai" for n in range(20)]
    processed, table, found = measured(tmp_path, ["Tanggal Tindak Lanjut", "Tanggal Selesai", "Status"], rows)
    own = found.loc["DISHUB"]
    assert set(processed.table("repairs")["reason"]) == {"ended_without_date"}
    assert (len(table), own["n_resolved"], own["answered_in_time_pct"]) == (20, 20, 100)
    # If the ten were held, the unit would look as if it had half as many complaints.
    assert np.isnan(own["resolved_in_time_pct"])
    assert (own["answers_basis"], own["ends_basis"]) == ("all", "undated")


HEADS = ["Tanggal Jawab", "Tanggal Selesai", "Status"]


def test_a_few_without_a_date_are_left_out_and_the_interval_covers_them(tmp_path):
    rows = [f"{after(n, 1)};{after(n, 3)};Selesai" for n in range(38)] + [";;Ditindaklanjuti"] * 2
    _, _, found = measured(tmp_path, HEADS, rows)
    own = found.loc["DISHUB"]
    assert (own["n"], own["n_answered"], own["answered_in_time_pct"]) == (40, 40, 100)
    # Of 38 in time Wilson's lower end is 90.8; if the two others were late, it is at 38 of 40 of that.
    assert own["answered_in_time_low"] == pytest.approx(90.82 * 38 / 40, abs=0.01)
    assert (own["answers_basis"], own["ends_basis"]) == ("partly", "all")


def test_many_without_a_date_are_not_judged(tmp_path):
    rows = [f"{after(n, 1)};{after(n, 3)};Selesai" for n in range(30)] + [";;Ditindaklanjuti"] * 10
    _, _, found = measured(tmp_path, HEADS, rows)
    own = found.loc["DISHUB"]
    assert (own["n_answered"], own["answers_basis"]) == (40, "undated")
    assert np.isnan([own["answered_in_time_pct"], own["answer_days_median"]]).all()


@pytest.mark.parametrize("status", ["Diteruskan", "Slesai"])
def test_a_status_that_cannot_be_read_does_not_wait(tmp_path, status):
    rows = [f"{after(n, 1)};{after(n, 3)};Selesai" for n in range(19)] + [f";;{status}"]
    _, table, found = measured(tmp_path, HEADS, rows)
    own = found.loc["DISHUB"]
    assert table["status"].value_counts().to_dict() == {"resolved": 19, "unknown": 1}
    assert np.isnan([own["n_answered"], own["n_resolved"]]).all()
    assert (own["resolved_in_time_pct"], own["ends_basis"]) == (100, "partly")


@pytest.mark.parametrize("status", ["Arsip", "DIBATALKAN", "Dicabut"])
def test_a_withdrawn_complaint_is_excluded_and_not_late(tmp_path, status):
    rows = [f"{after(n, 1)};{after(n, 3)};Selesai" for n in range(18)] + [f";;{status}"] * 2
    processed, table, found = measured(tmp_path, HEADS, rows)
    assert (len(table), set(processed.table("excluded")["reason"])) == (18, {"case_withdrawn"})
    assert found.loc["DISHUB", "answered_in_time_pct"] == 100


def test_a_complaint_that_was_withdrawn_later_does_not_stay_open_in_the_earlier_export(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    for month, status in (("juli", "Proses"), ("agustus", "Dibatalkan")):
        lines = [f"LP{n};0{n}/07/2026;Dishub;{status if n < 4 else 'Selesai'}" for n in range(1, 10)]
        (raw / f"{month} 2026.csv").write_text("\n".join([";".join([*HEAD, "Status"]), *lines]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    table = open_processed(tmp_path / "out").table("complaints")
    assert table["status"].value_counts().to_dict() == {"resolved": 6}


@pytest.mark.parametrize(("later", "n_resolved"), [("lapor revisi.csv", 4), ("aduan.csv", 9)])
def test_a_complaint_that_is_open_again_in_a_later_file_is_open(tmp_path, later, n_resolved):
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, again in (("lapor.csv", "Selesai"), (later, "Proses")):
        lines = [f"LP{n};0{n}/07/2026;Dishub;{again if n < 6 else 'Selesai'}" for n in range(1, 10)]
        (raw / name).write_text("\n".join([";".join([*HEAD, "Status"]), *lines]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    table = open_processed(tmp_path / "out").table("complaints")
    assert (len(table), int((table["status"] == "resolved").sum())) == (9, n_resolved)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (lambda n: f"{after(n, 1)};{after(n, 3)};Proses", "state_contradicts_date"),
        (lambda n: f"{after(n, 1)};;Belum Ditindaklanjuti", "state_contradicts_date"),
        (lambda n: f";{after(n, -2)};Selesai", "finished_before_submitted"),
        (lambda n: f"{after(n, 5)};{after(n, 3)};Selesai", "finished_before_answered"),
    ],
)
def test_dates_and_states_that_contradict_each_other_are_held(tmp_path, row, reason):
    rows = [row(n) if n < 4 else f"{after(n, 1)};{after(n, 3)};Selesai" for n in range(20)]
    processed, table, _ = measured(tmp_path, HEADS, rows)
    assert (len(table), set(processed.table("quarantine")["reason"])) == (16, {reason})


def test_columns_that_are_empty_throughout_tell_nothing(tmp_path):
    _, table, found = measured(tmp_path, HEADS[:2], [";"] * 20)
    assert set(table["status"]) == {"unknown"}
    assert found.loc["DISHUB", "ends_basis"] == "not_recorded"


@pytest.mark.parametrize(("n", "state"), [(12, "unknown"), (9, "open")])
def test_a_unit_that_leaves_a_shared_file_blank_is_not_late(tmp_path, n, state):
    raw = tmp_path / "raw"
    raw.mkdir()
    rows = [
        f"A{k};{FIRST + timedelta(days=k):%d/%m/%Y};Dishub;{after(k, 1)};{after(k, 3)}" for k in range(20)
    ]
    rows += [f"B{k};{FIRST + timedelta(days=k):%d/%m/%Y};Dinkes;;" for k in range(n)]
    (raw / "a.csv").write_text("\n".join([";".join([*HEAD, *HEADS[:2]]), *rows]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    table = open_processed(tmp_path / "out").table("complaints")
    assert set(table.loc[table["unit_id"] == "DINKES", "status"]) == {state}


def test_a_quarter_that_has_just_begun_is_not_late(tmp_path):
    rows = [";;Belum Ditindaklanjuti"] * 3
    _, _, found = measured(tmp_path, HEADS, rows)
    own = found.loc["DISHUB"]
    assert (own["n_answered"], own["n_resolved"], own["n_due"]) == (0, 0, 3)
    assert np.isnan([own["answered_in_time_pct"], own["resolved_in_time_pct"]]).all()
    assert (own["answers_basis"], own["ends_basis"]) == ("not_yet", "not_yet")


def test_ends_do_not_stand_for_answers_where_few_answers_have_a_day(tmp_path):
    rows = [f"{after(n, 1) if n < 5 else ''};{after(n, 9)}" for n in range(20)]
    _, _, found = measured(tmp_path, HEADS[:2], rows)
    own = found.loc["DISHUB"]
    assert (own["n_answered"], own["answers_basis"], own["resolved_in_time_pct"]) == (20, "undated", 100)
    assert np.isnan(own["answered_in_time_pct"])


def test_a_complaint_before_the_first_rule_has_another_reason_than_one_without_dates(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    lines = [f"L{n};{n + 1:02}/07/2017;Dishub;{n + 2:02}/07/2017;{n + 4:02}/07/2017" for n in range(20)]
    (raw / "a.csv").write_text("\n".join([";".join([*HEAD, *HEADS[:2]]), *lines]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    found = complaints_by_unit(open_processed(tmp_path / "out").table("complaints")).set_index("unit_id")
    assert (found.loc["DISHUB", "answer_days_median"], found.loc["DISHUB", "answers_basis"]) == (1, "no_rule")


@pytest.mark.parametrize("status", ["", "Proses", "Belum Ditindaklanjuti"])
def test_a_blank_date_waits_where_the_file_has_such_dates(tmp_path, status):
    rows = [f"{after(n, 2)};{after(n, 4)};Selesai" for n in range(10)] + [f";;{status}"] * 10
    _, _, found = measured(tmp_path, ["Tanggal Tindak Lanjut", "Tanggal Selesai", "Status"], rows)
    own = found.loc["DISHUB"]
    assert (own["n_answered"], own["n_resolved"], own["n_due"]) == (10, 10, 20)
    # What waits still may end in time.
    assert 50 < own["resolved_in_time_pct"] < 100
    assert own["answered_in_time_pct"] < 100


def test_the_citys_share_is_that_of_the_units_that_record_both(tmp_path):
    whole = [f"{after(n, 2)};{after(n, 4)}" if n % 2 else ";" for n in range(20)]
    _, _, found = measured(
        tmp_path,
        ["Status"],
        ["Selesai"] * 20,
        others=[("b.csv", "Dinkes", ["Tanggal Jawab", "Tanggal Selesai"], whole)],
    )
    city = found.loc["CITY"]
    assert (city["n"], city["n_resolved"], city["n_due"], city["resolved_in_time_pct"]) == (40, 30, 20, 50)
    assert found.loc["DINKES", "answered_in_time_pct"] == 50
    assert found.loc["DISHUB", "n_due"] == 0


@pytest.mark.parametrize(
    ("heads", "row", "counts"),
    [
        ([], lambda n: "", (0, 0, 30)),
        (["Status"], lambda n: ("Selesai", "Proses", "")[n % 3], (0, 10, 20)),
        (["Tanggal Selesai", "Status"], lambda n: (";Selesai", ";Proses")[n % 2], (0, 15, 15)),
    ],
)
def test_requests_without_dates_of_their_end_are_not_late(tmp_path, heads, row, counts):
    service = next(s for s in load_city().services.values() if s.offered_by == "DISHUB")
    lines = [
        f"B{n};{FIRST + timedelta(days=n):%d/%m/%Y};Dishub;{service.name_indonesian};{5 + n % 9};{row(n)}"
        for n in range(30)
    ]
    head = ["No. Registrasi", "Tanggal Masuk", "Unit Kerja", "Jenis Layanan", "Lama Antre (menit)", *heads]
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("\n".join([";".join(head), *lines]))
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    times = service_times(open_processed(tmp_path / "out").table("service_log"), load_city())
    for own in times.itertuples():
        assert (own.n_finished, own.n_open, own.n_undated) == counts
        assert np.isnan([own.days_median, own.within_standard_pct]).all()
        assert own.queue_median == 8.5


def test_a_later_export_with_a_further_status_replaces_the_earlier_one(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    head = ";".join([*HEAD, "Tanggal Jawab", "Tanggal Selesai", "Status"])
    for month, ends in (("juli", ["", "Ditindaklanjuti"]), ("agustus", ["20/07/2026", "Selesai"])):
        lines = [f"LP{n};0{n}/07/2026;Dishub;0{n + 1}/07/2026;{';'.join(ends)}" for n in range(1, 7)]
        (raw / f"{month} 2026.csv").write_text("\n".join([head, *lines]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    table = open_processed(tmp_path / "out").table("complaints")
    assert (len(table), set(table["status"])) == (6, {"resolved"})


def objected(tmp_path, columns, rows):
    """Clean a list of objections, one a person; give its processed folder and its table."""
    raw = tmp_path / "raw"
    raw.mkdir()
    head = ["NIP", "Unit Kerja", "Periode", "Tanggal Keberatan", *columns]
    people = [f"198001{n + 1:02}2006011{n + 1:03}" for n in range(len(rows))]
    lines = [f"{nip};Dishub;2026-Q2;06/07/2026;{row}" for nip, row in zip(people, rows, strict=True)]
    (raw / "keberatan.csv").write_text("\n".join([";".join(head), *lines]))
    clean_folder(raw, tmp_path / "out", today=date(2026, 11, 26))
    processed = open_processed(tmp_path / "out")
    return processed, processed.table("objections")


@pytest.mark.parametrize(("n", "state"), [(12, "unknown"), (3, "")])
def test_a_long_list_of_objections_without_any_decision_does_not_record_them(tmp_path, n, state):
    _, table = objected(tmp_path, ["Tanggal Putusan", "Putusan"], [";"] * n)
    assert set(table["outcome"].astype("object").fillna("")) == {state}


def test_decisions_in_other_words(tmp_path):
    words = {
        "Diterima sebagian": "upheld", "tidak dapat diterima": "rejected", "Menunggu": "pending",
        "Entah": "unknown", "Dicabut": None,
    }  # fmt: skip
    rows = [f";{word}" for word in words] + ["20/07/2026;Dikabulkan", "20/07/2026;Belum diputus"]
    processed, table = objected(tmp_path, ["Tanggal Putusan", "Putusan"], rows)
    expected = [state for state in words.values() if state] + ["upheld"]
    assert sorted(table["outcome"]) == sorted(expected)
    assert processed.table("excluded")["reason"].tolist() == ["case_withdrawn"]
    assert processed.table("quarantine")["reason"].tolist() == ["state_contradicts_date"]


@pytest.mark.parametrize("heads", [["Putusan"], ["Tanggal Putusan", "Putusan"]])
def test_a_decision_without_a_date_is_asked_for_where_others_have_one(tmp_path, heads):
    dated = len(heads) == 2
    rows = [f"{'20/07/2026;' if dated and n else ';' if dated else ''}Ditolak" for n in range(12)]
    processed, table = objected(tmp_path, heads, rows)
    assert len(table) == 12
    asked = processed.table("repairs")["reason"].tolist()
    assert asked == (["ended_without_date"] if dated else [])
