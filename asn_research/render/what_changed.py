"""Why headlines differ from those of the last edition: the base of each release is archived, and compared with today's."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from asn_research.clean.store import Processed
from asn_research.ledger import Release, archive_base, archived_base
from asn_research.measure.edition_split import FIGURES, Basis, basis_of, split_changes
from asn_research.measure.larger import pooled_rows
from asn_research.protect import ProtectedCity
from asn_research.rules.cities import CITY, City
from asn_research.rules.indicators import load_indicators
from asn_research.rules.periods import Period
from asn_research.rules.words import Words, load_words
from asn_research.show.numbers import Numbers, is_missing
from asn_research.show.sections.changed_since import PARTS
from asn_research.storage import package_digest

_LOGGER = logging.getLogger(__name__)
#: The measure with the changes.
MEASURE = "edition_changes"


def archive(ledger: Path, release: Release, processed: Processed, shown: ProtectedCity) -> bool:
    """Keep what a release's headlines were computed from; return whether there was anything to keep.

    Parameters
    ----------
    ledger : Path
        The ledger beside the raw files.
    release : Release
        The release.
    processed : Processed
        The processed data.
    shown : ProtectedCity
        What the reports show. Of a hidden headline the archive holds no value.
    """
    values = _shown(shown, release.period)
    base = basis_of(
        release.period, _tables(processed, release.period), processed.city(), values, package_digest()
    )
    if not base.tables:
        return False
    archive_base(ledger, release, base)
    return True


def _tables(processed: Processed, code: str) -> dict[str, pd.DataFrame]:
    """Return the rows of each source; in the rows of a half year or year stand those that are pooled into it."""
    period = Period.parse(code)
    tables = {source: processed.table(source) for source in FIGURES if processed.has(source)}
    for source, rows in tables.items():
        pooled = pooled_rows(rows, source, period)
        if len(pooled):
            # As in its report, pooled rows stand instead of rows of the half year itself.
            others = rows.loc[rows["period"].astype("str") != code]
            tables[source] = pd.concat([others, pooled], ignore_index=True)
    return tables


def _shown(city: ProtectedCity, period: str) -> pd.DataFrame:
    """Return the headlines that reports show, with the number of people or requests behind each."""
    found = []
    where: Mapping[str, tuple[str, dict[str, object]]] = {
        "citizen_feedback": ("satisfaction", {}),
        "service_log": ("service_time", {"service_id": ""}),
        "complaints": ("complaints", {}),
    }
    for source, figures in FIGURES.items():
        measure, keys = where[source]
        table = city.get(measure, period=period, **keys)
        if table is None:
            continue
        for figure, column, n in figures:
            frame = table.frame[["unit_id", column, n]].set_axis(["unit_id", "value", "n"], axis=1)
            found.append(frame.assign(figure=figure).dropna(subset=["value", "n"]))
    columns = ["unit_id", "figure", "value", "n"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def edition_changes(processed: Processed, ledger: Path, releases: Sequence[Release]) -> pd.DataFrame | None:
    """Return what changed in the headlines of each period since its last edition, by cause; None if nothing did.

    Parameters
    ----------
    processed : Processed
        The processed data.
    ledger : Path
        The ledger, or its copy.
    releases : sequence of Release
        Its releases.
    """
    last = {each.period: each for each in releases if each.is_simulated == processed.manifest.is_simulated}
    found = []
    for period, release in sorted(last.items()):
        then = archived_base(ledger, release)
        if not isinstance(then, Basis):
            # Older releases kept none.
            _LOGGER.warning(
                "of release %s there is no base that can be read: changes are not split", release.number
            )
        else:
            now = basis_of(period, _tables(processed, period), processed.city(), code=package_digest())
            found.append(split_changes(then, now, release.edition))
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else None


# ---------------------------------------------------------------- in words


def change_lines(city: City, changes: pd.DataFrame, language: str) -> Iterator[str]:
    """Yield a line for each headline that changed since its last edition, as far as it may be shown.

    Parameters
    ----------
    city : City
        The register, for the names of units.
    changes : pd.DataFrame
        The protected measure `edition_changes`, its indices as they are reported.
    language : str
        ``"id"`` or ``"en"``.
    """
    words = load_words(language)
    for row in changes.to_dict("records"):
        unit = str(row["unit_id"])
        name = city.facts.name if unit == CITY else city.units[unit].name
        label = load_indicators()[str(row["figure"])].label(language)
        if is_missing(row["change"]):
            yield words("changed_hidden", unit=name, figure=label)
            continue
        yield words(
            "changed_line", unit=name, figure=label, edition=int(row["edition"]),
            before=_number(language, row["before"]), now=_number(language, row["now"]),
            parts=changed_parts({str(name): value for name, value in row.items()}, words, language),
        )  # fmt: skip


def changed_parts(row: Mapping[str, object], words: Words, language: str) -> str:
    """Return the parts of a change that are not zero, as a list in words."""
    numbers = Numbers(language)
    parts = []
    for cause in PARTS:
        value = row[cause]
        if is_missing(value):
            return words("changed_unsplit")
        text = numbers.signed(float(value), 2)  # type: ignore[arg-type]
        if text.strip("0.,"):
            parts.append(words("changed_part", cause=words(f"cause_{cause}"), value=text))
    return "; ".join(parts) or words("changed_nothing")


def _number(language: str, value: object) -> str:
    return Numbers(language).number(float(value), 2)  # type: ignore[arg-type]
