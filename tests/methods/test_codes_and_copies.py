"""Codes for missing values, copied rows, dates as text and spellings of groups never count in silence."""

import numpy as np
import pandas as pd
import pytest

from asn_research import methods
from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import missing_code
from asn_research.rules.words import in_language, in_words


def panel():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"person": np.repeat(np.arange(60), 4), "quarter": np.tile(np.arange(4), 60)})
    data["unit"] = data["person"] % 12
    data["hours"] = np.round(rng.gamma(2, 5, 240))
    data["motive"] = np.clip(np.round(3 + 0.05 * data["hours"] + rng.normal(0, 0.8, 240)), 1, 5)
    data["quality"] = 60 + 0.4 * data["hours"] + 3 * data["motive"] + rng.normal(0, 3, 240)
    data["joined"] = (data["person"] % 3 == 0).astype(int)
    return data


def coded(name, code, every=20):
    """A panel in which one row of so many has a code instead of its value."""
    data = panel()
    return data.assign(**{name: data[name].where(data.index % every > 0, code)})


FITS = {
    "panel": lambda d: methods.fit_panel(
        d, "quality", ["hours", "motive"], effects=["person"], cluster="unit"
    ),
    "mediation": lambda d: methods.fit_mediation(d, "hours", "motive", "quality", draws=20),
    "weighting": lambda d: methods.fit_weighting(d, "quality", "joined", ["hours", "motive"]),
    "crossed": lambda d: methods.fit_crossed(d, "quality", fixed=["motive"], random=["person"]),
}


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
@pytest.mark.parametrize("code", [99, 999, -9])
def test_a_code_among_answers_in_turn_is_refused(fit, code):
    with pytest.raises(
        ModelError, match=rf"motive holds {code}, far from its other answers \(1, 2, 3, 4, 5\)"
    ):
        fit(coded("motive", code))


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
@pytest.mark.parametrize(("name", "code"), [("quality", 999), ("motive", 9), ("motive", -1)])
def test_what_may_be_a_code_is_named_beside_the_numbers(fit, name, code):
    notes = fit(coded(name, code)).notes
    (told,) = [note for note in notes if note.startswith(f"{name}: 12 rows hold {code}, far from")]
    assert f"data['{name}'].replace({code}, None)" in told
    assert in_words(told, "id").startswith(f"{name}: 12 baris berisi {code}")


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_rows_that_repeat_others_are_counted_beside_the_numbers(fit):
    data = panel()
    (told,) = [note for note in fit(pd.concat([data, data.head(5)])).notes if "repeat another one" in note]
    assert told.startswith("5 rows")
    assert in_words(told, "id").startswith("5 baris sama persis")


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_data_without_codes_and_copies_have_no_such_note(fit):
    assert not [note for note in fit(panel()).notes if "far from" in note or "repeat another" in note]


def test_answers_that_repeat_by_chance_are_no_copies():
    rng = np.random.default_rng(2)
    answers = pd.DataFrame(rng.integers(1, 5, (200, 3)), columns=["a", "b", "c"])
    assert not methods.fit_panel(answers, "a", ["b", "c"]).notes


@pytest.mark.parametrize(
    "values",
    [
        [0, 1, 2, 3, 9],  # a count that is large by itself
        [1, 2, 3, 4, 5, 6, 7, 8, 8],
        [-1, 0, 1, 2, -1],  # differences
        [40, 60, 75, 80, 99],  # grades
        [1.5, 2.5, 90.25, 3.5, 4.0],
        [1, 99],
    ],
)
def test_numbers_that_are_no_codes(values):
    assert missing_code(pd.Series(values)) is None


def test_dates_as_text_are_refused_with_what_to_do():
    log = pd.DataFrame(
        {"submitted_date": ["01/07/2026", "13/07/2026"], "finished_date": ["05/07/2026", None]}
    )
    with pytest.raises(ModelError, match=r"submitted_date must hold dates.*dayfirst=True") as refused:
        methods.waited(log)
    assert "1 Juli atau 7 Januari" in in_language(refused.value, "id")
    assert methods.waited(log.apply(pd.to_datetime, dayfirst=True))["days"].tolist() == [2.0, 0.0]


def waits():
    rng = np.random.default_rng(3)
    return pd.DataFrame({"service": "Izin", "days": np.ceil(rng.exponential(6, 40)), "is_finished": True})


@pytest.mark.parametrize(
    ("label", "words"),
    [
        pytest.param("Izin ", "differ in blanks", id="blank"),
        pytest.param("-", "a sign for no value", id="no_value"),
    ],
)
def test_groups_of_waits_are_read_like_labels_elsewhere(label, words):
    log = waits()
    with pytest.raises(ModelError, match=words):
        methods.waiting_quantiles(log.assign(service=log["service"].where(log.index > 9, label)), ["service"])


def test_groups_that_differ_in_capitals_are_named():
    log = waits()
    with pytest.warns(UserWarning, match="capitals alone"):
        methods.waiting_quantiles(
            log.assign(service=log["service"].where(log.index > 9, "IZIN")), ["service"]
        )


@pytest.mark.parametrize("effect", ["10%", float("nan"), None])
def test_an_effect_that_is_no_number_is_refused(effect):
    data = panel().rename(columns={"person": "person_id", "unit": "unit_id", "quarter": "period"})
    spread = methods.estimate_spread(data, "motive", "hours")
    with pytest.raises(RequestError, match="effects must hold numbers"):
        methods.power_table(spread, [0.1, effect], employees=[100], quarters=[4], draws=5)
