"""An invented city that has nothing in common with the default one: register, kinds of office, emblem, colour, letterhead, index."""

from openpyxl import load_workbook
from read.stating import NIP, state

from asn_research.read.city_form import write_city_form
from asn_research.read.given_forms import FOLDER

NAME, GOVERNMENT, PLACE = "Kota Tanjung Intan", "Pemerintah Kota Tanjung Intan", "Tanjung Intan"
ACCENT = "#7a1f3d"
#: Numbers that stand for the city's own emblem in every edition that embeds it.
EMBLEM = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="100" viewBox="0 0 80 100">'
    '<path d="M40 4 L76 30 L62 92 L18 92 L4 30 Z" fill="#7a1f3d" stroke="#d9a441" stroke-width="5"/>'
    '<circle cx="40" cy="50" r="17" fill="#f7e7c4"/></svg>'
)
SHEETS = {
    "Kota": [[NAME, GOVERNMENT, "Sulawesi Utara", "71.99", "WITA", PLACE, "Bagian Organisasi Setda", "ya"]],
    "Unit": [
        ["BAPENDA", "Badan Pendapatan Daerah", "Bapenda", "badan", "", "ya", "Bapenda Tanjung Intan", 60],
        ["DISPUS", "Dinas Perpustakaan", "Dispus", "dinas", "", "ya", "Perpustakaan", 40],
        ["DISKEL", "Dinas Kelautan", "Diskel", "dinas", "", "ya", "Kelautan", 45],
        ["RSUD-INTAN", "Rumah Sakit Umum Daerah Intan", "RSUD Intan", "rsud", "", "ya", "", 120],
        ["KANTOR-ARSIP", "Kantor Arsip", "Kantor Arsip", "kantor", "", "ya", "", 26],
        ["DISTRIK-HULU", "Distrik Hulu", "Distrik Hulu", "distrik", "", "ya", "", 30],
        ["DISTRIK-HILIR", "Distrik Hilir", "Distrik Hilir", "distrik", "", "ya", "", 30],
        ["KAMPUNG-AIR", "Kampung Air", "Kampung Air", "kampung", "DISTRIK-HULU", "tidak", "", 8],
    ],
    "Layanan": [
        ["pjk_pbb", "BAPENDA", "Pembayaran pajak bumi dan bangunan", "Property tax", 2, 25, "tidak", "PBB"],
        ["pjk_bphtb", "BAPENDA", "Validasi BPHTB", "Validation of BPHTB", 5, 20, "ya", "BPHTB"],
        ["pus_kartu", "DISPUS", "Kartu anggota", "Membership card", 1, 10],
        ["kel_izin", "DISKEL", "Izin tangkap ikan", "Fishing permit", 7, 30],
        ["rs_jalan", "RSUD-INTAN", "Rawat jalan", "Outpatient care", 1, 60],
        ["ars_salinan", "KANTOR-ARSIP", "Salinan arsip", "Copies of records", 3, 15],
        ["dst_surat", "semua distrik", "Surat keterangan", "Certificate", 2, 20],
    ],
}  # fmt: skip


def write_second_city(raw):
    """Write the city's form, and the forms of its officials, survey, plan and style, filled in."""
    place = write_city_form(raw, "id")
    book = load_workbook(place)
    for sheet, rows in SHEETS.items():
        for number, row in enumerate(rows, start=4):
            for column, value in enumerate(row, start=1):
                book[sheet].cell(number, column, value if value != "" else None)
    book.save(place)


def state_second_city(raw, period="2026-Q3"):
    """Fill in what a person states of the city's papers and of one unit's report."""
    unit = {"unit_id": "BAPENDA"}
    state(
        raw,
        "officials_form",
        official=[unit | {"name": "Wulanti Gumelarsa, S.T.", "rank": "Pembina (IV/a)", "nip": NIP}],
    )
    state(
        raw,
        "survey_form",
        survey=[
            unit
            | {
                "period": period,
                "first_day": "06/07/2026",
                "last_day": "25/09/2026",
                "place": "Loket pelayanan",
                "recipients": 900,
            }
        ],
    )
    state(
        raw,
        "plan_form",
        plan=[
            unit
            | {
                "period": period,
                "element": "Sarana dan prasarana",
                "action": "Menambah kursi tunggu",
                "when": "Triwulan IV 2026",
                "responsible": "Sekretaris Badan",
                "target": 84,
            }
        ],
    )
    state(
        raw, "style_form",
        style=[{"letterhead_1": GOVERNMENT.upper(), "accent": ACCENT, "reported_index": "bobot cetak (0,11)"}],
        address=[unit | {"address": "Jalan Teluk Nomor 3, Tanjung Intan 95999"}],
        target=[{"year": 2026, "index": 86}],
    )  # fmt: skip
    (raw / FOLDER / "lambang.svg").write_text(EMBLEM, encoding="utf-8")
