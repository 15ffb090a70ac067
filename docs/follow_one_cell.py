"""Follow one cell of a survey from the raw file to the pdf, in a real run, and write what was seen.

::

    python docs/follow_one_cell.py FOLDER

A small city is simulated below the folder. `asn-research run` makes one unit's public pdf from it while every
function of the package that returns is looked at: does what it returns hold the cell's row, the index that the answer
went into, or the printed number? Then the one cell is changed and the run repeated: the files that are now others are
those that the cell is stored in. `docs/architecture.md` quotes the result, `docs/one-cell.csv`.

The run takes some minutes: each function's return is looked at, and kernels are not forked, so that each program can
be watched from its start (`WARM_KERNELS=0`; results are the same).
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = str(ROOT / "asn_research") + os.sep
#: The cell: a file, a row of it (from 1), and the element that its column asks about.
FILE, ROW, HEADING, ELEMENT = "skm/skm_2026-Q3.csv", 9, "Sarana & Prasarana", "facilities"
PERIOD = "2026-Q3"
FOLDER_VARIABLE = "FOLLOW_ONE_CELL"
_DEEPEST, _MOST = 3, 200


class Watcher:
    """What is known of the cell so far, and where it was seen.

    Parameters
    ----------
    folder : Path
        Holds `known.json` and `hops.jsonl`, which all watched programs share.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, str] = {}
        if (folder / "known.json").exists():
            self.known = json.loads((folder / "known.json").read_text(encoding="utf-8"))
        self.seen: set[object] = set()
        self.is_looking = False
        orig = list(getattr(sys, "orig_argv", []))
        self.program = next(
            (p for p in ("ipykernel_launcher", "worker", "workbook_child") if any(p in a for a in orig)),
            "main",
        )

    def __call__(self, frame: object, event: str, value: object) -> None:
        """Look at what a function of the package returns."""
        if event != "return" or value is None or self.is_looking:
            return
        code = frame.f_code  # type: ignore[attr-defined]
        if not code.co_filename.startswith(PACKAGE) or code in self.seen or code.co_name.startswith("<"):
            return
        self.is_looking = True
        try:
            what = self.held(value)
            if what:
                self.seen.add(code)
                self.write(code, what)
        except Exception as error:
            self.write(code, f"? {type(error).__name__}")
            self.seen.add(code)
        finally:
            self.is_looking = False

    def write(self, code: object, what: str) -> None:
        """Note a function in which the cell was seen."""
        hop = {
            "at": time.monotonic_ns(), "program": self.program,
            "module": code.co_filename.removeprefix(PACKAGE).removesuffix(".py"),  # type: ignore[attr-defined]
            "function": code.co_qualname if hasattr(code, "co_qualname") else code.co_name,  # type: ignore[attr-defined]
            "holds": what,
        }  # fmt: skip
        with (self.folder / "hops.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(hop) + "\n")

    def learn(self, **found: str) -> None:
        """Keep what the cell is known by from here on, for the other programs too."""
        new = {name: text for name, text in found.items() if text and name not in self.known}
        if new:
            self.known |= new
            (self.folder / "known.json").write_text(json.dumps(self.known), encoding="utf-8")

    def held(self, value: object, depth: int = 0) -> str:
        """Return what a value holds of the cell, in words; empty if nothing."""
        kind = type(value).__name__
        look = getattr(self, f"_in_{kind.lower().strip('_')}", None)
        if look:
            return look(value)
        if isinstance(value, dict):
            return self._in_mapping(value, depth)
        if isinstance(value, list | tuple) and depth < _DEEPEST:
            return next((w for each in value[:_MOST] if (w := self.held(each, depth + 1))), "")
        if hasattr(value, "to_json") and hasattr(value, "to_html"):
            return self._printed_in(json.dumps(value.to_json(), ensure_ascii=False), f"block {kind}")
        return ""

    def _in_mapping(self, value: dict, depth: int) -> str:  # type: ignore[type-arg]
        if "unit_id" in value and "period" in value:
            return self._index_of(value)
        if depth >= _DEEPEST:
            return ""
        return next((w for each in list(value.values())[:_MOST] if (w := self.held(each, depth + 1))), "")

    def _in_rawtable(self, table: object) -> str:
        if not table.file.endswith(FILE) or ROW not in table.rows:  # type: ignore[attr-defined]
            return ""
        at = int((table.rows == ROW).argmax())  # type: ignore[attr-defined]
        for name in (ELEMENT, HEADING):
            if name in table.columns:  # type: ignore[attr-defined]
                return f"the cell as text: {str(table.columns[name].text[at])!r}"  # type: ignore[attr-defined]
        return "the row"

    def _in_filetables(self, opened: object) -> str:
        return self.held(list(opened.tables))  # type: ignore[attr-defined]

    def _in_file(self, file: object) -> str:
        return self.held(list(file.tables)) if file.opened is not None else ""  # type: ignore[attr-defined]

    def _in_working(self, rows: object) -> str:
        place = rows.place  # type: ignore[attr-defined]
        at = place.index[place["file"].astype(str).str.endswith(FILE) & (place["row"] == ROW)]
        if not len(at):
            return ""
        if "row_id" in place:
            self.learn(row_id=str(place.loc[at[0], "row_id"]))
        if ELEMENT in rows.values:  # type: ignore[attr-defined]
            return f"the row, the cell as a number: {float(rows.values.loc[at[0], ELEMENT]):g}"  # type: ignore[attr-defined]
        return "the row, the cell as text"

    _in_prepared = _in_working

    def _in_cleaned(self, cleaned: object) -> str:
        return self.held(cleaned.kept)  # type: ignore[attr-defined]

    def _in_cleanedfolder(self, found: object) -> str:
        return self.held(dict(found.cleaned))  # type: ignore[attr-defined]

    def _in_dataframe(self, frame: object) -> str:
        columns = frame.columns  # type: ignore[attr-defined]
        if "row_id" in columns and self.known.get("row_id"):
            row = frame[frame["row_id"].astype(str) == self.known["row_id"]]  # type: ignore[index]
            if not len(row):
                return ""
            first = row.iloc[0]
            self.learn(unit=str(first.get("reporting_unit_id", "")) if "reporting_unit_id" in columns else "")
            return (
                f"the row, the cell as a number: {float(first[ELEMENT]):g}"
                if ELEMENT in columns
                else "the row"
            )
        if {"unit_id", "period", "index", "n_respondents"} <= set(columns) and self.known.get("unit"):
            row = frame[(frame["unit_id"] == self.known["unit"]) & (frame["period"] == PERIOD)]  # type: ignore[index]
            return self._index_of(row.iloc[0].to_dict()) if len(row) == 1 else ""
        return ""

    def _index_of(self, row: dict) -> str:  # type: ignore[type-arg]
        if row["unit_id"] != self.known.get("unit") or str(row["period"]) != PERIOD or "index" not in row:
            return ""
        if "element" in row or "index_rounded" not in row:
            return ""
        self.learn(printed=f"{float(row['index_rounded']):.2f}".replace(".", ","))
        return f"the unit's index: {float(row['index']):.6f}"

    def _in_group(self, group: object) -> str:
        if group.unit_id != self.known.get("unit") or group.period != PERIOD:  # type: ignore[attr-defined]
            return ""
        return f"the unit's index, exact: {group.index.exact}"  # type: ignore[attr-defined]

    def _in_measures(self, measures: object) -> str:
        return self.held(measures.frames["satisfaction"]) if "satisfaction" in measures.frames else ""  # type: ignore[attr-defined]

    _in_citymeasures = _in_reportinputs = _in_measures

    def _in_protectedtable(self, table: object) -> str:
        return self.held(table.frame)  # type: ignore[attr-defined]

    def _in_protectedcity(self, city: object) -> str:
        return self.held(city.tables["satisfaction"]) if "satisfaction" in city.tables else ""  # type: ignore[attr-defined]

    def _in_reportdata(self, report: object) -> str:
        return self.held(report.protected)  # type: ignore[attr-defined]

    def _in_report(self, report: object) -> str:
        return self.held([part.block for part in report.parts])  # type: ignore[attr-defined]

    def _in_str(self, text: str) -> str:
        return self._printed_in(text, "text") if len(text) < 5000 else ""

    def _printed_in(self, text: str, what: str) -> str:
        printed = self.known.get("printed")
        return f"{what} with the printed index: {printed}" if printed and printed in text else ""


def watch() -> None:
    """Look at every return of this program from here on."""
    watcher = Watcher(Path(os.environ[FOLDER_VARIABLE]))
    threading.setprofile(watcher)
    sys.setprofile(watcher)


def run(folder: Path, *, is_watched: bool, unit: str = "all") -> None:
    """Run the toolkit's own command line on the folder's city."""
    environment = {
        **os.environ, "WARM_KERNELS": "0", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg",
        "ASN_RESEARCH_KEY": "a key for a drawing, of nobody's data",
    }  # fmt: skip
    if is_watched:
        hook = folder / "hook"
        hook.mkdir(exist_ok=True)
        (hook / "sitecustomize.py").write_text(
            f"import sys\nsys.path.append({str(ROOT / 'docs')!r})\nimport follow_one_cell\nfollow_one_cell.watch()\n",
            encoding="utf-8",
        )
        environment |= {"PYTHONPATH": str(hook), FOLDER_VARIABLE: str(folder)}
    where = ["--raw", folder / "raw", "--processed", folder / "processed", "--reports", folder / "reports"]
    what = ["--unit", unit, "--period", PERIOD, "--format", "pdf", "--audience", "publik", "--jobs", "1"]
    command = [sys.executable, "-m", "asn_research", "run", *map(str, where), *what]
    subprocess.run(command, env=environment, check=True, cwd=folder)


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file that a run leaves."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for part in ("processed", "reports")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


def changed_cell(raw: Path) -> tuple[str, str]:
    """Change the one cell, and return what it said and says."""
    lines = (raw / FILE).read_text(encoding="utf-8-sig").splitlines()
    heading = next(line for line in lines if HEADING in line).split(";")
    cells = lines[ROW - 1].split(";")
    at = heading.index(HEADING)
    before, cells[at] = cells[at], "4" if cells[at] != "4" else "3"
    lines[ROW - 1] = ";".join(cells)
    (raw / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return before, cells[at]


def main() -> None:
    """Simulate, run and watch, change the cell, run again, and write `docs/one-cell.csv`."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    unit = sys.argv[2] if len(sys.argv) > 2 else "DISHUB"
    if not (folder / "raw").exists():
        size = ["--employees", "80", "--quarters", "2", "--seed", "7"]
        subprocess.run(
            [sys.executable, "-m", "asn_research", "simulate", "--out", str(folder / "raw"), *size],
            check=True,
        )
    (folder / "hops.jsonl").unlink(missing_ok=True)
    (folder / "known.json").unlink(missing_ok=True)
    run(folder, is_watched=True, unit=unit)
    before = digests(folder)
    print("the cell said and says", changed_cell(folder / "raw"))
    run(folder, is_watched=False, unit=unit)
    after = digests(folder)
    others = sorted(name for name, digest in after.items() if before.get(name) != digest)
    (folder / "changed.txt").write_text("\n".join(others) + "\n", encoding="utf-8")
    hops = [json.loads(line) for line in (folder / "hops.jsonl").read_text(encoding="utf-8").splitlines()]
    # A value of a kind that looks like one of ours and is none could not be looked into; it is left out.
    hops = sorted((hop for hop in hops if not hop["holds"].startswith("?")), key=lambda hop: hop["at"])
    with (ROOT / "docs" / "one-cell.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["program", "module", "function", "holds"])
        writer.writerows([hop["program"], hop["module"], hop["function"], hop["holds"]] for hop in hops)
    print(f"{len(hops)} functions returned the cell; {len(others)} files are others")


if __name__ == "__main__":
    main()
