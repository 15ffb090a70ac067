"""Write a simulated city into a folder: the files of the offices, the true effects and the planted faults."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asn_research import rules
from asn_research.errors import RequestError
from asn_research.rules.cities import City
from asn_research.rules.periods import Period
from asn_research.rules.regulations import PredikatRule
from asn_research.rules.reserved import reserved_names
from asn_research.rules.words import worded
from asn_research.simulate import offices
from asn_research.simulate.parameters import Parameters
from asn_research.simulate.sheets import write_csv, write_workbook
from asn_research.simulate.simulated_tables import check_size, simulate_tables

#: The subfolder that marks a raw folder as simulated. It holds the true effects, so cleaning must not read
#: it.
MARK = "_simulasi"
#: Files that may already be in the folder; they are kept.
_OURS = {"README.md", ".gitkeep", *reserved_names()}


@dataclass(frozen=True)
class SimulationSummary:
    """A summary of the written files.

    Parameters
    ----------
    files : tuple of str
        Their paths, relative to the raw folder.
    n_rows, n_faults : int
        The number of rows below headings, and of rows with a planted fault (subtotals and signatures
        included).
    """

    files: tuple[str, ...]
    n_rows: int
    n_faults: int


def simulate_city(
    out: Path | str,
    *,
    seed: int = 2026,
    employees: int = 5200,
    quarters: int = 8,
    mess: float = 0.3,
    last_period: str = "2026-Q3",
    city_id: str = "pontianak",
    city: City | None = None,
    params: Parameters | None = None,
) -> SimulationSummary:
    """Write a simulated city, in files with the layouts and faults of real offices.

    Parameters
    ----------
    out : Path or str
        The raw folder; an earlier simulation in it is replaced.
    seed : int
        The seed of the random numbers; the same seed gives the same bytes.
    employees, quarters : int
        The number of employees and of quarters; citizens and requests grow with both.
    mess : float
        The share of faults: 0 for none (the layouts stay those of offices), 1 for many.
    last_period, city_id : str
        The last quarter, and the id of a city in `rules/cities`.
    city : City, optional
        A city to use instead, such as the one that the folder describes.
    params : Parameters, optional
        The effects to plant; by default those of `Parameters`. An effect of 0 plants none.

    Returns
    -------
    SimulationSummary

    Raises
    ------
    RequestError
        If the folder has files that are not simulated, ``mess`` is not from 0 to 1, there are too few
        employees or too few or too many quarters, or the first quarter is before the appraisal rule that is
        simulated.
    """
    out = Path(out)
    _refuse_foreign(out)
    check_size(employees, quarters)
    _refuse_early(Period.parse(last_period).shift(1 - quarters))
    if not 0 <= mess <= 1:
        msg = f"The mess is a share from 0 to 1, not {mess}."
        raise RequestError(msg)
    simulation = simulate_tables(
        seed=seed,
        employees=employees,
        quarters=quarters,
        last_period=last_period,
        city_id=city_id,
        city=city,
        params=params,
    )
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".simulasi-", dir=out))
    try:
        summary = _write(simulation, work, mess, seed)
        _replace(out, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return summary


def _refuse_early(first: Period) -> None:
    """Refuse quarters before the appraisal rule with two ratings, because no other rule is simulated."""
    begins = first
    while rules.at(begins).get(PredikatRule) is None:
        begins = begins.shift(1)
    if begins != first:
        raise worded(RequestError, "error_simulated_early", first=first.code, begins=begins.code)


def _refuse_foreign(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        msg = f"{out.name} is a file; name a folder for the simulated city."
        raise RequestError(msg)
    foreign = [
        path.name
        for path in sorted(out.iterdir())
        if path.name not in _OURS and not path.name.startswith(".")
    ]
    if foreign and not (out / MARK).is_dir():
        msg = f"{out.name} holds files that are not simulated ({foreign[0]}, ...); name an empty folder with --out."
        raise RequestError(msg)


def _write(simulation: object, work: Path, mess: float, seed: int) -> SimulationSummary:
    files, planted, counts = [], [], []
    streams = np.random.SeedSequence([seed, 1]).spawn(len(offices.WRITERS))
    for writer, stream in zip(offices.WRITERS, streams, strict=True):
        for raw in writer(simulation, mess, np.random.default_rng(stream)):  # type: ignore[arg-type]
            path = work / raw.path
            if path.suffix == ".csv":
                write_csv(path, raw.sheets[0], encoding=raw.encoding)
            else:
                write_workbook(path, raw.sheets)
            files.append(raw.path)
            for sheet in raw.sheets:
                faults = sheet.planted()
                planted += [(raw.path, sheet.name, *fault) for fault in faults]
                counts.append(
                    (
                        raw.path,
                        sheet.name,
                        sheet.source,
                        sheet.n_rows,
                        sheet.n_rows - len({f[0] for f in faults}),
                    )
                )
    mark = work / MARK
    mark.mkdir()
    truth = json.dumps(simulation.truth, indent=1, ensure_ascii=False)  # type: ignore[attr-defined]
    (mark / "truth.json").write_text(truth + "\n", encoding="utf-8")
    _table(mark / "planted_faults.csv", ["file", "sheet", "row", "fault", "expected_exit"], planted)
    _table(mark / "row_counts.csv", ["file", "sheet", "source", "n_rows", "n_good"], counts)
    return SimulationSummary(tuple(files), sum(c[3] for c in counts), len(planted))


def _table(path: Path, header: list[str], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _replace(out: Path, work: Path) -> None:
    """Replace the files of an earlier simulation by the new ones; the mark comes last.

    So a folder with the mark is complete.
    """
    for old in out.iterdir():
        if old.name not in {work.name, *_OURS}:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for new in sorted(work.iterdir(), key=lambda path: path.name == MARK):
        new.rename(out / new.name)
