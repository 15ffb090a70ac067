"""Service and its users: interrupted series, quantiles, ordinal answers and clustered errors beside R's."""

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.methods import fit_interrupted, fit_ordinal, fit_panel, fit_quantiles
from asn_research.methods.panel.two_way_clusters import fit_two_way_clustered
from asn_research.methods.panel.within_between import fit_within_between
from benchmarks.known_cases import both, by_term, case, folder, in_cell, reference, tested

TITLE = "Service, its users, and a real survey of civil servants"
READING = (
    "Nothing here is simulated. `uk_csps` are real organisations, with every number of its reference. Of the seasonal "
    "ARMA, R's optimiser stopped at a likelihood 3e-7 below ours; errors of the two autoregressions differ most."
)


def seatbelts():
    name = "its_seatbelts"
    data, theirs = case(name)
    data = data.assign(log_kms=np.log(data["kms"]), log_petrol=np.log(data["PetrolPrice"]))
    when = {"time": "t", "start": 170, "season": "month"}
    waves = fit_interrupted(
        data, "lk", season_as="harmonic", slope_change=False, errors="independent", **when
    )
    yield from both(name, "waves: law", by_term(theirs["seg_harmonic"])["law"], waves.row("level_change"))
    for errors, key in (("independent", "seg_full"), ("newey_west", "seg_full_newey_west12")):
        fit = fit_interrupted(
            data, "lk", controls=["log_kms", "log_petrol"], errors=errors, lags=12, adjust=False, **when
        )
        terms = by_term(theirs[key])
        # R's coefficient is the jump one month before the law, where its slope term is zero.
        yield from both(name, f"level and slope, {errors} errors: law", terms["law"], fit.effect_at(-1))
        slope = terms["I(law * (t - 169))"]
        yield from both(name, f"level and slope, {errors} errors: turn", slope, fit.row("slope_change"))
    ar1 = fit_interrupted(data, "lk", slope_change=False, errors="ar1", restricted=False, **when)
    known = theirs["gls_ar1"]
    law, ours = by_term(known["coef"])["law"], ar1.row("level_change")
    yield from both(name, "AR(1) errors: law", {**law, "Estimate": law["Value"]}, ours)
    yield name, "AR(1) errors: autocorrelation", known["phi"], ar1.diagnostics["autocorrelation"]
    yield name, "AR(1) errors: log-likelihood", known["logLik"], ar1.diagnostics["log_likelihood"]
    counts = fit_interrupted(data, "DriversKilled", slope_change=False, errors="quasi_poisson", **when)
    known = theirs["quasipoisson_killed"]
    yield from both(name, "counts: law", by_term(known["coef"])["law"], counts.row("level_change"))
    yield name, "counts: dispersion", known["dispersion"], counts.diagnostics["dispersion"]
    yield from seasonal(name, data, theirs["arima_sar"])


def seasonal(name, data, theirs):
    fit = fit_interrupted(
        data, "lk", time="t", start=170, controls=["log_petrol", "log_kms"], trend=False,
        slope_change=False, errors="arma", seasonal_ar=1,
    )  # fmt: skip
    for known, term in (("law", "level_change"), ("petrol", "log_petrol")):
        pair = {"Estimate": theirs["coef"][known], "Std_Error": theirs["se"][known]}
        yield from both(name, f"seasonal ARMA: {known}", pair, fit.row(term))
    found = fit.diagnostics
    yield name, "seasonal ARMA: ar1", theirs["coef"]["ar1"], found["ar1"]
    yield name, "seasonal ARMA: ar1, standard error", theirs["se"]["ar1"], found["ar1_std_error"]
    yield name, "seasonal ARMA: seasonal ar1", theirs["coef"]["sar1"], found["seasonal_ar1"]
    error = found["seasonal_ar1_std_error"]
    yield name, "seasonal ARMA: seasonal ar1, standard error", theirs["se"]["sar1"], error
    yield name, "seasonal ARMA: residual variance", theirs["sigma2"], found["sigma2"]
    yield name, "seasonal ARMA: log-likelihood", theirs["loglik"], found["log_likelihood"]


def engel():
    name = "quantile_engel"
    data, theirs = case(name)
    known = {row["tau"]: row for row in theirs["fits"]}
    for errors, key in (("nid", "se_nid"), ("iid", "se_iid"), ("kernel", "se_ker")):
        fit = fit_quantiles(data, "foodexp", ["income"], quantiles=list(known), errors=errors)
        for tau in (0.1, 0.5, 0.9):
            row, label = fit.row("income", tau), f"{100 * tau:.0f} % quantile"
            if errors == "nid":
                yield name, f"{label}: objective", known[tau]["obj"], fit.objectives[tau]
                yield name, f"{label}: income", known[tau]["coef"]["income"], row["estimate"]
            error = f"{label}: income, standard error ({errors})"
            yield name, error, known[tau][key]["income"], row["std_error"]


def housing():
    name = "ordinal_housing_satisfaction"
    data, theirs = case(name)
    levels = {
        "Sat": ["Low", "Medium", "High"],
        "Infl": ["Low", "Medium", "High"],
        "Type": ["Tower", "Apartment", "Atrium", "Terrace"],
        "Cont": ["Low", "High"],
    }
    data = data.assign(**{c: pd.Categorical(data[c], order, ordered=True) for c, order in levels.items()})
    terms = {
        "InflHigh": "Infl=High", "TypeTerrace": "Type=Terrace", "ContHigh": "Cont=High",
        "Low|Medium": "Low|Medium", "Medium|High": "Medium|High",
    }  # fmt: skip
    for link in ("logit", "probit"):
        fit = fit_ordinal(data, "Sat", ["Infl", "Type", "Cont"], weights="Freq", link=link)
        found = pd.concat([fit.table, fit.thresholds]).set_index("term")
        yield name, f"{link}: deviance", theirs[link]["deviance"], fit.deviance
        for known, term in terms.items():
            row = by_term(theirs[link]["coef"])[known]
            label = f"{link}: {in_cell(term)}"
            yield from both(name, label, {**row, "Estimate": row["Value"]}, found.loc[term])


def petersen():
    name = "cluster_se_petersen"
    data, theirs = case(name)
    plain = fit_panel(data, "y", ["x"]).row("x")
    yield name, "slope", theirs["coef"]["x"], plain["estimate"]
    yield name, "standard error, independent", theirs["se_iid"]["x"], plain["std_error"]
    for cluster in ("firm", "year"):
        row = fit_panel(data, "y", ["x"], cluster=cluster).row("x")
        known = theirs[f"cluster_{cluster}"]["x"]
        yield name, f"standard error, clusters by {cluster}", known, row["std_error"]
    two = fit_two_way_clustered(data, "y", ["x"], ("firm", "year")).set_index("term")["std_error"]
    known = theirs["cluster_firm_year"]
    yield name, "standard error, clusters by firm and year", known["x"], two["x"]
    yield name, "the same of the intercept", known["(Intercept)"], two["intercept_"]


CSPS = "uk_csps"


def civil_servants():
    """Learning and engagement in real organisations: all that the reference holds."""
    theirs = reference(CSPS)
    data = pd.read_csv(folder(CSPS) / "organisations.csv")
    # The reference keeps organisations seen in at least five years.
    data = data.loc[data.groupby("organisation")["year"].transform("size") >= 5]
    both_ways = ["organisation", "year"]
    cluster = {"cluster": "organisation"}
    fit = fit_panel(data, "engagement", ["learning"], effects=both_ways, **cluster)
    yield CSPS, "rows: organisations in a year", theirs["n_rows"], len(data)
    yield CSPS, "organisations", theirs["n_orgs"], fit.n_clusters
    yield CSPS, "two-way: rows used", theirs["twoway_fe_n"], fit.n
    yield from tested(CSPS, "two-way: learning", theirs["twoway_fe"][0], fit.row("learning"))
    yield from clustered_both_ways(data, fit, theirs["twoway_CRV_twoway"][0])
    full = by_term(theirs["twoway_fe_full"]["coef"])
    fit = fit_panel(data, "engagement", list(full), effects=both_ways, **cluster)
    yield CSPS, "two-way, four themes: rows used", theirs["twoway_fe_full"]["n"], fit.n
    for term, row in full.items():
        yield from tested(CSPS, f"two-way, four themes: {term}", row, fit.row(term))
    fit = fit_panel(data, "engagement", ["learning"], effects=["organisation"], **cluster)
    yield from tested(CSPS, "organisations' effects: learning", theirs["org_fe"][0], fit.row("learning"))
    fit = fit_panel(data, "engagement", ["learning"], **cluster)
    for term, row in zip(("intercept_", "learning"), theirs["pooled"], strict=True):
        yield from tested(CSPS, f"pooled: {term.rstrip('_')}", row, fit.row(term))
    yield from within_and_between(data, theirs)


def clustered_both_ways(data, fit, theirs):
    """V_organisation + V_year - V_cell, in the convention of R's fixest.

    fixest counts both sets of effects as nested (K = 2) and takes the factor of the smaller number of
    clusters; `fit_two_way_clustered` keeps a factor for each of the three, as R's sandwich does.
    """
    data = data.assign(cell=data["organisation"] + data["year"].astype(str))
    n, n_orgs, n_years = len(data), data["organisation"].nunique(), data["year"].nunique()

    def bare(cluster, n_absorbed):
        one = fit_panel(data, "engagement", ["learning"], effects=["organisation", "year"], cluster=cluster)
        groups = one.n_clusters
        # Each fit's own small-sample factors are taken out again.
        return one.row("learning")["std_error"] ** 2 * (groups - 1) / groups * (n - n_absorbed) / (n - 1)

    total = bare("organisation", 1 + n_years) + bare("year", 1 + n_orgs) - bare("cell", n_orgs + n_years)
    ours = fit.row("learning").to_dict()
    ours["std_error"] = (total * n_years / (n_years - 1) * (n - 1) / (n - 2)) ** 0.5
    ours["t"] = ours["estimate"] / ours["std_error"]
    ours["p_value"] = 2 * stats.t.sf(abs(ours["t"]), min(n_orgs, n_years) - 1)
    yield from tested(CSPS, "two-way, clusters by organisation and year (fixest's factors)", theirs, ours)


def within_and_between(data, theirs):
    how = {"entity": "organisation"}
    fit = fit_within_between(data, "engagement", "learning", period="year", **how)
    label = "within and between"
    yield from mixed(label, theirs["mundlak_lmm"], fit)
    yield from spreads(label, theirs["mundlak_var"], (fit.intercept_sd, fit.residual_sd))
    fit = fit_within_between(data, "engagement", "learning", random_slope=True, **how)
    label = "slopes that differ"
    yield from mixed(label, theirs["random_slope"]["fixef"], fit)
    covariance = fit.correlation * fit.intercept_sd * fit.slope_sd
    levels, slopes, joint, rest = theirs["random_slope"]["vc"]
    yield from spreads(label, (levels, rest), (fit.intercept_sd, fit.residual_sd))
    yield CSPS, f"{label}: spread of slopes", slopes["sdcor"], fit.slope_sd
    yield CSPS, f"{label}: variance of slopes", slopes["vcov"], fit.slope_sd**2
    yield CSPS, f"{label}: correlation of level and slope", joint["sdcor"], fit.correlation
    yield CSPS, f"{label}: covariance of level and slope", joint["vcov"], covariance


def mixed(label, theirs, fit):
    for term, row in zip(("intercept", "within", "between"), theirs, strict=True):
        ours = fit.row(term)
        yield from both(CSPS, f"{label}: {term}", row, ours)
        yield CSPS, f"{label}: {term}, t", row["t_value"], ours["z"]


def spreads(label, theirs, ours):
    for what, row, spread in zip(("organisations", "the rest"), theirs, ours, strict=True):
        yield CSPS, f"{label}: spread of {what}", row["sdcor"], spread
        yield CSPS, f"{label}: variance of {what}", row["vcov"], spread**2


GENERATORS = (seatbelts, engel, housing, petersen, civil_servants)
