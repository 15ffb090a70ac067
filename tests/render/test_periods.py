"""Which periods a report can be asked for: the data's own, and half years and years pooled from them."""

from datetime import date

import pytest

from asn_research.clean import clean_folder
from asn_research.errors import RequestError
from asn_research.render.inputs import load_report, prepare_inputs
from asn_research.render.jobs import latest_period, plan_jobs
from asn_research.show import sections
from asn_research.show.sections.rules_used import rules_table


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


def texts(blocks):
    return " ".join(str(getattr(block, "text", "")) for block in blocks.items)


def test_latest_stays_the_latest_quarter(inputs):
    assert inputs.periods == ("2026-Q2", "2026-Q3")
    assert inputs.larger_periods == ("2026-S1", "2026", "2026-S2")
    assert {job.period for job in plan_jobs(inputs, unit="CITY")} == {"2026-Q3"}


def test_one_row_of_a_later_quarter_does_not_make_the_latest(tmp_path):
    head = "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    days = [f"{day:02d}/08/2026" for day in range(1, 31)] + ["02/10/2026"]
    (tmp_path / "raw").mkdir()
    rows = [head, *(f"{day};Dishub;3;3;4;3;3;{at % 4 + 1};3;3;3" for at, day in enumerate(days))]
    (tmp_path / "raw" / "a.csv").write_text("\n".join(rows))
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    found = prepare_inputs(tmp_path / "out")
    assert found.periods == ("2026-Q3", "2026-Q4")
    assert latest_period(found) == ("2026-Q3", ("2026-Q4",))
    assert {job.period for job in plan_jobs(found)} == {"2026-Q3"}
    assert {job.period for job in plan_jobs(found, period="2026-Q4")} == {"2026-Q4"}


def test_a_half_year_and_a_year_can_be_asked_for(inputs):
    for code in ("2026-S1", "2026"):
        planned = {job.unit_id for job in plan_jobs(inputs, period=code)}
        assert {"DISHUB", "CITY"} <= planned
        # What offices sent, they sent by quarter.
        assert "QUALITY" not in planned
    with pytest.raises(RequestError, match="2026-Q2, 2026-Q3"):
        plan_jobs(inputs, period="2026", unit="QUALITY")
    with pytest.raises(RequestError, match=r"no data for 2025.*2026-S1"):
        plan_jobs(inputs, period="2025")


def test_a_pooled_report_names_its_parts_and_refuses_tables_about_staff(inputs, small_processed):
    report = load_report(small_processed, "CITY", "2026", "id")
    assert report.is_pooled
    said = texts(sections.satisfaction(report))
    assert "TW II 2026 dan TW III 2026 digabung" in said
    assert "data TW I 2026 dan TW IV 2026 tidak ada" in said
    for section in (
        sections.appraisal,
        sections.training,
        sections.motivation,
        sections.raters,
        sections.study,
    ):
        assert section(report).items == ()
    said = texts(sections.staff_method(report))
    assert "menurut triwulan, belum untuk Tahun 2026" in said
    # Its index is that of the answers of both quarters.
    n = {
        code: inputs.frames["satisfaction"]
        .query("unit_id == 'CITY' and period == @code")["n_respondents"]
        .iloc[0]
        for code in ("2026-Q2", "2026-Q3", "2026")
    }
    assert n["2026"] == n["2026-Q2"] + n["2026-Q3"]


def test_a_quarters_report_says_nothing_of_pooling(small_processed, inputs):
    report = load_report(small_processed, "CITY", "2026-Q3", "id")
    assert not report.is_pooled
    assert "digabung" not in texts(sections.satisfaction(report))


def test_a_report_lists_the_rules_that_it_uses_and_never_calls_one_unchecked(small_processed, inputs):
    pooled, quarter = (load_report(small_processed, "CITY", code, "id") for code in ("2026", "2026-Q3"))
    listed = {report.period.code: rules_table(report) for report in (pooled, quarter)}
    cells = {code: [[cell.text for cell in row] for row in table.rows] for code, table in listed.items()}
    names = {code: " ".join(row[0] for row in rows) for code, rows in cells.items()}
    assert "Kewajiban pengembangan kompetensi" in names["2026-Q3"]
    assert "Kewajiban pengembangan kompetensi" not in names["2026"]
    assert "Survei Kepuasan Masyarakat" in names["2026"]
    everything = str(cells)
    assert "belum diperiksa" not in everything
    assert "pilihan metode, bukan ketentuan" in everything
    assert "naskah belum dicocokkan: batas JP PPPK" in everything
