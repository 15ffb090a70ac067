"""What the findings may not say because of the data: sentences that follow from the counts."""

from __future__ import annotations

from collections.abc import Iterator

from asn_research.measure.data_quality import ALL_SOURCES, ANY_MARK, BLANK
from asn_research.rules.cities import CITY
from asn_research.rules.codebooks import SOURCES, load_sources
from asn_research.rules.periods import Period
from asn_research.rules.reasons import reason_of
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.sections.quality_labels import (
    column_label,
    drift_label,
    level,
    office_name,
    quality_rule,
    screens,
)
from asn_research.show.sections.section_parts import listing, satisfaction_rule

#: Published statistics of other governments, and lists that have no period, are not missed.
_NOT_MISSED = {"organisation_scores"}
#: Sources of which every office with rows in one period should have some in the next; nobody need complain.
_OF_EVERY_OFFICE = ("appraisals", "motivation", "attendance", "citizen_feedback", "service_log")

#: A longer list is cut, and says so.
_MOST = 15


def limits(data: ReportData) -> Blocks:
    """Return the sentences on limits of the data whose conditions are met, the most important first."""
    sentences = [
        *_doubtful(data), *_quarantined_in_all(data), *_quarantined_by_unit(data), *_not_asked(data), *_offices_not_reporting(data),
        *_absent_sources(data), *_drifted(data), *_missing(data),
    ]  # fmt: skip
    words = data.words
    head: list[Block] = [Heading(words("section_quality_limits"))]
    if not sentences:
        # Most counts are not open to the public: none of them being seen is no finding.
        key = "limit_none" if data.may_show("quality_offices") else "limit_none_public"
        return Blocks((*head, Paragraph(words(key))))
    n = data.numbers.number(len(sentences))
    intro = Paragraph(words("quality_limits_sentence", n=n))
    shown = sentences[:_MOST]
    rows = tuple((Cell(str(at)), Cell(text)) for at, text in enumerate(shown, start=1))
    columns = (
        TableColumn(words("col_number"), "center", 0.4),
        TableColumn(words("col_limit"), "left", 7),
    )
    rest = len(sentences) - len(shown)
    notes = (words("note_more_limits", n=data.numbers.number(rest)),) if rest else ()
    return Blocks((*head, intro, Table("limits", words("table_limits"), columns, rows, notes)))


def _quarantined_in_all(data: ReportData) -> Iterator[str]:
    """Yield a sentence for each source with a large share of quarantined rows, over all periods."""
    words, numbers, least = data.words, data.numbers, quality_rule(data).quarantined_pct
    for source in data.sources:
        if source.n_data and 100 * source.n_quarantined / source.n_data >= least:
            yield words(
                "limit_quarantined_source", source=words(f"source_{source.source}"), quarantined=numbers.number(source.n_quarantined),
                n=numbers.number(source.n_data), pct=numbers.percent(100 * source.n_quarantined / source.n_data, 0),
            )  # fmt: skip


def _periods_of(data: ReportData, source: str) -> list[str]:
    found = data.protected.get("quality_offices", source=source)
    codes = set(found.frame["in_period"]) if found is not None else set()
    return sorted(codes)


def _absent_sources(data: ReportData) -> Iterator[str]:
    """Yield the sentences on sources without data in this period, and on sources that never had any."""
    if not data.may_show("quality_offices"):
        return
    words, period = data.words, data.period.label(data.language)
    never = []
    for source in SOURCES:
        if source in _NOT_MISSED or load_sources()[source].sensitive:
            continue
        label, codes = words(f"source_{source}"), _periods_of(data, source)
        if not codes:
            never.append(label.lower())
        elif codes != [""] and data.period.code not in codes:
            before = [code for code in codes if code and code < data.period.code]
            if before:
                last = Period.parse(before[-1]).label(data.language)
                yield words("limit_absent", source=label, period=period, before=last)
    if never:
        yield words("limit_never", sources=listing(data, never))


def _offices_not_reporting(data: ReportData) -> Iterator[str]:
    """Yield a sentence for each source that names the offices with data in the period before, and none in this one."""
    words = data.words
    for source in _OF_EVERY_OFFICE:
        now, before = (
            data.protected.get("quality_offices", source=source, in_period=code)
            for code in (data.period.code, data.period.previous.code)
        )
        if now is None or before is None:
            continue
        here = set(now.frame["reporting_unit_id"])
        gone = [u.unit_id for u in data.city.reporting_units
                if u.unit_id in set(before.frame["reporting_unit_id"]) - here]  # fmt: skip
        if gone:
            yield words(
                "limit_offices_gone", source=words(f"source_{source}"), n=data.numbers.number(len(gone)),
                period=data.period.label(data.language), before=data.period.previous.label(data.language),
                units=listing(data, [office_name(data, unit) for unit in gone]),
            )  # fmt: skip


def _quarantined_by_unit(data: ReportData) -> Iterator[str]:
    """Yield the sentences on quarantined rows without a known unit, and on units with a large share of them."""
    words, numbers = data.words, data.numbers
    found = data.protected.get("quality_offices", in_period=[data.period.code, ""])
    if found is None:
        return
    rows = found.frame
    is_known, is_all = rows["reporting_unit_id"] != "", rows["source"] == ALL_SOURCES
    unknown = rows[~is_known & is_all & (rows["n_quarantined"] > 0)]
    if len(unknown):
        yield words("limit_unknown_office", n=numbers.number(unknown["n_quarantined"].sum()))
    named = rows[is_known & ~is_all & (rows["quarantined_pct"] >= quality_rule(data).quarantined_pct)]
    for _, row in named.iterrows():
        yield words(
            "limit_quarantined", unit=office_name(data, row["reporting_unit_id"]), source=words(f"source_{row['source']}"),
            quarantined=numbers.number(row["n_quarantined"]), n=numbers.number(row["n_rows"]), pct=numbers.percent(row["quarantined_pct"], 0),
            reason=reason_of(row["main_reason"]).label(data.language).lower(),
        )  # fmt: skip


def _not_asked(data: ReportData) -> Iterator[str]:
    """Yield the sentences on units whose surveys did not ask all elements."""
    units = [unit.unit_id for unit in data.city.reporting_units]
    found = data.rows("satisfaction", unit_id=units)
    if found is None:
        return
    shown = found.frame.dropna(subset=["index"])
    n_rule = len(satisfaction_rule(data).elements)
    for n_asked in sorted(set(shown["n_elements_asked"].astype(int))):
        if n_asked < n_rule:
            names = [
                office_name(data, unit) for unit in shown.loc[shown["n_elements_asked"] == n_asked, "unit_id"]
            ]
            yield data.words("limit_not_asked", units=listing(data, names), n=n_asked, n_rule=n_rule)


def _drifted(data: ReportData) -> Iterator[str]:
    """Yield a sentence for each column that changed between two periods by more than chance."""
    words = data.words
    found = data.protected.get("quality_drift", in_period=data.period.code, is_drift=True)
    if found is None:
        return
    changed = data.protected.get("quality_forms", in_period=data.period.code)
    forms = changed.frame.dropna(subset=["n_offices"]).to_dict("records") if changed is not None else []
    for row in found.frame.to_dict("records"):
        sentence = words(
            f"limit_drift_{row['test_kind']}", column=drift_label(data, row),
            source=words(f"source_{row['source']}"), before=level(data, row, "before"), now=level(data, row, "now"),
            period=Period.parse(row["before_period"]).label(data.language),
        )  # fmt: skip
        same = [f for f in forms if (f["source"], f["column"]) == (row["source"], row["column"])]
        if same:
            n, of = (data.numbers.number(same[0][name]) for name in ("n_offices", "n_compared"))
            yield f"{sentence} {words('limit_drift_form', n=n, of=of)}"
        else:
            yield f"{sentence} {words('limit_drift_unexplained')}"


def _doubtful(data: ReportData) -> Iterator[str]:
    """Yield the sentence on doubtful forms, if the index without them lies outside the interval of the index."""
    words, numbers = data.words, data.numbers
    found = screens(data, unit_id=CITY, mark=ANY_MARK)
    if found is None or found.frame["index_without"].isna().all():
        return
    row = found.frame.iloc[0]
    if not row["low"] <= row["index_without"] <= row["high"]:
        yield words(
            "limit_screen", n=numbers.number(row["n_marked"]), pct=numbers.percent(row["marked_pct"], 1),
            index=numbers.number(row["index"], 2), without=numbers.number(row["index_without"], 2),
        )  # fmt: skip


def _missing(data: ReportData) -> Iterator[str]:
    """Yield a sentence for each column with many missing answers."""
    words, least = data.words, quality_rule(data).missing_pct
    found = data.protected.get("quality_missing", in_period=[data.period.code, ""])
    if found is None:
        return
    shares = found.frame.dropna(subset=["share_pct"]).groupby(["source", "column"], sort=False)
    for keys, rows in shares:
        source, column = (str(key) for key in keys)
        if rows["share_pct"].sum() >= least:
            key = "limit_missing" if (rows["reason"] == BLANK).all() else "limit_missing_stated"
            yield words(
                key, column=column_label(data, source, column), source=words(f"source_{source}"),
                pct=data.numbers.percent(rows["share_pct"].sum(), 0),
            )  # fmt: skip
