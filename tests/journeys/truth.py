"""What is true of the cells that an attacker names: used to judge what the attacker found, never to find it."""

from math import isnan, sqrt

import pandas as pd
from journeys.hearing import PREDIKATS
from journeys.hearing_quality import ANY
from journeys.hearing_staff import GROUPS
from journeys.published import words
from protect.attacker import Cell
from scipy import stats

from asn_research.measured import open_measures
from asn_research.rules.cities import CITY, load_city
from asn_research.rules.reasons import reason_of

#: Kinds of cells that a measure's column holds: the measure, the column, and the keys after unit and period.
_COLUMNS = {
    **{kind: ("training", f"n_{kind}", ()) for kind in ("staff", "trained", "pns", "pppk")},
    "met": ("training", "n_pns_met", ()),
    "over": ("training", "n_pppk_over", ()),
    "hours": ("training", "hours_total", ()),
    "people of kind": ("training_kinds", "n_people", ("training_kind",)),
    "hours of kind": ("training_kinds", "hours_total", ("training_kind",)),
    "group": ("training_gaps", "n_staff", ("grouping", "group")),
    "rated": ("appraisal", "n_employees", ()),
    "contradicting": ("appraisal", "n_contradicting", ()),
    "exported": ("appraisal", "n_exported", ()),
    "predikat": ("predikats", "n", ("predikat",)),
    "answered scale": ("motivation", "n", ("scale",)),
    "respondents": ("satisfaction", "n_respondents", ()),
    "marked": ("satisfaction", "n_screened_out", ()),
    "element": ("elements", "n", ("element",)),
    "category": ("respondent_groups", "n", ("dimension", "category")),
    "complaints": ("complaints", "n", ()),
    "answered": ("complaints", "n_answered", ()),
    "resolved": ("complaints", "n_resolved", ()),
    "sanctioned": ("sanctions", "n_people", ("level",)),
    "objectors": ("objections", "n_employees", ()),
    "decided": ("objections", "n_decided", ()),
    "upheld": ("objections", "n_upheld", ()),
    "ground": ("objection_grounds", "n_employees", ("ground",)),
    "ground upheld": ("objection_grounds", "n_upheld", ("ground",)),
    "modelled": ("scale_model", "n", ("estimator",)),
    "raters": ("appraisal", "n_raters", ()),
    "others": ("information", "n_others", ("subject",)),
    "item": ("scale_items", "n", ("item",)),
    "rows": ("unit_rows", "n_kept", ("source",)),
}
#: Sums that are a mean times a number.
_MEANS = {
    "group hours": ("training_gaps", "hours_mean", "n_staff", ("grouping", "group")),
    "scale": ("motivation", "mean", "n", ("scale",)),
    "index": ("satisfaction", "index", "n_respondents", ()),
    "element sum": ("elements", "mean", "n", ("element",)),
    "element value": ("elements", "index", "n", ("element",)),
    "category sum": ("respondent_groups", "index", "n", ("dimension", "category")),
}
#: What is left of a whole: the kind of the rest, its whole and its part.
RESTS = {
    "untrained": ("staff", "trained"),
    "unmet": ("pns", "met"),
    "not over": ("pppk", "over"),
    "not contradicting": ("exported", "contradicting"),
    "closed": ("requests", "open"),
    "service closed": ("service", "service open"),
    "commonest": ("scored", "others"),
}


def true_cells(processed) -> dict[Cell, float]:
    """Return the true number behind each name of a cell."""
    measures, true = open_measures(processed).frames, {}

    def rows(name):
        frame = measures.get(name, pd.DataFrame())
        return frame.to_dict("records")

    for kind, (name, column, keys) in _COLUMNS.items():
        for row in rows(name):
            true[kind, row["unit_id"], row["period"], *(row[key] for key in keys)] = row[column]
    for kind, (name, mean, n, keys) in _MEANS.items():
        for row in rows(name):
            at = (row["unit_id"], row["period"], *(row[key] for key in keys))
            true[kind, *at] = row[mean] * row[n] if row[n] else 0.0
    for row in rows("appraisal"):
        at = (row["unit_id"], row["period"])
        for predikat in PREDIKATS:
            true.setdefault(("predikat", *at, predikat), 0)
    _scores(true, rows)
    _absent(true)
    _doubtful(true, rows)
    _ever(true, rows)
    _squares(true, rows("training_gaps"))
    _services(true, rows("service_time"))
    for row in rows("sub_units"):
        at = (row["reporting_unit_id"], row["period"], row["unit_id"])
        for kind in ("staff", "respondents", "requests"):
            true[f"sub {kind}", *at] = row[f"n_{kind}"]
        true["sub index", *at] = row["index"] * row["n_respondents"] if row["n_respondents"] else 0.0
    for rest, (whole, part) in RESTS.items():
        for name in [name for name in true if name[0] == whole and (part, *name[1:]) in true]:
            true[rest, *name[1:]] = true[name] - true[part, *name[1:]]
    return {name: float(value) for name, value in true.items() if pd.notna(value) and not isnan(value)}


def _ever(true, rows):
    """Add what is of all quarters together."""
    for row in rows("objection_rates"):
        true["ever", CITY, "", row["level"]] = row["n_employees"]
        true["ever objections", CITY, "", row["level"]] = row["n_objections"]
    for row in rows("rater_spreads"):
        true["ever rating", CITY, "", row["source"]] = row["n_levels"]
    for row in rows("rating_grounds"):
        true["ever objected for", CITY, "", row["ground"]] = row["n"]
        true["ever decided for", CITY, "", row["ground"]] = row["n_decided"]


def _absent(true):
    """Add what nobody is: groups and kinds of courses that everybody knows, and measures leave out."""
    for unit, period in [name[1:] for name in true if name[0] == "staff"]:
        for trait, groups in GROUPS.items():
            for group in groups:
                for each in ("group", "group hours"):
                    true.setdefault((each, unit, period, trait, group), 0)
        for each in words("id").family("kind_"):
            for name in ("people of kind", "hours of kind"):
                true.setdefault((name, unit, period, each), 0)


def _doubtful(true, rows):
    for row in rows("quality_screens"):
        at = (row["unit_id"], row["in_period"])
        mark = ANY if row["mark"] == ANY else reason_of(row["mark"]).label("id")
        true["doubtful", *at, mark] = row["n_marked"]
        true["not doubtful", *at, mark] = row["n_forms"] - row["n_marked"]
        rest = (
            (row["n_forms"] - row["n_marked"]) * row["index_without"]
            if row["n_forms"] > row["n_marked"]
            else 0
        )
        true["not doubtful sum", *at, mark] = rest
        true["doubtful sum", *at, mark] = row["n_forms"] * row["index"] - rest


def _services(true, rows):
    services = load_city().services
    for row in rows:
        at = (row["unit_id"], row["period"])
        if not row["service_id"]:
            true["requests", *at], true["open", *at] = row["n_requests"], row["n_open"]
        elif row["service_id"] in services and row["unit_id"] != CITY:
            name = (*at, row["service_id"])
            true["service", *name], true["service open", *name] = row["n_requests"], row["n_open"]


def _scores(true, rows):
    means = {(row["unit_id"], row["period"]): row for row in rows("appraisal")}
    for row in rows("information"):
        at = (row["unit_id"], row["period"])
        if row["subject"] != "predikat" and at in means:
            true["scored", *at, row["subject"]] = row["n_employees"]
            true["score", *at, row["subject"]] = means[at][f"{row['subject']}_mean"] * row["n_employees"]


def _squares(true, groups):
    for row in groups:
        at = (row["unit_id"], row["period"], row["grouping"], row["group"])
        if row["n_staff"] > 1 and pd.notna(row["hours_high"]):
            per_sd = stats.t.ppf(0.975, row["n_staff"] - 1) / sqrt(row["n_staff"])
            sd = (row["hours_high"] - row["hours_mean"]) / per_sd
            true["group squares", *at] = (
                row["n_staff"] * row["hours_mean"] ** 2 + (row["n_staff"] - 1) * sd**2
            )
