"""How an office writes a sheet: names of units, numbers of employees, letterheads, and the usual mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.rules.periods import Period
from asn_research.simulate.sheets import NORMAL, SUBTOTAL, Fault, Sheet
from asn_research.simulate.simulated_tables import Simulation
from asn_research.simulate.spelling import (
    damaged_nip,
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


def sheet_of_rows(
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
    """Return a sheet with one row per record, plus the duplicates, subtotals and total that offices add.

    The sheet names each planted fault and what cleaning must do with its row: keep, repair, exclude or quarantine it.

    Parameters
    ----------
    clerk : Clerk
        Writes units and dates as an office does, and decides when it makes a mistake.
    name, source : str
        The sheet's name, and the source of its rows.
    headings : list of (str, str)
        The heading and the column of each cell.
    frame : pd.DataFrame
        The records.
    write : callable
        Returns the cells of a record; it calls its second argument with each fault that it makes, and what cleaning must
        do with it.
    letterhead : list of str
        The lines above the table.
    signed, total, duplicates : bool
        Whether a signature, a total and duplicates are added.
    subtotals : str, optional
        Column of the records after whose groups a subtotal stands.
    differing : int, optional
        The cell in which some duplicates contradict their original.
    """
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
            # Of a row with several faults, cleaning does the most severe thing that one of them requires.
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


def rows_of(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of a true table that belong to a period."""
    return table.loc[table["period"] == period.code]
