"""Turn the true tables of the city into the files that offices send, with their layouts and usual mistakes.

Each function writes the files of one source. ``mess`` scales the rates of mistakes. Every mistake is recorded
with the expected exit of its row (kept, repaired, quarantined, excluded).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.rules.periods import Period
from asn_research.rules.regulations import PredikatRule
from asn_research.simulate.sheets import NORMAL, SUBTOTAL, Fault, Sheet
from asn_research.simulate.simulated_tables import Simulation
from asn_research.simulate.spelling import (
    answer_words,
    damaged_nip,
    spelled_date,
    spelled_nip,
    unit_spellings,
    with_a_typo,
)


@dataclass(frozen=True)
class RawFile:
    """A file to be written: its path relative to the raw folder, and its sheets."""

    path: str
    sheets: list[Sheet]
    encoding: str = "utf-8-sig"


class Clerk:
    """Writes the cells of the rows of one source, with random mistakes and spellings."""

    def __init__(self, simulation: Simulation, mess: float, rng: np.random.Generator) -> None:
        self.city = simulation.world.city
        self.staff = simulation.world.staff.table
        self.mess = mess
        self.rng = rng
        nips = self.staff["nip"]
        self._unique_stem = ~nips.str[:15].duplicated(keep=False).to_numpy()
        self._spellings = {u: unit_spellings(self.city, u) for u in self.city.units}

    def slips(self, rate: float) -> bool:
        """Draw whether a mistake happens now; ``rate`` is its probability at ``mess`` = 1."""
        return bool(self.rng.random() < rate * self.mess)

    def unit(self, unit_id: str) -> str:
        """Return the name of a unit in one of its spellings, at random."""
        if self.mess == 0:
            return self.city.units[unit_id].name
        spellings = self._spellings[unit_id]
        return spellings[int(self.rng.integers(len(spellings)))]

    def head(self, unit: str, title: str, period: Period | None) -> list[str]:
        """Return the lines of a letterhead."""
        lines = [self.city.facts.government.upper(), unit.upper(), title.upper(), "DATA SIMULASI"]
        return [*lines, f"Periode : {period.label('id')}"] if period else lines

    def signature(self) -> list[str]:
        """Return the lines that stand below a signed sheet, without a name."""
        place = f"{self.city.facts.signed_at}, 5 Oktober 2026"
        return [
            place,
            "Kepala,",
            "",
            "( ................................ )",
            "NIP. ............................",
        ]

    def nip(self, person: int, fault: Callable[[str, str], None]) -> Any:
        """Return a person's NIP, sometimes with a mistake: punctuation, 15 digits, impossible, empty."""
        nip = str(self.staff["nip"].iloc[person])
        if self.slips(0.02):
            fault("nip_15_digits", "repaired" if self._unique_stem[person] else "quarantined")
            return damaged_nip(nip)
        if self.slips(0.06):
            fault("nip_punctuation", "repaired")
            return spelled_nip(nip, int(self.rng.integers(1, 4)))
        if self.slips(0.003):
            fault("nip_impossible", "quarantined")
            return nip[:4] + "13" + nip[6:]
        if self.slips(0.003):
            fault("nip_blank", "quarantined")
            return None
        return nip

    def unit_cell(self, unit_id: str, fault: Callable[[str, str], None]) -> str:
        """Return the name of a unit, sometimes with a typo, sometimes the name of an unknown unit."""
        if self.slips(0.01):
            fault("unit_typo", "repaired")
            return with_a_typo(self.city.units[unit_id].name, self.rng)
        if self.slips(0.003):
            fault("unit_unknown", "quarantined")
            return "Kantor Pembantu Seberang Sungai"
        return self.unit(unit_id)


def _sheet_of_rows(
    clerk: Clerk,
    name: str,
    source: str,
    headings: list[tuple[str, str]],
    frame: pd.DataFrame,
    write: Callable[[Any, Callable[[str, str], None]], list[Any]],
    *,
    letterhead: list[str],
    signed: bool = True,
    subtotals: str | None = None,
    total: bool = True,
    duplicates: bool = True,
    differing: int | None = None,
) -> Sheet:
    """Return a sheet with one row per record, plus the duplicates, subtotals and total that offices add."""
    rows: list[list[Any]] = []
    kinds: list[str] = []
    faults: list[Fault] = []
    last, since = None, 0
    for record in frame.itertuples(index=False):
        group = getattr(record, subtotals) if subtotals else None
        if subtotals and last is not None and group != last:
            rows.append([None, f"Jumlah {clerk.city.units[last].name}", *[None] * (len(headings) - 3), since])
            kinds.append(SUBTOTAL)
            since = 0
        last, since = group, since + 1
        found: list[tuple[str, str]] = []
        row = write(record, lambda fault, way, found=found: found.append((fault, way)))  # type: ignore[misc]
        place = len(rows)
        rows.append([len(rows) + 1, *row])
        kinds.append(NORMAL)
        if found:
            # A row with several faults has the most severe of their exits.
            hardest = max(
                found, key=lambda item: ("kept", "repaired", "excluded", "quarantined").index(item[1])
            )
            faults.append(Fault(place, "+".join(name for name, _ in found), hardest[1]))
        elif duplicates and clerk.slips(0.01):
            rows.append([len(rows) + 1, *row])
            kinds.append(NORMAL)
            if differing is not None and clerk.rng.random() < 0.4:
                twin = list(row)
                twin[differing] = 55 if twin[differing] != 55 else 56
                rows[-1] = [rows[-1][0], *twin]
                faults += [
                    Fault(place, "differing_duplicate", "quarantined"),
                    Fault(place + 1, "differing_duplicate", "quarantined"),
                ]
            else:
                faults.append(Fault(place + 1, "identical_duplicate", "excluded"))
    if total:
        rows.append([None, "JUMLAH", *[None] * (len(headings) - 3), sum(kind == NORMAL for kind in kinds)])
        kinds.append(SUBTOTAL)
    return Sheet(name, source, headings, rows, kinds, letterhead, clerk.signature() if signed else [], faults)


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

    sheet = _sheet_of_rows(
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
        frame = _of(sim.tables["appraisals"], period).copy()
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
            _sheet_of_rows(
                clerk, name, "appraisals", headings, part, write, subtotals="unit", differing=6,
                letterhead=clerk.head(clerk.city.facts.organisation_bureau, "Rekapitulasi Penilaian Kinerja Pegawai", period),
            )
            for name, part in (("Rekap", frame.loc[~big]), ("Disdikbud", frame.loc[big])) if len(part)
        ]  # fmt: skip
        yield RawFile(
            f"ekinerja/Rekap e-Kinerja {period.short_label('id')}{' (final)' if number % 3 == 2 else ''}.xlsx",
            sheets,
        )


def _of(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    return table.loc[table["period"] == period.code]


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

        frame = _of(sim.tables["motivation"], period)
        sheet = _sheet_of_rows(
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

        sheet = _sheet_of_rows(
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

        frame = _of(sim.tables["attendance"], period)
        sheet = _sheet_of_rows(clerk, "", "attendance", [("", h) for h in headings], frame, write,
                               letterhead=["DATA SIMULASI"], signed=False, total=False, duplicates=False)  # fmt: skip
        yield RawFile(f"kehadiran/kehadiran_{period.code}.csv", [sheet])


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
        frame = _of(sim.tables["citizen_feedback"], period)
        app = frame.loc[~frame["unit_id"].isin(own)]
        sheet = _sheet_of_rows(
            clerk, "", "citizen_feedback", [("", h) for h in headings], app, writer(5 if number % 2 else 2, 0.0),
            letterhead=["DATA SIMULASI", f"Aplikasi SKM {clerk.city.facts.name}"], signed=False, total=False, duplicates=False,
        )  # fmt: skip
        yield RawFile(f"skm/skm_{period.code}.csv", [sheet], "cp1252" if number == 1 else "utf-8-sig")
        for unit in own:
            part = frame.loc[frame["unit_id"] == unit]
            if len(part):
                head = clerk.head(clerk.city.units[unit].name, "Rekap Survei Kepuasan Masyarakat", period)
                page = _sheet_of_rows(
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

        sheet = _sheet_of_rows(clerk, "", "service_log", [("", h) for h in headings], frame, write,
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

    sheet = _sheet_of_rows(clerk, "", "complaints", [("", h) for h in headings], frame, write,
                           letterhead=["DATA SIMULASI"], signed=False, total=False, duplicates=False)  # fmt: skip
    yield RawFile("pengaduan/rekap_pengaduan.csv", [sheet])


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

    sheet = _sheet_of_rows(
        clerk, "Keberatan", "objections", [("", h) for h in headings], sim.tables["objections"], write,
        letterhead=clerk.head(clerk.city.facts.organisation_bureau, "Rekap Keberatan atas Hasil Penilaian Kinerja", None),
    )  # fmt: skip
    yield RawFile("keberatan/Rekap Keberatan.xlsx", [sheet])


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

    sheet = _sheet_of_rows(
        clerk, "Program", "programmes", [("", h) for h in headings], sim.tables["programmes"], write, total=False,
        duplicates=False, letterhead=clerk.head("Bappeda", "Realisasi Program dan Kegiatan", None),
    )  # fmt: skip
    yield RawFile("program/Realisasi Program.xlsx", [sheet])


def sanctions(sim: Simulation, mess: float, rng: np.random.Generator) -> Iterator[RawFile]:
    """Write the register of disciplinary sanctions."""
    clerk = Clerk(sim, mess, rng)
    staff = sim.world.staff.table
    headings = ["No.", "NIP", "Nama", "Unit Kerja", "Jenis Hukuman Disiplin", "Tanggal SK Hukuman"]

    def write(r: Any, fault: Callable[[str, str], None]) -> list[Any]:
        person = staff.iloc[r.person]
        return [clerk.nip(r.person, fault), person["name"], clerk.unit_cell(person["unit_id"], fault),
                r.sanction, spelled_date(r.sanction_date, 0)]  # fmt: skip

    sheet = _sheet_of_rows(
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

    sheet = _sheet_of_rows(
        clerk, "Organisasi", "organisation_predikats", [("", h) for h in headings],
        sim.tables["organisation_predikats"], write, total=False, duplicates=False,
        letterhead=clerk.head(clerk.city.facts.organisation_bureau, "Predikat Kinerja Organisasi", None),
    )  # fmt: skip
    yield RawFile("organisasi/Predikat Kinerja Organisasi.xlsx", [sheet])


WRITERS = (
    employees,
    appraisals,
    surveys,
    trainings,
    attendance,
    citizens,
    requests,
    complaints,
    objections,
    programmes,
    sanctions,
    organisation_predikats,
)
