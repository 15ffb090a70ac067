"""Data for courses are the same from the same seed, every column is explained, and no number of a person is in them."""

import hashlib
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from asn_research.errors import RequestError
from asn_research.identities import find_identities
from asn_research.methods import fit_panel
from asn_research.teaching import write_course_data


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "kecil"
    return folder, write_course_data(folder, size="kecil", seed=11)


def test_the_same_seed_gives_the_same_bytes_whatever_the_key(written, tmp_path, monkeypatch):
    monkeypatch.setenv("ASN_RESEARCH_KEY", "another key for tests only, of nobody")
    write_course_data(tmp_path / "b", size="kecil", seed=11)
    ours, theirs = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        for folder in (written[0], tmp_path / "b")
    )
    assert ours == theirs
    assert len(ours) >= 15


def test_every_column_is_explained_in_both_languages(written):
    folder, done = written
    assert {"employee_panel", "panel", "appraisals", "citizen_feedback", "service_log", "units"} <= set(
        done.rows
    )
    for name, heads in {
        "kamus.csv": ("tabel", "kolom", "arti", "kosong"),
        "dictionary.csv": ("table", "column", "meaning", "missing"),
    }.items():
        told = pd.read_csv(folder / name)
        assert (told[heads[2]].str.len() > 1).all()
        assert not told[heads[2]].str.contains("NIP|NIK").any()
        for table, rows in done.rows.items():
            frame = pd.read_csv(folder / f"{table}.csv", low_memory=False)
            assert len(frame) == rows
            own = told[told[heads[0]] == table]
            assert own[heads[1]].tolist() == frame.columns.tolist()
            assert own[heads[3]].tolist() == frame.isna().sum().tolist()


def test_the_workbook_holds_the_same_tables(written):
    folder, done = written
    book = openpyxl.load_workbook(folder / "data.xlsx", read_only=True)
    assert book.sheetnames == list(done.rows)
    for name, rows in done.rows.items():
        assert sum(1 for _ in book[name].iter_rows()) == rows + 1
    plain = pd.read_csv(folder / "employee_panel.csv")
    sheet = pd.read_excel(folder / "data.xlsx", sheet_name="employee_panel")
    assert np.allclose(plain["motivation_score"], sheet["motivation_score"], equal_nan=True)


def test_no_person_and_no_row_of_an_office_is_in_them(written):
    folder, done = written
    for name in done.rows:
        text = (folder / f"{name}.csv").read_text(encoding="utf-8")
        assert not find_identities(text), name
        assert "row_id" not in text.splitlines()[0]


def test_the_planted_truth_is_beside_the_data_and_can_be_estimated(written):
    folder, _ = written
    truth = json.loads((folder / "kebenaran.json").read_text(encoding="utf-8"))
    assert truth["parameters"]["training_motivation"] == 0.08
    staff = pd.read_csv(folder / "employee_panel.csv")
    fit = fit_panel(
        "motivation_score ~ training_jp10 + recognition_score | person_id + period", staff, cluster="unit_id"
    )
    assert fit.row("recognition_score").estimate == pytest.approx(
        truth["parameters"]["recognition_motivation"], abs=0.2
    )


def test_the_licence_is_whole_and_the_readme_lists_each_file(written):
    folder, done = written
    licence = (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert "CC0 1.0 Universal" in licence
    assert "Affirmer" in licence
    readme = (folder / "BACA-SAYA.md").read_text(encoding="utf-8")
    for name in done.rows:
        assert f"`{name}.csv`" in readme
    assert "{" not in readme
    assert "simulasi" in readme


def test_nothing_is_overwritten_and_sizes_are_named(written, tmp_path):
    with pytest.raises(RequestError, match="not empty"):
        write_course_data(written[0], size="kecil", seed=12)
    with pytest.raises(RequestError, match="kecil, sedang, besar"):
        write_course_data(tmp_path / "x", size="huge")
    assert not (tmp_path / "x").exists()
