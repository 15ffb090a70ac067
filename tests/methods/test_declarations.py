"""What estimators declare of their columns holds: no unit, origin, label, order of rows or index bends a figure."""

import inspect
import pkgutil
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from methods.estimator_cases import CASES, Columns

from asn_research import methods, study
from asn_research.methods.estimator import Role

#: Estimators of the project's own tables: their columns have fixed names and are made by earlier stages.
OF_OWN_TABLES = {"fit_objections", "fit_raters"}


def modules():
    for room in (methods, study):
        yield from pkgutil.walk_packages(room.__path__, f"{room.__name__}.")


def estimators():
    """Every function of the stage whose name says that it fits a table."""
    for module in modules():
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if function.__module__ == module.name and name.startswith("fit_") and not name.endswith("_spec"):
                first = next(iter(inspect.signature(function).parameters.values()), None)
                if first is not None and first.annotation == "pd.DataFrame":
                    yield name, function


def exported():
    for package in (methods, study):
        for name in package.__all__:
            function = getattr(package, name)
            if hasattr(function, "declaration"):
                yield name, function


def test_every_estimator_declares_its_columns():
    silent = {name for name, function in estimators() if not hasattr(function, "declaration")}
    assert silent == OF_OWN_TABLES


def test_every_declared_estimator_is_tried():
    declared = {f for _, f in [*estimators(), *exported()] if hasattr(f, "declaration")}
    assert declared <= {case.fit for case in CASES}


def roles(case):
    """Return the columns of a case by role."""
    found = {}
    for parameter, role in case.fit.declaration.roles.items():
        given_names = case.call.get(
            parameter, case.fit.__kwdefaults__ and case.fit.__kwdefaults__.get(parameter)
        )
        for name in columns_in(given_names):
            found.setdefault(role, []).append(name)
    return {role: list(dict.fromkeys(names)) for role, names in found.items()}


def columns_in(value):
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [name for names in value.values() for name in columns_in(names)]
    return [name for each in value for name in columns_in(each)]


def renamed(value, names):
    """Return an argument that names columns, under other names."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {names.get(k, k): renamed(v, names) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(renamed(each, names) for each in value)
    return value


def figures(case, frame, names=None, units=None, call=None):
    names, call = names or {}, dict(call or case.call)
    for parameter in case.fit.declaration.roles:
        if parameter in call:
            call[parameter] = renamed(call[parameter], names)
    if "error_variance" in call:
        call["error_variance"] = renamed(call["error_variance"], names)
    return case.read(case.fit(frame, **call), Columns(names, units or {}))


PLAIN = {}


def plain(case):
    if id(case) not in PLAIN:
        PLAIN[id(case)] = figures(case, case.data())
    return PLAIN[id(case)]


def same(case, found, *, drawn, rel=1e-8):
    """Hold figures against those of the plain case; drawn ones to the bit, or not at all."""
    expected = plain(case)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        size = scale_of(expected, name)
        if any(word in name for word in case.drawn):
            assert not drawn or found[name] == value, name
        elif case.iterative and "criterion" not in name:
            assert found[name] == pytest.approx(value, rel=1e-7, abs=1e-4 * size), name
        else:
            assert found[name] == pytest.approx(value, rel=rel, abs=rel * size), name


def scale_of(expected, name):
    """Return the size against which a figure is held: its standard error, or the figure itself."""
    term = name.rsplit(" ", 1)[0]
    return abs(expected.get(f"{term} std_error", expected[name]))


def parameter_of(case, name):
    """Return how a case is called in a test's name."""
    return f"{case.fit.__module__.split('.')[-1]}.{case.fit.__name__}"


TRIED = [pytest.param(case, id=f"{n:02d}_{parameter_of(case, n)}") for n, case in enumerate(CASES)]


@pytest.mark.parametrize("case", TRIED)
def test_rows_labels_names_and_index_do_not_matter(case):
    frame, by_role = case.data(), roles(case)
    same(case, figures(case, frame.set_axis(np.zeros(len(frame), dtype=int))), drawn=True)
    same(case, figures(case, frame.sample(frac=1, random_state=5)), drawn=False)
    names = {column: number for number, column in enumerate(frame.columns)}
    if not case.own_names:
        same(case, figures(case, frame.rename(columns=names), names=names), drawn=True)
    retyped = frame.copy()
    # Calls that name a label themselves keep it.
    names_one = {"adoption", "first"} & set(case.call) or isinstance(case.call.get("treated"), int)
    for column in [] if names_one else by_role.get(Role.LABEL, []):
        order = np.random.default_rng(1).permutation(frame[column].nunique())
        codes = pd.factorize(frame[column])[0]
        retyped[column] = (
            pd.Series(order[codes], index=frame.index).map(lambda code: f"#{code:03d}").astype("category")
        )
    for column in by_role.get(Role.ANSWER, []):
        retyped[column] = 3 * frame[column] + frame[column] ** 2
    same(case, figures(case, retyped), drawn=False)


@pytest.mark.parametrize("case", TRIED)
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_units_and_origins_do_not_matter(case, data):
    scaled, shifted, call = changed(
        case,
        lambda: data.draw(st.sampled_from([1e-6, 1e-3, 1.0, 7.0, 1e6, 1e9])),
        lambda: data.draw(st.sampled_from([0.0, -1e4, 3e6, 1e7])),
    )
    same(case, figures(case, shifted, units=scaled, call=call), drawn=False, rel=2e-8)


@pytest.mark.parametrize("case", TRIED)
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_draws_stay_to_the_bit_under_powers_of_two(case, data):
    scaled, frame, call = changed(case, lambda: 2.0 ** data.draw(st.integers(-20, 30)), lambda: 0.0)
    same(case, figures(case, frame, units=scaled, call=call), drawn=True)


def changed(case, factor, shift):
    """Return units by column, the table in them, and the call that goes with it."""
    frame, by_role = case.data(), roles(case)
    columns = {c: role for role, names in by_role.items() for c in names}
    groups = [list(group) for group in case.together]
    groups += [[c] for c in columns if not any(c in group for group in groups)]
    units, moves = {}, {}
    for group in groups:
        of_group = [columns[c] for c in group]
        by = factor() if all(role.may_be_scaled for role in of_group) else 1.0
        to = shift() if columns[group[0]].may_be_shifted and columns[group[0]] is not Role.PERIOD else 0.0
        for c in group:
            units[c], moves[c] = by, to if columns[c].may_be_shifted else 0.0
    whole = round(shift() / 1e4)
    moves |= {c: float(whole) for c, role in columns.items() if role is Role.PERIOD}
    for c in columns:
        if units[c] != 1.0 or moves[c] != 0.0:
            frame[c] = units[c] * (frame[c] + moves[c])
    return units, frame, case.follow(dict(case.call), moves, units)
