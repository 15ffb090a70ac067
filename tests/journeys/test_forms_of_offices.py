"""What offices send is read rightly to the digit, or asked about; a strange file stops nobody."""

import random
from datetime import date
from fractions import Fraction

import pytest
import xlsxwriter
from clean.surveys import QUESTIONS as QUESTIONNAIRE
from clean.surveys import WORDS

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.read.survey_forms import ELEMENTS

TODAY = date(2026, 11, 26)
chance = random.Random(41)
ANSWERS = [[chance.choice([1, 2, 3, 3, 4, 4, 4]) for _ in range(9)] for _ in range(150)]
QUESTIONS = [f"{number}. {question}" for number, question in enumerate(QUESTIONNAIRE, start=1)]


def exact(rows):
    """Return the index of rows of answers: the mean of the elements' means, times 25, without rounding."""
    columns = [[value for value in column if value] for column in zip(*rows, strict=True)]
    return sum(Fraction(sum(column), len(column)) for column in columns) / 9 * 25


def index_of(folder):
    frame = open_processed(folder / "out").table("citizen_feedback")
    means = [Fraction(int(frame[e].sum()), int(frame[e].notna().sum())) for e in ELEMENTS]
    return sum(means) / 9 * 25


def book(path, sheets, hidden=()):
    made = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for name, rows in sheets.items():
        page = made.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if value != "":
                    page.write(number, place, value)
    for number in hidden:
        made.worksheets()[0].set_row(number, None, None, {"hidden": True})
    made.close()


def cleaned(folder):
    return clean_folder(folder / "raw", folder / "out", today=TODAY)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "raw").mkdir()
    return tmp_path


def processing_sheet(rows, between=()):
    numbered = [[number, *row] for number, row in enumerate(rows, start=1)]
    for place, extra in sorted(between, reverse=True, key=lambda one: one[0]):
        numbered[place:place] = extra
    sums = [sum(row[k] for row in ANSWERS) for k in range(9)]
    means = [total / 150 for total in sums]
    return [
        ["PENGOLAHAN INDEKS KEPUASAN MASYARAKAT PER RESPONDEN"], ["DAN PER UNSUR PELAYANAN"],
        ["UNIT PELAYANAN", "", ": Dinas Kesehatan Kota Pontianak"], ["PERIODE", "", ": APRIL S.D. JUNI 2026"], [],
        ["NO. RES", "NILAI UNSUR PELAYANAN"], ["", *(f"U{k}" for k in range(1, 10)), "KET"], *numbered,
        ["Σ Nilai/Unsur", *sums], ["NRR / Unsur", *(round(mean, 2) for mean in means)],
        ["NRR tertimbang/unsur", *(round(mean * 0.111, 3) for mean in means), "*)", round(sum(means) * 0.111, 3)],
        ["IKM UNIT PELAYANAN", *[""] * 9, "**)", round(sum(means) * 0.111 * 25, 2)],
    ]  # fmt: skip


def answered(home):
    """Answer the one question of the processing sheet, and return what is left to ask."""
    report = cleaned(home)
    assert [one.question.kind for one in report.questions] == ["element_8_9"]
    (entry,) = read_entries(home / "raw")
    set_answer(home / "raw", entry.key, "complaints_first")
    return cleaned(home)


def test_the_processing_sheet_of_150_gives_the_index_to_the_digit(home):
    book(home / "raw" / "Pengolahan SKM Dinkes TW2.xlsx", {"Sheet1": processing_sheet(ANSWERS)})
    report = answered(home)
    assert all(one.answer for one in report.questions)
    assert index_of(home) == exact(ANSWERS)


def test_the_processing_sheet_with_nuisances_asks_no_more(home):
    sent, meant = [list(row) for row in ANSWERS], [list(row) for row in ANSWERS]
    sent[10][2] = 34  # a slip of the finger: the row waits
    sent[20][4], meant[20][4] = "", None  # not answered
    sent[30] = [f" {value} " for value in sent[30]]  # numbers as text
    sent[40][0] = f"{sent[40][0]},0"
    heads = [[], ["NO. RES", "NILAI UNSUR PELAYANAN"], ["", *(f"U{k}" for k in range(1, 10)), "KET"]]
    between = [(50, [["JUMLAH HALAMAN 1", *[150] * 9], *heads]), (100, [[""]])]
    sheets = {
        "Sheet1": processing_sheet(sent, between),
        "Rekap": [["Unsur", "NRR"], *([f"U{k}", 3.1] for k in range(1, 10))],
        "Sheet3": [],
    }
    book(home / "raw" / "Pengolahan SKM Dinkes TW2.xlsx", sheets, hidden=[70])
    report = answered(home)
    held = open_processed(home / "out").table("quarantine")
    assert list(zip(held["reason"], held["column"], strict=True)) == [("out_of_range", "time")]
    assert [n for _, n in report.hidden_rows] == [1]
    assert index_of(home) == exact([row for number, row in enumerate(meant) if number != 10])


HEAD = [
    "Timestamp",
    "Jenis Kelamin",
    "Usia",
    "Pendidikan Terakhir",
    "Pekerjaan",
    "Jenis Pelayanan yang diterima",
]


def form_row(number, stamp=None):
    words = [WORDS[k][value - 1] for k, value in enumerate(ANSWERS[number])]
    return [
        stamp or f"{4 + number // 51}/{1 + number % 28}/2026 {8 + number % 8}:{number % 60:02d}:12",
        ["Laki-laki", "Perempuan"][number % 2], ["17 - 25 tahun", "26 - 35 tahun", "> 45 tahun"][number % 3],
        ["SMA/SMK", "S1", "D3"][number % 3], ["PNS", "Wiraswasta"][number % 2], "KTP-el", *words, "antre; panas",
    ]  # fmt: skip


def test_a_google_form_of_150_asks_nothing(home):
    rows = [[*HEAD, *QUESTIONS, "Saran"], *map(form_row, range(150))]
    book(home / "raw" / "SKM Disdukcapil (Jawaban).xlsx", {"Form Responses 1": rows})
    report = cleaned(home)
    assert report.questions == ()
    assert index_of(home) == exact(ANSWERS)
    frame = open_processed(home / "out").table("citizen_feedback")
    assert set(frame["period"]) == {"2026-Q2"}
    assert set(frame["unit_id"]) == {"DISDUKCAPIL"}


def test_a_google_form_with_nuisances_asks_nothing_and_loses_no_row_unseen(home):
    rows, meant = [form_row(number) for number in range(150)], [list(row) for row in ANSWERS]
    rows[3] = form_row(3, "4/4/2062 10:03:12")
    rows[22] = form_row(22, "9/22/2027 10:00:00")
    rows[9][2] = "tiga puluhan"
    rows[12][5] = "Layanan yang tidak ada"
    rows[15][10], meant[15][4] = "", None
    rows[18][7] = f"  {rows[18][7].upper()} "
    rows.insert(77, rows[40])  # sent twice in one second
    rows.insert(90, [""])
    heads = [text.replace("pelayanan ", "pelayanan\n", 1) for text in [*HEAD, *QUESTIONS, "Saran"]]
    book(home / "raw" / "SKM Disdukcapil (Jawaban).xlsx", {"Form Responses 1": [heads, *rows]})
    report = cleaned(home)
    assert report.questions == ()
    held = open_processed(home / "out").table("quarantine")
    assert set(held["reason"]) == {"in_future"}
    assert len(held) == 2
    excluded = open_processed(home / "out").table("excluded")
    assert list(excluded["reason"]) == ["identical_duplicate"]
    assert index_of(home) == exact([row for number, row in enumerate(meant) if number not in (3, 22)])


ELEMENT_HEADS = [
    "Persyaratan", "Prosedur", "Waktu Pelayanan", "Biaya/Tarif", "Produk Layanan", "Kompetensi Pelaksana",
    "Perilaku Pelaksana", "Penanganan Pengaduan", "Sarana dan Prasarana",
]  # fmt: skip
UNITS = [
    "Disdukcapil", "Dinas Kesehatan", "Dinas Perhubungan", "Dinas Pendidikan", "Dinas Sosial",
    "Kecamatan Pontianak Selatan", "Kecamatan Pontianak Utara", "Kecamatan Pontianak Barat",
    "Kecamatan Pontianak Timur", "Kecamatan Pontianak Kota", "Kecamatan Pontianak Tenggara",
]  # fmt: skip


def survey(path, unit, seed, *, month=7, year=2026, changed=()):
    answers = random.Random(seed)
    rows = [
        ["No", "Tanggal", "Unit Layanan", "Jenis Kelamin", "Umur", "Pendidikan", "Pekerjaan", *ELEMENT_HEADS]
    ]
    for number in range(40):
        given = [answers.randint(2, 4) for _ in range(9)]
        day = f"{1 + number % 28:02d}/{month:02d}/{year}"
        rows.append([number + 1, day, unit, "LP"[number % 2], 20 + number, "SMA", "Swasta", *given])
    for number in changed:
        rows[number][8] = 1
    book(path, {"Data": rows})


def test_one_run_makes_what_can_be_made_and_names_each_strange_file_once(home):
    raw = home / "raw"
    for number, unit in enumerate(UNITS):
        survey(raw / f"SKM {unit}.xlsx", unit, number)
    survey(raw / "SKM Dinas Kesehatan Agustus.xlsx", "Dinas Kesehatan", 50, month=8)
    survey(raw / "SKM Dinas Perhubungan (revisi).xlsx", "Dinas Perhubungan", 2, changed=[5])
    survey(raw / "SKM 2027.xlsx", "Dinas Sosial", 99, year=2027)
    signed = [
        ["DAFTAR HADIR"],
        ["No", "Nama", "Instansi", "Tanda tangan"],
        [1, "A", "X", ""],
        [2, "B", "Y", ""],
    ]
    book(raw / "daftar hadir rapat.xlsx", {"Sheet1": signed})
    (raw / "kosong.xlsx").write_bytes(b"")
    whole = (raw / "SKM Disdukcapil.xlsx").read_bytes()
    (raw / "terpotong.xlsx").write_bytes(whole[: len(whole) // 2])
    report = cleaned(home)
    strange = ["daftar hadir rapat.xlsx", "kosong.xlsx", "terpotong.xlsx"]
    assert sorted(one.file for one in report.strange) == strange
    for language, told in {"id": "berkas ini kosong", "en": "this file is empty"}.items():
        lines = list(report.lines(language))
        assert [sum(name in line for line in lines) for name in strange] == [1, 1, 1]
        assert any(told in line for line in lines)
    kept = report.exits.set_index("file")["n_kept"]
    assert kept["SKM Dinas Perhubungan (revisi).xlsx"] == 40
    assert kept["SKM Dinas Perhubungan.xlsx"] == 0
    assert kept["SKM 2027.xlsx"] == 0
    frame = open_processed(home / "out").table("citizen_feedback")
    assert len(frame) == 12 * 40
    assert set(frame["period"]) == {"2026-Q3"}
    held = open_processed(home / "out").table("quarantine")
    assert set(held["reason"]) == {"in_future"}


def test_like_answers_that_were_entered_in_one_moment_are_all_kept(home):
    rows = [form_row(number, "7/14/2026 10:03:12") for number in [*range(30), *range(30)]]
    book(home / "raw" / "SKM Disdukcapil.xlsx", {"Form Responses 1": [[*HEAD, *QUESTIONS, "Saran"], *rows]})
    cleaned(home)
    assert len(open_processed(home / "out").table("citizen_feedback")) == 60
