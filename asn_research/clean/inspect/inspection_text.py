"""The report of an inspection as text in either language; its sentences are in `words.csv`."""

from __future__ import annotations

from collections.abc import Iterator

from asn_research.clean.inspect.inspection import ColumnGuess, Inspection, TableGuess
from asn_research.rules.codebooks import Column, load_codebook
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import Words, load_words


def inspection_lines(
    inspection: Inspection, language: str = "id", *, with_steps: bool = True
) -> Iterator[str]:
    """Yield the lines of the inspection report about a file, in a language.

    Parameters
    ----------
    inspection : Inspection
        The result of the inspection.
    language : str
        ``id`` or ``en``.
    with_steps : bool
        Whether to include the next steps for the user.
    """
    word = load_words(language)
    yield word("inspect_file", file=inspection.path.name)
    for table in inspection.tables:
        yield from _table(table, word, language)
    for sheet in inspection.others:
        yield word("inspect_other_sheet", sheet=sheet)
    if with_steps:
        yield from _steps(inspection, word)


def _table(table: TableGuess, word: Words, language: str) -> Iterator[str]:
    where = word("inspect_sheet", sheet=table.sheet) if table.sheet else word("inspect_whole_file")
    yield ""
    yield word(
        "inspect_table", where=where, row=table.header_row, depth=table.depth,
        n=table.exits["raw"] if table.exits else table.n_rows,
        source=word(f"source_{table.source}"), code=table.source, confidence=table.confidence,
    )  # fmt: skip
    if table.is_hidden:
        yield "  " + word("inspect_hidden")
    if table.n_hidden_rows:
        yield "  " + word("inspect_hidden_rows", n=table.n_hidden_rows)
    if table.note:
        yield "  " + word(f"strange_{table.note}", detail="")
    period = word(f"inspect_period_{table.period_from or 'none'}", period=table.period)
    yield "  " + period
    if table.unit_id:
        yield "  " + word("inspect_unit", unit=table.unit_id)
    if table.unit_groups:
        yield "  " + word("inspect_unit_groups", units="; ".join(table.group_names))
    yield "  " + word("inspect_columns")
    book = load_codebook(table.source)
    profile = dict(table.profile.columns) if table.profile else {}
    for guess in table.columns:
        if guess.column:
            known = book.by_name.get(guess.column)
            label = known.text_of("label", language) if known else guess.column
            yield "    " + word("inspect_column", at=_letter(guess.place), heading=guess.heading, label=label,
                                column=guess.column, sure=_sure(guess, profile, word))  # fmt: skip
    unused = table.unused
    if unused:
        yield "  " + word("inspect_unused", headings="; ".join(unused))
    for column in table.missing:
        known = book[column]
        key = (
            "inspect_not_found"
            if table.has_unknown
            else "inspect_not_asked"
            if known.type == "choice_number" and table.profile
            else "inspect_missing"
        )
        yield "  " + word(key, label=known.text_of("label", language), column=column)
    if table.unknown and table.optional:
        names = (book[name] for name in table.optional)
        labels = "; ".join(column.text_of("label", language) for column in names)
        yield "  " + word("inspect_optional", labels=labels)
    yield from _trial(table, word, language)


def _sure(guess: ColumnGuess, profile: dict[str, str], word: Words) -> str:
    if guess.heading in profile and guess.confidence == 100:
        return word("inspect_by_profile")
    return word("inspect_exact") if guess.confidence == 100 else word("inspect_alike", n=guess.confidence)


def _trial(table: TableGuess, word: Words, language: str) -> Iterator[str]:
    if table.trouble:
        yield "  " + word("inspect_trouble", text=table.trouble)
    if table.exits is None:
        return
    yield "  " + word("inspect_trial", **table.exits)
    for asked in table.questions:
        if not asked.answer:
            yield "    " + word(
                "inspect_question", code=asked.question.key, text=asked.question.text(language), n=asked.n_rows,
                choices="; ".join(choice.label(language) for choice in asked.question.choices),
            )  # fmt: skip
    book = load_codebook(table.source)
    for reason, column, n, rows in table.faults:
        known = book.by_name.get(column)
        label = known.text_of("label", language) if known else column or "-"
        yield "    " + word(
            "inspect_fault", n=n, reason=reason_of(reason).label(language), label=label,
            rows=", ".join(str(row) for row in rows), advice=reason_of(reason).advice(language),
        ) + _choices(known, word)  # fmt: skip


def _choices(column: Column | None, word: Words) -> str:
    return (
        " " + word("inspect_choices", choices="; ".join(column.choices)) if column and column.choices else ""
    )


def _steps(inspection: Inspection, word: Words) -> Iterator[str]:
    yield ""
    unmet = [table for table in inspection.tables if table.missing and not _is_excused(table)]
    if any(table.has_unknown for table in inspection.tables):
        yield word("inspect_step_name")
    elif unmet:
        yield word("inspect_step_missing")
    elif any(table.period_from == "" and table.source != "employees" for table in inspection.tables):
        yield word("inspect_step_period")
    if inspection.proposals:
        yield word("inspect_step_write", file=inspection.path.name)
    elif not unmet:
        yield word("inspect_step_none")


def _is_excused(table: TableGuess) -> bool:
    excused = set(table.profile.not_asked) if table.profile else set()
    return set(table.missing) <= excused


def _letter(place: int) -> str:
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
