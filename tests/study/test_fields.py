"""Training by field: all fields in one model, fields without hours are missing, chance findings are not told."""

import numpy as np
import pandas as pd
import pytest

from asn_research.rules.words import LANGUAGES
from asn_research.show.findings import finding_text
from asn_research.simulate.parameters import FIELDS
from asn_research.study import claims_from, load_specs, run_study
from asn_research.study.study_claims import load_field_answers

SPECS = [spec for spec in load_specs("fields") if spec.level == "unit" and spec.key.startswith("fields")]


def units(effect=-0.4, seed=0, n_units=30, quarters=8, fields=tuple(FIELDS)):
    rng = np.random.default_rng(seed)
    unit, quarter = np.repeat(np.arange(n_units), quarters), np.tile(np.arange(quarters), n_units)
    hours = {f: np.cumsum(rng.gamma(1, 0.1, (n_units, quarters)), axis=1).ravel() for f in FIELDS}
    n_requests = rng.integers(200, 400, len(unit))
    told = np.exp(-2 + 2 * effect * hours["technology"] + rng.normal(0, 0.3, n_units)[unit]) * n_requests
    frame = pd.DataFrame(
        {
            "unit_id": [f"U{u:02d}" for u in unit],
            "period": [f"{2025 + q // 4}-Q{q % 4 + 1}" for q in quarter],
            "quarter_no": quarter,
            "motivation_mean": rng.normal(3.3, 0.2, len(unit)),
            "log_completion_days": rng.normal(0, 0.3, n_units)[unit]
            + effect * hours["technology"]
            + rng.normal(0, 0.05, len(unit)),
            "time_index": rng.normal(75, 2, len(unit)),
            "competence_index": rng.normal(80, 2, len(unit)),
            "n_requests": n_requests.astype(float),
            "information_complaints_n": rng.poisson(told).astype(float),
        }
    )
    return frame.assign(**{f"{f}_jp10": hours[f] if f in fields else 0.0 for f in FIELDS})


def test_the_field_that_works_is_found_and_the_others_are_idle():
    study = run_study(None, units(), specs=SPECS)
    table = study.table.set_index("key")
    assert table.loc["fields_time_technology", "estimate"] == pytest.approx(-0.4, abs=0.06)
    assert table.loc["fields_complaints_technology", "estimate"] == pytest.approx(-0.8, abs=0.3)
    clear = {claim.key for claim in claims_from(study) if claim.strength == "clear"}
    assert clear == {"fields_time_technology", "fields_complaints_technology"}


def test_chance_alone_is_rarely_told():
    told = [
        any(c.strength == "clear" for c in claims_from(run_study(None, units(0.0, seed=s), specs=SPECS[:3])))
        for s in range(40)
    ]
    assert np.mean(told) <= 0.15


def test_a_field_without_hours_is_missing_and_the_others_go_on():
    table = run_study(None, units(fields=("technology", "conduct")), specs=SPECS).table.set_index("key")
    assert table.loc["fields_time_technology", "status"] == "fitted"
    assert np.isnan(table.loc["fields_time_leadership", "estimate"])
    assert "no lesson hours" in table.loc["fields_time_leadership", "status"]


def test_without_any_field_the_question_is_refused_in_words():
    table = run_study(None, units(fields=()), specs=SPECS).table
    assert table["estimate"].isna().all()
    assert table["status"].str.contains("titles").all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_has_a_sentence_that_names_its_field(language):
    claims = [
        c for c in claims_from(run_study(None, units(), specs=SPECS)) if c.strength != "not_enough_data"
    ]
    assert {c.key for c in claims} <= set(load_field_answers())
    texts = [finding_text(claim, language) for claim in claims]
    assert len(set(texts)) == len(texts)
    field = {"id": "di bidang teknologi informasi", "en": "in information technology"}[language]
    assert all(field in text for claim, text in zip(claims, texts, strict=True) if claim.part == "technology")


def test_with_few_complaints_the_question_is_refused_with_the_number_that_is_needed():
    few = units()
    few["information_complaints_n"] = (np.arange(len(few)) % 5 == 0).astype(float)
    table = run_study(None, few, specs=SPECS).table.set_index("key")
    status = table.loc["fields_complaints_technology", "status"]
    # Six slopes and seven quarters; the effects of units drop out of a likelihood of counts.
    assert "only 48 cases of information_complaints_n for 13 coefficients; at least 130 are needed" in status
    assert table.loc[[key for key in table.index if "complaints" in key], "estimate"].isna().all()
    assert table.loc["fields_time_technology", "status"] == "fitted"
