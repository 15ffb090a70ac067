"""Measures made again from the raw files, and protected as those that the reports show."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from asn_research.clean.clean_again import clean_again
from asn_research.clean.store import Processed
from asn_research.pipeline import measure_some
from asn_research.protect import ProtectedCity
from asn_research.publish import private_folder
from asn_research.render.inputs import ReportInputs
from asn_research.rules.periods import Period
from asn_research.schema import declared
from asn_research.schema.made import makings


@dataclass(frozen=True)
class Rebuilt:
    """Raw files that were cleaned again, so that any measure of their sources can be computed again.

    Parameters
    ----------
    inputs : ReportInputs
        What the reports were made from.
    processed : Processed
        The result of cleaning again.
    """

    inputs: ReportInputs
    processed: Processed

    def protected(self, measures: Collection[str], period: Period) -> ProtectedCity:
        """Return measures that were computed again, with the same cells hidden as in the reports.

        Whether a value may be shown depends on all measures together. The others are those of the reports.

        Parameters
        ----------
        measures : collection of str
            The measures that are made again.
        period : Period
            The period of the report.
        """
        pooled = period.code in self.inputs.larger_periods
        made = measure_some(self.processed, measures, with_larger_periods=pooled)
        frames = dict(self.inputs.frames)
        for name in measures:
            if name in frames:
                own = made.get(name, frames[name].iloc[:0])
                frames[name] = _in_place_of(frames[name], own, name, self._kept(pooled=pooled))
        return replace(self.inputs, frames=frames).protected(period)

    def _kept(self, *, pooled: bool) -> frozenset[str]:
        """Return the periods that are not made again."""
        return frozenset() if pooled else frozenset(self.inputs.larger_periods)


@contextmanager
def rebuilding(
    inputs: ReportInputs, raw: Path, measures: Collection[str], key_file: Path | None = None
) -> Iterator[Rebuilt]:
    """Clean the raw files behind some measures again, in a private folder that is removed afterwards.

    Parameters
    ----------
    inputs : ReportInputs
        What the reports were made from.
    raw : Path
        The folder of exports.
    measures : collection of str
        The measures that are to be made again.
    key_file : Path, optional
        Where the pseudonym key is kept.

    Raises
    ------
    KeyFileError
        If the key is missing or another one.
    RawDataError
        If no raw file can be read.
    """
    sources = {source for name in measures for source in makings()[name].read}
    with private_folder(inputs.processed.folder) as work:
        yield Rebuilt(
            inputs, clean_again(raw, work / "again", inputs.processed, key_file=key_file, sources=sources)
        )


def _in_place_of(stored: pd.DataFrame, made: pd.DataFrame, name: str, kept: frozenset[str]) -> pd.DataFrame:
    """Return the rows of a measure that was computed again, in the order and types of the stored measure.

    Rows of periods that were not made again are the stored ones.
    """
    if kept and "period" in stored:
        beside = stored.loc[stored["period"].astype("str").isin(kept)]
        made = pd.concat([made.reindex(columns=stored.columns), beside], ignore_index=True)
    keys = [key for key in declared("measure", name).keys if key in stored]
    place = {key: at for at, key in enumerate(_numbered(stored, keys))}
    order = _numbered(made, keys).map(place).sort_values(kind="stable", na_position="last").index
    made = made.loc[order].reset_index(drop=True)
    kinds = {name: kind for name, kind in stored.dtypes.items() if name in made and made[name].dtype != kind}
    return made.astype(kinds, errors="ignore")


def _numbered(frame: pd.DataFrame, keys: list[str]) -> pd.Series[str]:
    """Return the key of each row as one text; equal keys are numbered."""
    text = pd.Series("", index=frame.index, dtype="str")
    for key in keys:
        text = text + "\x1f" + frame[key].astype("str").fillna("")
    return text + "\x1f" + text.groupby(text).cumcount().astype("str")
