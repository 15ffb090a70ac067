"""The words of the regulation's questionnaire, and sheets of answers, for tests of all kinds."""

from datetime import date, datetime

import xlsxwriter

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer

TODAY = date(2026, 11, 26)

#: Names of the nine elements, in the order of the regulation's list; U8 and U9 by name.
HEADS = ["U1", "U2", "U3", "U4", "U5", "U6", "U7", "Penanganan Pengaduan", "Sarana dan Prasarana"]

#: The short names that offices give the elements.
ELEMENTS = [
    "Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana",
]  # fmt: skip

#: The regulation's questionnaire, in its own order: facilities before complaints.
QUESTIONS = [
    "Bagaimana pendapat Saudara tentang kesesuaian persyaratan pelayanan dengan jenis pelayanannya?",
    "Bagaimana pemahaman Saudara tentang kemudahan prosedur pelayanan di unit ini?",
    "Bagaimana pendapat Saudara tentang kecepatan waktu dalam memberikan pelayanan?",
    "Bagaimana pendapat Saudara tentang kewajaran biaya/tarif dalam pelayanan?",
    "Bagaimana pendapat Saudara tentang kesesuaian produk pelayanan antara yang tercantum dalam standar pelayanan dengan hasil yang diberikan?",
    "Bagaimana pendapat Saudara tentang kompetensi/kemampuan petugas dalam pelayanan?",
    "Bagaimana pendapat Saudara tentang perilaku petugas dalam pelayanan terkait kesopanan dan keramahan?",
    "Bagaimana pendapat Saudara tentang kualitas sarana dan prasarana?",
    "Bagaimana pendapat Saudara tentang penanganan pengaduan pengguna layanan?",
]
#: Its answers, the lowest first.
WORDS = [
    ["Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"],
    ["Tidak mudah", "Kurang mudah", "Mudah", "Sangat mudah"],
    ["Tidak cepat", "Kurang cepat", "Cepat", "Sangat cepat"],
    ["Sangat mahal", "Cukup mahal", "Murah", "Gratis"],
    ["Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"],
    ["Tidak kompeten", "Kurang kompeten", "Kompeten", "Sangat kompeten"],
    ["Tidak sopan dan ramah", "Kurang sopan dan ramah", "Sopan dan ramah", "Sangat sopan dan ramah"],
    ["Buruk", "Cukup", "Baik", "Sangat baik"],
    ["Tidak ada", "Ada tetapi tidak berfungsi", "Berfungsi kurang maksimal", "Dikelola dengan baik"],
]


def write(path, rows, merges=()):
    """Write rows as a workbook of one sheet; merges are ranges, each with its text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page, day = book.add_worksheet("Data"), book.add_format({"num_format": "dd/mm/yyyy"})
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(at, place, cell, day)
            elif cell != "":
                page.write(at, place, cell)
    for place, text in merges:
        page.merge_range(place, text)
    book.close()


def cleaned(folder, rows, answer=""):
    """Return the kinds of questions asked, and what was made of the rows once the first has its answer."""
    write(folder / "raw" / "a.xlsx", rows)
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    asked = [one.question.kind for one in report.questions]
    if answer:
        set_answer(folder / "raw", read_entries(folder / "raw")[0].key, answer)
        clean_folder(folder / "raw", folder / "out", today=TODAY)
    return asked, open_processed(folder / "out")
