"""Training and motivation: mediation, differences in differences and panels beside R's."""

from asn_research.methods import (
    fit_event_study,
    fit_group_time,
    fit_mediation,
    fit_natural_effects,
    fit_panel,
    mediation_sensitivity,
    permute_one_treated,
)
from benchmarks.known_cases import both, by_term, case

TITLE = "Training and motivation"
READING = (
    "Rows marked simulated carry the Monte Carlo error of the draws, R's and ours, in their name. R's clustered p of "
    "the one treated state stands beside our p by permutation: the two are meant to differ. For did_mpdta the column R "
    "holds what the README of R's did prints, to four decimals."
)


def mediation():
    name = "mediation_jobs"
    data, reference = case(name)
    data = data.assign(works=(data["work1"] == "psyemp").astype(float))
    path = ("treat", "job_seek", "depress2")
    held = {"controls": ["econ_hard", "sex", "age"]}
    fit = fit_mediation(data, *path, draws=40_000, **held)
    yield name, "indirect", reference["product_ab"], fit.row("indirect")["estimate"]
    yield name, "direct", reference["direct_effect"], fit.row("direct")["estimate"]
    yield name, "Sobel standard error", reference["sobel_se"], fit.sobel_std_error
    low, high = reference["nonparam_boot_5000_percentile"]["ACME_control_ci"]
    yield name, "bootstrap low (simulated, ±0.001)", low, fit.row("indirect")["low"]
    yield name, "bootstrap high (simulated, ±0.001)", high, fit.row("indirect")["high"]
    natural = fit_natural_effects(data, *path, draws=20_000, **held)
    bayes = reference["quasi_bayes_20000"]
    row = natural.row("indirect_control")
    yield name, "quasi-Bayesian indirect (simulated, ±0.0001)", bayes["ACME_control"], row["estimate"]
    yield name, "quasi-Bayesian low (simulated, ±0.0005)", bayes["ACME_control_ci"][0], row["low"]
    yield name, "quasi-Bayesian high (simulated, ±0.0005)", bayes["ACME_control_ci"][1], row["high"]
    probit = fit_natural_effects(
        data, "treat", "job_seek", "works", outcome_stage="probit", draws=5000, **held
    )
    slopes = probit.outcome_model.set_index("term")["estimate"]
    yield (
        name,
        "probit slope of job_seek",
        reference["probit_outcome_work1"]["model"][2]["Estimate"],
        slopes["job_seek"],
    )
    med = reference["probit_outcome_work1"]["med"]
    yield (
        name,
        "probit direct (simulated, ±0.0005)",
        med["ADE_control"],
        probit.row("direct_control")["estimate"],
    )
    curve = mediation_sensitivity(data, *path, draws=50, **held).table["indirect"]
    yield name, "indirect at rho 0.5", reference["sensitivity_rho"]["d0"][14], curve[14]
    yield name, "indirect at rho -0.9", reference["sensitivity_rho"]["d0"][0], curve[0]


def differences():
    name = "did_fixest_base"
    data, reference = case(name)
    data = data.assign(d=data["treat"] * data["post"])
    fit = fit_panel(data, "y", ["x1", "d"], effects=["id", "period"], cluster="id")
    yield from both(name, "two-way", by_term(reference["did_cluster_id"])["treat:post"], fit.row("d"))
    data, _ = case(name, "stagg.csv")
    data = data.assign(start=data["year_treated"].where(data["year_treated"] < 100))
    names = {"entity": "id", "period": "year", "start": "start", "regressors": ["x1"]}
    sun = fit_event_study(data, "y", **names)
    yield from both(name, "Sun-Abraham, mean", by_term(reference["sunab_att"])["ATT"], sun.att.iloc[0])
    events = sun.events.set_index("term")
    for event in ("-9", "0", "8"):
        yield from both(
            name,
            f"Sun-Abraham, event {event}",
            by_term(reference["sunab_dyn"])[f"year::{event}"],
            events.loc[event],
        )
    biased = fit_event_study(data, "y", by_wave=False, **names).events.set_index("term")
    theirs = by_term(reference["naive_twfe_dyn"])["time_to_treatment::-9"]
    yield from both(name, "two-way event study, event -9", theirs, biased.loc["-9"])


def minimum_wages():
    """The tables that R's did prints; their last digit is the fourth, and their errors are drawn."""
    name = "did_mpdta"
    data, reference = case(name)
    fit = fit_group_time(
        data, "lemp", entity="countyreal", period="year", start="first.treat", never=0, controls="never",
        base="varying", sizes_estimated=True,
    )  # fmt: skip
    for (wave, period, estimate, _), row in zip(reference["cells"], fit.cells.itertuples(), strict=True):
        yield name, f"{wave} in {period} (printed, ±0.00005)", estimate, row.estimate
    for what, table, key in (("events", fit.events, "event"), ("groups", fit.groups, "wave")):
        for (at, estimate, error), row in zip(reference[what], table.to_dict("records"), strict=True):
            yield name, f"{key} {at} (printed, ±0.00005)", estimate, row["estimate"]
            yield name, f"{key} {at}, standard error (simulated)", error, row["std_error"]
        own = fit.overall.set_index("term").loc[what]
        yield name, f"mean of {what} (printed, ±0.00005)", reference[f"{what}_overall"][0], own["estimate"]


def grants():
    name = "training_jtrain_panel"
    data, reference = case(name)
    terms = ["d88", "d89", "grant", "grant_1"]
    plain = fit_panel(data, "lscrap", terms, effects=["fcode"])
    clustered = fit_panel(data, "lscrap", terms, effects=["fcode"], cluster="fcode")
    for term in ("grant", "grant_1"):
        yield from both(name, term, by_term(reference["fe_lscrap"]["coef"])[term], plain.row(term))
        theirs = by_term(reference["fe_lscrap"]["cluster"])[term]["Std_Error"]
        yield name, f"{term}, clustered error", theirs, clustered.row(term)["std_error"]


def donations():
    name = "did_organ_donations_one_treated"
    data, reference = case(name)
    fit = permute_one_treated(data, "Rate", "treated", entity="State", period="Quarter_Num")
    yield name, "two-way", reference["twfe"][0]["Estimate"], fit.estimate
    yield name, "clustered error (not to be used)", reference["twfe"][0]["Std_Error"], fit.clustered_std_error
    yield name, "p: clustered beside permutation", reference["twfe"][0]["Pr_t_"], fit.p_value


def departments():
    name = "attitude_departments"
    data, reference = case(name)
    expected = by_term(reference["full"]["coef"])
    fit = fit_panel(data, "rating", [term for term in expected if term != "(Intercept)"])
    for term in ("complaints", "learning"):
        yield from both(name, term, expected[term], fit.row(term))
    yield name, "R2", reference["full"]["r2"], fit.r2_within


GENERATORS = (mediation, differences, minimum_wages, grants, donations, departments)
