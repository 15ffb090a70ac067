"""The elements of satisfaction: which is lowest, what changed, what matters, and how groups differ."""

from __future__ import annotations

from typing import Any

import pandas as pd

from asn_research.measure.breakdown import DIMENSIONS
from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Block, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.importance_figure import importance_figure
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.survey_figures import element_figure
from asn_research.show.tabling import Show, build_table

# An order in which more elements than this may be the lowest is no order.
_MOST_LOWEST = 4
_MOST_CANDIDATES = 3


def elements(data: ReportData) -> list[Block]:
    """Return every element with its interval, and which may be the lowest."""
    words = data.words
    table = _asked(data)
    if table is None:
        return []
    rule = satisfaction_rule(data)
    return [
        Heading(words("section_elements"), 2),
        Paragraph(_lowest_sentence(data, table.frame)),
        element_figure(data, table, rule),
        build_table(
            data,
            table,
            [
                Show(words("col_element"), "element", text=lambda key: words(f"element_{key}"), width=3.2),
                Show(words("col_answers"), "n"),
                Show(words("col_nrr"), "mean"),
                Show(words("col_index"), "index"),
                Show(words("col_interval"), "index", interval=True, width=1.5),
                Show(words("col_grade"), "grade", text=str),
                Show(words("col_place"), "place_first", high="place_last", width=1.2),
            ],
            key="elements",
            title=words("table_elements"),
            notes=(words("note_exact_weight", n=len(table)), words("note_place")),
        ),
    ]


def _asked(data: ReportData) -> ProtectedTable | None:
    found = data.rows("elements")
    if found is None:
        return None
    asked = found.rows(found.frame["n"].fillna(0) > 0)
    return asked.ordered("element", satisfaction_rule(data).elements) if len(asked) else None


def _lowest_sentence(data: ReportData, frame: pd.DataFrame) -> str:
    """Return the sentence that names the elements that may be the lowest, given their intervals."""
    words = data.words
    known = frame.dropna(subset=["index"]).sort_values("index", kind="stable")
    names = {key: words(f"element_{key}") for key in known["element"]}
    candidates = list(known.loc[known["place_first"] == 1, "element"])
    if not candidates:
        return words("elements_sentence", lowest=listing(data, list(names.values())[:3]))
    if len(candidates) == 1:
        return words("lowest_one", lowest=names[candidates[0]])
    if len(candidates) <= _MOST_LOWEST:
        either = listing(data, [names[key] for key in candidates], "or_last")
        return words("lowest_some", lowest=either)
    return words("lowest_unclear", lowest=names[known["element"].iloc[0]], n=len(candidates))


def changes(data: ReportData) -> list[Block]:
    """Return each element's change since the period before, corrected for how many are looked at."""
    words, numbers = data.words, data.numbers
    table = _asked(data)
    if table is None or table.frame["change"].notna().sum() == 0:
        return []
    frame = table.frame.dropna(subset=["change"])
    clear = frame.loc[frame["change_verdict"] != "unclear"].sort_values("change")
    named = [
        words(
            "changed_one", element=words(f"element_{key}"), verdict=words(f"verdict_{verdict}"),
            change=numbers.signed(change, 1),
        )
        for key, verdict, change in zip(
            clear["element"], clear["change_verdict"], clear["change"].astype(float), strict=True
        )
    ]  # fmt: skip
    key = "changes_some" if named else "changes_none"
    sentence = words(key, n=len(frame), **({"changed": listing(data, named)} if named else {}))
    shows = [
        Show(words("col_element"), "element", text=lambda key: words(f"element_{key}"), width=3.2),
        Show(words("col_change"), "change"),
        Show(words("col_interval"), "change", interval=True, width=1.8),
        Show(words("col_p_holm"), "change_p_holm", width=1.2),
        Show(words("col_meaning"), "change_verdict", text=lambda key: words(f"verdict_{key}"), width=1.7),
    ]
    return [
        Paragraph(sentence),
        build_table(
            data,
            table,
            shows,
            key="element_changes",
            title=words("table_changes"),
            notes=(words("note_changes"),),
        ),
    ]


def importance(data: ReportData) -> list[Block]:
    """Return the chart of priorities, and the sentence that follows from it."""
    words, numbers = data.words, data.numbers
    found = data.rows("importance")
    figure = importance_figure(data, found) if found is not None else None
    if found is None or figure is None:
        return []
    frame = found.frame.dropna(subset=["share_pct"])
    row = frame.iloc[0]
    outcome = str(row["outcome"])
    method = words(
        "importance_sentence", outcome=words(f"outcome_{outcome}"), n=numbers.number(row["n"]),
        n_periods=numbers.number(row["n_periods"]),
    )  # fmt: skip
    if outcome == "rest":
        method += " " + words("importance_rest")
    else:
        method += " " + words("importance_explained", r2=numbers.percent(100 * row["r2"], 0))
    return [
        Heading(words("section_importance"), 2),
        Paragraph(priority_sentence(data, frame)),
        figure,
        Paragraph(method, "note"),
    ]


def priority_sentence(data: ReportData, frame: pd.DataFrame) -> str:
    """Return the sentence that names the elements to improve first, and says whether this is clear."""
    words = data.words
    first = frame.loc[frame["field"] == "priority"].sort_values("index")
    if first.empty:
        return words("priority_none")
    clear = first.loc[first["is_clear"].astype(bool)]
    chosen = clear if len(clear) else first.head(_MOST_CANDIDATES)
    names = [words(f"element_{key}").lower() for key in chosen["element"]]
    return words("priority_clear" if len(clear) else "priority_unclear", elements=listing(data, names))


def groups(data: ReportData) -> list[Block]:
    """Return the index by service, channel and group of respondents."""
    words = data.words
    found = data.rows("respondent_groups")
    if found is None:
        return []
    shows = [
        Show(words("col_group"), "dimension", text=lambda key: words(f"dimension_{key}"), width=1.5),
        Show(words("col_category"), "category", text=lambda key: _category(data, key), width=3),
        Show(words("col_respondents"), "n"),
        Show(words("col_index"), "index"),
        Show(words("col_interval"), "index", interval=True, width=1.5),
    ]
    return [
        Heading(words("section_groups"), 2),
        Paragraph(words("groups_sentence")),
        build_table(data, found, shows, key="respondent_groups", title=words("table_groups")),
    ]


def _category(data: ReportData, key: Any) -> str:
    """Return a category's word: a service's name, a word of ours, or the category as it stands."""
    service = data.city.services.get(str(key))
    if service is not None:
        return service.name(data.language)
    for dimension in DIMENSIONS:
        if data.words.has(f"{dimension}_{key}"):
            return data.words(f"{dimension}_{key}")
    return str(key)
