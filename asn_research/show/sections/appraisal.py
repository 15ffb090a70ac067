"""How staff are rated, and what the ratings can tell."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from asn_research import rules
from asn_research.measure.audit import SUBJECTS, may_rank
from asn_research.measure.changes import Estimate
from asn_research.protect import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import ScorePredicateRule
from asn_research.rules.regulations_staff import InformationRule
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.figures import predicate_figure
from asn_research.show.numbers import NOTHING, is_missing
from asn_research.show.sections.common import absent, listing
from asn_research.show.tabling import Show, build_table, ends_note, hidden_note


def appraisal(data: ReportData) -> Blocks:
    """Return the indicators, the distribution of predicates, and what ratings can tell."""
    words, numbers = data.words, data.numbers
    blocks: list[Block] = [Heading(words("section_appraisal"))]
    found = data.rows("appraisal")
    if found is None:
        return Blocks((*blocks, absent(data, "what_appraisal")))
    row = found.frame.iloc[0]
    if found.is_suppressed(found.frame.index[0], "n_employees"):
        return Blocks(
            (*blocks, Paragraph(words("too_few_staff", n=found.rule.smallest_group.employees), "absent"))
        )
    first = found.frame.index[0]
    n = numbers.number(row["n_employees"])
    raters = data.cell(found, first, "n_raters")
    is_told = raters not in {HIDDEN, NOTHING}
    blocks.append(
        Paragraph(
            words("appraisal_sentence", n=n, raters=raters)
            if is_told
            else words("appraisal_sentence_staff", n=n)
        )
    )
    # Before any number: what the numbers can say.
    blocks.append(Paragraph(verdict_sentence(data), "body" if may_rank(_verdict(data)) else "warning"))
    # Nothing is said where nobody's contradicts, nor where too few do: the one would tell of the other.
    if not is_missing(row["n_contradicting"]):
        n, exported = (data.cell(found, first, c) for c in ("n_contradicting", "n_exported"))
        blocks.append(
            Paragraph(
                words(
                    "contradicting_score" if _by_score(data) else "contradicting_sentence",
                    n=n,
                    exported=exported,
                ),
                "warning",
            )
        )
    shares = {}
    own = data.rows("predicates")
    if own is not None:
        shares[data.name if data.is_city else data.unit.short_name] = own
    whole = data.rows("predicates", unit_id=CITY)
    if whole is not None and not data.is_city:
        shares[data.city.facts.name] = whole
    if shares:
        blocks.append(predicate_figure(data, shares))
    if own is not None:
        blocks.append(_predicates(data, own))
    blocks += _distribution(data)
    blocks.append(_indicator_table(data))
    blocks += _information(data)
    return Blocks(tuple(blocks))


def _by_score(data: ReportData) -> ScorePredicateRule | None:
    """Return the rule by which predicates follow from a score, where they do."""
    return rules.at(data.period, data.city).get(ScorePredicateRule)


def _predicates(data: ReportData, own: ProtectedTable) -> Table:
    """Print the distribution of predicates as it is told."""
    words, by_score = data.words, _by_score(data)
    by = words("note_predicate_score", rule=by_score.title(data.language)) if by_score else ""
    notes = [by or words("note_predicate_matrix")]
    merged = next((names for names in own.frame["merged_categories"] if names), "")
    if merged:
        # Those that nobody has are named too: they are not told from those that a few have.
        names = listing(data, [words(f"predicate_{key}") for key in merged.split("|")])
        notes.append(words("note_merged", names=names))
        if len(own) > 1 and own.frame["n"].notna().all():
            notes.append(words("note_parts", n=own.rule.smallest_cell))
    shows = [
        Show(words("col_predicate"), "predicate", text=lambda key: words(f"predicate_{key}"), width=3),
        Show(words("col_staff"), "n"),
        Show(words("col_share"), "share_pct"),
    ]
    return build_table(
        data, own, shows, key="predicates", title=words("table_predicates"), notes=tuple(notes)
    )


def _verdict(data: ReportData, subject: str = "predicate", unit_id: str | None = None) -> str:
    """Return what a unit's ratings can tell; unknown where there is no audit or it is hidden."""
    found = data.rows("information", subject=subject, unit_id=unit_id or data.unit_id)
    return str(found.frame["verdict"].iloc[0]) if found is not None else "unknown"


def _reasons(data: ReportData, subject: str, unit_id: str | None = None) -> str:
    found = data.rows("information", subject=subject, unit_id=unit_id or data.unit_id)
    keys = found.frame["reasons"].iloc[0] if found is not None else ""
    return listing(data, [data.words(f"reason_{key}") for key in str(keys).split("|") if key])


def verdict_sentence(data: ReportData) -> str:
    """Return the sentence on whether the predicates of this report can tell staff apart."""
    verdict = _verdict(data)
    values = {"reasons": _reasons(data, "predicate")} if verdict == "cannot" else {}
    return data.words(f"verdict_{verdict}", **values)


def ratings_warning(data: ReportData, subject: str = "service_quality") -> list[Block]:
    """Return the warning that sentences resting on the whole city's ratings must carry, if any."""
    verdict = _verdict(data, subject, CITY)
    if may_rank(verdict) or data.rows("information", unit_id=CITY) is None:
        return []
    values = {"reasons": _reasons(data, subject, CITY)} if verdict == "cannot" else {}
    text = data.words(f"scores_{verdict}", **values)
    return [Paragraph(data.words("ratings_warning", verdict=text), "warning")]


def _information(data: ReportData) -> list[Block]:
    """Print the audit that the verdict rests on."""
    words, numbers = data.words, data.numbers
    found = data.rows("information")
    if found is None:
        return []
    rule = rules.at(data.period, data.city).one(InformationRule)
    note = words(
        "note_information", effective=numbers.number(rule.effective_grades_at_least, 1),
        commonest=numbers.percent(rule.commonest_at_most_pct, 0),
        reliability=numbers.number(rule.reliability_at_least, 2),
    )  # fmt: skip
    table = build_table(
        data, found.ordered("subject", list(SUBJECTS)),
        [
            Show(words("col_subject"), "subject", text=lambda key: words(f"subject_{key}"), width=1.7),
            Show(words("col_staff"), "n_employees", width=0.9),
            Show(words("col_effective"), "effective_grades"),
            Show(words("col_commonest"), "commonest_pct", width=1.1),
            Show(words("col_ceiling"), "ceiling_pct", width=1.1),
            Show(words("col_reliability"), "reliability", width=1.2),
            Show(words("col_interval"), "reliability", interval=True, width=1.3),
            Show(words("col_smallest_difference"), "smallest_difference", width=1.4),
            Show(words("col_verdict"), "verdict", text=lambda key: words(f"short_{key}"), width=1.8),
        ],
        key="information", title=words("table_information"), notes=(note,),
    )  # fmt: skip
    return [Heading(words("section_information"), 2), table]


def _distribution(data: ReportData) -> list[Block]:
    """Hold the distribution against the guide that follows from the unit's own predicate: advice only."""
    words = data.words
    if data.is_city:
        return _distribution_of_the_city(data)
    found = data.rows("distribution")
    if found is None:
        return [Paragraph(words("distribution_absent"), "note")]
    own = words(f"organisation_{found.frame['organisation_predicate'].iloc[0]}")
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
        data.words(f"predicate_{key}") for key in str(row["predicates"]).split("|")
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
    found = data.rows("distribution", unit_id=list(data.city.units))
    if found is None:
        return [Paragraph(data.words("distribution_absent"), "note")]
    # A unit is judged by all of its limits or by none.
    hidden = set(found.frame.loc[found.frame["is_kept"].isna(), "unit_id"])
    judged = found.frame[~found.frame["unit_id"].isin(hidden)]
    kept = judged.groupby("unit_id")["is_kept"].all()
    if kept.empty:
        return [Paragraph(data.words("distribution_hidden"), "note")]
    n, n_kept = (data.numbers.number(x) for x in (len(kept), int(kept.sum())))
    return [Paragraph(data.words("distribution_city", n=n, kept=n_kept))]


def _indicator_table(data: ReportData) -> Table:
    """Print the four appraisal indicators, the unit beside the city."""
    words, numbers = data.words, data.numbers
    rows = []
    for key in ("discipline_mean", "service_quality_mean", "innovation_mean", "output_mean"):
        own, whole = data.estimate("appraisal", key), data.estimate("appraisal", key, unit_id=CITY)
        moved = data.change_since_last("appraisal", key)
        verdict = data.indicator(key).verdict(moved.low, moved.high) if moved else "none"
        rows.append(
            (
                Cell(data.label(key)),
                *(_cells(data, own)),
                *(() if data.is_city else (_cells(data, whole)[0],)),
                Cell(numbers.signed(moved.value, 1) if moved else NOTHING, moved.value if moved else None),
                Cell(words(f"verdict_{verdict}")),
            )
        )
    columns = [
        TableColumn(words("col_indicator"), "left", 2.2),
        TableColumn(words("col_mean"), "right"),
        TableColumn(words("col_interval"), "center", 1.4),
        *([] if data.is_city else [TableColumn(words("col_city"), "right")]),
        TableColumn(words("col_change"), "right"),
        TableColumn(words("col_meaning"), "left", 1.9),
    ]
    return Table(
        "indicators", words("table_indicators"), tuple(columns), tuple(rows), (words("note_indicators"),)
    )


def _cells(data: ReportData, found: Estimate | None, decimals: int = 1) -> tuple[Cell, Cell]:
    if found is None:
        return Cell(NOTHING), Cell(NOTHING)
    return (
        Cell(data.numbers.number(found.value, decimals), round(found.value, 10)),
        Cell(data.numbers.interval(found.low, found.high, decimals)),
    )
