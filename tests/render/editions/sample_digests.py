"""A report with every digest, written by hand."""

from fractions import Fraction

import pandas as pd
from render.editions.sample_report import cover, figure

from asn_research import rules
from asn_research.measure.ikm import satisfaction_index
from asn_research.rules.regulations import SatisfactionRule, round_half_up
from asn_research.show.blocks import Cell, Heading, KeyFigure, TableColumn
from asn_research.show.digest_blocks import (
    CoveringLetter,
    Publication,
    Series,
    Slide,
    SlideChart,
    Slides,
    SlideTable,
    Worksheet,
    WorksheetElement,
    WorksheetGrade,
    WorksheetUnit,
    WorksheetWeight,
)

RULE = rules.at("2026-Q3").one(SatisfactionRule)
ROWS = [[1 + (3 * k + e + k * e) % 4 for e in range(9)] for k in range(31)]


def index_of(rows):
    """The index of answers, one list a respondent; None where unanswered."""
    frame = pd.DataFrame(rows, columns=RULE.elements, dtype="float64")
    return satisfaction_index(frame, RULE)


def weight(index, share, label, formula, *, is_reported=False):
    exact = index.published(share)
    value = round_half_up(exact, 2)
    grade = RULE.grade(max(exact, Fraction(25))).grade if index.is_full else ""
    return WorksheetWeight(label, formula, float(exact / 25), float(value), grade, "bobot", is_reported)


def worksheet(rows=ROWS, *, with_rows=True, units=()):
    index = index_of(rows)
    k = len(index.asked)
    elements = tuple(
        WorksheetElement(f"U{RULE.elements.index(e) + 1}", e, index.counts[e], float(index.totals[e]))
        for e in index.asked
    )
    weights = [weight(index, Fraction(1, k), f"1/{k}", f"1/{k}", is_reported=True)]
    if index.is_full:
        weights += [weight(index, Fraction(w), str(w), str(w)) for w in RULE.printed_weights]
    at = [RULE.elements.index(e) for e in index.asked]
    return Worksheet(
        "Pengolahan", "Pengolahan SKM", elements,
        tuple(tuple(row[k] for k in at) for row in rows) if with_rows else (), units, tuple(weights),
        tuple(WorksheetGrade(b.grade, float(b.at_least), b.label_indonesian) for b in reversed(RULE.grades))
        if index.is_full else (),
        n=len(rows), low=60.25, high=80.5, notes=("Catatan satu.", "Catatan dua."),
    )  # fmt: skip


def unit(label, rows):
    index = index_of(rows)
    return WorksheetUnit(
        label, len(rows), tuple(index.counts[e] for e in RULE.elements),
        tuple(float(index.totals[e]) for e in RULE.elements), index.value,
    )  # fmt: skip


def publication(**changes):
    page = Publication(
        "Indeks Kepuasan Masyarakat (IKM)", "Dinas Perhubungan", "Pemerintah Kota Pontianak", "Triwulan III 2026",
        "Nilai IKM", "82,06", "B", "Baik", "", (("Jenis kelamin", (("Perempuan", "17"), ("Laki-laki", "14"))),),
        (("Responden", "31 orang"), ("Waktu survei", "1 Juli 2026 s.d. 30 September 2026")),
        "Unsur dengan nilai terendah: Sarana (60,8).", "Perbaikan kami: kursi tunggu.", "Terima kasih.",
        alt="Dinas Perhubungan: IKM 82,06",
    )  # fmt: skip
    return Publication(**{**vars(page), **changes})


def slides():
    chart = SlideChart(
        "bars", ("Sarana", "Biaya"), (Series("Indeks", (60.8, 83.3)),), "0.0", "nilai indeks", 25.0, 100.0, "Sarana: 60,8"
    )  # fmt: skip
    lines = SlideChart(
        "lines", ("TW II", "TW III"), (Series("IKM", (80.0, None)), Series("mutu B", (76.61, 76.61)))
    )
    columns = (TableColumn("Prioritas", width=2), TableColumn("Responden", "right"))
    table = SlideTable(columns, ((Cell("Sarana"), Cell("31")), (Cell("Biaya"), Cell("30"))))
    return Slides(
        "Laporan", "Dinas Perhubungan", (
            Slide("IKM 82,06: mutu B", "Ringkasan", (KeyFigure("Nilai IKM", "82,06", "selang 95%: 80 – 84"),), ("Satu.", "Dua.")),
            Slide("Terlemah: Sarana", chart=chart, note="Sumber: survei."), Slide("Perkembangan", chart=lines),
            Slide("Siapa menjawab", table=table), Slide("Tanpa isi"),
        ),
    )  # fmt: skip


def letter():
    return CoveringLetter(
        "Surat Pengantar", "Dinas Contoh", ("PEMERINTAH KOTA CONTOH",), "Jalan Contoh Nomor 1",
        "Contoh, ............ 2026", "Nomor: ............", ("Kepada Yth.", "Kepala Bagian Organisasi", "di Contoh"),
        ("No.", "Yang dikirim", "Banyaknya", "Keterangan"),
        (("Laporan Pelaksanaan SKM", "1 (satu) berkas", "Disampaikan dengan hormat"), ("Publikasi", "1 (satu) lembar", "")),
        ("Diterima tanggal ............", "Penerima,", "Jabatan ............", "(............)"), "Pengirim,",
    )  # fmt: skip


def report(language="id", *, banner=True):
    """A report of a part that is printed, and of all digests."""
    return [
        cover(language, banner), Heading("Ringkasan"), figure(language), worksheet(), publication(), slides(),
        letter(),
    ]  # fmt: skip
