"""Cleaning a whole folder: exits, counts, privacy."""

import csv
import re
import shutil

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from origins import origins

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.cleaned import Cleaned
from asn_research.clean.privacy.shown_values import WITHHELD
from asn_research.clean.store import is_whole
from asn_research.errors import RawDataError, ReconciliationError

NIP = "19860926" + "201505" + "1" + "001"
OTHER = "19900101" + "201801" + "2" + "003"


def exits_of(raw, processed):
    ways = {}
    for name, way in (("repairs", "repaired"), ("excluded", "excluded"), ("quarantine", "quarantined")):
        ways |= dict.fromkeys(processed.table(name)["row_id"], way)
    places = origins(raw, ways)
    return {(places[key].file, places[key].sheet, places[key].row): way for key, way in ways.items()}


def planted(raw):
    with (raw / "_simulasi" / "planted_faults.csv").open() as lines:
        return {(r["file"], r["sheet"], int(r["row"])): r for r in csv.DictReader(lines)}


def test_planted_faults_end_in_the_right_exit(small_raw, small_processed):
    found, faults = exits_of(small_raw, open_processed(small_processed)), planted(small_raw)
    wrong = [
        (fault["fault"], fault["expected_exit"], found.get(place, "kept"))
        for place, fault in faults.items()
        if found.get(place, "kept") != fault["expected_exit"]
    ]
    assert len(faults) > 300
    assert len(wrong) <= 0.02 * len(faults), wrong[:20]


def test_no_good_row_is_lost(small_raw, small_processed):
    lost = [
        place
        for place, way in exits_of(small_raw, open_processed(small_processed)).items()
        if place not in planted(small_raw) and way != "repaired"
    ]
    assert lost == []


def test_rows_in_equal_rows_out_for_each_file(small_raw, small_processed):
    exits = open_processed(small_processed).exits()
    assert (exits["n_raw"] == exits["n_kept"] + exits["n_quarantined"] + exits["n_excluded"]).all()
    with (small_raw / "_simulasi" / "row_counts.csv").open() as lines:
        counted = [(r["file"], int(r["n_rows"])) for r in csv.DictReader(lines)]
    names = origins(small_raw, exits["file"])
    files = [names[key].file for key in exits["file"]]
    assert sorted(zip(files, exits["n_raw"], strict=True)) == sorted(counted)


def test_cleaning_twice_changes_nothing(small_raw, small_processed, tmp_path):
    clean_folder(small_raw, tmp_path)
    assert (tmp_path / "manifest.json").read_text() == (small_processed / "manifest.json").read_text()


def test_a_row_that_vanishes_is_an_error():
    row = pd.DataFrame({"row_id": ["a"]})
    none = row.iloc[:0]
    assert Cleaned(row, none, none, none, none, none, 1)
    with pytest.raises(ReconciliationError, match="2 rows came in but 1 left"):
        Cleaned(row, none, none, none, none, none, 2)
    with pytest.raises(ReconciliationError):
        Cleaned(row, none, row, none, none, none, 2)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20), st.booleans())
def test_a_row_that_left_twice_is_an_error_in_whatever_order(numbers, is_sorted):
    numbers = sorted(numbers) if is_sorted else numbers
    kept = pd.DataFrame({"row_id": [f"f:1:{n}" for n in numbers]}, dtype="str")
    none = kept.iloc[:0]
    if len(set(numbers)) == len(numbers):
        assert Cleaned(kept, none, none, none, none, none, len(kept))
    else:
        with pytest.raises(ReconciliationError):
            Cleaned(kept, none, none, none, none, none, len(kept))


HEAD = "NIP;Nama;Unit Kerja;Periode;Rating Hasil Kerja;Rating Perilaku;Predikat;Kualitas Pelayanan"
GOOD = f"{NIP};Seseorang;Dinas Perhubungan;TW III 2026;Sesuai Ekspektasi;Sesuai Ekspektasi;Baik;80"
LINES = {
    "good": (GOOD, "kept"),
    "spaced_nip": (GOOD.replace(NIP, f"{NIP[:8]} {NIP[8:14]} {NIP[14]} {NIP[15:]}"), "kept"),
    "bad_nip": (GOOD.replace(NIP, NIP[:4] + "99" + NIP[6:]), "quarantined"),
    "no_nip": (GOOD.replace(NIP, ""), "quarantined"),
    "no_unit": (GOOD.replace("Dinas Perhubungan", "Dinas Antariksa"), "quarantined"),
    # A score beside the ratings that decide the predikat is blanked; it costs no appraisal.
    "off_scale": (GOOD.replace(";80", ";800"), "kept"),
    "no_rating": (GOOD.replace("Sesuai Ekspektasi;Sesuai", ";Sesuai"), "quarantined"),
    "subtotal": (";Jumlah Dinas Perhubungan;;;;;;99", "excluded"),
    "contradicting": (GOOD.replace(";Baik;", ";Sangat Kurang;"), "kept"),
}


def write(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    lines, expected = [], {"kept": 0, "quarantined": 0, "excluded": 0}
    for number, name in enumerate(names):
        line, way = LINES[name]
        # Everyone is another person, or rows would be duplicates.
        person = f"{NIP[:15]}{number + 1:03d}"
        spaced = f"{NIP[:8]} {NIP[8:14]} {NIP[14]} {NIP[15:]}"
        lines.append(
            line.replace(spaced, f"{person[:8]} {person[8:14]} {person[14]} {person[15:]}").replace(
                NIP, person
            )
        )
        expected[way] += 1
    (folder / "a.csv").write_text("\n".join([HEAD, *lines]))
    return expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(sorted(LINES)), min_size=1, max_size=12))
def test_any_mixture_of_faults_reconciles(tmp_path_factory, names):
    # A table whose last rows are all foreign still has a last data row.
    folder = tmp_path_factory.mktemp("mix")
    expected = write(folder / "raw", ["good", *names])
    clean_folder(folder / "raw", folder / "out")
    exits = open_processed(folder / "out").exits().iloc[0]
    assert {way: exits[f"n_{way}"] for way in expected} == expected


def test_the_order_of_rows_does_not_matter(tmp_path):
    names = sorted(LINES)
    write(tmp_path / "a", ["good", *names])
    lines = (tmp_path / "a" / "a.csv").read_text().splitlines()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]))
    kept = []
    for name in "ab":
        clean_folder(tmp_path / name, tmp_path / f"out_{name}")
        table = open_processed(tmp_path / f"out_{name}").table("appraisals").drop(columns="row_id")
        kept.append(table.sort_values("person_id", ignore_index=True))
    pd.testing.assert_frame_equal(*kept)


def test_the_predikat_is_recomputed_and_the_exported_one_kept(tmp_path):
    write(tmp_path / "raw", ["good", "contradicting"])
    clean_folder(tmp_path / "raw", tmp_path / "out")
    table = open_processed(tmp_path / "out").table("appraisals")
    assert table["predikat_by_matrix"].tolist() == ["good", "good"]
    assert sorted(table["predikat"]) == ["good", "very_poor"]
    assert sorted(table["predikat_contradicts"]) == [False, True]


def test_twice_the_same_keeps_one_and_contradictions_keep_none(tmp_path):
    (tmp_path / "raw").mkdir()
    differing = [GOOD.replace(NIP, OTHER), GOOD.replace(NIP, OTHER).replace(";80", ";60")]
    (tmp_path / "raw" / "a.csv").write_text("\n".join([HEAD, GOOD, GOOD, *differing]))
    clean_folder(tmp_path / "raw", tmp_path / "out")
    exits = open_processed(tmp_path / "out").exits().iloc[0]
    assert (exits["n_kept"], exits["n_excluded"], exits["n_quarantined"]) == (1, 1, 2)


def test_no_period_anywhere_is_asked(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text(
        "\n".join([HEAD.replace(";Periode", ""), GOOD.replace(";TW III 2026", "")])
    )
    report = clean_folder(tmp_path / "raw", tmp_path / "out")
    assert [one.question.kind for one in report.questions] == ["period_of_file"]
    assert report.exits["n_quarantined"].sum() == 1


def test_minor_columns_cost_no_citizen(tmp_path):
    (tmp_path / "raw").mkdir()
    head = "Tanggal;Unit Layanan;Pekerjaan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    (tmp_path / "raw" / "a.csv").write_text(f"{head}\n5 Juli 2026;Dishub;Penyair;3;3;3;4;3;3;3;3;3")
    clean_folder(tmp_path / "raw", tmp_path / "out")
    processed = open_processed(tmp_path / "out")
    assert len(processed.table("citizen_feedback")) == 1
    assert processed.table("repairs")[["column", "old_value"]].to_numpy().tolist() == [
        ["occupation", WITHHELD]
    ]


def test_no_number_or_name_reaches_the_processed_folder(small_raw, small_processed):
    from python_calamine import CalamineWorkbook

    rows = (
        CalamineWorkbook.from_path(small_raw / "pegawai" / "Daftar_Pegawai.xlsx")
        .get_sheet_by_index(0)
        .to_python()
    )
    people = [row for row in rows if re.fullmatch(r"\d{18}", str(row[1]))]
    assert len(people) > 300
    secrets = {str(cell) for row in people for cell in (row[1], row[2], row[3])}
    texts = [p.read_text() for p in small_processed.glob("*.json")]
    for part in small_processed.rglob("*.parquet"):
        frame = pd.read_parquet(part)
        texts += [str(value) for name in frame for value in frame[name].astype(str).unique()]
    everything = "\n".join(texts)
    assert not [s for s in secrets if s in everything]
    assert not re.search(r"(?<![0-9a-f.])\d{16,18}(?![0-9a-f.])", everything)
    # The test can fail: a planted number is found.
    assert [s for s in secrets if s in everything + next(iter(secrets))]


@pytest.mark.parametrize(
    ("name", "profile", "n", "totals"),
    [
        pytest.param(
            "kelurahan_skm_2021.csv",
            "file: k*.csv\nsource: citizen_feedback\nunit: {unit_id: K, name: K, short_name: K}\nperiod: 2021-S1\n"
            "columns: {u8: facilities, u9: complaints}",
            41, {"facilities": "u8", "complaints": "u9", "time": "u3"}, id="kelurahan",
        ),
        pytest.param(
            "mpp_pangkep_skm_2024.csv",
            "file: m*.csv\nsource: citizen_feedback\nunit: {unit_id: M, name: M, short_name: M}\n"
            "columns: {U9: complaints}\nnot_asked: [facilities]\nignore: [Instansi]\n"
            "extra: {U8: {key: service_charter, label_indonesian: Maklumat pelayanan, label_english: Service charter}}",
            55, {"extra_service_charter": "U8", "complaints": "U9", "requirements": "U1"}, id="service_mall",
        ),
    ],
)  # fmt: skip
def test_the_real_surveys_come_out_whole(shared, tmp_path, name, profile, n, totals):
    content = (shared / "real" / name).read_bytes()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / name).write_bytes(content)
    (tmp_path / "raw" / "x.profile.yaml").write_text(profile)
    clean_folder(tmp_path / "raw", tmp_path / "out")
    table = open_processed(tmp_path / "out").table("citizen_feedback")
    assert len(table) == n
    raw = pd.read_csv(shared / "real" / name, sep=None, engine="python")
    assert {c: int(table[c].sum()) for c in totals} == {c: int(raw[h].sum()) for c, h in totals.items()}
    assert len(set(table["period"])) == 1


def test_a_run_with_nothing_new_is_told_from_memory_and_damage_is_mended(small_raw, tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(small_raw, raw)
    first = clean_folder(raw, out)
    part = next((out / "appraisals").rglob("*.parquet"))
    written = part.stat().st_mtime_ns
    again = clean_folder(raw, out)
    pd.testing.assert_frame_equal(again.exits, first.exits)
    assert again.n_unchanged == again.n_files
    assert (again.passed_over, again.unit_review) == (first.passed_over, first.unit_review)
    assert part.stat().st_mtime_ns == written
    part.write_bytes(b"damaged")
    clean_folder(raw, out)
    assert is_whole(out)


def test_a_setting_beside_the_exports_is_something_new(small_raw, tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(small_raw, raw)
    clean_folder(raw, out)
    (raw / "corrections.yaml").write_text("- nonsense\n", encoding="utf-8")
    with pytest.raises(RawDataError, match=r"corrections\.yaml"):
        clean_folder(raw, out)
