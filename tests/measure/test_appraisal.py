"""Predikats by the matrix, beside what an export says; and the guide as advice."""

from dataclasses import replace
from datetime import date
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.clean import clean_folder, open_processed
from asn_research.errors import RequestError
from asn_research.measure.appraisal import appraisal_by_unit, distribution_advice
from asn_research.methods.survey.simple_intervals import wilson
from asn_research.rules.cities import load_city
from asn_research.rules.regulations_staff import PREDIKATS, DistributionRule

GUIDE = rules.at(date(2026, 9, 30)).one(DistributionRule)
WORDS = {1: "DIATAS ESPEKTASI", 2: "SESUAI ESPEKTASI", 3: "DIBAWAH ESPEKTASI"}
QUADRANTS = {1: "SANGAT BAIK", 2: "BAIK", 3: "BUTUH PERBAIKAN", 4: "KURANG", 5: "SANGAT KURANG"}


def wrong_max(results, behaviour):
    """The quadrant as some systems compute it: the worse of two codes, which mends bad behaviour."""
    return {1: 1, 2: 2, 3: 5}[results] if results == behaviour else max(results, behaviour)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An export of all nine pairs, each twelve times, with the quadrants of the faulty system."""
    raw, processed = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("processed")
    lines = [
        "NIP;Nama;Unit Kerja;Periode Penilaian;Rating Hasil Kerja;Rating Perilaku Kerja;Predikat Kinerja"
    ]
    pairs = product(WORDS.items(), WORDS.items(), range(12))
    for number, ((results, spelled), (behaviour, also), _) in enumerate(pairs, start=1):
        nip = f"19860926201505{1 + number % 2}{number:03d}"
        quadrant = QUADRANTS[wrong_max(results, behaviour)].title()
        lines.append(f"{nip};Contoh Rekaan;Dinas Perhubungan;Triwulan III 2026;{spelled};{also};{quadrant}")
    (raw / "ekinerja.csv").write_text("\r\n".join(lines), encoding="utf-8")
    clean_folder(raw, processed)
    return open_processed(processed).table("appraisals")


def test_the_wrong_quadrant_is_flagged_and_kept_beside_the_right_one(exported):
    assert len(exported) == 108
    pairs = exported.groupby(["results_rating", "behaviour_rating"], observed=True)
    by_pair = pairs[["predikat", "predikat_by_matrix", "predikat_contradicts"]].first()
    wrong = by_pair.loc[by_pair["predikat_contradicts"]]
    # max() gives Butuh Perbaikan where behaviour alone is below expectation; the matrix gives Kurang.
    assert set(wrong.index) == {("above", "below"), ("meets", "below")}
    assert set(wrong["predikat"].astype(str)) == {"needs_improvement"}
    assert set(wrong["predikat_by_matrix"].astype(str)) == {"poor"}


def test_the_counts_of_both_are_shown(exported):
    table, predikats = appraisal_by_unit(exported)
    row = table.query("unit_id == 'DISHUB'").iloc[0]
    assert (row["n_employees"], row["n_exported"], row["n_contradicting"]) == (108, 108, 24)
    both = predikats.query("unit_id == 'DISHUB'").set_index("predikat")
    assert both["n"].to_dict() == {
        "very_good": 12, "good": 36, "needs_improvement": 24, "poor": 24, "very_poor": 12,
    }  # fmt: skip
    assert both["n_exported"].to_dict() == {
        "very_good": 12, "good": 36, "needs_improvement": 48, "poor": 0, "very_poor": 12,
    }  # fmt: skip
    low, high = wilson(both["n"].to_numpy(), 108)
    assert both["share_low"].tolist() == pytest.approx(low.tolist())
    assert both["share_high"].tolist() == pytest.approx(high.tolist())


def spread(**counts):
    return pd.DataFrame(
        [{"unit_id": "U", "period": "2026-Q3", "predikat": p, "n": n} for p, n in counts.items()]
    )


def test_advice_counts_staff():
    found = distribution_advice(spread(good=94, very_good=6), {"U": "good"})
    assert found["is_kept"].tolist() == [False, False]
    # 24 too many Baik; one too few of Butuh Perbaikan or Kurang.
    assert found["n_over"].tolist() == [24, -1]
    assert found["n"].tolist() == [94, 0]


def test_a_small_unit_gets_counts_not_an_error():
    found = distribution_advice(spread(good=3, very_good=1), {"U": "excellent"})
    assert found[["n", "n_employees", "is_kept"]].iloc[0].tolist() == [1, 4, True]


def test_the_units_own_predikat_comes_from_an_offices_table():
    table = pd.DataFrame(
        {"unit_id": ["U", "U-SUB", "U"], "reporting_unit_id": "U", "period": ["2026-Q3", "2026-Q3", "2025-Q3"],
         "organisation_predikat": ["poor", "good", "good"]}
    )  # fmt: skip
    found = distribution_advice(spread(good=60, poor=40), table)
    # Neither the predikat of a part of it nor that of another quarter.
    assert set(found["organisation_predikat"]) == {"poor"}


def test_no_guide_without_the_units_own_predikat():
    assert distribution_advice(spread(good=10), None) is None
    assert distribution_advice(spread(good=10), {"V": "good"}) is None


def test_there_is_no_advice_before_the_circular_and_a_city_may_state_its_own():
    early = spread(good=94, very_good=6).assign(period="2022-Q4")
    assert distribution_advice(early, {"U": "good"}) is None
    limits = [{"predikats": ["good"], "at_most_pct": 95, "most": True}]
    facts = load_city().facts.model_copy(
        update={"rules": {"distribution_2023": {"guides": {"good": limits}}}}
    )
    found = distribution_advice(
        spread(good=94, very_good=6), {"U": "good"}, replace(load_city(), facts=facts)
    )
    assert (list(found["bound_value"]), list(found["is_kept"])) == ([95.0], [True])


def test_an_unknown_predikat_of_an_organisation_is_refused():
    with pytest.raises(RequestError, match="Mend the table"):
        distribution_advice(spread(good=10), {"U": "superb"})


@given(
    st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any), st.sampled_from(sorted(GUIDE.guides))
)
def test_staff_over_a_limit_is_nought_where_it_is_kept(counts, organisation):
    found = distribution_advice(spread(**dict(zip(PREDIKATS, counts, strict=True))), {"U": organisation})
    assert ((found["n_over"] == 0) == found["is_kept"]).all()
    # Taking so many away, or adding them, would keep it.
    for row in found.itertuples():
        limit = GUIDE.guides[organisation][row.limit_no - 1]
        if limit.at_least_n is None:
            assert limit.is_kept(row.n - row.n_over, row.n_employees)
