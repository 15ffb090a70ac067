"""A report as long and awkward as a real one, in both languages, for the tests of the editions."""

import io
from functools import cache

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from asn_research.show.blocks import (
    Cell,
    Cover,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Signature,
    Table,
    TableColumn,
)  # fmt: skip
from asn_research.show.numbers import Numbers

LONG_NAME = "Dinas Pengendalian Penduduk, Keluarga Berencana, Pemberdayaan Perempuan dan Perlindungan Anak"
#: Signs that mean something in html, Typst, Word or Excel, and signs beyond plain letters.
AWKWARD = r"""<b>tebal</b> & #let x = 1; $a_1$ *bintang* _garis_ @acuan `kode` \n "kutip" 'petik' =1+1 {{ 7 }} – ≥ 20 • ±3 → ½ é"""
BANNER = {
    "id": "DATA SIMULASI – bukan data pegawai atau warga yang sebenarnya",
    "en": "SIMULATED DATA (DATA SIMULASI) – no real employee or citizen",
}
SENTENCE = {
    "id": (
        "Indeks Kepuasan Masyarakat (IKM) pada Triwulan III 2026 adalah 82,47, mutu pelayanan B (baik), dari 412 "
        "responden. Dengan ketidakpastian sampel, nilainya berada di antara 80,91 – 84,03 (selang kepercayaan 95%)."
    ),
    "en": (
        "The public satisfaction index (IKM) in Q3 2026 is 82.47, grade B (good), from 412 respondents. "
        "Given the sample's uncertainty it lies between 80.91 – 84.03 (95% confidence interval)."
    ),
}
NOTE = {
    "id": (
        "NRR: nilai rata-rata. Indeks dihitung dengan bobot tepat 1/9 dan dibulatkan sekali pada akhir perhitungan; "
        "• = tidak ditampilkan karena mewakili kurang dari 5 orang, atau karena dapat dihitung dari angka lain."
    ),
    "en": "The index uses the exact weight of 1/9; • = not shown, since it stands for fewer than 5 people.",
}
SERVICES = (
    "Pelayanan konseling keluarga berencana", "Penanganan pengaduan kekerasan terhadap perempuan dan anak",
    "Rekomendasi penelitian", "Pendampingan psikologis", "Pengiriman alat dan obat kontrasepsi",
)  # fmt: skip


@cache
def figure(language: str, key: str = "trend", height: float = 2.8) -> Figure:
    style = {"svg.fonttype": "path", "svg.hashsalt": "x", "font.size": 9}
    svg = io.StringIO()
    with mpl.rc_context(style):
        canvas = Canvas(figsize=(6.7, height), layout="constrained")
        axes = canvas.add_subplot()
        axes.plot(range(8), [76, 77, 76.5, 79, 80, 79.5, 82, 82.5], color="#1f4e5f")
        axes.fill_between(range(8), range(74, 82), range(79, 87), color="#8fb0bb", alpha=0.4)
        axes.set_ylabel("nilai indeks (25–100)" if language == "id" else "index (25–100)")
        canvas.savefig(svg, format="svg", metadata={"Date": None})
    title = "Perkembangan indeks kepuasan masyarakat" if language == "id" else "Satisfaction index over time"
    alt = f'{"Grafik garis" if language == "id" else "Line chart"}: 76 → 82,5; "A" & <B>'
    return Figure(key, title, alt, svg.getvalue(), "DP2KBP3A", "2026-Q3", (NOTE[language],))


def number_cell(numbers: Numbers, value: float, decimals: int = 1, suffix: str = "") -> Cell:
    return Cell(numbers.number(value, decimals) + suffix, value)


def wide_table(language: str) -> Table:
    numbers = Numbers(language)
    labels = (
        ["Jenis layanan", "Permohonan", "Belum selesai", "Standar (hari)", "Median (hari)", "Selang 95%",
         "Persentil 90 (hari)", "Sesuai standar", "Standar antre (menit)", "Median antre (menit)", "Perubahan", "Keterangan"]
        if language == "id"
        else ["Service", "Requests", "Open", "Standard (days)", "Median (days)", "95% interval", "90th percentile (days)",
              "Within standard", "Standard queue (min)", "Median queue (min)", "Change", "Remark"]
    )  # fmt: skip
    aligns = ["left", *["right"] * 4, "center", *["right"] * 5, "left"]
    columns = tuple(
        TableColumn(label, align, 2.4 if number == 0 else 1.0)
        for number, (label, align) in enumerate(zip(labels, aligns, strict=True))
    )
    rows = tuple(
        (
            Cell(service), number_cell(numbers, 1234 + 7 * n, 0), Cell("•") if n == 3 else number_cell(numbers, 12 + n, 0),
            number_cell(numbers, 5 + n, 0), number_cell(numbers, 3.25 + n), Cell(numbers.interval(2.1 + n, 4.4 + n, 1)),
            number_cell(numbers, 9.75 + n), number_cell(numbers, 88.25 - n, 1, "%"), number_cell(numbers, 15, 0), number_cell(numbers, 11.5 + n),
            Cell(numbers.signed(-1.25 + n, 1), -1.25 + n), Cell("membaik" if n else "–"),
        )
        for n, service in enumerate(SERVICES)
    )  # fmt: skip
    title = "Waktu pelayanan menurut jenis layanan" if language == "id" else "Service times by service"
    return Table("services", title, columns, rows, (NOTE[language], AWKWARD), (len(rows) - 1,))


def long_table(language: str) -> Table:
    numbers = Numbers(language)
    columns = (
        TableColumn("No.", "center", 0.4),
        TableColumn("Perangkat daerah" if language == "id" else "Unit", "left", 4),
        TableColumn("Responden" if language == "id" else "Respondents", "right"),
        TableColumn("IKM", "right"),
        TableColumn("Selang 95%" if language == "id" else "95% interval", "center", 1.4),
        TableColumn("Mutu" if language == "id" else "Grade", "center", 0.7),
    )
    rows = [
        (
            Cell(str(n)), Cell(LONG_NAME if n % 9 == 1 else f"Kelurahan Contoh {n}"), number_cell(numbers, 40 + 31 * n, 0),
            number_cell(numbers, 76.605 + n / 10, 2), Cell(numbers.interval(75.1 + n / 10, 78.2 + n / 10, 1)), Cell("B"),
        )
        for n in range(1, 61)
    ]  # fmt: skip
    total = (Cell(""), Cell("Jumlah" if language == "id" else "Total"), number_cell(numbers, 59_130, 0), Cell("–"), Cell("–"), Cell(""))  # fmt: skip
    title = "Indeks kepuasan masyarakat per unit" if language == "id" else "Satisfaction index by unit"
    return Table("units", title, columns, (*rows, total), (NOTE[language],), (60,))


def plan_table(language: str) -> Table:
    labels = (
        ["No.", "Prioritas unsur", "Nilai indeks", "Program/kegiatan", "Waktu", "Penanggung jawab"]
        if language == "id"
        else ["No.", "Element", "Index", "Action", "When", "Responsible"]
    )
    widths = (0.4, 2, 0.8, 2.6, 1, 1.4)
    columns = tuple(
        TableColumn(label, "right" if n == 2 else "left", width)
        for n, (label, width) in enumerate(zip(labels, widths, strict=True))
    )
    numbers = Numbers(language)
    rows = tuple(
        (Cell(str(n)), Cell(name), number_cell(numbers, 70.125 + n, 2), Cell(""), Cell(""), Cell(""))
        for n, name in enumerate(
            ("Waktu penyelesaian", "Sarana dan prasarana", "Sistem, mekanisme, dan prosedur"), start=1
        )
    )
    title = "Rencana tindak lanjut" if language == "id" else "Follow-up plan"
    return Table("follow_up", title, columns, rows, (NOTE[language],))


def key_figures(language: str) -> KeyFigures:
    figures = {
        "id": (
            KeyFigure("Indeks Kepuasan Masyarakat (IKM)", "82,47", "Mutu B (Baik); selang 95%: 80,91 – 84,03", "Membaik: +1,92 dari periode lalu", "better"),
            KeyFigure("Median waktu penyelesaian", "6,5", "hari kerja; selang 95%: 6,0 – 7,1", "Memburuk: +0,8 dari periode lalu", "worse"),
            KeyFigure("Permohonan selesai sesuai standar", "81,2%", "selang 95%: 78,0 – 84,1", "Belum jelas berubah: −0,4", "unclear"),
            KeyFigure("Median lama antre", "14", "menit", "Belum ada pembanding", "none"),
            KeyFigure("Motivasi pegawai (gabungan)", "3,87", "skala 1–5; selang 95%: 3,70 – 4,04", "Belum jelas berubah: +0,03", "unclear"),
        ),
        "en": (
            KeyFigure("Satisfaction index (IKM)", "82.47", "Grade B (good); 95% interval: 80.91 – 84.03", "Better: +1.92 since last period", "better"),
            KeyFigure("Median completion time", "6.5", "working days", "Worse: +0.8 since last period", "worse"),
            KeyFigure("Requests within the standard", "81.2%", "95% interval: 78.0 – 84.1", "No clear change: −0.4", "unclear"),
            KeyFigure("Median queue", "14", "minutes", "Nothing to compare with", "none"),
        ),
    }  # fmt: skip
    return KeyFigures(figures[language])


def cover(language: str, banner: bool = True) -> Cover:
    is_id = language == "id"
    period = "Triwulan III 2026" if is_id else "Q3 2026"
    return Cover(
        title="Laporan Kinerja Aparatur dan Pelayanan Publik"
        if is_id
        else "Report on civil-service performance and public service",
        subtitle=LONG_NAME,
        issuer="Pemerintah Kota Pontianak",
        period=period,
        language=language,
        facts=(
            ("Perangkat daerah" if is_id else "Unit", LONG_NAME),
            ("Periode" if is_id else "Period", period),
            ("Sumber data" if is_id else "Data", "Kota simulasi untuk uji coba dan pembelajaran"),
        ),
        banner=BANNER[language] if banner else "",
        unit_id="DP2KBP3A",
        period_code="2026-Q3",
    )


def sample_report(language: str = "id", *, banner: bool = True) -> list:
    """Return some ten pages: every kind of block, long names, wide and long tables."""
    is_id = language == "id"
    sentence, note = SENTENCE[language], NOTE[language]
    return [
        cover(language, banner),
        Heading("Ringkasan" if is_id else "Summary"),
        key_figures(language),
        Paragraph(note, "note"),
        Heading("Kepuasan masyarakat" if is_id else "Citizen satisfaction"),
        Paragraph(sentence),
        Paragraph(AWKWARD, "warning"),
        Heading("Nilai per unsur pelayanan" if is_id else "Elements of service", 2),
        Paragraph(sentence + " " + sentence),
        figure(language),
        long_table(language),
        Heading("Perkembangan" if is_id else "Course over time", 2),
        figure(language, "course", 3.4),
        Heading("Waktu pelayanan" if is_id else "Service times"),
        Paragraph(sentence),
        wide_table(language),
        Heading("Pengembangan kompetensi" if is_id else "Training"),
        Paragraph("Bagian ini belum dapat diisi: tidak ada data pelatihan untuk Triwulan III 2026.", "absent"),
        Heading("Apa yang ditunjukkan data kota" if is_id else "What the city's data show"),
        Paragraph(
            "Pada data kota, triwulan dengan motivasi lebih tinggi cenderung disertai waktu penyelesaian yang lebih singkat (koefisien −0,12; ±0,05)."
            if is_id
            else "In the city's data, quarters with higher motivation tend to go with shorter completion times (−0.12 ± 0.05).",
            "claim",
        ),
        Paragraph(sentence, "note"),
        Heading("Rencana tindak lanjut" if is_id else "Follow-up plan"),
        Paragraph(sentence),
        plan_table(language),
        Signature(
            "Pontianak, ........................ 2026", f"Kepala {LONG_NAME}" if is_id else f"Head of {LONG_NAME}",
            "(.........................................)", "NIP ....................................",
        ),
    ]  # fmt: skip
