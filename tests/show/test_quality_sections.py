"""The report on data quality: its sentences follow from its counts, in either language."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from asn_research.given import Given, HouseStyle
from asn_research.measure.data_quality import ALL_SOURCES, ANY_MARK
from asn_research.protect import protect_city
from asn_research.render.inputs import load_report, prepare_inputs
from asn_research.show.blocks import Cover, KeyFigures, Paragraph, Table
from asn_research.show.sections import quality_report as quality

PARTS = ("effect", "limits", "rows", "faults", "repairs", "drift", "screening", "missing", "rules")


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module")
def report(small_processed, inputs):
    return load_report(small_processed, "QUALITY", "2026-Q3", "id")


def with_frames(report, **frames):
    """The same report with other measures."""
    kept = {name: table for name, table in report.protected.tables.items() if name not in frames}
    changed = protect_city(frames, report.protected.rule)
    return replace(report, protected=replace(changed, tables=kept | changed.tables))


def sentences(report):
    found = [b for b in quality.limits(report).items if isinstance(b, Table)]
    return [row[1].text for table in found for row in table.rows]


def tables(report):
    blocks = [b for part in PARTS for b in getattr(quality, part)(report).items]
    return {b.key: b for b in blocks if isinstance(b, Table)}


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_part_can_be_shown_and_no_key_of_ours_is_read(small_processed, inputs, language):
    data = load_report(small_processed, "QUALITY", "2026-Q3", language)
    assert isinstance(quality.cover(data), Cover)
    html = "".join(getattr(quality, part)(data).to_html() for part in PARTS)
    text = re.sub(r"<[^>]+>", " ", html)
    assert not re.search(r"\b(nan|NaN|None|NaT|pseudonym|withheld)\b", text)
    # Folders and files have whatever names offices give them.
    text = re.sub(r"\S+/[^<]*?\.(csv|xlsx)", "", text)
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b", text)
    if language == "id":
        assert not re.findall(r"\b(the|and|of|with|from|rows|held|office|missing|mean)\b", text)


def test_the_public_is_not_told_that_nothing_was_found_where_most_is_not_open_to_it(small_processed, inputs):
    data = load_report(small_processed, "QUALITY", "2026-Q3", "id", "public")
    told = " ".join(b.text for b in quality.limits(data).items if isinstance(b, Paragraph))
    assert not told.startswith("Tidak ada hitungan yang melewati ambang")


def test_the_sources_table_adds_up_to_the_manifest_and_files_with_held_rows_are_named(inputs, report):
    exits = inputs.processed.exits()
    # Rows of sanctions, objections and complaints are told in no report.
    exits = exits[exits["source"].isin({source.source for source in report.sources})]
    assert set(inputs.processed.exits()["source"]) - set(exits["source"]) == {
        "sanctions",
        "objections",
        "complaints",
    }
    found = tables(report)
    total = [cell.value for cell in found["sources"].rows[-1][1:]]
    assert total == exits[["n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"]].sum().tolist()
    files = report.protected.tables["quality_files"].frame
    held = files.loc[files["n_quarantined"].fillna(0) > 0, "n_quarantined"].sort_values(ascending=False)
    assert len(held)
    assert [row[-1].value for row in found["files"].rows] == held.head(12).tolist()


def test_a_kind_of_fault_is_one_line(report):
    frame = report.protected.tables["quality_faults"].frame
    rows = tables(report)["faults"].rows
    assert len(rows) == len(frame[["exit", "reason"]].drop_duplicates())
    assert sum(row[-1].value for row in rows) == frame["n_rows"].sum()
    repairs = report.protected.tables["quality_repairs"].frame
    here = repairs[repairs["in_period"].isin(["2026-Q3", ""])]
    assert sum(row[2].value for row in tables(report)["repairs"].rows) == here["n_rows"].sum()


@pytest.mark.parametrize(("without", "said"), [(83.9, "masih dalam kisaran"), (81.0, "di luar kisaran")])
def test_the_effect_on_the_index_comes_first(report, without, said):
    screens = pd.DataFrame({
        "unit_id": "CITY", "in_period": "2026-Q3", "mark": [ANY_MARK], "n_forms": 400, "n_marked": 40, "marked_pct": 10.0,
        "index": 84.0, "low": 83.0, "high": 85.0, "index_without": without, "without_low": without - 1,
        "without_high": without + 1, "difference": without - 84,
    })  # fmt: skip
    first = next(
        b
        for b in quality.effect(with_frames(report, quality_screens=screens)).items
        if isinstance(b, Paragraph)
    )
    assert "IKM kota 84,00" in first.text
    assert said in first.text


@pytest.mark.parametrize(
    ("marked", "said"), [(3, "tidak ditampilkan"), (0, "tidak ada formulir yang meragukan")]
)
def test_forms_that_are_there_are_not_denied_and_the_index_is_the_reported_one(report, marked, said):
    screens = pd.DataFrame({
        "unit_id": "CITY", "in_period": "2026-Q3", "mark": [ANY_MARK], "n_forms": 115, "n_marked": marked, "marked_pct": marked / 1.15,
        "index": 84.0, "low": 83.0, "high": 85.0, "index_without": 84.0, "without_low": 83.0,
        "without_high": 85.0, "difference": 0.0,
    })  # fmt: skip
    skm = pd.DataFrame({
        "unit_id": ["CITY"], "period": "2026-Q3", "n_respondents": 115, "is_full": True, "index": 84.0,
    })  # fmt: skip
    data = with_frames(report, quality_screens=screens, satisfaction=skm)
    for style, index in (("exact", "84,00"), ("printed", "83,16")):
        own = replace(data, given=Given(style=HouseStyle(reported_index=style)))
        first = next(b for b in quality.effect(own).items if isinstance(b, Paragraph))
        assert f"IKM kota {index}" in first.text
        assert said in first.text
        assert "tidak ada formulir survei" not in first.text
    # Of three doubtful forms no table is left of which every cell is hidden.
    assert ("screening" in tables(data)) == (marked == 0)


def test_a_source_of_which_a_third_is_held_back_is_named(report):
    sources = [
        replace(s, n_raw=900, n_kept=196, n_quarantined=104, n_excluded=600)
        if s.source == "citizen_feedback"
        else s
        for s in report.sources
    ]
    found = sentences(replace(report, sources=tuple(sources)))
    assert any("104 dari 300 baris" in s and "35%" in s for s in found)


def test_the_share_of_rows_that_can_be_used_counts_rows_of_data_alone(report):
    own = replace(report.sources[0], n_raw=2000, n_kept=950, n_repaired=10, n_quarantined=50, n_excluded=1000)
    blocks = quality.effect(replace(report, sources=(own,))).items
    lead = next(b.text for b in blocks if isinstance(b, Paragraph) and b.role == "lead")
    # 1,000 rows of sums and copies are neither good nor bad data.
    assert "Dari 1.000 baris data, 95,0% dapat dipakai. Tidak terhitung 1.000 baris" in lead
    figures = next(b for b in blocks if isinstance(b, KeyFigures)).figures
    assert ("95,0%", "dari 1.000 baris data") in {(f.value, f.detail) for f in figures}
    none = quality.effect(replace(report, sources=(replace(own, n_raw=1000, n_excluded=0),))).items
    assert "Tidak terhitung" not in next(
        b.text for b in none if isinstance(b, Paragraph) and b.role == "lead"
    )


def test_an_office_with_a_third_of_its_rows_held_back_is_named(report):
    offices = pd.DataFrame({
        "reporting_unit_id": ["DINKES", "DISHUB"], "in_period": "2026-Q3", "source": "service_log",
        "n_rows": [90, 90], "n_quarantined": [30, 0], "n_repaired": 0, "quarantined_pct": [100 / 3, 0.0],
        "main_reason": ["finished_before_submitted", ""],
    })  # fmt: skip
    found = [s for s in sentences(with_frames(report, quality_offices=offices)) if "ditahan, terutama" in s]
    assert len(found) == 1
    assert found[0].startswith("Dinkes, Catatan pelayanan: 30 dari 90 baris (33%) ditahan")
    assert "selesai sebelum diajukan" in found[0]


def test_a_source_that_is_absent_and_an_office_that_fell_silent_are_named(report):
    offices = report.protected.tables["quality_offices"].frame
    gone = (offices["in_period"] == "2026-Q3") & (
        (offices["source"] == "motivation")
        | ((offices["source"] == "citizen_feedback") & (offices["reporting_unit_id"] == "DISHUB"))
    )
    never = offices["source"] == "training"
    found = sentences(with_frames(report, quality_offices=offices[~gone & ~never]))
    assert any(s.startswith("Survei pegawai: tidak ada data untuk Triwulan III 2026") for s in found)
    assert any(s.startswith("Tidak ada data sama sekali tentang pelatihan") for s in found)
    assert any("1 kantor mengirim data" in s and "(Dishub)" in s for s in found)


@pytest.mark.parametrize(
    ("n_offices", "told"), [(9, "perubahan formulir dan tidak boleh"), (0, "Tidak tampak perubahan")]
)
def test_a_drift_is_told_with_the_change_of_form_that_coincides(report, n_offices, told):
    drift = pd.DataFrame({
        "source": "citizen_feedback", "column": "cost", "test_kind": "missing", "in_period": "2026-Q3",
        "before_period": "2026-Q2", "n_before": 400, "n_now": 400, "before": 1.0, "now": 31.0, "category": "",
        "effect": 30.0, "p_value": 1e-6, "p_adjusted": 1e-5, "n_clusters": 20, "is_drift": True,
    }, index=[0])  # fmt: skip
    forms = pd.DataFrame({"source": "citizen_feedback", "column": "cost", "in_period": "2026-Q3",
                          "n_offices": n_offices, "n_rows": 200, "n_compared": 16}, index=[0]).query("n_offices > 0")  # fmt: skip
    changed = with_frames(report, quality_drift=drift, quality_forms=forms)
    (found,) = [s for s in sentences(changed) if "Biaya/tarif" in s]
    assert "1,0%" in found
    assert "31,0%" in found
    assert told in found
    assert len(tables(changed)["drift"].rows) == 1


def test_an_element_that_was_not_asked_and_an_index_that_hangs_on_doubtful_forms_are_named(report):
    skm = report.protected.tables["satisfaction"].frame.copy()
    here = (skm["unit_id"] == "DINKES") & (skm["period"] == "2026-Q3")
    skm.loc[here, "n_elements_asked"] = 8
    screens = pd.DataFrame({
        "unit_id": "CITY", "in_period": "2026-Q3", "mark": [ANY_MARK], "n_forms": 400, "n_marked": 40, "marked_pct": 10.0,
        "index": 84.0, "low": 83.0, "high": 85.0, "index_without": 81.0, "without_low": 80.0, "without_high": 82.0,
        "difference": -3.0,
    })  # fmt: skip
    found = sentences(with_frames(report, satisfaction=skm, quality_screens=screens))
    assert any("Dinkes: hanya 8 dari 9 unsur" in s for s in found)
    assert any("Tanpa 40 formulir" in s and "81,00" in s and "84,00" in s for s in found)


def test_a_column_that_is_mostly_empty_is_named_and_a_clean_city_says_so(report):
    missing = pd.DataFrame({"source": "citizen_feedback", "column": "cost", "in_period": "2026-Q3", "reason": "not_asked",
                            "n_rows": 400, "n": 180, "share_pct": 45.0}, index=[0])  # fmt: skip
    assert any(
        "kosong" in s or "tanpa jawaban pada 45%" in s
        for s in sentences(with_frames(report, quality_missing=missing))
    )
    sources = [
        s for s in report.protected.tables["quality_offices"].frame["source"].unique() if s != ALL_SOURCES
    ]
    clean = pd.DataFrame([
        {"reporting_unit_id": "DINKES", "in_period": p, "source": s, "n_rows": 50, "n_quarantined": 0, "n_repaired": 0,
         "quarantined_pct": 0.0, "main_reason": ""}
        for s in sources for p in ("2026-Q2", "2026-Q3")
    ])  # fmt: skip
    names = ("quality_drift", "quality_screens", "quality_missing", "quality_forms")
    quiet = with_frames(report, quality_offices=clean, **dict.fromkeys(names, pd.DataFrame()))
    assert sentences(quiet) == []
    assert "tidak membuktikan bahwa datanya benar" in quality.limits(quiet).items[-1].text


def test_doubtful_forms_of_a_unit_show_from_ten_on(report):
    screens = pd.DataFrame({
        "unit_id": ["CITY", "DINKES", "DISHUB", "BKAD"], "in_period": "2026-Q3", "mark": ANY_MARK,
        "n_forms": [400, 60, 60, 60], "n_marked": [36, 15, 9, 12], "marked_pct": [9.0, 25, 15, 20], "index": 84.0,
        "low": 83.0, "high": 85.0, "index_without": [83.5, 82, 82, 82], "without_low": 81.0, "without_high": 83.0,
        "difference": [-0.5, -2, -2, -2],
    })  # fmt: skip
    found = tables(with_frames(report, quality_screens=screens))["screening_units"]
    # With the nine of one unit twelve of another are hidden: else nine would be the city's less the others.
    assert [row[0].text for row in found.rows] == ["Dinkes"]
