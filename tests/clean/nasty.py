"""Files as nasty as offices send them, each with the exit that every one of its rows must take.

A case is a name, a function that writes files into a folder, and the expected exits: ``{file: {row:
exit}}`` with rows numbered as a spreadsheet shows them; rows not named must be kept. ``refused`` is
what the error must say instead.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

SKM = ["No.", "Tanggal", "Unit Layanan", "Jenis Kelamin", "Umur", "Persyaratan", "Prosedur", "Waktu", "Biaya",
       "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana"]  # fmt: skip
APPRAISAL = ["No", "NIP", "Nama", "Unit Kerja", "Periode", "Rating Hasil Kerja", "Rating Perilaku", "Predikat",
             "Kualitas Pelayanan"]  # fmt: skip
STAFF = ["NIP", "Nama", "Unit Kerja", "Jenis Kelamin"]
STEM = "198609262015051"
HELD, OUT, MENDED = "quarantined", "excluded", "repaired"

Exits = dict[str, dict[int, str]]


def form(number=1, **changes):
    """Return a good citizen's form; no two are alike."""
    row = dict(zip(SKM, [str(number), f"{number % 28 + 1:02d}/07/2026", "Dinas Perhubungan", "L" if number % 2 else "P",
                         str(20 + number), *"343434343"], strict=True))  # fmt: skip
    return [str(v) for v in (row | changes).values()]


def rated(number=1, **changes):
    """Return a good appraisal."""
    row = dict(zip(APPRAISAL, [str(number), f"{STEM}{number:03d}", "Seseorang", "Dinas Perhubungan", "TW III 2026",
                               "Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik", "80"], strict=True))  # fmt: skip
    return [v if isinstance(v, float) else str(v) for v in (row | changes).values()]


def csv_of(*rows, sep=";", end="\r\n"):
    return end.join(sep.join(str(cell) for cell in row) for row in rows)


def text(folder: Path, name: str, content: str | bytes, encoding="utf-8"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode(encoding))


def book(folder: Path, name: str, sheets, merges=(), hidden=()):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    made = xlsxwriter.Workbook(str(folder / name), {"strings_to_formulas": False, "strings_to_urls": False})
    pages = sheets.items() if isinstance(sheets, dict) else [("Data", sheets)]
    for title, rows in pages:
        page = made.add_worksheet(title)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value != "":
                    page.write(number, column, value)
        for place in merges:
            first = place.split(":")[0]
            row, column = xlsxwriter.utility.xl_cell_to_rowcol(first)
            page.merge_range(place, str(rows[row][column]))
        if title in hidden:
            page.hide()
    made.close()


def ods(folder: Path, name: str, rows):
    """Write the smallest OpenDocument sheet: every cell as text or number."""

    def cell(value):
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    body = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in rows)
    names = "".join(
        f' xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{k}:1.0"' for k in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Data">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        )
        archive.writestr("content.xml", content)


@dataclass(frozen=True)
class Case:
    """One nasty folder."""

    name: str
    write: Callable[[Path], None]
    exits: Exits = field(default_factory=dict)
    n_kept: int = 1
    refused: str = ""


CASES: list[Case] = []


def case(name, n_kept=1, exits=None, refused=""):
    """Register a function as a case; row numbers of a single file `a.csv` or `a.xlsx` may stand alone."""

    def keep(write):
        CASES.append(Case(name, write, exits or {}, n_kept, refused))
        return write

    return keep


def _plain(name, rows, n_kept, exits=None, file="a.csv", **options):
    CASES.append(
        Case(name, lambda folder: text(folder, file, csv_of(*rows, **options)), {file: exits or {}}, n_kept)
    )


def _book(name, rows, n_kept, exits=None, **options):
    CASES.append(
        Case(name, lambda folder: book(folder, "a.xlsx", rows, **options), {"a.xlsx": exits or {}}, n_kept)
    )


def _refused(name, file, content, said):
    CASES.append(Case(name, lambda folder: text(folder, file, content), refused=said))


# --- text files: delimiter, encoding, line ends, quotes
for sep, title in ((";", "semicolon"), (",", "comma"), ("\t", "tab"), ("|", "bar")):
    _plain(f"csv_{title}", [SKM, form(1), form(2)], 2, sep=sep)
for encoding in ("utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"):
    CASES.append(
        Case(
            f"encoding_{encoding}",
            lambda folder, encoding=encoding: text(
                folder,
                "a.csv",
                csv_of(SKM, form(1, Tanggal="3 Juli 2026"), form(2), ["", "Catatan: café"]),
                encoding,
            ),
            {"a.csv": {4: OUT}},
            2,
        )
    )
_plain("line_ends_unix", [SKM, form(1), form(2)], 2, end="\n")
_plain("line_ends_old_mac", [SKM, form(1), form(2)], 2, end="\r")
_plain("tsv", [SKM, form(1)], 1, file="a.tsv", sep="\t")
_plain("quoted_line_break", [[*SKM, "Saran"], [*form(1), '"cepat;\nramah"'], [*form(2), ""]], 2, end="\n")
_plain("ragged_letterhead", [["PEMERINTAH KOTA"], ["SURVEI"], [], SKM, form(1)], 1)
_plain("padded_letterhead", [["PEMERINTAH KOTA", *[""] * 13], [""] * 14, SKM, form(1)], 1)
_plain("long_letterhead", [*[[f"Baris kop {k}"] for k in range(25)], SKM, form(1)], 1)
_plain("blank_rows_within", [SKM, form(1), [""] * 14, [""] * 14, form(2)], 2)
_plain("short_rows", [SKM, form(1), form(2)[:8]], 2)

# --- headings
_book("two_row_headings", [
    ["No.", "Pegawai yang Dinilai", "", "Unit Kerja", "Periode", "Pejabat Penilai", "", "Rating Hasil Kerja", "Rating Perilaku"],
    ["", "NIP", "Nama", "", "", "NIP", "Nama", "", ""],
    ["1", f"{STEM}001", "A", "Dishub", "TW III 2026", f"{STEM}009", "B", "Sesuai Ekspektasi", "Sesuai Ekspektasi"],
], 1, merges=("B1:C1", "F1:G1", "A1:A2", "D1:D2"))  # fmt: skip
_book("three_row_headings", [
    ["No", "PENILAIAN TRIWULAN III 2026", "", "", "", ""],
    ["", "Pegawai", "", "Unit Kerja", "Rating", ""],
    ["", "NIP", "Nama", "", "Hasil Kerja", "Perilaku Kerja"],
    ["1", f"{STEM}001", "A", "Dishub", "Sesuai Ekspektasi", "Sesuai Ekspektasi"],
], 1, merges=("B1:F1", "B2:C2", "E2:F2", "D2:D3", "A1:A3"))  # fmt: skip
_plain("headings_again_on_each_page", [SKM, form(1), SKM, form(2)], 2, {3: OUT})
_plain("column_numbers_below", [SKM, [f"({k})" for k in range(1, 15)], form(1)], 1, {2: OUT})
_plain("headings_shouted", [[h.upper() for h in SKM], form(1)], 1)
_plain("headings_abbreviated", [[*SKM[:1], "Tgl.", *SKM[2:]], form(1)], 1)
_book("heading_with_line_break", [[*SKM[:2], "Unit\nLayanan", *SKM[3:]], form(1)], 1)
_plain("columns_in_another_order", [SKM[::-1], form(1)[::-1]], 1)
_plain("columns_of_their_own", [[*SKM, "Petugas", "Loket"], [*form(1), "x", "3"]], 1)

# --- rows that are no data
_plain("totals_below", [SKM, form(1), ["", "Jumlah", "", "", "", *["3,4"] * 9]], 1, {3: OUT})
_plain(
    "mean_that_fills_all_answers",
    [SKM, form(1), form(2), ["", "Rata-rata", "", "", "", *["3,4"] * 9]],
    2,
    {4: OUT},
)
_plain(
    "subtotals_between",
    [APPRAISAL, rated(1), ["", "Jumlah Dishub", "", "", "", "", "", "", "80"], rated(2)],
    2,
    {3: OUT},
)
_plain("signature_below", [SKM, form(1), [], ["", "", "Mengetahui,"], ["", "", "Kepala Dinas"], ["", "", "(......)"]], 1,
       {4: OUT, 5: OUT, 6: OUT})  # fmt: skip
_plain("note_below", [SKM, form(1), ["Sumber: loket"]], 1, {3: OUT})
_plain("group_heading_between", [SKM, form(1), ["Loket B", *[""] * 13], form(2)], 2, {3: OUT})

# --- values
_plain(
    "words_for_numbers",
    [SKM, form(1, Persyaratan="Sangat sesuai", Prosedur="4 - Sangat mudah", Waktu="cepat")],
    1,
)
_plain("numbers_with_decimals", [SKM, form(1, Persyaratan="3,0", Prosedur="4.0")], 1)
_plain("answer_off_the_scale", [SKM, form(1), form(2, Waktu="5"), form(3, Waktu="0"), form(4, Waktu="3,5")], 1,
       {3: HELD, 4: HELD, 5: HELD})  # fmt: skip
_plain("answer_unreadable", [SKM, form(1), form(2, Waktu="bagus sekali")], 1, {3: HELD})
_plain(
    "answers_missing_with_reasons", [SKM, form(1, Waktu="-", Biaya="tt", Produk="#N/A", Sarana="menolak")], 1
)
_plain("a_form_without_answers", [SKM, form(1), [*form(2)[:5], *[""] * 9]], 1, {3: OUT})
_plain("dates_of_all_kinds", [SKM, *(form(k, Tanggal=d) for k, d in enumerate(
    ["5 Juli 2026", "05-07-2026", "2026-07-05", "Jum'at, 3 Juli 2026", "5 Agt 2026", "5/8/2026 08.30 WIB", "46204"], 1))], 7)  # fmt: skip
_plain("dates_that_cannot_be", [SKM, form(1), form(2, Tanggal="31 Februari 2026"), form(3, Tanggal="08/17/2026"),
                                form(4, Tanggal="kemarin")], 1, {3: HELD, 4: HELD, 5: HELD})  # fmt: skip
_plain("ages_with_words", [SKM, form(1, Umur="35 th"), form(2, Umur="41 tahun")], 2)
_plain("an_age_costs_no_citizen", [SKM, form(1, Umur="dewasa")], 1, {2: MENDED})
_plain(
    "sex_in_many_spellings",
    [
        SKM,
        *(
            form(k, **{"Jenis Kelamin": s})
            for k, s in enumerate(["L", "Pr", "laki-laki", "WANITA", "Laki2"], 1)
        ),
    ],
    5,
)
_plain(
    "percent_and_decimal_comma",
    [[*APPRAISAL, "Capaian Output"], [*rated(1), "87,5%"], [*rated(2), "92.5"]],
    2,
)
_plain("score_out_of_range", [APPRAISAL, rated(1), rated(2, **{"Kualitas Pelayanan": "800"})], 2, {3: MENDED})
_plain("rating_blank", [APPRAISAL, rated(1), rated(2, **{"Rating Perilaku": ""})], 1, {3: HELD})
_plain("predikat_against_the_matrix", [APPRAISAL, rated(1, Predikat="Sangat Kurang")], 1)
_plain(
    "formulas_and_pages_in_text",
    [[*SKM, "Saran"], [*form(1), "=cmd|' /C calc'!A0"], [*form(2), "<script>alert(1)</script>"]],
    2,
)

# --- who
_plain("nip_with_punctuation", [APPRAISAL, rated(1, NIP="19860926 201505 1 001"), rated(2, NIP=f"'{STEM}002")], 2,
       {2: MENDED, 3: MENDED})  # fmt: skip
_plain("nip_that_cannot_be", [APPRAISAL, rated(1), rated(2, NIP="198613262015051002"), rated(3, NIP="19860926201505100"),
                              rated(4, NIP="19860926201505100O"), rated(5, NIP="Budi")], 1,
       {3: HELD, 4: HELD, 5: HELD, 6: HELD})  # fmt: skip
_plain("nip_missing", [APPRAISAL, rated(1), rated(2, NIP="")], 1, {3: HELD})
_plain("pppk_number", [APPRAISAL, rated(1, NIP="199001012022211001")], 1)
_plain("nip_in_scientific_form", [APPRAISAL, rated(1), rated(2, NIP="1,98609E+17")], 1, {3: HELD})


@case("nip_cut_by_excel_and_known", 2, {"a.xlsx": {2: MENDED}})
def _(folder):
    text(folder, "pegawai.csv", csv_of(STAFF, [f"{STEM}007", "A", "Dishub", "L"]))
    book(folder, "a.xlsx", [APPRAISAL, rated(7, NIP=float(f"{STEM}007"))])


@case("nip_cut_by_excel_and_one_of_two", 2, {"a.xlsx": {2: HELD}})
def _(folder):
    rows = [[f"{STEM}007", "A", "Dishub", "L"], [f"{STEM}008", "B", "Dishub", "L"]]
    text(folder, "pegawai.csv", csv_of(STAFF, *rows))
    book(folder, "a.xlsx", [APPRAISAL, rated(7, NIP=float(f"{STEM}007"))])


_book("nip_cut_by_excel_and_unknown", [APPRAISAL, rated(1), rated(7, NIP=float(f"{STEM}007"))], 1, {3: HELD})

# --- twice
CASES.append(
    Case(
        "identical_twice",
        lambda f: text(f, "a.csv", csv_of(APPRAISAL, rated(1), rated(1), rated(2))),
        {"*": {OUT: 1}},
        2,
    )
)
CASES.append(
    Case(
        "identical_but_one_was_mended",
        lambda f: text(f, "a.csv", csv_of(APPRAISAL, rated(1, NIP=f"{STEM[:8]} {STEM[8:]}001"), rated(1))),
        {"a.csv": {2: OUT}},
        1,
    )
)
_plain("differing_twice", [APPRAISAL, rated(1), rated(2), [*rated(2)[:-1], "60"]], 1, {3: HELD, 4: HELD})
_plain("three_of_which_one_differs", [APPRAISAL, rated(1), rated(2), rated(2), [*rated(2)[:-1], "60"]], 1,
       {3: HELD, 4: OUT, 5: HELD})  # fmt: skip


@case("identical_in_two_files", 1, {"*": {OUT: 1}})
def _(folder):
    text(folder, "a.csv", csv_of(APPRAISAL, rated(1)))
    text(folder, "b.csv", csv_of(APPRAISAL, rated(1), end="\n"))


@case("the_same_file_twice", 2, {"*": {OUT: 2}})
def _(folder):
    for name in ("a.csv", "Copy of a.csv"):
        text(folder, name, csv_of(SKM, form(1), form(2)))


@case("two_courses_in_one_quarter", 2)
def _(folder):
    head = ["NIP", "Unit Kerja", "Nama Diklat", "Tanggal Selesai", "JP"]
    text(
        folder,
        "a.csv",
        csv_of(
            head,
            [f"{STEM}001", "Dishub", "A", "5/7/2026", "10"],
            [f"{STEM}001", "Dishub", "B", "5/7/2026", "12"],
        ),
    )


# --- units
_plain("units_in_many_spellings", [SKM, *(form(k, **{"Unit Layanan": u}) for k, u in enumerate(
    ["DISHUB", "dinas perhubungan kota pontianak", "Dinas  Perhubungan"], 1))], 3)  # fmt: skip
_plain("unit_misspelt", [SKM, form(1, **{"Unit Layanan": "Dinas Perhubugan"})], 1, {2: MENDED})
_plain("unit_unknown", [SKM, form(1), form(2, **{"Unit Layanan": "Dinas Antariksa"}), form(3, **{"Unit Layanan": ""})], 1,
       {3: HELD, 4: HELD})  # fmt: skip
REGISTER = (
    "unit_id,name,short_name,kind,parent_id,has_report,aliases,typical_staff_n,kemendagri_code,valid_from,valid_to,successor_id,checked\n"
    "LAMA,Dinas Perizinan,Perizinan,dinas,,yes,,20,,2010-01-01,2024-12-31,BARU,memory\n"
    "BARU,Dinas Perizinan dan Investasi,Perinvest,dinas,,yes,,20,,2025-01-01,,,memory\n"
    "DISHUB,Dinas Perhubungan,Dishub,dinas,,yes,,20,,2010-01-01,,,memory\n"
    "TUTUP,Dinas Pasar,Pasar,dinas,,yes,,20,,2010-01-01,2020-12-31,,memory\n"
)
CITY = "city_id: x\nname: Contoh\ngovernment: Pemerintah Contoh\nprovince: X\nkemendagri_code: ''\ntimezone: Asia/Jakarta\nsigned_at: X\norganisation_bureau: X\n"  # fmt: skip


def _with_register(folder):
    text(folder, "units.csv", REGISTER)
    text(folder, "city.yaml", CITY)
    text(folder, "services.csv", "service_id,offered_by,name_indonesian,name_english,standard_days,standard_queue_minutes,request_share,is_free,aliases,checked\n")  # fmt: skip


@case("units_renamed_and_closed", 4, {"a.csv": {2: MENDED, 4: MENDED, 6: HELD}})
def _(folder):
    _with_register(folder)
    units = [("Dinas Perizinan", 2026), ("Dinas Perizinan", 2024), ("Dinas Perizinan dan Investasi", 2024),
             ("Dinas Perizinan dan Investasi", 2026), ("Dinas Pasar", 2026)]  # fmt: skip
    rows = [form(k, **{"Unit Layanan": u, "Tanggal": f"5/7/{y}"}) for k, (u, y) in enumerate(units, 1)]
    text(folder, "a.csv", csv_of(SKM, *rows))


@case("unit_decided_by_a_person", 1)
def _(folder):
    text(folder, "unit_names.csv", "spelling,proposal,decision\nKantor Jalan Raya,DISHUB,ya\n")
    text(folder, "a.csv", csv_of(SKM, form(1, **{"Unit Layanan": "Kantor Jalan Raya"})))


# --- sheets
_book("two_sheets_of_a_source", {"Juli": [SKM, form(1)], "Agustus": [SKM, form(2)]}, 2)
_book("an_empty_sheet_first", {"Kosong": [], "Data": [SKM, form(1)]}, 1)
CASES.append(
    Case(
        "a_hidden_sheet",
        lambda f: book(f, "a.xlsx", {"Data": [SKM, form(1)], "Lama": [SKM, form(2)]}, hidden=("Lama",)),
        {"*": {OUT: 1}},
        1,
    )
)
COMPLAINTS = ["No. Laporan", "Unit Kerja", "Kanal", "Tanggal Terima", "Tanggal Jawab"]
_book("two_tables_one_above_the_other", [
    ["A. SURVEI"], SKM, form(1), form(2), [], ["B. PENGADUAN"], COMPLAINTS, ["1", "Dishub", "Loket", "1/7/2026", "2/7/2026"],
], 3, {6: OUT})  # fmt: skip
_book("two_tables_side_by_side", [
    [*SKM, "", *COMPLAINTS], [*form(1), "", "1", "Dishub", "Loket", "1/7/2026", "2/7/2026"],
    [*form(2), "", "2", "Dishub", "Loket", "3/7/2026", "2/7/2026"],
], 3, {3: HELD})  # fmt: skip
_book("a_period_for_each_table", [
    ["Periode : Triwulan II 2026"], [h for h in APPRAISAL if h != "Periode"], [c for k, c in enumerate(rated(1)) if k != 4], [],
    ["Periode : Triwulan III 2026"], [h for h in APPRAISAL if h != "Periode"], [c for k, c in enumerate(rated(1)) if k != 4],
], 2, {5: OUT})  # fmt: skip
CASES.append(
    Case(
        "ods", lambda f: ods(f, "a.ods", [["KOP"], SKM, form(1), form(2, Waktu="9")]), {"a.ods": {4: HELD}}, 1
    )
)
CASES.append(
    Case(
        "ods_with_a_cut_nip",
        lambda f: ods(f, "a.ods", [APPRAISAL, rated(1), rated(2, NIP=float(f"{STEM}002"))]),
        {"a.ods": {3: HELD}},
        1,
    )
)


@case("names_that_lead_elsewhere", 2)
def _(folder):
    book(folder, "a.. [x] $HOME `id`.xlsx", {"....etc.passwd": [SKM, form(1)]})
    text(folder, "b\x1b[31m\nc.csv", csv_of(SKM, form(2)))


# --- corrections
@case("a_correction_that_holds", 2, {"a.csv": {3: MENDED}})
def _(folder):
    text(folder, "a.csv", csv_of(APPRAISAL, rated(1), rated(2, **{"Kualitas Pelayanan": "800"})))
    text(folder, "corrections.yaml", "corrections:\n- {source: appraisals, where: {row: 3}, expect: {n_rows: 1, service_quality_score: '800'}, "
                                     "set: {service_quality_score: '80'}, reason: salah ketik}\n")  # fmt: skip


@case("a_correction_that_takes_a_row_out", 1, {"a.csv": {3: OUT}})
def _(folder):
    text(folder, "a.csv", csv_of(APPRAISAL, rated(1), rated(2)))
    text(
        folder,
        "corrections.yaml",
        "corrections:\n- {source: appraisals, where: {row: 3}, exclude: true, reason: pegawai pindah}\n",
    )


@case(
    "a_correction_whose_guard_fell",
    refused=r"corrections\.yaml, entry 1.*no longer holds what the entry expects",
)
def _(folder):
    text(folder, "a.csv", csv_of(APPRAISAL, rated(1), rated(2)))
    text(folder, "corrections.yaml", "corrections:\n- {source: appraisals, where: {row: 3}, expect: {service_quality_score: '800'}, "
                                     "set: {service_quality_score: '80'}, reason: salah ketik}\n")  # fmt: skip


@case("a_correction_that_finds_nothing", refused=r"corrections\.yaml, entry 1: found 0 rows, expected 1")
def _(folder):
    text(folder, "a.csv", csv_of(APPRAISAL, rated(1)))
    text(folder, "corrections.yaml", "corrections:\n- {source: appraisals, where: {row: 9}, expect: {n_rows: 1}, "
                                     "set: {service_quality_score: '80'}, reason: salah ketik}\n")  # fmt: skip


# --- what is not opened
def _zip(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


_refused("empty", "a.csv", b"", "empty.*Export it again")
_refused("binary", "a.csv", bytes(range(256)) * 20, "not a text table.*Export it again")
_refused("page_as_workbook", "a.xls", b"<html><table></table>", r"web page.*save it as \.xlsx")
_refused("no_workbook", "a.xlsx", b"hello there, this is no workbook", "not a spreadsheet")
_refused("cut_off", "a.xlsx", b"PK\x03\x04 and no more", "damaged or cut off.*Export it again")
_refused("macros", "a.xlsm", b"PK\x03\x04", r"macros.*Save it as \.xlsx")
_refused("macros_renamed", "a.xlsx", _zip(**{"xl/vbaProject.bin": "x"}), "macros")
_refused("open_quotation_mark", "a.csv", csv_of(SKM, form(1)) + '\r\n1;"open', "open quotation mark")
_refused(
    "unknown_table", "a.csv", csv_of(["warna", "rasa", "bentuk"], ["a", "b", "c"]), "asn-research inspect"
)
_refused(
    "required_column_missing",
    "a.csv",
    csv_of(SKM[:-1], form(1)[:-1]),
    "required columns are missing: Sarana dan prasarana",
)
_plain(
    "no_period",
    [[h for h in APPRAISAL if h != "Periode"], [c for k, c in enumerate(rated(1)) if k != 4]],
    0,
    {2: HELD},
)
_refused("protected", "a.xlsx", _zip(**{"xl/workbook.xml": "x"}).replace(b"\x00\x00\x00\x00\x00\x00!", b"\x00\x00\x01\x00\x00\x00!"),
         "password|damaged")  # fmt: skip
