"""The processed store: Parquet parts named by a digest of their content, and a manifest of the valid parts.

New parts are written first, then the manifest is replaced in one atomic step. So a reader always sees either
the complete old data or the complete new data. A killed run leaves parts that the manifest does not list; the
next run removes them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from asn_research.errors import ProcessedDataError, RuleError
from asn_research.rules.cities import City, CityFacts, Margin, Service, Unit
from asn_research.rules.decisions import Decision
from asn_research.rules.loading import FrozenModel, load_model
from asn_research.rules.words import worded
from asn_research.storage import checksum, digest_of, make_private, remove_leftovers, within, write_whole

MANIFEST = "manifest.json"
TRUTH = "truth.json"
#: The folder of caches in the processed folder. It can be deleted at any time.
MEMORY = ".memory"
#: The folder of measures and estimates in the processed folder.
MEASURES = "measures"
FORMAT = 5
#: Tables that are not split by period.
_WHOLE = {"employees", "units", "services", "repairs", "quarantine", "excluded", "missing", "key_links"}


class Part(FrozenModel):
    """One Parquet file of a table."""

    period: str
    path: str
    n_rows: int
    sha256: str


class SheetExits(FrozenModel):
    """The number of rows of one sheet by exit; in the store, a file key and a sheet number replace names."""

    file: str
    sheet: str
    source: str
    period: str = ""
    n_raw: int
    n_kept: int
    n_repaired: int
    n_quarantined: int
    n_excluded: int


class Manifest(FrozenModel):
    """The content of a processed folder: its tables, and the inputs that they were made from."""

    format: int
    version: str
    city: CityFacts
    is_simulated: bool
    inputs: dict[str, str]
    rules: tuple[str, ...]
    extra_labels: dict[str, dict[str, str]]
    exits: tuple[SheetExits, ...]
    corrections: dict[str, str]
    decisions: tuple[Decision, ...] = ()
    key_fingerprint: str
    tables: dict[str, tuple[Part, ...]]
    truth: str = ""
    today: date


@dataclass(frozen=True)
class Processed:
    """An opened processed folder.

    Parameters
    ----------
    folder : Path
        The processed folder.
    manifest : Manifest
        Its manifest.
    """

    folder: Path
    manifest: Manifest

    def __repr__(self) -> str:
        """Return one line; the manifest alone would fill pages."""
        return f"<Processed {self.folder.name}: {len(self.manifest.tables)} tables>"

    def has(self, name: str) -> bool:
        """Return whether the table exists."""
        return name in self.manifest.tables

    def table(
        self, name: str, periods: Sequence[str] | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return a table; with `periods` only the rows of these periods, with `columns` only these columns.

        Raises
        ------
        ProcessedDataError
            If the table does not exist, or a part of it is missing or damaged.
        """
        if not self.has(name):
            msg = f"There is no table '{name}' in {self.folder.name}; the offices sent no such data. Tables: {', '.join(self.manifest.tables)}."
            raise ProcessedDataError(msg)
        parts = [p for p in self.manifest.tables[name] if periods is None or p.period in periods]
        if not parts:
            return self._read(self.manifest.tables[name][0], columns).iloc[:0]
        return pd.concat([self._read(part, columns) for part in parts], ignore_index=True)

    def _read(self, part: Part, columns: Sequence[str] | None) -> pd.DataFrame:
        try:
            frame = pd.read_parquet(self.folder / part.path, columns=list(columns) if columns else None)
        except (OSError, ValueError) as error:
            raise worded(ProcessedDataError, "error_part_missing", path=part.path) from error
        return _plainly_typed(frame)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return all tables by name; each is read on first use."""
        return _Tables(self)

    def city(self) -> City:
        """Return the city with the register that was used for cleaning."""
        units = [load_model(Unit, _plain(row), "units") for row in self.table("units").to_dict("records")]
        services = []
        if self.has("services"):
            rows = self.table("services").to_dict("records")
            services = [load_model(Service, _plain(row), "services") for row in rows]
        margins = self.table("margins").to_dict("records") if self.has("margins") else []
        return City(
            self.manifest.city,
            {u.unit_id: u for u in units},
            {s.service_id: s for s in services},
            tuple(load_model(Margin, _plain(row), "margins") for row in margins),
        )

    def exits(self) -> pd.DataFrame:
        """Return the number of raw rows and of rows per exit, for each sheet."""
        columns = list(SheetExits.model_fields)
        return pd.DataFrame([exit.model_dump() for exit in self.manifest.exits], columns=columns)

    def truth(self) -> dict[str, Any] | None:
        """Return the true effects of a simulated city; None for real data."""
        path = self.folder / TRUTH
        if not self.manifest.is_simulated or not path.is_file():
            return None
        truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return truth


def _plainly_typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a part with plain text and Int64 numbers: small types save space on disk, but can overflow."""
    wider = {}
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype):
            wider[name] = "str"
        elif str(dtype) in {"Int8", "Int16", "Int32"}:
            wider[name] = "Int64"
    return frame.astype(wider) if wider else frame


class _Tables(Mapping[str, pd.DataFrame]):
    """The tables of a processed folder; each is read once, on first use."""

    def __init__(self, processed: Processed) -> None:
        self._processed = processed
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if not self._processed.has(name):
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._processed.table(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._processed.manifest.tables)

    def __len__(self) -> int:
        return len(self._processed.manifest.tables)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def open_processed(folder: Path | str) -> Processed:
    """Open a processed folder.

    Raises
    ------
    ProcessedDataError
        If the folder has no processed data, or data of another version of this toolkit.
    """
    folder = Path(folder)
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise worded(ProcessedDataError, "error_no_processed", folder=folder.name) from None
    except (OSError, ValueError) as error:
        raise worded(ProcessedDataError, "error_manifest", manifest=MANIFEST, folder=folder.name) from error
    if content.get("format") != FORMAT:
        raise worded(ProcessedDataError, "error_other_version", folder=folder.name)
    try:
        return Processed(folder, load_model(Manifest, content, MANIFEST))
    except RuleError as error:
        msg = f"{error} Clean again: asn-research clean."
        raise ProcessedDataError(msg) from None


def is_whole(folder: Path) -> bool:
    """Return whether all parts in the manifest exist with unchanged content."""
    parts = [part for parts in open_processed(folder).manifest.tables.values() for part in parts]
    for part in parts:
        try:
            content = (folder / part.path).read_bytes()
        except OSError:
            return False
        if checksum(content) != part.sha256:
            return False
    return True


def digest_of_data(folder: Path) -> str:
    """Return a digest of the manifest without the day of cleaning, and so of all tables.

    The day is left out because its effects are already in the tables: equal results on another day are the
    same data.

    Raises
    ------
    ProcessedDataError
        If there is no readable manifest.
    """
    content = open_processed(folder).manifest.model_dump(mode="json", exclude={"today"})
    return digest_of(json.dumps(content, sort_keys=True))


def key_of_processed(folder: Path) -> str:
    """Return the fingerprint of the key with which a processed folder was made; empty if there is no data."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(content.get("key_fingerprint", "")) if isinstance(content, dict) else ""


@dataclass(frozen=True)
class NewData:
    """The data to be stored: the tables, and all fields of the manifest except the list of parts."""

    tables: Mapping[str, pd.DataFrame]
    version: str
    city: CityFacts
    is_simulated: bool
    inputs: Mapping[str, str]
    rules: Sequence[str]
    extra_labels: Mapping[str, Mapping[str, str]]
    exits: Sequence[SheetExits]
    corrections: Mapping[str, str]
    key_fingerprint: str
    today: date
    decisions: Sequence[Decision] = ()
    truth: bytes | None = None

    @cached_property
    def parts(self) -> list[tuple[str, str, pd.DataFrame]]:
        """The parts to be written, as (table, period, rows)."""
        found = []
        for name, frame in self.tables.items():
            # An empty table is stored too, because its columns are needed.
            if name in _WHOLE or "period" not in frame or frame.empty:
                found.append((name, "", frame))
            else:
                found += [(name, str(code), rows) for code, rows in frame.groupby("period", sort=True)]
        return found


def write_processed(folder: Path, data: NewData) -> Manifest:
    """Store tables atomically: the old data stay valid until the new data are complete.

    Parameters
    ----------
    folder : Path
        The processed folder; it is created if it does not exist.
    data : NewData
        The data to store.

    Returns
    -------
    Manifest

    Raises
    ------
    ProcessedDataError
        If writing fails; the old data are intact then.
    """
    tables: dict[str, list[Part]] = {name: [] for name in data.tables}
    try:
        make_private(folder)
        for name, period, rows in data.parts:
            content = parquet_bytes(rows)
            digest = checksum(content)
            place = "/".join([name, *([period] if period else []), f"part-{digest[:12]}.parquet"])
            _write_part(folder, place, content)
            tables[name].append(Part(period=period, path=place, n_rows=len(rows), sha256=digest))
        manifest = Manifest(
            format=FORMAT, version=data.version, city=data.city, is_simulated=data.is_simulated,
            inputs=dict(data.inputs), rules=tuple(data.rules),
            extra_labels={k: dict(v) for k, v in data.extra_labels.items()}, exits=tuple(data.exits),
            corrections=dict(data.corrections), decisions=tuple(data.decisions), key_fingerprint=data.key_fingerprint,
            tables={name: tuple(parts) for name, parts in tables.items()},
            truth="" if data.truth is None else checksum(data.truth), today=data.today,
        )  # fmt: skip
        if data.truth is not None:
            write_whole(folder / TRUTH, data.truth)
        write_whole(folder / MANIFEST, (manifest.model_dump_json(indent=1) + "\n").encode())
    except OSError as error:
        raise worded(ProcessedDataError, "error_disk", reason=error.strerror) from error
    _remove_unnamed(folder, manifest)
    return manifest


def parquet_bytes(rows: pd.DataFrame, compression: Literal["zstd", "lz4"] = "zstd") -> bytes:
    """Return a table as the bytes of a Parquet file."""
    buffer = BytesIO()
    rows = rows.reset_index(drop=True)
    coded = [c for c, dtype in rows.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]
    # Unused categories are dropped, because they would show values of other parts. A column without any value
    # becomes text, because Parquet would lose the type of its categories.
    rows = rows.assign(**{str(c): _without_unused(rows[c]) for c in coded})
    rows.to_parquet(buffer, index=False, compression=compression)
    return buffer.getvalue()


def _without_unused(column: pd.Series) -> pd.Series | pd.Categorical:
    codes = column.cat.codes.to_numpy()
    counts = np.bincount(codes.astype(np.int64) + 1, minlength=len(column.cat.categories) + 1)[1:]
    used = np.flatnonzero(counts)
    if not len(used):
        return column.astype("str")
    new = np.full(len(counts) + 1, -1, codes.dtype)
    new[used] = np.arange(len(used))
    return pd.Categorical.from_codes(new[codes], categories=column.cat.categories[used])


def _write_part(folder: Path, name: str, content: bytes) -> None:
    """Write a part into the folder, unless it is there already."""
    place = within(folder, *name.split("/"))
    make_private(place.parent)
    if not place.is_file() or place.read_bytes() != content:
        write_whole(place, content)


def _remove_unnamed(folder: Path, manifest: Manifest) -> None:
    """Remove parts that the manifest does not list, and empty folders; other files are not touched."""
    named = {folder / part.path for parts in manifest.tables.values() for part in parts}
    for place in folder.rglob("part-*.parquet"):
        if place not in named and place.relative_to(folder).parts[0] not in {MEASURES, MEMORY}:
            place.unlink(missing_ok=True)
    remove_leftovers(folder)
    for place in sorted(folder.rglob("*"), reverse=True):
        if place.is_dir() and not any(place.iterdir()):
            shutil.rmtree(place, ignore_errors=True)
