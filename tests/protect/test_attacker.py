"""An attacker with all published tables of a city, and linear algebra: no small group's number or hours follow.

The attacker knows how people part (unit, sex, golongan or PPPK), and every number that is printed. A number with its mean
is a sum of hours, and a gap tells the mean of the others. What follows is what lies in the row space of what is printed.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.frames import framed

from asn_research import rules
from asn_research.protect import protect_city
from asn_research.protect import release as protection
from asn_research.rules.regulations import DisclosureRule

RULE = rules.at("2026-Q3").one(DisclosureRule)
PERIOD = "2026-Q3"
SEXES, RANKS = ("f", "m"), ("II", "III", "IV", "")
#: Of a printed trait: which people of a unit are in the group, and which are the others.
GROUPS = {
    **{("sex", sex): (lambda a, sex=sex: a[1] == sex) for sex in SEXES},
    **{("rank_group", rank): (lambda a, rank=rank: a[2] == rank) for rank in RANKS[:3]},
    ("employment_type", "pns"): lambda a: a[2] != "",
    ("employment_type", "pppk"): lambda a: a[2] == "",
}


def people(sizes):
    """Invented numbers of people by unit, sex and golongan (none: PPPK), with the hours of each such cell."""
    units = [chr(65 + k) for k in range(len(sizes))]
    atoms = list(itertools.product(units, SEXES, RANKS))
    n = dict(zip(atoms, np.concatenate(sizes), strict=True))
    return n, {atom: 10.0 * number + place for place, (atom, number) in enumerate(n.items())}


def belongs(unit, group, atom):
    """Whether people are in a unit's group."""
    return unit in ("CITY", atom[0]) and group(atom)


def measures(n, hours):
    """The tables of lesson hours as `measure` would make them, of the columns that tell of people."""
    total, rows = [], []
    for unit in [*sorted({atom[0] for atom in n}), "CITY"]:

        def held(group, what, unit=unit):
            return sum(what[a] for a in n if belongs(unit, group, a))

        pns, pppk = (held(GROUPS["employment_type", key], n) for key in ("pns", "pppk"))
        staff = pns + pppk
        of_all = sum(held(GROUPS["employment_type", key], hours) for key in ("pns", "pppk"))
        total.append(
            {"unit_id": unit, "period": PERIOD, "n_staff": staff, "n_trained": staff, "n_pns": pns, "n_pppk": pppk,
             "hours_total": of_all, "hours_mean": of_all / max(staff, 1)}
        )  # fmt: skip
        for (grouping, name), group in GROUPS.items():
            size, sum_of = held(group, n), held(group, hours)
            whole, whole_sum = (
                (staff, of_all)
                if grouping != "rank_group"
                else (pns, held(GROUPS["employment_type", "pns"], hours))
            )
            mean, others = sum_of / max(size, 1), whole - size
            rows.append(
                {"unit_id": unit, "period": PERIOD, "grouping": grouping, "group": name, "n_staff": size,
                 "n_others": others, "hours_mean": mean, "gap": mean - (whole_sum - sum_of) / max(others, 1)}
            )  # fmt: skip
    return {"training": framed("training", total), "training_gaps": framed("training_gaps", rows)}


class Attacker:
    """Who reads every table, and writes each printed number as a sum over people."""

    def __init__(self, n, city):
        self.atoms = list(n)
        self.counts, self.sums = [], []
        for row in city.tables["training"].frame.to_dict("records"):
            everybody = self.form(row["unit_id"], lambda _: True)
            pns = self.form(row["unit_id"], GROUPS["employment_type", "pns"])
            self.learn(self.counts, everybody, row["n_staff"])
            self.learn(self.counts, pns, row["n_pns"])
            self.learn(self.counts, everybody - pns, row["n_pppk"])
            self.learn(self.sums, everybody, row["hours_total"], row["hours_mean"] * row["n_staff"])
        for row in city.tables["training_gaps"].frame.to_dict("records"):
            group = self.form(row["unit_id"], GROUPS[row["grouping"], row["group"]])
            whole = self.form(
                row["unit_id"],
                (lambda a: a[2] != "") if row["grouping"] == "rank_group" else (lambda _: True),
            )
            self.learn(self.counts, group, row["n_staff"])
            self.learn(self.counts, whole - group, row["n_others"])
            self.learn(self.sums, group, row["hours_mean"] * row["n_staff"])
            self.learn(self.sums, whole - group, (row["hours_mean"] - row["gap"]) * row["n_others"])

    def form(self, unit, group):
        return np.array([belongs(unit, group, atom) for atom in self.atoms], dtype=float)

    def learn(self, layer, form, *values):
        layer += [(form, value) for value in values if not np.isnan(value)]

    def finds(self, layer, form):
        """Return the number that follows from what is printed, if one does."""
        forms = np.array([each for each, _ in layer])
        values = np.array([value for _, value in layer], dtype=float)
        weights, *_ = np.linalg.lstsq(forms.T, form, rcond=None)
        return float(weights @ values) if np.allclose(forms.T @ weights, form, atol=1e-7) else None


def recovered(n, hours):
    """Return the groups of 1 to 9 of which the attacker has the number or the hours, with both."""
    attacker = Attacker(n, protect_city(measures(n, hours), RULE))
    found = {}
    for unit in [*sorted({atom[0] for atom in n}), "CITY"]:
        for key, group in GROUPS.items():
            form = attacker.form(unit, group)
            size = int(form @ np.array(list(n.values())))
            if 0 < size < RULE.smallest_group.employees:
                number, total = attacker.finds(attacker.counts, form), attacker.finds(attacker.sums, form)
                if number is not None or total is not None:
                    found[unit, *key] = (number, total)
    return found


#: Two PPPK in one unit and three in another, beside PNS of whom every golongan is large.
CITY = [
    (12, 14, 11, 1, 13, 12, 12, 1),
    (11, 12, 13, 2, 12, 12, 11, 1),
    (20, 30, 20, 15, 20, 30, 20, 15),
    (25, 35, 20, 20, 25, 35, 20, 20),
]


def test_an_attacker_finds_no_small_group():
    assert recovered(*people(CITY)) == {}


def test_without_the_joint_step_an_attacker_finds_hours_of_two(monkeypatch):
    """So the attack is one: staff less PNS are the two PPPK, and their hours follow."""
    monkeypatch.setattr(protection, "hidden_jointly", lambda *_, **__: {})
    n, hours = people(CITY)
    found = recovered(n, hours)
    number, total = found["A", "employment_type", "pppk"]
    assert number == pytest.approx(2)
    assert total == pytest.approx(sum(hours[a] for a in n if a[0] == "A" and a[2] == ""))


@settings(max_examples=20)
@given(st.lists(st.tuples(*[st.integers(0, 14)] * 8), min_size=2, max_size=4))
def test_an_attacker_finds_no_small_group_in_any_city(sizes):
    assert recovered(*people(sizes)) == {}
