"""Exports with headings and no row below are honest files: each of the sources passes, alone and beside others."""

import pytest
import xlsxwriter

from asn_research.clean import clean_folder, open_processed
from asn_research.rules.codebooks import SOURCES, load_codebook

GOOD = (
    "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana\n"
    "5/7/2026;Dishub;3;3;3;3;3;3;3;3;3\n"
)
SHAPES = {
    "plain": lambda head: [head],
    "title": lambda head: [["REKAPITULASI"], ["Periode: Triwulan III 2026"], [], head],
    "blank_below": lambda head: [head, [], ["", " "], []],
    "numbered": lambda head: [head, [str(place) for place in range(1, len(head) + 1)]],
    "total_only": lambda head: [head, ["Jumlah", "0"]],
}


def headings_of(source):
    return [column.label_indonesian for column in load_codebook(source).columns if column.is_published]


def write(folder, name, rows):
    folder.mkdir(parents=True, exist_ok=True)
    if name.endswith(".csv"):
        (folder / name).write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")
        return
    with xlsxwriter.Workbook(str(folder / name)) as book:
        page = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)


@pytest.mark.parametrize(
    ("shape", "name"), [*((shape, "a.csv") for shape in SHAPES), ("plain", "a.xlsx"), ("title", "a.xlsx")]
)
@pytest.mark.parametrize("source", SOURCES)
def test_headings_alone_pass_and_are_counted_as_no_rows(tmp_path, source, shape, name):
    write(tmp_path / "raw", name, SHAPES[shape](headings_of(source)))
    report = clean_folder(tmp_path / "raw", tmp_path / "out")
    (row,) = report.exits.to_dict("records")
    assert (row["file"], row["source"], row["n_kept"], row["n_quarantined"]) == (name, source, 0, 0)
    assert row["n_raw"] == row["n_excluded"] == (shape in {"numbered", "total_only"})
    assert any(line.startswith(name) for line in report.lines())
    assert len(open_processed(tmp_path / "out").table(source)) == 0


@pytest.mark.parametrize("source", SOURCES)
def test_headings_alone_change_nothing_of_the_files_beside_them(tmp_path, source):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "good.csv").write_text(GOOD, encoding="utf-8")
    write(tmp_path / "raw", "a.csv", [headings_of(source)])
    # Read first, and from what was kept of it the second time.
    clean_folder(tmp_path / "raw", tmp_path / "out")
    (tmp_path / "raw" / "good.csv").write_text(
        GOOD + GOOD.split("\n")[1].replace("5/7", "6/7"), encoding="utf-8"
    )
    report = clean_folder(tmp_path / "raw", tmp_path / "out")
    found = {row["file"]: (row["n_raw"], row["n_kept"]) for row in report.exits.to_dict("records")}
    assert found == {"a.csv": (0, 0), "good.csv": (2, 2)}
