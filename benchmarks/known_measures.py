"""Measures: reliability, factors, agreement, aggregation, pooling, surveys and printed tables beside R's."""

import numpy as np
import pandas as pd

from asn_research.measure.sample import needed_respondents
from asn_research.methods.raters.aggregation import unit_reliability, within_agreement
from asn_research.methods.raters.agreement import (
    cohen_kappa,
    finn,
    fleiss_kappa,
    intraclass_correlations,
    kendall_w,
    krippendorff_alpha,
    light_kappa,
    mean_spearman,
)
from asn_research.methods.raters.variance_components import variance_components
from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.scales.invariance import invariance_ladder
from asn_research.methods.scales.omega import omega_total
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.methods.scales.validity import critical_r
from asn_research.methods.survey.shrinkage import shrink
from asn_research.methods.survey.survey_design import Design, design_effect, mean, total
from benchmarks.known_cases import case, folder, reference

TITLE = "Measures"
READING = (
    "Nothing here is simulated. metafor stops its search for the variance between trials at 1e-4 to 1e-5, ours go on. "
    "For sample sizes, the column R holds the table printed in 1970."
)
FACTORS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}


def personality():
    name = "reliability_bfi"
    data, theirs = case(name)
    for scale, keys in reference(name, "meta")["keys"].items():
        items = pd.DataFrame({k.lstrip("-"): 7 - data[k[1:]] if k.startswith("-") else data[k] for k in keys})
        known, found = theirs[scale]["complete_cases"], cronbach_alpha(items)
        fit = fit_factors(items, {"scale": list(items)}, scaling="variance")
        yield name, f"{scale}: alpha", known["raw_alpha"], found.alpha
        yield name, f"{scale}: lambda 6", known["guttman_lambda6"], found.lambda6
        yield name, f"{scale}: omega", known["omega_total_cfa_ml"], omega_total(fit).value
        first = items.columns[0]
        yield name, f"{scale}: {first} with the rest", known["r_drop"][first], found.item_rest[first]
        yield name, f"{scale}: chi2 of one factor", known["cfa_fit"]["chisq"], fit.indices.chi2


def army():
    name = "multilevel_army_bh1996"
    data, theirs = case(name, "bh1996.csv")
    for column in ("HRS", "WBEING"):
        found = unit_reliability(data[column], data["GRP"])
        yield name, f"{column}: ICC(1)", theirs["icc1_all"][column], found.icc1
        yield name, f"{column}: ICC(2)", theirs["icc2_all"][column], found.icc2
    parts, known = variance_components(data["WBEING"], data["GRP"]), theirs["null"]
    yield name, "WBEING: variance of companies", known["varcorr"][0]["vcov"], parts.between
    yield name, "WBEING: variance within", known["varcorr"][1]["vcov"], parts.within
    yield name, "WBEING: mean", known["fixef"][0]["Estimate"], parts.mean
    yield name, "WBEING: mean, standard error", known["fixef"][0]["Std_Error"], parts.std_error
    leaders, _ = case(name, "lq2002.csv")
    found = within_agreement(leaders.filter(like="LEAD"), leaders["COMPID"], 5).set_index("unit_id")["rwg"]
    for row in theirs["rwg_j_lq2002"][:3]:
        yield name, f"rwg(J) of company {row['grpid']}", row["rwg_j"], found[int(row["grpid"])]
    known = {int(row["grpid"]): row["rwg_j"] for row in theirs["rwg_j_lq2002"]}
    yield (
        name,
        f"rwg(J), mean of {len(known)} companies",
        np.mean(list(known.values())),
        found[list(known)].mean(),
    )


def abilities():
    """Three factors of Holzinger and Swineford's nine tests, with R's lavaan."""
    name = "cfa_holzinger_swineford"
    data, theirs = case(name)
    fit, known = fit_factors(data, FACTORS), theirs["ml"]["fit"]
    for label, key, ours in (
        ("chi2", "chisq", fit.indices.chi2), ("df", "df", fit.indices.df), ("p", "pvalue", fit.indices.p),
        ("CFI", "cfi", fit.indices.cfi), ("TLI", "tli", fit.indices.tli),
        ("RMSEA", "rmsea", fit.indices.rmsea), ("SRMR", "srmr", fit.indices.srmr),
    ):  # fmt: skip
        yield name, label, known[key], ours
    robust = fit_factors(data, FACTORS, robust=True)
    yield name, "chi2, robust", theirs["mlr"]["fit"]["chisq.scaled"], robust.robust.chi2
    yield name, "CFI, robust", theirs["mlr"]["fit"]["cfi.robust"], robust.robust.cfi
    free = {row["rhs"]: row for row in theirs["ml_stdlv"]["params"] if row["op"] == "=~"}
    for item, row in fit_factors(data, FACTORS, scaling="variance").loadings().iterrows():
        yield name, f"loading of {item}", free[item]["est"], row["estimate"]
        yield name, f"loading of {item}, standard error", free[item]["se"], row["std_error"]
    steady = {row["rhs"]: row for row in theirs["mlr"]["se_robust"] if row["op"] == "=~"}
    error = robust.loadings().loc["x2", "std_error"]
    yield name, "x2 beside x1, robust standard error", steady["x2"]["se"], error
    omega = next(row for row in theirs["reliability_semTools"] if row["stat"] == "omega")
    for factor, items in FACTORS.items():
        yield (
            name,
            f"{factor}: alpha",
            theirs["alpha_psych"][factor]["raw_alpha"],
            cronbach_alpha(data[items]).alpha,
        )
        yield name, f"{factor}: omega", omega[factor], omega_total(fit, items).value


def ladder():
    """Measurement invariance of the same tests between two schools."""
    name = "cfa_holzinger_swineford"
    data, theirs = case(name)
    more = reference("cfa_holzinger_ordinal")
    known = theirs["invariance_school"]
    table = invariance_ladder(data, FACTORS, data["school"], robust=False).table
    for step in ("configural", "metric", "scalar", "strict"):
        row = more["strict"] if step == "strict" else known[step]
        yield name, f"{step}: chi2", row["chisq"], table.loc[step, "chi2"]
        yield name, f"{step}: df", row["df"], table.loc[step, "df"]
        yield name, f"{step}: CFI", row["cfi"], table.loc[step, "cfi"]
    for step, row in zip(("metric", "scalar"), known["lrt"][1:], strict=True):
        yield name, f"{step}: change of chi2", row["Chisq_diff"], table.loc[step, "chi2_change"]
        yield name, f"{step}: p of the change", row["Pr_Chisq_"], table.loc[step, "p_change"]
    scaled = invariance_ladder(data, FACTORS, data["school"]).table
    for step, row in zip(("metric", "scalar", "strict"), more["scaled_steps"][1:], strict=True):
        yield name, f"{step}: change of chi2, scaled", row["Chisq diff"], scaled.loc[step, "chi2_change"]


def agreement():
    name = "agreement_irr"
    anxiety, theirs = case(name, "anxiety.csv")
    place = folder(name)
    diagnoses, vision, video = (
        pd.read_csv(place / f"{file}.csv") for file in ("diagnoses", "vision", "video")
    )
    pair = anxiety["rater1"], anxiety["rater2"]
    for weights, key in (("none", "unw"), ("linear", "linear"), ("quadratic", "quadratic")):
        known = theirs[f"anxiety_kappa_{key}"]["value"]
        yield name, f"kappa of two raters, weights {weights}", known, cohen_kappa(*pair, weights).value
    eyes = cohen_kappa(vision["r.eye"], vision["l.eye"])
    yield name, "kappa of two eyes", theirs["vision_kappa_unw"]["value"], eyes.value
    yield name, "kappa of two eyes, z", theirs["vision_kappa_unw"]["stat"], eyes.statistic
    yield name, "Fleiss' kappa", theirs["fleiss_kappa_diag"]["value"], fleiss_kappa(diagnoses).value
    exact = fleiss_kappa(diagnoses, exact=True).value
    yield name, "Fleiss' kappa, exact", theirs["fleiss_exact_conger"]["value"], exact
    yield name, "Light's kappa", theirs["light"]["value"], light_kappa(diagnoses)
    yield name, "Kendall's W", theirs["anxiety_kendallW"]["value"], kendall_w(anxiety).value
    yield name, "mean Spearman", theirs["meanrho"]["value"], mean_spearman(anxiety)
    row, known = intraclass_correlations(anxiety).table.loc["ICC2"], theirs["anxiety_icc_twoway_agreement"]
    for label, ours in (("v", "icc"), ("lb", "low"), ("ub", "high")):
        yield name, f"ICC2, {'value' if ours == 'icc' else ours}", known[label], row[ours]
    yield name, "Finn", theirs["finn"]["value"], finn(video, 6).value
    gaps = pd.read_csv(place / "krippendorff_nmm.csv").iloc[:, 1:]
    for level, known in theirs["krippendorff"].items():
        yield name, f"Krippendorff's alpha, {level}", known, krippendorff_alpha(gaps, level)


def trials():
    name = "eb_shrinkage_schools_bcg"
    bcg, theirs = case(name, "bcg.csv")
    ours = {"REML": "reml", "ML": "ml", "PM": "paule_mandel", "DL": "dl"}
    for method, own in ours.items():
        found, known = shrink(bcg["yi"], bcg["vi"], method=own), theirs["bcg"][method]
        yield name, f"trials of BCG, {method}: variance between", known["tau2"], found.between
        yield name, f"trials of BCG, {method}: mean", known["b"], found.coefficients[0]
        yield name, f"trials of BCG, {method}: mean, standard error", known["se"], found.std_errors[0]
    line, known = shrink(bcg["yi"], bcg["vi"], bcg[["ablat"]].to_numpy()), theirs["bcg_metareg_ablat"]
    yield name, "line on latitude: variance between", known["tau2"], line.between
    yield name, "line on latitude: slope", known["coef"][1]["estimate"], line.coefficients[1]
    yield name, "line on latitude: slope, standard error", known["coef"][1]["se"], line.std_errors[1]
    schools, _ = case(name, "eight_schools.csv")
    found, known = shrink(schools["y"], schools["se"] ** 2), theirs["eight_schools"]["REML"]
    yield name, "eight schools: variance between", known["tau2"], found.between
    yield name, "eight schools: mean", known["b"], found.coefficients[0]
    # R's variance by Sidik and Jonkman is taken as given: how far do schools draw together?
    known = theirs["eight_schools"]["SJ"]
    first = shrink(schools["y"], schools["se"] ** 2, between=known["tau2"]).units.iloc[0]
    yield name, "eight schools: school A drawn to the mean", known["blup"][0]["pred"], first["pooled"]
    yield name, "eight schools: school A, standard error", known["blup"][0]["se"], first["std_error"]


def drawn(file, stratum, cluster):
    rows = pd.read_csv(folder("survey_api_design") / file)
    strata = pd.factorize(rows[stratum])[0] if stratum else np.zeros(len(rows), int)
    clusters = pd.factorize(rows[cluster])[0] if cluster else np.arange(len(rows))
    by = pd.DataFrame({"stratum": strata, "cluster": clusters, "population": rows["fpc"]}).groupby("stratum")
    share = (by["cluster"].nunique() / by["population"].first()).to_numpy()
    return rows, Design(rows["pw"].to_numpy(float), clusters, strata, share)


def survey():
    name = "survey_api_design"
    for key, *how in (
        ("srs", "apisrs.csv", None, None),
        ("stratified", "apistrat.csv", "stype", None),
        ("cluster", "apiclus1.csv", None, "dnum"),
    ):
        theirs = reference(name)[key]
        rows, design = drawn(*how)
        found, score = mean(rows["api00"].to_numpy(), design), rows[["api00"]].to_numpy()
        yield name, f"{key}: mean", theirs["mean"]["api00"], found.values[0]
        yield name, f"{key}: mean, standard error", theirs["se"]["api00"], found.std_errors[0]
        yield name, f"{key}: design effect", theirs["deff"]["api00"], design_effect(score, design)[0]
        enrolled = total(rows["enroll"].to_numpy(), design)
        yield name, f"{key}: total", theirs["total_enroll"], enrolled.values[0]
        yield name, f"{key}: total, standard error", theirs["se_total"], enrolled.std_errors[0]
        school = theirs["by_stype"][1]
        own = mean(rows["api00"].to_numpy(), design, (rows["stype"] == school["stype"]).to_numpy())
        yield name, f"{key}: mean of a group", school["api00"], own.values[0]
        yield name, f"{key}: mean of a group, standard error", school["se"], own.std_errors[0]


def sample_sizes():
    name = "krejcie_morgan_table"
    table, _ = case(name)
    printed = table.set_index("N")["published_1970"]
    ours = pd.Series({n: needed_respondents(int(n), "2026-Q3") for n in printed.index})
    for n in (10, 100, 1000, 10_000, 75_000, 1_000_000):
        yield name, f"respondents of {n:,} (printed 1970)", printed[n], ours[n]
    yield name, f"sum of all {len(printed)} sizes", printed.sum(), ours.sum()


def critical_values():
    name = "r_table_critical"
    table, theirs = case(name)
    for n in (30, 100):
        yield name, f"critical r of {n}, 5 %", theirs[f"n{n}_05"], critical_r(n)
    for level, column in ((0.10, "r_10"), (0.05, "r_05"), (0.01, "r_01")):
        ours = np.sum([critical_r(int(n), level) for n in table["n"]])
        yield name, f"sum of {len(table)} critical r, {100 * level:.0f} %", table[column].sum(), ours


GENERATORS = (
    personality, army, abilities, ladder, agreement, trials, survey, sample_sizes, critical_values,
)  # fmt: skip
