"""Scales and units beside each other, as reports show them: protected, worded, in both languages."""

import pandas as pd
import pytest

from asn_research.render.inputs import load_report, prepare_inputs
from asn_research.rules.words import load_words
from asn_research.show import sections
from asn_research.show.blocks import Figure, Paragraph, Table

PERIOD = "2026-Q3"


@pytest.fixture(scope="module")
def city(small_processed):
    prepare_inputs(small_processed)
    return {language: load_report(small_processed, "CITY", PERIOD, language) for language in ("id", "en")}


def tables(blocks):
    return {block.key: block for block in blocks.items if isinstance(block, Table)}


def text(blocks):
    return " ".join(block.text for block in blocks.items if isinstance(block, Paragraph))


@pytest.mark.parametrize("language", ["id", "en"])
def test_units_are_shown_with_rank_intervals_and_tiers_never_with_a_bare_rank(city, language):
    shown = sections.units_beside_each_other(city[language])
    of = " dari " if language == "id" else " of "
    table = tables(shown)["units"]
    place = [column.label for column in table.columns].index(load_words(language)("col_standing"))
    assert all(of in row[place].text or row[place].text == "•" for row in table.rows)
    # Once: one chart, one table, and the map of the districts.
    figures = [block.key for block in shown.items if isinstance(block, Figure)]
    assert figures in (["units_ikm"], ["units_ikm", "map"])
    assert len(tables(shown)) == 1


def test_a_unit_with_few_respondents_is_masked_in_ranks_and_tiers_too(city):
    report = city["id"]
    frame = report.rows("standings", indicator="ikm", unit_id=list(report.city.units)).frame
    small = report.rows("satisfaction", unit_id=list(report.city.units)).frame
    hidden = set(small.loc[small["index"].isna(), "unit_id"])
    assert hidden
    masked = frame.loc[frame["unit_id"].isin(hidden), ["value", "pooled", "rank_low", "rank_high", "tier"]]
    assert masked.isna().all(axis=None)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_citys_report_prints_validity_reliability_model_and_invariance(city, language):
    words = load_words(language)
    found = tables(sections.scale_quality(city[language]))
    assert {"scale_items", "scale_reliability", "scale_aggregation", "scale_model"} <= set(found)
    assert {row[4].text for row in found["scale_items"].rows} <= {
        words("item_valid"),
        words("item_not_valid"),
    }
    verdicts = {words(key) for key in words.texts if key.startswith("fit_")}
    assert {row[9].text for row in found["scale_model"].rows} <= verdicts


def test_a_units_report_names_the_reliability_of_its_scales(small_processed, city):
    unit = city["id"].rows("motivation", unit_id=list(city["id"].city.units), scale="psm").frame
    shown = unit.dropna(subset=["mean"])["unit_id"].iloc[0]
    report = load_report(small_processed, shown, PERIOD, "id")
    assert "alpha" in text(sections.staff_method(report))
    assert sections.scale_quality(report).items == ()


def test_a_variance_of_exactly_zero_is_said_in_words(city):
    from dataclasses import replace

    report = city["en"]
    table = report.protected.tables["standings"]
    frame = table.frame.assign(units_differ=False, tier="not_distinguishable").where(
        table.frame["pooled"].notna()
    )
    frame[["unit_id", "period", "indicator"]] = table.frame[["unit_id", "period", "indicator"]]
    flat = replace(table, frame=frame, counts=pd.DataFrame({"n": frame["n"]}))
    protected = replace(report.protected, tables={**report.protected.tables, "standings": flat})
    assert "no larger than chance" in text(
        sections.units_beside_each_other(replace(report, protected=protected))
    )


def test_every_verdict_of_a_scale_has_its_words():
    for language in ("id", "en"):
        words = load_words(language)
        for key in ("good", "acceptable", "poor", "inseparable", "improper", "refused_too_few", "refused_constant",
                    "refused_doubled", "refused_independent", "refused_no_convergence"):  # fmt: skip
            assert words.has(f"fit_{key}")
        for key in ("none", "configural", "metric", "scalar", "strict", "improper"):
            assert words(f"invariance_{key}", before="A", now="B")
