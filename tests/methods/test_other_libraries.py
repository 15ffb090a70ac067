"""The same models by pyfixest and by pingouin, libraries that others publish with; how far they lie apart is said."""

import pandas as pd
import pingouin as pg
import pyfixest as pf
import pytest
from conftest import GOLDEN

from asn_research.methods import fit_event_study, fit_mediation, fit_panel
from asn_research.methods.raters.agreement import intraclass_correlations
from asn_research.methods.scales.reliability import cronbach_alpha

# Both still call pandas in ways that its next release drops.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword", "ignore:The SaturatedEventStudy")


def read(name, file="data.csv"):
    return pd.read_csv(GOLDEN / name / file)


@pytest.mark.parametrize("weights", [None, "w"])
def test_a_two_way_panel_with_clusters_is_pyfixests(weights):
    data = read("panel_empluk")
    ours = fit_panel("y ~ x + z | entity + year", data, cluster="cluster", weights=weights).table
    theirs = pf.feols("y ~ x + z | entity + year", data, vcov={"CRV1": "cluster"}, weights=weights).tidy()
    assert ours["term"].tolist() == theirs.index.tolist()
    for mine, name in (
        ("estimate", "Estimate"), ("std_error", "Std. Error"), ("p_value", "Pr(>|t|)"),
        ("low", "2.5%"), ("high", "97.5%"),
    ):  # fmt: skip
        assert ours[mine].tolist() == pytest.approx(theirs[name].tolist(), rel=1e-5), name


def test_an_event_study_by_waves_is_pyfixests_and_its_intervals_a_little_wider():
    data = read("did_fixest_base", "stagg.csv")
    treated = data["year_treated"] < 1000
    ours = fit_event_study(
        data.assign(start=data["year_treated"].where(treated)), "y", entity="id", period="year", start="start"
    ).events.set_index("event")
    theirs = pf.event_study(
        data.assign(wave=data["year_treated"].where(treated, 0).astype(int)), yname="y", idname="id",
        tname="year", gname="wave", estimator="saturated", cluster="id",
    ).aggregate(weighting="shares")  # fmt: skip
    theirs = theirs.astype(float).set_axis(theirs.index.astype(float).astype(int))
    assert ours.index.tolist() == theirs.index.tolist()
    assert ours["estimate"].tolist() == pytest.approx(theirs["Estimate"].tolist(), rel=1e-8)
    assert ours["std_error"].tolist() == pytest.approx(theirs["Std. Error"].tolist(), rel=1e-8)
    # There the normal distribution, here t with one degree of freedom less than clusters.
    wider = (ours["high"] - ours["low"]) / (theirs["97.5%"] - theirs["2.5%"])
    assert wider.to_numpy() == pytest.approx(1.0130, abs=1e-4)


def test_alpha_is_pingouins():
    items = read("cfa_holzinger_swineford")[["x4", "x5", "x6"]]
    ours = cronbach_alpha(items)
    alpha, ends = pg.cronbach_alpha(items)
    assert ours.alpha == pytest.approx(alpha, rel=1e-12)
    # Printed to three decimals there.
    assert [ours.low, ours.high] == pytest.approx(ends.tolist(), abs=6e-4)


def test_agreement_of_raters_is_pingouins():
    ratings = read("agreement_irr", "anxiety.csv")
    long = ratings.rename_axis("person").reset_index().melt("person", var_name="rater", value_name="score")
    theirs = pg.intraclass_corr(long, "person", "rater", "score")["ICC"].tolist()
    assert intraclass_correlations(ratings).table["icc"].tolist() == pytest.approx(theirs, rel=1e-10)


def test_an_indirect_effect_is_pingouins_and_its_interval_within_chance():
    data, controls = read("mediation_jobs"), ["econ_hard", "age"]
    ours = fit_mediation(data, "treat", "job_seek", "depress2", controls=controls, draws=4000)
    theirs = pg.mediation_analysis(
        data, x="treat", m="job_seek", y="depress2", covar=controls, n_boot=4000, seed=1
    ).set_index("path")
    for part, path in (("indirect", "Indirect"), ("direct", "Direct"), ("total", "Total")):
        assert ours.row(part)["estimate"] == pytest.approx(theirs.loc[path, "coef"], rel=1e-10)
    # There corrected for bias, here percentiles; 4,000 draws leave a Monte Carlo error of 0.0006 to an end.
    row = ours.row("indirect")
    assert row["low"] == pytest.approx(theirs.loc["Indirect", "CI2.5"], abs=0.004)
    assert row["high"] == pytest.approx(theirs.loc["Indirect", "CI97.5"], abs=0.004)
