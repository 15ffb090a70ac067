"""The blocks of a sheet that explains to one person how the appraisal came about (lembar penjelasan)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from asn_research.measure.training import REGULAR, WINDOW
from asn_research.personal.person_record import (
    SHOWN,
    ObjectionLimit,
    OwnObjection,
    PersonRecord,
    RatedQuarter,
)
from asn_research.personal.rating_sides import SCORES
from asn_research.rules.cities import City
from asn_research.rules.in_force import at
from asn_research.rules.regulations import Predikat, PredikatRule, TrainingRule
from asn_research.rules.words import ABSENT, Words, load_words
from asn_research.show.blocks import Block, Cell, Contents, Cover, Heading, Paragraph, Table, TableColumn
from asn_research.show.numbers import Numbers

#: The rows of the table of grounds, in its order.
_GROUNDS = ("results_rating", "behaviour_rating", *SCORES)
#: The share that raters add, as a fraction in words: the upper end of each, in percent, and its name.
_SHARES: tuple[tuple[float, str], ...] = (
    (7.5, "little"), (15, "tenth"), (22.5, "fifth"), (29, "quarter"), (36.5, "third"), (45, "two_fifths"),
    (55, "half"), (63, "three_fifths"), (71, "two_thirds"), (100, "most"),
)  # fmt: skip
SHARE_NAMES = tuple(name for _, name in _SHARES)
#: Predikat that need a gentle sentence.
_HARD = ("needs_improvement", "poor", "very_poor")
_HIGHEST_SCORE = 100.0
#: Verdicts of the audit by which predikat do not tell employees apart.
_CANNOT_TELL = ("cannot", "all_alike")


@dataclass(frozen=True)
class Addressee:
    """The person whom a sheet is for, as named in the raw register.

    Parameters
    ----------
    name : str
        The name; empty if the register has none.
    nip : str
        The number; it stands in the objection form alone.
    """

    name: str = field(default="", repr=False)
    nip: str = field(default="", repr=False)


@dataclass(frozen=True)
class Sheet:
    """The data of a sheet.

    Parameters
    ----------
    record : PersonRecord
        The person's data.
    addressee : Addressee
        The person.
    city : City
        The register.
    language : str
        ``id`` or ``en``.
    today : date
        The day of the sheet.
    is_simulated : bool
        Whether the data come from the simulator.
    """

    record: PersonRecord
    addressee: Addressee
    city: City
    language: str
    today: date
    is_simulated: bool = False

    @property
    def words(self) -> Words:
        """The texts of the sheet's language."""
        return load_words(self.language)

    @property
    def numbers(self) -> Numbers:
        """The formats of the sheet's language."""
        return Numbers(self.language)

    @property
    def unit(self) -> str:
        """The name of the person's unit."""
        unit = self.city.units.get(self.record.unit_id)
        return unit.name if unit else self.record.unit_id

    @property
    def period(self) -> str:
        """The latest rated quarter in words."""
        return self.record.latest.period.label(self.language)

    def column(self, name: str) -> str:
        """Return what a column is called in the sheet."""
        return self.words(f"sheet_side_{name}")


def sheet_blocks(sheet: Sheet) -> list[Block]:
    """Return the blocks of a sheet, its head first.

    Parameters
    ----------
    sheet : Sheet
        What the sheet is made of.
    """
    return [
        _cover(sheet), Contents(is_printed=False), *_summary(sheet), _values(sheet), *_grounds(sheet),
        *_predikat(sheet), *_sides(sheet), *_sure(sheet), *_training(sheet), *_objection(sheet),
        Paragraph(sheet.words("sheet_note"), "note"),
    ]  # fmt: skip


def _cover(sheet: Sheet) -> Cover:
    words = sheet.words
    return Cover(
        title=words("sheet_title"),
        subtitle=sheet.addressee.name or sheet.unit,
        issuer=sheet.city.facts.government,
        period=sheet.period,
        language=sheet.language,
        facts=(
            (words("sheet_fact_unit"), sheet.unit),
            (words("sheet_fact_period"), sheet.period),
            (words("sheet_fact_day"), sheet.numbers.date(sheet.today)),
            (words("sheet_fact_class"), words("sheet_class")),
        ),
        banner=words("banner_simulated") if sheet.is_simulated else "",
        period_code=sheet.record.latest.period.code,
    )


def _head(sheet: Sheet, key: str) -> Heading:
    return Heading(sheet.words(key), form="plain")


def _rating(sheet: Sheet, rating: str) -> str:
    return sheet.words(f"sheet_rating_{rating}") if rating else ABSENT


def _predikat_name(sheet: Sheet, key: str) -> str:
    return sheet.words(f"predikat_{key}") if key else ABSENT


def _summary(sheet: Sheet) -> Iterator[Block]:
    words, latest = sheet.words, sheet.record.latest
    if latest.results and latest.behaviour and latest.predikat:
        yield Paragraph(
            words(
                "sheet_summary", period=sheet.period, results=_rating(sheet, latest.results).lower(),
                behaviour=_rating(sheet, latest.behaviour).lower(),
                predikat=_predikat_name(sheet, latest.predikat),
            ),
            "lead",
        )  # fmt: skip
    else:
        yield Paragraph(words("sheet_summary_no_ratings", period=sheet.period), "lead")
    said = [words("sheet_hard")] if latest.predikat in _HARD else []
    if latest.predikat == "poor":
        said.insert(0, words("sheet_misconduct", predikat=_predikat_name(sheet, latest.predikat)))
    if sheet.record.n_quarters == 1:
        said.append(words("sheet_one_quarter"))
    if latest.told is not None or latest.talked is not None:
        said.append(words(f"sheet_explained_{_explained(latest)}", period=sheet.period))
    if said:
        yield Paragraph(" ".join(said))
    if latest.contradicts:
        yield Paragraph(
            words(
                "sheet_contradicts", period=sheet.period, exported=_predikat_name(sheet, latest.exported),
                predikat=_predikat_name(sheet, latest.predikat),
            ),
            "warning",
        )  # fmt: skip


def _explained(quarter: RatedQuarter) -> str:
    if quarter.told and quarter.talked:
        return "both"
    return "told" if quarter.told else "talked" if quarter.talked else "neither"


def _values(sheet: Sheet) -> Table:
    words, numbers, quarters = sheet.words, sheet.numbers, sheet.record.quarters
    rows = [
        (Cell(sheet.column("results_rating")), *(Cell(_rating(sheet, q.results)) for q in quarters)),
        (Cell(sheet.column("behaviour_rating")), *(Cell(_rating(sheet, q.behaviour)) for q in quarters)),
        (Cell(words("col_predikat")), *(Cell(_predikat_name(sheet, q.predikat or q.exported)) for q in quarters)),
    ]  # fmt: skip
    for side in SHOWN:
        if any(side in quarter.scores for quarter in quarters):
            suffix = "%" if side.endswith("_pct") else ""
            cells = [
                Cell(numbers.number(q.scores[side], 1 if suffix else 0) + suffix, q.scores[side])
                if side in q.scores
                else Cell(ABSENT)
                for q in quarters
            ]
            rows.append((Cell(sheet.column(side)), *cells))
    columns = (
        TableColumn(words("sheet_col_what"), "left", 2.2),
        *(TableColumn(q.period.short_label(sheet.language), "center", 1.6) for q in quarters),
    )
    return Table(
        "own_values", words("sheet_table_values"), columns, tuple(rows), (words("sheet_note_values"),), (2,)
    )


def _grounds(sheet: Sheet) -> Iterator[Block]:
    """Yield the table of what the latest appraisal rests on: each rating, how it is made, its article, its evidence."""
    words, latest = sheet.words, sheet.record.latest
    rows = []
    for name in _GROUNDS:
        known = name in latest.scores or (name.endswith("_rating") and bool(latest.results))
        if known:
            texts = (
                sheet.column(name), words(f"sheet_how_{name}"), words(f"sheet_article_{name}"),
                _evidence(sheet, name),
            )  # fmt: skip
            rows.append(tuple(Cell(text) for text in texts))
    if not rows:
        return
    columns = (
        TableColumn(words("sheet_col_what"), "left", 1.3),
        TableColumn(words("sheet_col_how"), "left", 2.4),
        TableColumn(words("sheet_col_rule"), "left", 1.8),
        TableColumn(words("sheet_col_evidence"), "left", 2.3),
    )
    title = words("sheet_table_grounds", period=sheet.period)
    yield Table("own_grounds", title, columns, tuple(rows), (words("sheet_note_evidence"),))


def _evidence(sheet: Sheet, name: str) -> str:
    words, latest = sheet.words, sheet.record.latest
    if name == "results_rating" and "output_pct" in latest.scores:
        return words("sheet_evidence_output", pct=sheet.numbers.percent(latest.scores["output_pct"], 1))
    wanted = ("working_days_n", "present_days_n", "late_days_n", "absent_days_n")
    if name == "discipline_score" and set(wanted[:2]) <= set(latest.days):
        working, present, late, absent = (latest.days.get(day, ABSENT) for day in wanted)
        return words("sheet_evidence_attendance", present=present, working=working, late=late, absent=absent)
    return words("sheet_evidence_none")


def _predikat(sheet: Sheet) -> Iterator[Block]:
    latest, words = sheet.record.latest, sheet.words
    rule = at(latest.period, sheet.city).get(PredikatRule)
    if rule is None or not (latest.results and latest.behaviour):
        return
    named: dict[str, Predikat] = {each.key: each for each in rule.predikats}
    worst_first = tuple(reversed(rule.ratings))
    rows = []
    for results in rule.ratings:
        cells = [Cell(_rating(sheet, results))]
        for behaviour in worst_first:
            label = named[rule.predikat(results, behaviour)].label(sheet.language)
            is_own = (results, behaviour) == (latest.results, latest.behaviour)
            cells.append(Cell(words("sheet_own_cell", predikat=label) if is_own else label))
        rows.append(tuple(cells))
    columns = (
        TableColumn(words("sheet_col_results"), "left", 1.6),
        *(
            TableColumn(words("sheet_col_behaviour", rating=_rating(sheet, rating).lower()), "center", 1.6)
            for rating in worst_first
        ),
    )
    yield _head(sheet, "sheet_head_predikat")
    yield Table(
        "own_matrix", words("sheet_table_matrix", source=rule.source.split(";")[0]), columns, tuple(rows),
        (words("sheet_note_matrix"),),
    )  # fmt: skip


def _sides(sheet: Sheet) -> Iterator[Block]:
    words, record = sheet.words, sheet.record
    yield _head(sheet, "sheet_head_sides")
    strong, weak = (_listed(sheet, each) for each in (record.sides.strong, record.sides.weak))
    if not record.can_compare:
        yield Paragraph(words("sheet_sides_unknown"))
        return
    if strong and weak:
        said = words("sheet_sides_both", strong=strong, weak=weak)
    elif strong:
        said = words("sheet_sides_strong", strong=strong)
    elif weak:
        said = words("sheet_sides_weak", weak=weak)
    else:
        said = words("sheet_sides_none")
    yield Paragraph(said)
    yield Paragraph(words("sheet_sides_how"), "note")


def _listed(sheet: Sheet, sides: Sequence[str]) -> str:
    return f" {sheet.words('and_last')} ".join(sheet.column(side).lower() for side in sides)


def _sure(sheet: Sheet) -> Iterator[Block]:
    words, record = sheet.words, sheet.record
    yield _head(sheet, "sheet_head_sure")
    said = []
    if record.spreads is not None and record.mean_score is not None:
        half = record.spreads.half_width(record.n_quarters, record.n_scores)
        low, high = max(0.0, record.mean_score - half), min(_HIGHEST_SCORE, record.mean_score + half)
        share = next(name for end, name in _SHARES if record.spreads.rater_pct <= end)
        said += [
            words(
                "sheet_sure_interval", mean=sheet.numbers.number(record.mean_score), n=record.n_quarters,
                low=sheet.numbers.number(low), high=sheet.numbers.number(high),
            ),
            words("sheet_sure_share", share=words(f"sheet_share_{share}")),
        ]  # fmt: skip
    else:
        said.append(words("sheet_sure_unknown"))
    if record.verdict in _CANNOT_TELL:
        said.append(words("sheet_sure_cannot", period=sheet.period))
    yield Paragraph(" ".join(said))


def _training(sheet: Sheet) -> Iterator[Block]:
    words, numbers, record = sheet.words, sheet.numbers, sheet.record
    rule = at(record.latest.period, sheet.city).get(TrainingRule)
    if record.training_jp is None or rule is None:
        return
    hours, year = numbers.number(record.training_jp), record.latest.period.year
    if record.employment_type == "pns":
        left = rule.pns_at_least_jp - record.training_jp
        key = "sheet_training_pns_short" if left > 0 else "sheet_training_pns"
        named = {"left": numbers.number(left)} if left > 0 else {}
        said = words(key, year=year, hours=hours, least=rule.pns_at_least_jp, period=sheet.period, **named)
    elif record.employment_type == "pppk":
        said = words(
            "sheet_training_pppk", year=year, hours=hours, most=rule.pppk_at_most_jp, period=sheet.period
        )
    else:
        said = words("sheet_training", year=year, hours=hours, period=sheet.period)
    yield _head(sheet, "sheet_head_training")
    yield Paragraph(" ".join([said, *_kinds_of_training(sheet)]))


def _kinds_of_training(sheet: Sheet) -> Iterator[str]:
    """Return the sentences on the hours by field, and on whether the courses were regular."""
    words, record = sheet.words, sheet.record
    if record.training_fields:
        listed = ", ".join(
            words(
                "sheet_training_field",
                field=words(f"field_{field}").lower(),
                hours=sheet.numbers.number(hours),
            )
            for field, hours in record.training_fields.items()
        )
        yield words("sheet_training_fields", fields=listed)
    if record.taught_quarters is not None:
        key = "regular" if record.taught_quarters >= REGULAR else "seldom"
        yield words(f"sheet_training_{key}", n=record.taught_quarters, of=WINDOW, least=REGULAR)


def _objection(sheet: Sheet) -> Iterator[Block]:
    words, record = sheet.words, sheet.record
    if record.limit is None and not record.objections:
        return
    yield _head(sheet, "sheet_head_objection")
    shown = record.objections[-2:]
    if shown:
        parts = [_own_objection(sheet, each) for each in shown]
        if record.pending and record.limit is not None:
            parts.append(words(f"sheet_decision_{record.limit.rule.decided_by}"))
        yield Paragraph(" ".join(parts))
    is_filed = any(each.period == record.latest.period for each in record.objections)
    if record.limit is not None and not is_filed:
        yield Paragraph(words("sheet_objection_first"))
        right, *rest = _limit(sheet, record.limit)
        yield Paragraph(right)
        yield Paragraph(" ".join(rest))


def _own_objection(sheet: Sheet, own: OwnObjection) -> str:
    words, date_of = sheet.words, sheet.numbers.date
    said = {"period": own.period.label(sheet.language), "filed": date_of(own.filed)}
    if own.outcome == "pending":
        return words("sheet_objection_pending", **said, days=ABSENT if own.waited is None else own.waited)
    outcome = words(f"sheet_outcome_{own.outcome}")
    decided = date_of(own.decided) if own.decided else ABSENT
    return words("sheet_objection_decided", **said, outcome=outcome, decided=decided)


def _limit(sheet: Sheet, limit: ObjectionLimit) -> Iterator[str]:
    words, date_of, rule = sheet.words, sheet.numbers.date, limit.rule
    right = words(
        "sheet_objection_right", decider=words(f"sheet_decider_{rule.decided_by}"), n=rule.file_within_days,
        days=words(f"sheet_days_{rule.days}"), source=rule.source,
    )  # fmt: skip
    yield f"{right} {words(f'sheet_decision_{rule.decided_by}')}"
    if limit.last_day is None or limit.received is None:
        yield words("sheet_objection_day_unknown")
    elif limit.is_over:
        yield words("sheet_objection_over", received=date_of(limit.received), last=date_of(limit.last_day))
    else:
        yield words("sheet_objection_until", received=date_of(limit.received), last=date_of(limit.last_day))
        if limit.last_open is not None and limit.last_open != limit.last_day:
            yield words("sheet_objection_open", day=date_of(limit.last_open))
        if limit.is_provisional:
            yield words("sheet_objection_provisional")
    if not limit.is_over:
        yield words("sheet_objection_form")
