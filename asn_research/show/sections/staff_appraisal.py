"""How staff are rated, and what the ratings can tell."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from asn_research import rules
from asn_research.measure.explaining import COLUMNS as EXPLAINED
from asn_research.measure.rating_information import may_rank
from asn_research.methods.estimates import Estimate
from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import ScorePredikatRule
from asn_research.rules.words import ABSENT, HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import NOTHING, is_missing
from asn_research.show.sections.section_parts import listing
from asn_research.show.sections.staff_values import INDICATORS, moved_text
from asn_research.show.staff_figures import predikat_figure
from asn_research.show.tabling import Show, build_table, ends_note, hidden_note

#: One predikat, or all of them merged, tells nothing apart.
_FEWEST_KINDS = 2
#: Fewer parts are read faster in a table.
_DRAWN = 3


def appraisal(data: ReportData) -> Blocks:
    """Return the indicators, what the ratings are for, and the distribution of predikat as far as it may be shown."""
    words, numbers = data.words, data.numbers
    head = Heading(words("section_appraisal"))
    found = data.rows("appraisal")
    if found is None:
        return Blocks(())
    row, first = found.frame.iloc[0], found.frame.index[0]
    if found.is_suppressed(first, "n_employees"):
        few = Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent")
        return Blocks((head, few))
    n, raters = numbers.number(row["n_employees"]), data.cell(found, first, "n_raters")
    sentence = words("appraisal_sentence_staff", n=n)
    if raters not in {HIDDEN, NOTHING}:
        sentence = words("appraisal_sentence", n=n, raters=raters)
    # Before any number: what the ratings are for.
    blocks: list[Block] = [head, Paragraph(f"{sentence} {words(f'use_{ratings_verdict(data)}')}")]
    blocks += _indicator_table(data)
    # Nothing is said where nobody's contradicts, nor where too few do: the one would tell of the other.
    if not is_missing(row["n_contradicting"]):
        of = {name: data.cell(found, first, f"n_{name}") for name in ("contradicting", "exported")}
        key = "contradicting_score" if _by_score(data) else "contradicting_sentence"
        blocks.append(Paragraph(words(key, n=of["contradicting"], exported=of["exported"]), "warning"))
    return Blocks((*blocks, *_explained(data), *_predikats(data), *_distribution(data)))


def _explained(data: ReportData) -> list[Block]:
    """Return the sentence on how many had a talk about their appraisal; nothing if that is not recorded, or hidden."""
    found = data.rows("explaining")
    if found is None:
        return []
    first = found.frame.index[0]
    shares = {
        name: data.cell(found, first, f"{name}_pct", 1, "%") if f"{name}_pct" in found.frame else ABSENT
        for name in EXPLAINED
    }
    said = data.words("explained_sentence", **shares).strip()
    return [Paragraph(said)] if said else []


def _predikats(data: ReportData) -> list[Block]:
    """Return the distribution of predikat as a chart and a table; where nothing can be told apart, a sentence."""
    words = data.words
    own = data.rows("predikats")
    if own is None:
        return []
    if len(own) < _FEWEST_KINDS:
        return [Paragraph(words("predikats_not_told", least=own.rule.smallest_cell))]
    if len(own) < _DRAWN:
        return [_predikat_table(data, own)]
    shares = {data.name if data.is_city else data.unit.short_name: own}
    whole = None if data.is_city else data.rows("predikats", unit_id=CITY)
    if whole is not None:
        shares[data.city.facts.name] = whole
    title = words("figure_predikats")
    known = own.frame[own.frame["predikat"].astype("str") != "merged"].dropna(subset=["share_pct"])
    if len(known):
        most = known.sort_values("share_pct", ascending=False).iloc[0]
        title = words(
            "title_predikats", predikat=words(f"predikat_{most['predikat']}"),
            share=data.numbers.percent(most["share_pct"], 0),
        )  # fmt: skip
    return [predikat_figure(data, shares, title), _predikat_table(data, own)]


def _by_score(data: ReportData) -> ScorePredikatRule | None:
    """Return the rule by which predikat follow from a score, where they do."""
    return rules.at(data.period, data.city).get(ScorePredikatRule)


def _predikat_table(data: ReportData, own: ProtectedTable) -> Table:
    """Return the table of predikats as it may be shown: those that few people have are merged into one row."""
    words, by_score = data.words, _by_score(data)
    by = words("note_predikat_score", rule=by_score.title(data.language)) if by_score else ""
    notes = [by or words("note_predikat_matrix")]
    merged = next((names for names in own.frame["merged_categories"] if names), "")
    # Predikats that nobody has are named too, so that they look like those that a few people have.
    names = listing(data, [words(f"predikat_{key}") for key in merged.split("|")] if merged else [])
    labels = {"merged": words("predikat_merged_named", names=names)} if merged else {}
    if merged:
        notes.append(words("note_merged", names=names))
        if len(own) > 1 and own.frame["n"].notna().all():
            notes.append(words("note_parts", n=own.rule.smallest_cell))
    shows = [
        Show(
            words("col_predikat"),
            "predikat",
            text=lambda key: labels.get(key) or words(f"predikat_{key}"),
            width=3,
        ),
        Show(words("col_staff"), "n"),
        Show(words("col_share"), "share_pct"),
    ]
    return build_table(data, own, shows, key="predikats", title=words("table_predikats"), notes=tuple(notes))


def ratings_verdict(data: ReportData, subject: str = "predikat", unit_id: str | None = None) -> str:
    """Return the verdict on what ratings can show; unknown without an audit, or if it is hidden."""
    found = data.rows("information", subject=subject, unit_id=unit_id or data.unit_id)
    return str(found.frame["verdict"].iloc[0]) if found is not None else "unknown"


def ratings_warning(data: ReportData, subject: str = "service_quality") -> list[Block]:
    """Return the warning that sentences resting on the whole city's ratings must carry, if any."""
    verdict = ratings_verdict(data, subject, CITY)
    if may_rank(verdict) or data.rows("information", unit_id=CITY) is None:
        return []
    return [Paragraph(data.words("ratings_warning", verdict=data.words(f"scores_{verdict}")), "warning")]


def _distribution(data: ReportData) -> list[Block]:
    """Compare the distribution with the one that the unit's own predikat suggests, which is advice only."""
    words = data.words
    if data.is_city:
        return _distribution_of_the_city(data)
    found = data.rows("distribution")
    if found is None:
        return []
    own = words(f"organisation_{found.frame['organisation_predikat'].iloc[0]}")
    rows = tuple(
        (
            Cell(_limit(data, found.frame.loc[row].to_dict())),
            _count(data, found, row, "n"),
            _count(data, found, row, "share_pct", 1, "%"),
            Cell(_kept(data, found, row)),
            _signed(data, found, row),
        )
        for row in found.frame.index
    )
    if found.frame[["n", "is_kept"]].isna().all(axis=None):
        return [Paragraph(words("distribution_not_told", organisation=own))]
    columns = (
        TableColumn(words("col_guide"), "left", 3),
        TableColumn(words("col_staff"), "right"),
        TableColumn(words("col_share"), "right"),
        TableColumn(words("col_kept_guide"), "center", 1.2),
        TableColumn(words("col_over"), "right", 1.2),
    )
    names = ("", "n", "share_pct", "is_kept", "n_over")
    hidden = [name for k, name in enumerate(names) if any(row[k].text == HIDDEN for row in rows)]
    notes = (*ends_note(data, found, ["share_pct"]), *hidden_note(data, found, hidden))
    return [
        Paragraph(words("distribution_sentence", organisation=own)),
        Table("distribution", words("table_distribution"), columns, rows, notes),
    ]


def _kept(data: ReportData, found: ProtectedTable, row: Any) -> str:
    value = found.frame.at[row, "is_kept"]
    return HIDDEN if is_missing(value) else data.words("yes" if value else "no")


def _limit(data: ReportData, row: Mapping[Hashable, Any]) -> str:
    names = f" {data.words('and_or')} ".join(
        data.words(f"predikat_{key}") for key in str(row["predikats"]).split("|")
    )
    value = data.numbers.number(row["bound_value"])
    bound = str(row["bound"])
    return data.words(f"bound_{bound}", names=names, **({} if bound == "at_least_n" else {"value": value}))


def _count(
    data: ReportData, table: ProtectedTable, row: Any, column: str, decimals: int = 0, suffix: str = ""
) -> Cell:
    text = data.cell(table, row, column, decimals)
    value = table.frame.at[row, column]
    return Cell(text) if is_missing(value) else Cell(text + suffix, float(value))  # type: ignore[arg-type]


def _signed(data: ReportData, table: ProtectedTable, row: Any) -> Cell:
    value = table.frame.at[row, "n_over"]
    if is_missing(value):
        return Cell(data.cell(table, row, "n_over"))
    return Cell(data.numbers.signed(float(value)), float(value))  # type: ignore[arg-type]


def _distribution_of_the_city(data: ReportData) -> list[Block]:
    """Return the paragraph on how many units keep to the suggested distribution."""
    found = data.rows("distribution", unit_id=list(data.city.units))
    if found is None:
        return []
    # A unit is judged by all of its limits or by none.
    hidden = set(found.frame.loc[found.frame["is_kept"].isna(), "unit_id"])
    judged = found.frame[~found.frame["unit_id"].isin(hidden)]
    kept = judged.groupby("unit_id")["is_kept"].all()
    if kept.empty:
        return [Paragraph(data.words("distribution_hidden"), "note")]
    n, n_kept = (data.numbers.number(x) for x in (len(kept), int(kept.sum())))
    return [Paragraph(data.words("distribution_city", n=n, kept=n_kept))]


def _indicator_table(data: ReportData) -> list[Block]:
    """Return the table of the appraisal's indicators: the unit, the city, and how each changed."""
    words, numbers = data.words, data.numbers
    rows = []
    for key in (*INDICATORS, "output_mean"):
        own = data.estimate("appraisal", key)
        if own is None:
            continue
        whole = None if data.is_city else data.estimate("appraisal", key, unit_id=CITY)
        of_city = () if data.is_city else (_value(data, whole),)
        interval = numbers.interval(own.low, own.high, 1)
        rows.append(
            (Cell(data.label(key)), _value(data, own), Cell(interval), *of_city, Cell(moved_text(data, key)))
        )
    if not rows:
        return []
    columns = [
        TableColumn(words("col_indicator"), "left", 2.2),
        TableColumn(words("col_mean"), "right"),
        TableColumn(words("col_range"), "center", 1.4),
        *([] if data.is_city else [TableColumn(words("col_city"), "right")]),
        TableColumn(words("col_moved"), "left", 2.6),
    ]
    notes = (words("note_indicators_told"),)
    return [Table("indicators", words("table_indicators"), tuple(columns), tuple(rows), notes)]


def _value(data: ReportData, found: Estimate | None) -> Cell:
    if found is None:
        return Cell(NOTHING)
    return Cell(data.numbers.number(found.value, 1), round(found.value, 10))
