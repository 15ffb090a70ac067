"""How good the staff survey's scales are: tables in an annex of the city's report."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from asn_research.rules.scales import load_scales
from asn_research.show.blocks import Block, Blocks, Heading, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.sections.section_parts import period_label
from asn_research.show.tabling import Show, build_table


def scale_quality(data: ReportData) -> Blocks:
    """Return the annex on the quality of the staff survey's scales: tables for the city."""
    words = data.words
    if not data.is_city or data.rows("scale_reliability") is None:
        return Blocks(())
    blocks: list[Block] = [
        Heading(words("section_scales"), form="annex"),
        Paragraph(words("scales_sentence")),
    ]
    for part in (_items, _reliability, _aggregation, _models, _invariance):
        blocks += part(data)
    return Blocks(tuple(blocks))


def _items(data: ReportData) -> list[Block]:
    """Return the table on the validity of each item of the staff survey."""
    words = data.words
    found = data.rows("scale_items")
    if found is None:
        return []
    return [
        build_table(
            data, found,
            [
                Show(words("col_item"), "item", text=lambda key: _item_label(data, key), width=2.6),
                Show(words("col_respondents"), "n"),
                Show(words("col_r_counted"), "r", width=0.8),
                Show(words("col_r_table"), "critical_r", width=0.8),
                Show(words("col_validity"), "valid", text=_choice(data, "item_valid", "item_not_valid"), width=1.1),
                Show(words("col_item_rest"), "rest"),
                Show(words("col_loading"), "loading", interval=True, width=1.3),
            ],
            key="scale_items", title=words("table_validity"), notes=(words("note_validity"),),
        )
    ]  # fmt: skip


def _reliability(data: ReportData) -> list[Block]:
    """Return the table on the reliability of each scale."""
    words = data.words
    found = data.rows("scale_reliability")
    if found is None:
        return []
    return [
        build_table(
            data, found,
            [
                Show(words("col_scale"), "scale", text=lambda key: words(f"scale_{key}"), width=2.1),
                Show(words("col_items_valid"), "n_valid", width=0.8),
                Show(words("col_alpha"), "alpha", width=0.8),
                Show(words("col_alpha_interval"), "alpha", interval=True, width=1.3),
                Show(words("col_omega"), "omega", width=0.8),
                Show(words("col_omega_interval"), "omega", interval=True, width=1.3),
                Show(words("col_validity"), "alpha", text=lambda alpha: _alpha_word(data, alpha), width=2.6),
            ],
            key="scale_reliability", title=words("table_reliability"), notes=(words("note_reliability"),),
        )
    ]  # fmt: skip


def _aggregation(data: ReportData) -> list[Block]:
    """Return the table on whether answers may be averaged by unit (ICC and rwg)."""
    words = data.words
    found = data.rows("scale_reliability")
    if found is None or not found.frame["icc1"].notna().any():
        return []
    verdicts = {row["scale"]: _aggregation_word(data, row) for _, row in found.frame.iterrows()}
    return [
        build_table(
            data, found.rows(found.frame["icc1"].notna()),
            [
                Show(words("col_scale"), "scale", text=lambda key: words(f"scale_{key}"), width=2.4),
                Show(words("col_n_units"), "n_units", width=0.8),
                Show(words("col_icc1"), "icc1"),
                Show(words("col_icc2"), "icc2"),
                Show(words("col_rwg"), "rwg"),
                Show(words("col_validity"), "scale", text=lambda key: verdicts[key], width=3),
            ],
            key="scale_aggregation", title=words("table_aggregation"), notes=(words("note_aggregation"),),
        )
    ]  # fmt: skip


def _models(data: ReportData) -> list[Block]:
    """Return the table on how well factor models fit the staff survey."""
    words = data.words
    found = data.rows("scale_model")
    if found is None:
        return []
    return [
        build_table(
            data, found,
            [
                Show(words("col_estimator"), "estimator", text=lambda key: words(f"estimator_{key}"), width=1.7),
                Show(words("col_respondents"), "n"),
                Show(words("col_n_factors"), "n_factors", width=0.7),
                Show(words("col_chi2"), "chi2", width=0.8),
                Show(words("col_df"), "df", width=0.5),
                Show(words("col_cfi"), "cfi", width=0.7),
                Show(words("col_tli"), "tli", width=0.7),
                Show(words("col_rmsea"), "rmsea", interval=True, width=1.3),
                Show(words("col_srmr"), "srmr", width=0.8),
                Show(words("col_validity"), "verdict", text=lambda key: words(f"fit_{key}"), width=2.2),
            ],
            key="scale_model", title=words("table_scale_model"), notes=(words("note_scale_model"),),
        )
    ]  # fmt: skip


def _invariance(data: ReportData) -> list[Block]:
    """Return the table on whether the scales measure the same in two periods, and the verdict."""
    words = data.words
    found = data.rows("scale_invariance")
    if found is None:
        return []
    first = found.frame.iloc[0]
    verdict = words(
        f"invariance_{first['reached']}",
        before=period_label(data, str(first["period_before"])), now=data.period.short_label(data.language),
    )  # fmt: skip
    return [
        build_table(
            data, found,
            [
                Show(words("col_step"), "step", text=lambda key: words(f"step_{key}"), width=2.6),
                Show(words("col_chi2"), "chi2"),
                Show(words("col_df"), "df", width=0.6),
                Show(words("col_cfi"), "cfi"),
                Show(words("col_rmsea_point"), "rmsea"),
                Show(words("col_cfi_change"), "cfi_change"),
                Show(words("col_rmsea_change"), "rmsea_change"),
                Show(words("col_holds"), "holds", text=_choice(data, "holds_yes", "holds_no"), width=1.1),
            ],
            key="scale_invariance", title=words("table_invariance"), notes=(words("note_invariance"),),
        ),
        Paragraph(verdict, "claim"),
    ]  # fmt: skip


def _item_label(data: ReportData, item: str) -> str:
    """Return the scale's name and the item's number: texts of items belong to their authors."""
    scale, _, number = item.rpartition("_")
    return f"{data.words(f'scale_{scale}')} {number}"


def _choice(data: ReportData, yes: str, no: str) -> Callable[[object], str]:
    return lambda value: data.words(yes if value else no)


def _alpha_word(data: ReportData, alpha: float) -> str:
    limits = load_scales().conventions
    good, accepted = limits.alpha_good.value, limits.alpha_accepted.value
    word = "good" if alpha >= good else "accepted" if alpha >= accepted else "poor"
    shown = {"good": data.numbers.number(good, 2), "accepted": data.numbers.number(accepted, 2)}
    return data.words(f"alpha_{word}", **shown)


def _aggregation_word(data: ReportData, row: pd.Series) -> str:
    limits = load_scales().conventions
    if pd.isna(row["icc2"]):
        return ""
    if row["rwg"] < limits.rwg_accepted.value:
        return data.words("aggregation_apart")
    return data.words("aggregation_yes" if row["icc2"] >= limits.icc2_accepted.value else "aggregation_low")
