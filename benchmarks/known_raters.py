"""Raters: crossed random effects, ordinal models, many-facet Rasch and reliability of ratings beside R's."""

import numpy as np
from scipy import stats

from asn_research.measure.rating_information import rating_reliability
from asn_research.methods import (
    fit_crossed,
    fit_crossed_ordinal,
    fit_facets,
    likelihood_ratio,
    profile_fixed,
    satterthwaite,
    spread_intervals,
)
from asn_research.methods.raters.agreement import intraclass_correlations, kendall_w
from asn_research.methods.raters.variance_components import variance_components
from benchmarks.known_cases import both, by_term, case, in_cell

TITLE = "Raters"
READING = (
    "Nothing here is simulated. lme4, clmm and TAM end their iterations a little before the optimum, ours go on; TAM "
    "ends earliest, at changes of about 3e-4 logits, and its severities, steps and variances differ most."
)
#: The points at which TAM was told to integrate.
NODES = np.linspace(-6, 6, 21)


def sleep():
    name = "lmm_sleepstudy"
    data, reference = case(name)
    how = {"fixed": ["Days"], "random": ["Subject"], "slopes": {"Subject": ["Days"]}}
    fit, theirs = fit_crossed(data, "Reaction", **how), reference["random_slope_REML"]
    yield name, "REML criterion", theirs["REMLcrit_or_deviance"], fit.criterion
    yield from both(name, "Days", by_term(theirs["fixef"])["Days"], fit.row("Days"))
    covariance = fit.covariances["Subject"]
    spreads = {
        "variance of intercepts": covariance[0, 0],
        "variance of slopes": covariance[1, 1],
        "covariance": covariance[0, 1],
        "residual variance": fit.sigma**2,
    }
    for (quantity, ours), row in zip(spreads.items(), theirs["varcorr"], strict=True):
        yield name, quantity, row["vcov"], ours
    df = satterthwaite(fit).set_index("term")["df"]["Days"]
    yield name, "Days, Satterthwaite df", by_term(reference["satterthwaite"])["Days"]["df"], df
    maximum = fit_crossed(data, "Reaction", reml=False, **how)
    yield name, "ML criterion", reference["random_slope_ML"]["REMLcrit_or_deviance"], maximum.criterion
    yield from profiles(name, fit, by_term(reference["profile_ci_ML"]))


def profiles(name, fit, theirs):
    labels = {".sig01": "intercepts", ".sig02": "correlation", ".sig03": "slopes", ".sigma": "residual"}
    for (term, label), row in zip(labels.items(), spread_intervals(fit).itertuples(), strict=True):
        yield name, f"profile interval of {label}, low", theirs[term]["2_5_"], row.low
        yield name, f"profile interval of {label}, high", theirs[term]["97_5_"], row.high
    low, high = profile_fixed(fit, "Days")
    yield name, "profile interval of Days, low", theirs["Days"]["2_5_"], low
    yield name, "profile interval of Days, high", theirs["Days"]["97_5_"], high


def penicillin():
    name = "lmm_crossed_penicillin"
    data, reference = case(name)
    theirs = reference["fit"]
    fit = fit_crossed(data, "diameter", random=["plate", "sample"])
    yield name, "REML criterion", theirs["REMLcrit_or_deviance"], fit.criterion
    yield from both(name, "intercept", theirs["fixef"][0], fit.row("intercept"))
    for row in theirs["varcorr"]:
        group = "residual" if row["grp"] == "Residual" else row["grp"]
        yield name, f"spread of {group}", row["sdcor"], fit.sd(group)
    samples = fit.effects("sample").set_index("sample")["estimate"]
    for row in theirs["ranef"]["sample"][:2]:
        yield name, f"effect of sample {row['group']}", row["_Intercept_"], samples[row["group"]]


def dyestuff():
    name = "lmm_dyestuff_shrinkage"
    for file, key, restricted in (
        ("dyestuff", "dyestuff_REML", True),
        ("dyestuff", "dyestuff_ML", False),
        ("dyestuff2", "dyestuff2_REML_zero_variance", True),
    ):
        data, reference = case(name, f"{file}.csv")
        theirs = reference[key]
        fit = variance_components(data["Yield"], data["Batch"], restricted=restricted)
        label = f"{file}, {'REML' if restricted else 'ML'}"
        yield name, f"{label}: variance of batches", theirs["varcorr"][0]["vcov"], fit.between
        yield name, f"{label}: residual variance", theirs["varcorr"][1]["vcov"], fit.within
        yield name, f"{label}: mean", theirs["fixef"][0]["Estimate"], fit.mean
        yield name, f"{label}: mean, standard error", theirs["fixef"][0]["Std_Error"], fit.std_error
        first = theirs["ranef"]["Batch"][0]
        yield name, f"{label}: effect of batch {first['group']}", first["_Intercept_"], fit.effects.iloc[0]


def wine():
    name = "ordinal_rater_wine"
    data, reference = case(name)
    how = {"fixed": ["temp", "contact"]}
    fits = {
        "clm": fit_crossed_ordinal(data, "rating", **how),
        "clmm_laplace": fit_crossed_ordinal(data, "rating", random=["judge"], **how),
    }
    for key, fit in fits.items():
        label, theirs = key.replace("_laplace", " (Laplace)"), reference[key]
        for (_, ours), row in zip(fit.table.iterrows(), theirs["coef"], strict=True):
            yield from both(name, f"{label}: {in_cell(ours['term'])}", row, ours)
        yield name, f"{label}: log-likelihood", theirs["logLik"], fit.log_likelihood
    plain, judged = fits.values()
    theirs = reference["clmm_laplace"]
    yield name, "clmm (Laplace): variance of judges", theirs["judge_var"], judged.variances.variance[0]
    effect = judged.effects("judge").estimate[0]
    yield name, "clmm (Laplace): effect of judge 1", theirs["judge_effects"]["1"], effect
    ratio = likelihood_ratio(judged, plain)
    yield name, "judges or none: likelihood ratio", reference["lrt"][1]["LR_stat"], ratio["statistic"]
    yield name, "judges or none: p", reference["lrt"][1]["Pr_Chisq_"], ratio["p_value"]


def essays():
    """Many-facet Rasch measurement of writing tasks, and the linear model of the same ratings."""
    name = "rater_ratings1_mfrm"
    data, reference = case(name)
    ratings = data.melt(["idstud", "rater"], var_name="criterion", value_name="score")
    for steps, key, label in (
        ("common", "tam_item_rater_only_commonstep", "rating scale"),
        ("criterion", "tam_item_rater_step", "partial credit"),
    ):
        yield from facets(name, label, ratings, steps, reference[key])
    fit = fit_crossed(ratings, "score", fixed=["criterion"], random=["idstud", "rater"])
    theirs = reference["lmm"]
    names = {"p": "idstud", "Residual": "residual"}
    for row in theirs["varcorr"]:
        group = names.get(row["grp"], row["grp"])
        yield name, f"linear: spread of {group}", row["sdcor"], fit.sd(group)
    first = theirs["rater_ranef"][0]
    ours = fit.effects("rater").set_index("rater")["estimate"][first["rater"]]
    yield name, f"linear: effect of {first['rater']}", first["_Intercept_"], ours


def facets(name, label, ratings, steps, theirs):
    fit = fit_facets(ratings, person="idstud", rater="rater", steps=steps, nodes=NODES)
    known = {row["parameter"]: row["xsi"] for row in theirs["params"]}
    for row in fit.facet("rater").itertuples():
        yield name, f"{label}: severity of {row.level}", known[f"rater{row.level}"], row.estimate
    # Of steps by criterion, the first criterion's three.
    for row in fit.facet("step").head(3).itertuples():
        step = f"step{row.level}" if steps == "common" else f"{row.criterion}:step{row.level}"
        yield name, f"{label}: {step}", known[step], row.estimate
    # TAM's prior is not scaled to one over its nodes: a constant of the deviance.
    mass = np.sum(stats.norm.pdf(NODES, 0, np.sqrt(fit.person_variance))) * (NODES[1] - NODES[0])
    yield name, f"{label}: deviance", theirs["deviance"], fit.deviance - 2 * len(fit.persons) * np.log(mass)
    yield name, f"{label}: variance of persons", theirs["theta_var"], fit.person_variance
    yield name, f"{label}: EAP reliability", theirs["eap_rel"], fit.eap_reliability
    yield name, f"{label}: WLE reliability", theirs["wle_rel"], fit.person_reliability


def judges():
    """Table 2 of Shrout and Fleiss (1979), with R's psych."""
    name = "icc_shrout_fleiss"
    data, reference = case(name)
    ratings = data.set_index("target")
    ours = intraclass_correlations(ratings).table
    theirs = {row["type"]: row for row in reference["icc"]}
    for kind, row in theirs.items():
        yield name, kind, row["ICC"], ours.loc[kind, "icc"]
        yield name, f"{kind}, low", row["lower bound"], ours.loc[kind, "low"]
        yield name, f"{kind}, high", row["upper bound"], ours.loc[kind, "high"]
    yield name, "Kendall's W", reference["kendall_W"], kendall_w(ratings).value
    # The audit of ratings reaches the same reliabilities of a mean by its own road.
    people = np.repeat(ratings.index.to_numpy(), len(ratings.columns))
    judge = np.tile(ratings.columns.to_numpy(), len(ratings))
    values = ratings.to_numpy(float).ravel()
    alone = rating_reliability(values, people).reliability
    yield name, "reliability of a mean, judges left in (ICC1k)", theirs["ICC1k"]["ICC"], alone
    apart = rating_reliability(values, people, judge).reliability
    yield name, "reliability of a mean, judges taken out (ICC3k)", theirs["ICC3k"]["ICC"], apart


GENERATORS = (sleep, penicillin, dyestuff, wine, essays, judges)
