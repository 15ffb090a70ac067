"""Names of organisations over the years: likeness proposes, a reader decides, doubt stays apart."""

import pandas as pd
import pytest
from conftest import ROOT

from asn_research.clean.questions.names_over_time import propose_same, take_decisions
from asn_research.errors import RawDataError

DATA = ROOT / "notebooks" / "data" / "uk_csps"


def survey():
    return pd.read_csv(DATA / "organisations.csv")


def decisions():
    return pd.read_csv(DATA / "decisions.csv")


def decided(frame, table):
    return take_decisions(frame, table, name="organisation", period="year")


def test_the_survey_of_sixteen_years_becomes_one_row_per_organisation_and_year():
    out = decided(survey(), decisions())
    assert len(out) == 1630
    assert out["published_name"].tolist() == survey()["organisation"].tolist()
    assert survey()["organisation"].nunique() == 267
    assert out["organisation"].nunique() == 189
    assert not out.duplicated(["organisation", "year"]).any()
    assert (out.groupby("organisation").size() >= 5).sum() == 126


def test_proposals_hold_what_was_decided_and_never_two_names_of_one_year():
    found = propose_same(survey(), name="organisation", period="year")
    pairs = {frozenset(pair) for pair in found[["published", "other"]].itertuples(index=False)}
    assert frozenset({"HM Revenue & Customs", "HM Revenue and Customs"}) <= {n for p in pairs for n in p}
    assert frozenset({"Skills Funding Agency", "Skils Funding Agency"}) in pairs
    seen = survey().groupby("organisation")["year"].agg(set)
    assert not any(seen[a] & seen[b] for a, b in pairs)


def rows(**change):
    base = {"published": ["A & B"], "taken_as": ["A and B"], "decision": ["spelling"], "reason": ["and"]}
    return pd.DataFrame({**base, **change})


FRAME = pd.DataFrame({"organisation": ["A & B", "A and B", "C"], "year": [2009, 2010, 2010]})


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param(rows(decision=["same"]), "none of spelling", id="unknown_decision"),
        pytest.param(rows(reason=[""]), "has no reason; write one", id="no_reason"),
        pytest.param(rows(published=["D"]), "not in the data; delete", id="unknown_name"),
        pytest.param(
            rows(published=["C"]), "two rows of 2010 under 'A and B'.*keep them apart", id="both_in_use"
        ),
    ],
)
def test_a_poor_decision_is_refused_with_its_remedy(table, words):
    with pytest.raises(RawDataError, match=words):
        decided(FRAME, table)


def test_what_is_kept_apart_stays_apart():
    assert decided(FRAME, rows(decision=["kept_apart"]))["organisation"].nunique() == 3
    assert decided(FRAME, rows())["organisation"].nunique() == 2
