"""Units that are reliably better after adjustment, what they do, and how far that may be carried elsewhere."""

from __future__ import annotations

from math import exp

import pandas as pd

from asn_research.protect import ProtectedTable
from asn_research.rules.claims import load_sentences, strongest_sentence
from asn_research.rules.loading import RULES
from asn_research.rules.periods import Period
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph, Table
from asn_research.show.data import ReportData
from asn_research.show.findings import told_size
from asn_research.show.tabling import Show, build_table
from asn_research.study.good_practice import DECIMALS, MARGINS

_INDICATORS = ("log_days", "index")


def good_practice(data: ReportData) -> Blocks:
    """Return the units of the city that are reliably better; in a unit's report, only what concerns that unit."""
    return _of_city(data) if data.is_city else _of_unit(data)


def _of_city(data: ReportData) -> Blocks:
    """Return the city's section on good practice: tables of units that are reliably better, and drives."""
    words = data.words
    heading = Heading(words("section_good_practice"))
    units = [unit.unit_id for unit in data.city.reporting_units]
    found = data.rows("good_practice", unit_id=units)
    drives = _drives_of_city(data, units)
    if found is None:
        return Blocks((heading, *drives) if drives else ())
    blocks: list[Block] = [heading, _intro(data)]
    for indicator in _INDICATORS:
        rows = _reliable(found, indicator)
        if len(rows):
            blocks.append(_table(data, rows, indicator))
    if len(blocks) == 2:
        return Blocks((*blocks, Paragraph(words("good_practice_none"), "claim"), *drives))
    return Blocks((*blocks, Paragraph(words("good_practice_copy")), _limits(data), *drives))


def _of_unit(data: ReportData) -> Blocks:
    """Return the section on good practice for a unit: how it is reliably better, and its own drives."""
    words = data.words
    found = data.rows("good_practice")
    rows = [_reliable(found, indicator) for indicator in _INDICATORS] if found is not None else []
    sentences = [_sentence(data, row) for table in rows for _, row in table.frame.iterrows()]
    drives = _drives_of_unit(data)
    if not sentences or found is None:
        return Blocks((Heading(words("section_good_practice")), *drives) if drives else ())
    names = str(found.frame["programmes"].iloc[0] or "")
    beside = (
        words("good_practice_programmes", programmes=names) if names else words("good_practice_no_programme")
    )
    return Blocks(
        (
            Heading(words("section_good_practice")),
            _intro(data),
            Paragraph(" ".join([*sentences, beside]), "claim"),
            Paragraph(words("good_practice_copy")),
            _limits(data),
            *drives,
        )
    )


def _drives_of_city(data: ReportData, units: list[str]) -> list[Block]:
    """Return the drives that worked, each with the units that could try it, and what is unknown about them."""
    found = data.rows("drives", unit_id=units, verdict="works")
    if found is None or not len(found):
        return []
    paragraphs = [Paragraph(_drive_text(data, row), "claim") for _, row in found.frame.iterrows()]
    return [
        Paragraph(data.words("drives_intro")),
        *paragraphs,
        Paragraph(data.words("drives_limits"), "note"),
    ]


#: So many drives and units stand on the city's first page, which counts the others; the section tells of all.
_FIRST = 2


def practice_in_short(data: ReportData) -> list[Block]:
    """Return one line that sums up the section on good practice; nothing if there is none.

    Drives that work come first, the largest gain before others, then the units that are reliably better.
    """
    words, units = data.words, [unit.unit_id for unit in data.city.reporting_units]
    found = data.rows("drives", unit_id=units, verdict="works")
    drives = found.sorted_by("gain", ascending=False).frame if found is not None else pd.DataFrame()
    told = [
        words(
            "first_drive",
            programme=str(row["programme"]),
            unit=data.city.units[str(row["unit_id"])].short_name,
            since=Period.parse(str(row["drive_period"])).label(data.language),
            effect=data.numbers.number(row["gain"], 0),
            interval=data.numbers.interval(row["gain_low"], row["gain_high"], 0),
        )
        for _, row in drives.head(_FIRST).iterrows()
    ]
    better = data.rows("good_practice", unit_id=units)
    for indicator in _INDICATORS:
        reliable = None if better is None else _reliable(better, indicator)
        names = (
            []
            if reliable is None
            else [data.city.units[str(unit)].short_name for unit in reliable.frame["unit_id"]]
        )
        if names:
            first = "; ".join(names[:_FIRST])
            if len(names) > _FIRST:
                first = words("first_more", units=first, n=len(names) - _FIRST)
            told.append(words(f"first_better_{indicator}", units=first))
    if not told:
        return []
    return [Paragraph(" ".join([words("first_practice"), *told, words("first_practice_where")]))]


def _drives_of_unit(data: ReportData) -> list[Block]:
    """Return the results of the unit's own drives, including those that did not stand out."""
    found = data.rows("drives")
    if found is None or not len(found):
        return []
    paragraphs = [Paragraph(_drive_text(data, row), "claim") for _, row in found.frame.iterrows()]
    return [*paragraphs, Paragraph(data.words("drives_limits"), "note")]


def _course_of_others(data: ReportData, change: float) -> str:
    text = data.numbers.number(abs(change), 0)
    if text == data.numbers.number(0, 0):
        return data.words("others_same")
    return data.words("others_up" if change > 0 else "others_down", points=text)


def _drive_text(data: ReportData, row: pd.Series) -> str:
    """Return the sentence on a programme's gain since its drive began, compared with others, and on who could try it."""
    words, number = data.words, data.numbers.number
    verdict = str(row["verdict"])
    strength, sign = {"works": ("clear", 1), "behind": ("clear", -1)}.get(verdict, ("uncertain", 0))
    sentence = strongest_sentence(
        load_sentences(data.language, RULES / "practice.csv"), "drive", "association", strength, sign
    )
    gain, low, high = told_size(sign, *(float(row[name]) for name in ("gain", "gain_low", "gain_high")))
    text = sentence.format(
        programme=str(row["programme"]),
        unit=data.city.units[str(row["unit_id"])].short_name,
        since=Period.parse(str(row["drive_period"])).label(data.language),
        before=number(row["before_pct"], 0),
        after=number(row["after_pct"], 0),
        others=_course_of_others(data, float(row["others_change"])),
        n_others=number(row["n_others"]),
        effect=number(gain, 0),
        interval=data.numbers.interval(low, high, 0),
    )
    if verdict != "works":
        return text
    met = words("drive_target_met" if float(row["after_pct"]) >= 100 else "drive_target_missed")
    names = [
        data.city.units[key].short_name for key in str(row["may_copy"]).split("|") if key in data.city.units
    ]
    copy = words("drive_copy", units="; ".join(names)) if names else words("drive_copy_nobody")
    return f"{text} {met} {copy}"


def _intro(data: ReportData) -> Paragraph:
    time, index = 100 * (1 - exp(-MARGINS["log_days"])), MARGINS["index"]
    number = data.numbers.number
    return Paragraph(data.words("good_practice_intro", time=number(time), index=number(index)))


def _limits(data: ReportData) -> Paragraph:
    return Paragraph(data.words("good_practice_limits"), "note")


def _reliable(found: ProtectedTable, indicator: str) -> ProtectedTable:
    frame = found.frame
    # A unit whose group is too small to show is not called better either.
    chosen = (frame["indicator"] == indicator) & frame["is_reliable"].eq(other=True) & frame["effect"].notna()
    return found.rows(chosen.astype(bool)).sorted_by("effect", ascending=indicator == "log_days")


def _sentence(data: ReportData, row: pd.Series) -> str:
    """Return the sentence on how much better a unit is in one indicator."""
    key = str(row["indicator"])
    sign = 1 if float(row["effect"]) > 0 else -1
    sentence = strongest_sentence(
        load_sentences(data.language, RULES / "practice.csv"), key, "association", "clear", sign
    )
    numbers, decimals = data.numbers, DECIMALS[key]
    effect, low, high = told_size(sign, *(float(row[name]) for name in ("effect", "low", "high")))
    return sentence.format(
        unit=data.city.units[str(row["unit_id"])].short_name,
        effect=numbers.number(effect, decimals),
        interval=numbers.interval(low, high, decimals),
    )


def _table(data: ReportData, rows: ProtectedTable, indicator: str) -> Table:
    """Return the table of the units that are reliably better in one indicator."""
    words = data.words
    is_time = indicator == "log_days"
    shows = [
        Show(words("col_unit"), "unit_id", text=lambda key: data.city.units[key].short_name, width=1.6),
        # How many requests were finished is not shown: less all requests, it would be how few are open.
        *(() if is_time else (Show(words("col_respondents"), "n"),)),
        Show(
            words("col_difference_pct" if is_time else "col_difference_points"),
            "effect",
            DECIMALS[indicator],
        ),
        Show(words("col_interval"), "effect", DECIMALS[indicator], interval=True, width=1.3),
        Show(words("col_rank_interval"), "rank_low", high="rank_high"),
        Show(words("col_programme"), "programmes", text=lambda names: names or "–", width=2.4),
    ]
    return build_table(
        data, rows, shows, key=f"good_practice_{indicator}", title=words(f"table_good_practice_{indicator}")
    )
