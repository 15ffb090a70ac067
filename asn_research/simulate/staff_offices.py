"""Write the files of the offices that keep data of staff; see `offices`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.rules.periods import Period
from asn_research.rules.regulations import PredikatRule
from asn_research.simulate.clerk import Clerk, RawFile, rows_of, sheet_of_rows
from asn_research.simulate.simulated_tables import Simulation
from asn_research.simulate.spelling import (
    answer_words,
    spelled_date,
)


def employees(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the register of staff, including the personal columns that cleaning must remove."""
    clerk = Clerk(sim, mess, rng)
    headings = [
        "No.",
        "NIP",
        "Nama Lengkap",
        "NIK",
        "Jenis Kelamin",
        "Status Kepegawaian",
        "Gol/Ruang",
        "Jenis Jabatan",
        "Pendidikan Terakhir",
        "Unit Kerja",
        "No. HP",
    ]
    sexes = {"f": ["Perempuan", "P"], "m": ["Laki-laki", "L"]}

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        sex = sexes[r.sex][int(clerk.rng.integers(2))]
        if clerk.slips(0.004):
            fault("sex_unreadable", "repaired")
            sex = "??"
        return [
            r.nip,
            r.name,
            r.nik,
            sex,
            r.employment_type,
            r.rank or "-",
            r.position_kind,
            r.education,
            clerk.unit(r.unit_id),
            r.phone,
        ]

    sheet = sheet_of_rows(
        clerk, "Daftar Pegawai", "employees", [("", h) for h in headings], sim.world.staff.table, write,
        letterhead=[*clerk.head("Badan Kepegawaian dan Pengembangan SDM", "Daftar Pegawai ASN", None), f"Keadaan : {sim.world.periods[-1].label('id')}"],
        duplicates=False,
    )  # fmt: skip
    yield RawFile("pegawai/Daftar_Pegawai.xlsx", [sheet])


def appraisals(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write e-Kinerja recaps per quarter: two-row headings, subtotals, and a separate sheet of teachers."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    rater, units = staff["rater"].to_numpy(), staff["unit_id"].to_numpy()
    ratings = {"above": ["Di Atas Ekspektasi", "Diatas Ekspektasi", "DIATAS ESPEKTASI"],
               "meets": ["Sesuai Ekspektasi", "SESUAI ESPEKTASI"],
               "below": ["Di Bawah Ekspektasi", "Dibawah Ekspektasi"]}  # fmt: skip
    words = {"very_good": "Sangat Baik", "good": "Baik", "needs_improvement": "Butuh Perbaikan",
             "poor": "Kurang/Misconduct", "very_poor": "Sangat Kurang"}  # fmt: skip
    headings = [("", "No."), ("Pegawai yang Dinilai", "NIP"), ("Pegawai yang Dinilai", "Nama"), ("", "Unit Kerja"),
                ("Pejabat Penilai", "NIP"), ("Pejabat Penilai", "Nama"), ("Indikator Kinerja", "Disiplin"),
                ("Indikator Kinerja", "Kualitas Pelayanan"), ("Indikator Kinerja", "Inovasi"), ("", "Capaian Output (%)"),
                ("", "Rating Hasil Kerja"), ("", "Rating Perilaku"), ("", "Predikat Kinerja"), ("", "Tanggal Penilaian"),
                ("", "Tanggal Penyampaian Kriteria"), ("", "Tanggal Dialog Kinerja")]  # fmt: skip
    for number, period in enumerate(sim.world.periods):
        frame = rows_of(sim.tables["appraisals"], period).copy()
        frame["unit"] = units[frame["person"]]
        style = int(rng.integers(0, 5)) if mess else 0

        def write(r: Any, fault: Callable[[str, str], None], style: int = style) -> list[Any]:
            predikat = words[_predikat(r.results_rating, r.behaviour_rating)]
            if clerk.slips(0.004):
                fault("predikat_contradicts", "kept")
                predikat = "Butuh Perbaikan" if predikat != "Butuh Perbaikan" else "Sangat Baik"
            score: Any = r.service_quality_score
            if clerk.slips(0.004):
                fault("score_out_of_range", "repaired")
                score = score * 10
            when: Any = spelled_date(r.appraised_date, style)
            if clerk.slips(0.002):
                fault("date_impossible", "quarantined")
                when = "31 Februari 2026"
            pick = clerk.rng.integers
            results: str | None = ratings[r.results_rating][int(pick(len(ratings[r.results_rating])))]
            behaviour = ratings[r.behaviour_rating][int(pick(len(ratings[r.behaviour_rating])))]
            if clerk.slips(0.003):
                fault("rating_blank", "quarantined")
                results = None
            return [
                clerk.nip(r.person, fault), staff["name"].iloc[r.person], clerk.unit_cell(r.unit, fault),
                str(staff["nip"].iloc[rater[r.person]]), staff["name"].iloc[rater[r.person]],
                r.discipline_score, score, r.innovation_score, r.output_pct, results, behaviour, predikat, when,
                spelled_date(r.criteria_told_date, style), spelled_date(r.result_talk_date, style),
            ]  # fmt: skip

        frame = frame.sort_values(["unit", "person"], kind="stable")
        big = frame["unit"] == "DISDIKBUD"
        sheets = [
            sheet_of_rows(
                clerk, name, "appraisals", headings, part, write, subtotals="unit", differing=6,
                letterhead=clerk.head(clerk.city.facts.organisation_bureau, "Rekapitulasi Penilaian Kinerja Pegawai", period),
            )
            for name, part in (("Rekap", frame.loc[~big]), ("Disdikbud", frame.loc[big])) if len(part)
        ]  # fmt: skip
        yield RawFile(
            f"ekinerja/Rekap e-Kinerja {period.short_label('id')}{' (final)' if number % 3 == 2 else ''}.xlsx",
            sheets,
        )


def _predikat(results: str, behaviour: str) -> str:
    return rules.at(date(2026, 1, 1)).one(PredikatRule).predikat(results, behaviour)


def surveys(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the staff survey of each quarter; some answers are words instead of numbers."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    items = [c for c in sim.tables["motivation"].columns if c[-1].isdigit()]
    short = {"psm": "PSM", "engagement": "KK", "recognition": "PG", "fairness": "KP"}
    words = answer_words("motivation", "psm_1")
    for period in sim.world.periods:
        style = int(rng.integers(0, 4))
        joiner = ["", " ", "-"][int(rng.integers(3))]
        headings = ["No.", "NIP", "Nama", "Unit Kerja", "Tanggal Isi"]
        headings += [f"{short[c.rsplit('_', 1)[0]]}{joiner}{c[-1]}" for c in items]

        def write(r: Any, fault: Callable[[str, str], None], style: int = style) -> list[Any]:
            answers: list[Any] = [getattr(r, c) for c in items]
            if clerk.mess and clerk.rng.random() < 0.15:
                spelled = int(clerk.rng.integers(2))
                answers = [words[a][min(spelled, len(words[a]) - 1)] for a in answers]
            if clerk.slips(0.02):
                answers[int(clerk.rng.integers(1, len(answers)))] = None
            if clerk.slips(0.004):
                fault("answer_out_of_range", "quarantined")
                answers[2] = 44
            person = staff.iloc[r.person]
            return [clerk.nip(r.person, fault), person["name"], clerk.unit_cell(person["unit_id"], fault),
                    spelled_date(r.survey_date, style), *answers]  # fmt: skip

        frame = rows_of(sim.tables["motivation"], period)
        sheet = sheet_of_rows(
            clerk, "Jawaban", "motivation", [("", h) for h in headings], frame, write, signed=False, total=False,
            letterhead=clerk.head("Badan Kepegawaian dan Pengembangan SDM", "Survei Motivasi dan Pengakuan Pegawai", period),
        )  # fmt: skip
        yield RawFile(f"survei_pegawai/Survei Pegawai {period.short_label('id')}.xlsx", [sheet])


def trainings(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write one list of training courses per year."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    headings = [
        "No.",
        "NIP",
        "Nama",
        "Unit Kerja",
        "Nama Diklat",
        "Jenis Diklat",
        "Tgl Mulai",
        "Tgl Selesai",
        "Jumlah JP",
        "Penyelenggara",
    ]
    frame = sim.tables["training"]
    for year, part in frame.groupby(frame["finish_date"].dt.year):
        style = int(rng.integers(0, 6))

        def write(r: Any, fault: Callable[[str, str], None], style: int = style) -> list[Any]:
            person = staff.iloc[r.person]
            start, hours = r.start_date, r.hours_jp
            if clerk.slips(0.003):
                fault("finished_before_start", "quarantined")
                start = r.finish_date + pd.Timedelta(days=30)
            if clerk.slips(0.003):
                fault("hours_out_of_range", "quarantined")
                hours = 2000
            return [clerk.nip(r.person, fault), person["name"], clerk.unit_cell(person["unit_id"], fault), r.title,
                    r.kind, spelled_date(start, style), spelled_date(r.finish_date, style), hours, f"BKPSDM {sim.world.city.facts.name}"]  # fmt: skip

        sheet = sheet_of_rows(
            clerk, f"Diklat {year}", "training", [("", h) for h in headings], part, write,
            letterhead=clerk.head("Badan Kepegawaian dan Pengembangan SDM", f"Daftar Pelatihan Pegawai Tahun {year}", None),
        )  # fmt: skip
        yield RawFile(f"pelatihan/Daftar_Pelatihan_{year}.xlsx", [sheet])


def attendance(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write one attendance recap per quarter, as csv."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    headings = [
        "No.",
        "NIP",
        "Nama",
        "Unit Kerja",
        "Periode",
        "Hari Kerja",
        "Hadir",
        "Terlambat",
        "Tanpa Keterangan",
    ]
    for period in sim.world.periods:

        def write(r: Any, fault: Callable[[str, str], None], period: Period = period) -> list[Any]:
            person = staff.iloc[r.person]
            present = r.present_days_n
            if clerk.slips(0.002):
                fault("days_out_of_range", "quarantined")
                present = 365
            nip = str(person["nip"])
            return [nip, person["name"], clerk.unit_cell(person["unit_id"], fault), period.label("id"),
                    r.working_days_n, present, r.late_days_n, r.absent_days_n]  # fmt: skip

        frame = rows_of(sim.tables["attendance"], period)
        sheet = sheet_of_rows(clerk, "", "attendance", [("", h) for h in headings], frame, write,
                               letterhead=["DATA SIMULASI"], signed=False, total=False, duplicates=False)  # fmt: skip
        yield RawFile(f"kehadiran/kehadiran_{period.code}.csv", [sheet])


def objections(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the register of objections (keberatan) to appraisals."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    headings = [
        "No.",
        "NIP",
        "Nama",
        "Unit Kerja",
        "Periode Penilaian",
        "Tanggal Keberatan",
        "Alasan Keberatan",
        "Tanggal Putusan",
        "Putusan",
    ]

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        person = staff.iloc[r.person]
        return [clerk.nip(r.person, fault), person["name"], clerk.unit_cell(person["unit_id"], fault),
                Period.parse(r.period).label("id"), spelled_date(r.filed_date, 0), r.ground,
                spelled_date(r.decided_date, 0), r.outcome]  # fmt: skip

    sheet = sheet_of_rows(
        clerk, "Keberatan", "objections", [("", h) for h in headings], sim.tables["objections"], write,
        letterhead=clerk.head(clerk.city.facts.organisation_bureau, "Rekap Keberatan atas Hasil Penilaian Kinerja", None),
    )  # fmt: skip
    yield RawFile("keberatan/Rekap Keberatan.xlsx", [sheet])


def sanctions(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the register of disciplinary sanctions."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    headings = ["No.", "NIP", "Nama", "Unit Kerja", "Jenis Hukuman Disiplin", "Tanggal SK Hukuman"]

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        person = staff.iloc[r.person]
        return [clerk.nip(r.person, fault), person["name"], clerk.unit_cell(person["unit_id"], fault),
                r.sanction, spelled_date(r.sanction_date, 0)]  # fmt: skip

    sheet = sheet_of_rows(
        clerk, "Hukdis", "sanctions", [("", h) for h in headings], sim.tables["sanctions"], write,
        letterhead=clerk.head("Badan Kepegawaian dan Pengembangan SDM", "Rekap Hukuman Disiplin", None), duplicates=False,
    )  # fmt: skip
    yield RawFile("disiplin/Rekap Hukuman Disiplin.xlsx", [sheet])


def organisation_predikats(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the predikat of the organisation (not of persons), per unit and quarter."""
    clerk = Clerk(sim, mess, rng)
    headings = ["No.", "Perangkat Daerah", "Triwulan", "Predikat Kinerja Organisasi"]

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        return [
            clerk.unit_cell(r.unit_id, fault),
            Period.parse(r.period).label("id"),
            r.organisation_predikat,
        ]

    sheet = sheet_of_rows(
        clerk, "Organisasi", "organisation_predikats", [("", h) for h in headings],
        sim.tables["organisation_predikats"], write, total=False, duplicates=False,
        letterhead=clerk.head(clerk.city.facts.organisation_bureau, "Predikat Kinerja Organisasi", None),
    )  # fmt: skip
    yield RawFile("organisasi/Predikat Kinerja Organisasi.xlsx", [sheet])
