"""Write the files of the offices that serve citizens; see `offices`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from asn_research.rules.periods import Period
from asn_research.simulate.clerk import Clerk, RawFile, rows_of, sheet_of_rows
from asn_research.simulate.simulated_tables import Simulation
from asn_research.simulate.spelling import (
    answer_words,
    spelled_date,
)

_APP_ORDER = [
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "conduct",
    "facilities",
    "complaints",
]
_APP_HEADINGS = ["Persyaratan", "Prosedur", "Waktu Pelayanan", "Biaya/Tarif", "Produk Layanan", "Kompetensi", "Perilaku",
                 "Sarana & Prasarana", "Penanganan Pengaduan"]  # fmt: skip
#: What respondents write, in Indonesian and in the Malay of Pontianak.
_REMARKS = (
    "Pelayanan sudah baik", "Petugas ramah, terima kasih", "Antrean terlalu lama", "Antrenye lame, tolong dipercepat",
    "Tambah kursi tunggu", "Kerusi di ruang tunggu kurang", "Nunggu lamak, petugas sikit", "Toilet kotor",
    "Persyaratan mohon dipermudah, jangan bolak-balik", "Informasi syarat kurang jelas", "Aplikasi online sering error",
    "Biaya parkir mahal", "Petugas loket judes", "Jam layanan hari Sabtu dibuka", "Makaseh, dah baik pelayanannye",
    "AC ruang tunggu panas", "Semoga makin maju", "Pertahankan", "-",
)  # fmt: skip


def citizens(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the citizen survey: one csv of the survey app per quarter, and workbooks of two units."""
    clerk = Clerk(sim, mess, rng)
    services = clerk.city.services
    words = {e: answer_words("citizen_feedback", e) for e in _APP_ORDER}
    trust = ["trust_competence", "trust_benevolence", "trust_integrity"]
    headings = ["No.", "Tanggal", "Unit Layanan", "Jenis Layanan", "Jenis Kelamin", "Usia", "Pendidikan", "Pekerjaan",
                *_APP_HEADINGS, "Kepercayaan 1", "Kepercayaan 2", "Kepercayaan 3", "Saran", "No. HP"]  # fmt: skip
    remarks = [
        "",
        "",
        "",
        "Pelayanan sudah baik",
        "Antrean terlalu lama",
        "Petugas ramah, terima kasih",
        "Tambah kursi tunggu",
    ]

    # What is written is drawn from a stream of its own, so that all other draws stay as they are.
    texts = np.random.default_rng([int(sim.truth["seed"]), 31])

    def remark() -> str | None:
        wrote = bool(str(clerk.rng.choice(remarks)))
        text = str(texts.choice(_REMARKS)) if wrote else ""
        return text or None

    def writer(style: int, spelled: float) -> Callable[[Any, Callable[[str, str], None]], list[Any]]:
        def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
            answers: list[Any] = [getattr(r, e) for e in _APP_ORDER]
            if clerk.rng.random() < spelled:
                answers = [words[e][a][0] for e, a in zip(_APP_ORDER, answers, strict=True)]
            if clerk.slips(0.02):
                answers[int(clerk.rng.integers(9))] = None
            if clerk.slips(0.003):
                fault("answer_out_of_range", "quarantined")
                answers[6] = 44
            elif clerk.slips(0.003):
                fault("empty_form", "excluded")
                answers = [None] * 9
            service = services[r.service_id]
            name = (
                service.name_indonesian
                if clerk.rng.random() < 0.6 or not mess or not service.aliases
                else str(clerk.rng.choice(service.aliases))
            )
            when: Any = spelled_date(r.survey_date, style)
            if clerk.slips(0.002):
                fault("date_impossible", "quarantined")
                when = "31/02/2026"
            phone = f"08{int(clerk.rng.integers(10**9, 9 * 10**9))}" if clerk.rng.random() < 0.3 else None
            return [when, clerk.unit_cell(r.office_id, fault), name, "P" if r.sex == "f" else "L", r.age, r.education,
                    r.occupation, *answers, *(getattr(r, t) for t in trust), remark(), phone]  # fmt: skip

        return write

    own = ["RSUD-SSMA", "DISDUKCAPIL"]
    for number, period in enumerate(sim.world.periods):
        frame = rows_of(sim.tables["citizen_feedback"], period)
        app = frame.loc[~frame["unit_id"].isin(own)]
        sheet = sheet_of_rows(
            clerk, "", "citizen_feedback", [("", h) for h in headings], app, writer(5 if number % 2 else 2, 0.0),
            letterhead=["DATA SIMULASI", f"Aplikasi SKM {clerk.city.facts.name}"], signed=False, total=False, duplicates=False,
        )  # fmt: skip
        yield RawFile(f"skm/skm_{period.code}.csv", [sheet], "cp1252" if number == 1 else "utf-8-sig")
        for unit in own:
            part = frame.loc[frame["unit_id"] == unit]
            if len(part):
                head = clerk.head(clerk.city.units[unit].name, "Rekap Survei Kepuasan Masyarakat", period)
                page = sheet_of_rows(
                    clerk, "SKM", "citizen_feedback", [("", h) for h in headings], part,
                    writer(int(rng.integers(0, 5)), 0.3 if mess else 0.0), letterhead=head, total=False, duplicates=False,
                )  # fmt: skip
                yield RawFile(f"skm/SKM {unit} {period.short_label('id')}.xlsx", [page])


def requests(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the service log: one csv per quarter, with decimal commas."""
    clerk = Clerk(sim, mess, rng)
    services = clerk.city.services
    status = {"finished": "Selesai", "open": "Proses", "rejected": "Ditolak"}
    headings = ["No.", "No. Registrasi", "Nama Pemohon", "NIK Pemohon", "Unit Layanan", "Jenis Layanan", "Tanggal Masuk",
                "Tanggal Selesai", "Lama Antre (menit)", "Status"]  # fmt: skip
    names = sim.world.staff.table["name"].str.split(",").str[0].to_numpy()
    log = sim.tables["service_log"]
    for number, period in enumerate(sim.world.periods):
        frame = log.loc[log["period"] == period.code].reset_index(names="serial")
        applicants = rng.choice(names, len(frame))
        niks = rng.integers(1, 9999, len(frame))
        style = 2 if number % 2 else 5
        counter = iter(range(len(frame)))

        def write(
            r: Any, fault: Callable[[str, str], None], applicants: Any = applicants, niks: Any = niks,
            style: int = style, counter: Iterator[int] = counter,
        ) -> list[Any]:  # fmt: skip
            place = next(counter)
            finished: Any = spelled_date(r.finished_date, style)
            queue: Any = r.queue_minutes
            if r.status != "open" and clerk.slips(0.003):
                fault("finished_before_submitted", "quarantined")
                finished = spelled_date(r.submitted_date - pd.Timedelta(days=9), style)
            if clerk.slips(0.002):
                fault("queue_out_of_range", "repaired")
                queue = 9999.0
            if clerk.slips(0.02):
                queue = None
            name = services[r.service_id].name_indonesian
            return [f"REG-{r.serial:06d}", applicants[place], f"617101{1 + place % 28:02d}0190{niks[place]:04d}",
                    clerk.unit_cell(r.office_id, fault), name, spelled_date(r.submitted_date, style), finished, queue,
                    status[r.status]]  # fmt: skip

        sheet = sheet_of_rows(clerk, "", "service_log", [("", h) for h in headings], frame, write,
                               letterhead=["DATA SIMULASI"], signed=False, total=False)  # fmt: skip
        yield RawFile(f"layanan/permohonan_{period.code}.csv", [sheet])


def complaints(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the complaint register as one csv."""
    clerk = Clerk(sim, mess, rng)
    headings = [
        "No.",
        "No. Laporan",
        "Unit Kerja",
        "Kanal",
        "Kategori",
        "Isi Laporan",
        "Tanggal Terima",
        "Tanggal Jawab",
        "Tanggal Selesai",
    ]
    frame = sim.tables["complaints"].reset_index(names="serial")

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        days = [spelled_date(d, 1) for d in (r.received_date, r.answered_date, r.resolved_date)]
        return [
            f"LP{r.serial:06d}",
            clerk.unit_cell(r.unit_id, fault),
            r.channel,
            r.topic,
            "Mohon ditindaklanjuti",
            *days,
        ]

    sheet = sheet_of_rows(clerk, "", "complaints", [("", h) for h in headings], frame, write,
                           letterhead=["DATA SIMULASI"], signed=False, total=False, duplicates=False)  # fmt: skip
    yield RawFile("pengaduan/rekap_pengaduan.csv", [sheet])


def programmes(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the list of programmes of the units, with targets and results."""
    clerk = Clerk(sim, mess, rng)
    headings = [
        "No.",
        "Perangkat Daerah",
        "Program/Kegiatan",
        "Triwulan",
        "Tanggal Mulai",
        "Target",
        "Realisasi",
        "Satuan",
        "Mulai Terobosan",
    ]

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        return [clerk.unit_cell(r.unit_id, fault), r.programme, Period.parse(r.period).label("id"),
                spelled_date(r.start_date, 1), r.target_n, r.output_n, r.output_unit,
                None if pd.isna(r.drive_date) else spelled_date(r.drive_date, 1)]  # fmt: skip

    sheet = sheet_of_rows(
        clerk, "Program", "programmes", [("", h) for h in headings], sim.tables["programmes"], write, total=False,
        duplicates=False, letterhead=clerk.head("Bappeda", "Realisasi Program dan Kegiatan", None),
    )  # fmt: skip
    yield RawFile("program/Realisasi Program.xlsx", [sheet])
