"""Write files with typical habits of offices, and the expected result of cleaning each row."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from asn_research.rules.cities import City, load_city
from asn_research.simulate.sheets import MADE

#: The subfolder with these files, and the file with the expected results.
FOLDER, TRUTH = "kebiasaan", "planted_habits.csv"
_ELEMENTS = (
    "Persyaratan", "Prosedur", "Waktu Pelayanan", "Biaya/Tarif", "Produk Layanan", "Kompetensi Pelaksana",
    "Perilaku Pelaksana", "Penanganan Pengaduan", "Sarana dan Prasarana",
)  # fmt: skip
_HEADINGS = ("No", "Tanggal", "Unit Layanan", "Jenis Kelamin", "Usia", "Pendidikan", "Pekerjaan", *_ELEMENTS)
_DATE, _UNIT, _AGE, _FIRST = 1, 2, 4, 7
_BANDS = {"17 - 25 tahun": "17-25", "26 - 35 tahun": "26-35", "36 - 45 tahun": "36-45"}
_LETTERHEAD = ("DATA SIMULASI",)
_START = date(2026, 7, 1)
_MINUTES = {"15 menit": 15, "1 jam": 60, "1 jam 30 menit": 90, "45 mnt": 45}


@dataclass(frozen=True)
class Habit:
    """One row written with a habit, and the expected result of cleaning it.

    Parameters
    ----------
    file : str
        The path of the file, relative to the raw folder.
    row : int
        The row number in the sheet, from 1.
    habit : str
        The name of the habit.
    expected_exit : str
        ``kept``, ``quarantine`` or ``excluded``.
    column, value : str
        For a kept row: a column and its expected value; empty if no value is expected.
    """

    file: str
    row: int
    habit: str
    expected_exit: str
    column: str = ""
    value: str = ""


def write_habits(
    raw: Path, *, seed: int = 2026, rows: int = 60, city: City | None = None
) -> tuple[Habit, ...]:
    """Write files with the habits of offices into a subfolder, and the expected results into `_simulasi`.

    Parameters
    ----------
    raw : Path
        The raw folder.
    seed : int
        The seed of the random numbers; the same seed gives the same answers.
    rows : int
        The number of rows of each file, at least 30.
    city : City, optional
        The city whose units send the files; by default the packaged one.

    Returns
    -------
    tuple of Habit
        One entry per written row.
    """
    (raw / FOLDER).mkdir(parents=True, exist_ok=True)
    writer = _Writer(raw, np.random.default_rng(seed), rows, city or load_city())
    for write in (
        writer.month_first, writer.cumulative, writer.corrected, writer.summed_up, writer.merged,
        writer.uncomputed, writer.age_bands, writer.minutes, writer.wrong_years,
    ):  # fmt: skip
        write()
    mark = raw / "_simulasi"
    mark.mkdir(exist_ok=True)
    with (mark / TRUTH).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([field.name for field in fields(Habit)])
        table.writerows(astuple(habit) for habit in writer.habits)
    return tuple(writer.habits)


class _Writer:
    """Writes one file (or two) per habit, and records the expected result for each row."""

    def __init__(self, raw: Path, rng: np.random.Generator, rows: int, city: City) -> None:
        self.raw, self.rng, self.rows = raw, rng, rows
        self.habits: list[Habit] = []
        self.units = [u for u in city.units.values() if u.has_report]

    def _answers(self, unit: int, first: date = _START) -> list[list[Any]]:
        name = self.units[unit % len(self.units)].name
        return [
            [
                n + 1, f"{first + timedelta(days=n % 28):%d/%m/%Y}", name, "LP"[n % 2], int(self.rng.integers(18, 70)),
                ["SMA", "S1", "D3"][n % 3], ["PNS", "Swasta"][n % 2], *map(int, self.rng.integers(2, 5, 9)),
            ]
            for n in range(self.rows)
        ]  # fmt: skip

    def _note(
        self, name: str, rows: range, habit: str, exit_: str, column: str = "", values: Any = None
    ) -> None:
        # The data rows come after the letterhead, an empty row and the headings.
        for n in rows:
            value = str(values[n]) if values is not None else ""
            self.habits.append(
                Habit(f"{FOLDER}/{name}", len(_LETTERHEAD) + 3 + n, habit, exit_, column, value)
            )

    def _book(
        self,
        name: str,
        rows: list[list[Any]],
        headings: tuple[str, ...] = _HEADINGS,
        merged: int | None = None,
    ) -> None:
        book = xlsxwriter.Workbook(str(self.raw / FOLDER / name), {"strings_to_formulas": False})
        book.set_properties({"created": MADE})
        page = book.add_worksheet("Data")
        above: list[list[Any]] = [*([text] for text in _LETTERHEAD), [], list(headings)]
        for n, line in enumerate([*above, *rows]):
            for place, value in enumerate(line):
                if str(value).startswith("="):
                    page.write_formula(n, place, value, value="")
                elif value is not None:
                    page.write(n, place, value)
        if merged is not None:
            top = len(_LETTERHEAD) + 2
            page.merge_range(top, merged, top + len(rows) - 1, merged, rows[0][merged])
        book.close()

    def month_first(self) -> None:
        """Write timestamps with the month first, as an online form with foreign settings exports them."""
        rows = self._answers(0)
        for n, row in enumerate(rows):
            day = _START + timedelta(days=n)
            row[_DATE] = f"{day.month}/{day.day}/{day.year} {8 + n % 8}:{n % 60:02d}:12"
        self._book("bulan_dahulu.xlsx", rows)
        days = [f"{_START + timedelta(days=n):%Y-%m-%d}" for n in range(self.rows)]
        self._note("bulan_dahulu.xlsx", range(self.rows), "month_first", "kept", "survey_date", days)

    def cumulative(self) -> None:
        """Write two exports; the second contains all rows of the first."""
        rows = self._answers(1)
        self._book("unduhan_juli.xlsx", rows[: self.rows // 2])
        self._book("unduhan_juli_agustus.xlsx", rows)
        self._note("unduhan_juli.xlsx", range(self.rows // 2), "cumulative_export", "excluded")
        self._note("unduhan_juli_agustus.xlsx", range(self.rows), "cumulative_export", "kept")

    def corrected(self) -> None:
        """Write a file and its corrected copy."""
        rows = self._answers(2)
        self._book("survei.xlsx", rows)
        mended = [list(row) for row in rows]
        mended[4][_FIRST] = 1
        self._book("survei (revisi).xlsx", mended)
        self._note("survei.xlsx", range(self.rows), "corrected_copy", "excluded")
        self._note("survei (revisi).xlsx", range(self.rows), "corrected_copy", "kept")

    def summed_up(self) -> None:
        """Write the rows of sums and means (NRR) of the regulation's worksheet below the answers."""
        rows = self._answers(3)
        sums = np.array([row[_FIRST:] for row in rows]).sum(axis=0)
        blank: list[object] = [None] * (_FIRST - 1)
        feet: list[list[object]] = [
            ["Σ Nilai/Unsur", *blank, *map(int, sums)],
            ["NRR / Unsur", *blank, *(round(float(s) / self.rows, 3) for s in sums)],
            ["NRR tertimbang/unsur", *blank, *(round(float(s) / self.rows * 0.111, 3) for s in sums)],
        ]
        self._book("dengan_nrr.xlsx", [*rows, *feet])
        self._note("dengan_nrr.xlsx", range(self.rows), "nrr_footer", "kept")
        self._note("dengan_nrr.xlsx", range(self.rows, self.rows + len(feet)), "nrr_footer", "excluded")

    def merged(self) -> None:
        """Write the unit in one cell merged over all rows."""
        rows = self._answers(4)
        name = rows[0][_UNIT]
        for row in rows[1:]:
            row[_UNIT] = None
        self._book("gabung.xlsx", rows, merged=_UNIT)
        unit = next(u.unit_id for u in self.units if u.name == name)
        self._note("gabung.xlsx", range(self.rows), "merged_cells", "kept", "unit_id", [unit] * self.rows)

    def uncomputed(self) -> None:
        """Write some answers as formulas without a stored result."""
        rows = self._answers(5)
        for row in rows[:3]:
            row[_FIRST] = "=2+1"
        self._book("rumus.xlsx", rows)
        self._note("rumus.xlsx", range(3), "formula_without_value", "quarantine")
        self._note("rumus.xlsx", range(3, self.rows), "formula_without_value", "kept")

    def age_bands(self) -> None:
        """Write age bands instead of ages."""
        rows, bands = self._answers(6), list(_BANDS)
        for n, row in enumerate(rows):
            row[_AGE] = bands[n % len(bands)]
        self._book("kelompok_usia.xlsx", rows)
        wanted = [_BANDS[bands[n % len(bands)]] for n in range(self.rows)]
        self._note("kelompok_usia.xlsx", range(self.rows), "age_bands", "kept", "age_band", wanted)

    def minutes(self) -> None:
        """Write waiting times with their units in words."""
        heads = (
            "No. Permohonan", "Unit Kerja", "Tanggal Permohonan", "Tanggal Selesai", "Lama Antre (menit)",
        )  # fmt: skip
        texts = list(_MINUTES)
        rows = [
            [
                f"P{n:04d}", self.units[7 % len(self.units)].name, f"{_START + timedelta(days=n % 28):%d/%m/%Y}",
                f"{_START + timedelta(days=n % 28 + 3):%d/%m/%Y}", texts[n % len(texts)],
            ]
            for n in range(self.rows)
        ]  # fmt: skip
        self._book("antre.xlsx", rows, heads)
        wanted = [_MINUTES[texts[n % len(texts)]] for n in range(self.rows)]
        self._note("antre.xlsx", range(self.rows), "minutes_in_words", "kept", "queue_minutes", wanted)

    def wrong_years(self) -> None:
        """Write a year that is decades wrong in two rows."""
        rows = self._answers(8)
        for row, year in zip(rows, ("2062", "1926"), strict=False):
            row[_DATE] = f"{row[_DATE][:6]}{year}"
        self._book("salah_tahun.xlsx", rows)
        self._note("salah_tahun.xlsx", range(2), "wrong_year", "quarantine")
        self._note("salah_tahun.xlsx", range(2, self.rows), "wrong_year", "kept")
