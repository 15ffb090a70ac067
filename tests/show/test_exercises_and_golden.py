"""Each exercise knows its answer, names the usual wrong roads, and helps by stages; golden numbers compare with tolerance."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from asn_research.errors import RequestError
from asn_research.methods import fit_interrupted
from asn_research.show.exercises import EXERCISES, Attempts, check, exercise_rows, read_number, solved
from asn_research.show.golden import golden

ELEMENTS = ["requirements", "procedure", "time", "cost", "product", "competence", "conduct", "complaints", "facilities"]  # fmt: skip


def exits():
    return pd.DataFrame(
        {"n_raw": [1000, 37], "n_kept": [973, 20], "n_repaired": [41, 3], "n_quarantined": [22, 9], "n_excluded": [5, 8]}
    )  # fmt: skip


def estimates():
    return pd.DataFrame(
        {"key": ["other", "training_motivation"], "low": [0.1, 0.0402], "high": [0.2, 0.1179]}
    )


def forms():
    rows = pd.DataFrame(np.random.default_rng(1).integers(1, 5, (400, 9)).astype(float), columns=ELEMENTS)
    rows.iloc[:37] = 3.0
    rows.iloc[:11, 2] = np.nan
    return rows.assign(sex=["f"] * 150 + ["m"] * 231 + [None] * 19)


def indices():
    rng = np.random.default_rng(6)
    low, high = 80 + rng.normal(0, 1, 11), 86 + rng.normal(0, 1, 11)
    simple = rng.uniform(1, 5, 11)
    chance = np.array([99, 60, 97, 55, 98, 80, 99, 96, 97, 98, 50.0])
    ikm = rng.uniform(70, 95, 11).round(2)
    return pd.DataFrame(
        {
            "unit_id": [*"ABCDEFGHIJ", "CITY"], "grade_a_pct": chance, "grade_b_pct": 100 - chance,
            "index_low": low, "index_high": high, "index_simple_low": 83 - simple, "index_simple_high": 83 + simple,
            "ikm": ikm, "index_printed_weight": (0.99 * ikm).round(2),
        }
    )  # fmt: skip


def staff(seed=1):
    rng = np.random.default_rng(seed)
    n, quarters = 160, 8
    rows = pd.DataFrame(
        {"person_id": np.repeat(range(n), quarters), "quarter_no": np.tile(range(quarters), n)}
    )
    hours = rng.poisson(0.25, len(rows))
    trained = pd.Series(hours).groupby(rows["person_id"]).cumsum().to_numpy().astype(float)
    keen = np.repeat(trained.reshape(n, -1).mean(axis=1), quarters)
    recognition = rng.normal(3, 0.5, len(rows)) + 0.1 * trained
    motivation = 3 + 0.1 * trained + 0.2 * keen + 0.3 * recognition + rng.normal(0, 0.5, len(rows))
    return rows.assign(
        period=rows["quarter_no"], unit_id=rows["person_id"] % 12, training_jp10=trained,
        recognition_score=recognition, motivation_score=motivation,
        service_quality_score=70 + 4 * motivation + trained + rng.normal(0, 3, len(rows)),
    )  # fmt: skip


def ratings():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"rater_id": np.repeat(np.arange(30).astype(str), 40)})
    rows["criterion"] = np.tile(["discipline", "innovation"], len(rows) // 2)
    rows["period"] = np.tile(np.repeat(["2026-Q1", "2026-Q2"], 2), len(rows) // 4)
    # New staff come in the second quarter, so that a rater's staff of one quarter are not all of them.
    place = np.tile(np.repeat(range(10), 4), 30)
    rows["person_id"] = rows["rater_id"] + "-" + place.astype(str) + np.where(place % 3, "", rows["period"])
    return rows.assign(score=70 + np.repeat(rng.normal(0, 3, 30), 40) + rng.normal(0, 2, len(rows)))


def counter():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"month_no": range(24), "log_days": rng.normal(0, 0.1, 24)})
    return rows.assign(log_days=rows["log_days"] - 0.43 * (rows["month_no"] >= 12)), 12


def jump():
    rows, start = counter()
    return fit_interrupted(rows, "log_days", time="month_no", start=start, slope_change=False)


def units():
    rng = np.random.default_rng(4)
    names = np.repeat([f"U{i:02}" for i in range(20)], 4)
    rows = pd.DataFrame({"unit_id": names, "period": np.tile(["Q1", "Q2", "Q3", "Q4"], 20)})
    better = np.where(rows["unit_id"] < "U05", -0.6, np.where(rows["unit_id"] < "U08", -0.2, 0.0))
    return rows.assign(log_days=better + rng.normal(0, 0.02, 80), load=rng.normal(0, 0.3, 80), n=50)


def organisations():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"organisation": np.repeat(range(20), 8), "year": np.tile(range(2015, 2023), 20)})
    common = rng.normal(0, 3, 8)[rows["year"] - 2015]
    learning, pay = rng.normal(50, 5, (2, len(rows))) + common
    noise = rng.normal(0, 1, len(rows))
    return rows.assign(
        learning=learning + 0.3 * pay, pay=pay, engagement=30 + 0.6 * learning + 0.2 * pay + common + noise
    )


GIVEN = {
    "00a": exits, "00b": exits, "00c": estimates, "01a": exits, "01b": forms, "01c": forms,
    "02a": indices, "02b": indices, "02c": indices, "03a": staff, "03b": staff, "03c": staff,
    "04a": staff, "04b": staff, "04c": staff, "05a": ratings, "05b": ratings, "05c": ratings,
    "06a": counter, "06b": units, "06c": jump, "07a": organisations, "07b": organisations, "07c": organisations,
}  # fmt: skip
#: What was planted, or follows by hand: the answer and how far chance may move it.
KNOWN = {
    "00a": (100 * 993 / 1037, 0), "00b": (31, 0), "00c": (0.0777, 1e-9), "01a": (1000 * 31 / 1037, 0),
    "01b": (100 * 26 / 400, 0), "01c": (100 * 150 / 381, 0), "02a": (3, 0), "05a": (3, 0.8), "05c": (14, 0),
    "06a": (0, 0.3), "06b": (8, 0), "06c": (100 * (np.exp(-0.43) - 1), 9), "07a": (0.6, 0.15),
}  # fmt: skip


def test_every_lesson_has_three_and_every_one_is_tried_here():
    assert set(GIVEN) == set(EXERCISES)
    for lesson in range(8):
        assert sum(name.startswith(f"{lesson:02}") for name in EXERCISES) >= 3


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_two_right_ways_to_answer_and_three_wrong_ones(name, language):
    """Right: the number, and its rounding as Indonesians write it. Wrong: each usual road, and two that are far off."""
    data, exercise, tried = GIVEN[name](), EXERCISES[name], Attempts()
    right = exercise.solve(data)
    assert check(name, right, data, language, attempts=tried).verdict == "right"
    assert check(name, solved(name, data, "id"), data, language, attempts=tried).verdict == "right"
    assert not tried.wrong
    told = set()
    for road, solve in exercise.wrong.items():
        value = solve(data)
        assert abs(value - right) > 0.5 * 10**-exercise.decimals, (
            f"{road} cannot be told from the right answer here"
        )
        found = check(name, value, data, language, attempts=tried)
        assert found.verdict == "not_yet"
        told.add(found.text)
    for value in (3 * right + 7, -5 * right - 11):
        found = check(name, value, data, language, attempts=Attempts())
        assert found.verdict == "not_yet"
        assert solved(name, data, language) not in found.text
    assert len(told) == len(exercise.wrong), "two wrong roads are told alike"


def demeaned(rows, columns, by):
    """Return columns without the means of persons and quarters, for a balanced panel."""
    values = rows[columns].astype(float)
    for name in by:
        values = values - values.groupby(rows[name]).transform("mean")
    return values


def slopes(rows, outcome, causes):
    x = rows[causes].to_numpy()
    return np.linalg.lstsq(x, rows[outcome].to_numpy(), rcond=None)[0]


def parts_by_hand(rows):
    own = demeaned(
        rows,
        ["training_jp10", "recognition_score", "motivation_score", "service_quality_score"],
        ["person_id", "period"],
    )
    first = slopes(own, "motivation_score", ["training_jp10", "recognition_score"])[0]
    direct, second, _ = slopes(
        own, "service_quality_score", ["training_jp10", "motivation_score", "recognition_score"]
    )
    return first * second, direct


def by_wave(rows, after=None):
    """Return mean effects of waves against those who never begin: each wave's change since the quarter before."""
    wide = rows.pivot_table(index="person_id", columns="quarter_no", values="service_quality_score")
    hours = rows.pivot_table(index="person_id", columns="quarter_no", values="training_jp10")
    start = hours.gt(0).idxmax(axis=1).where(hours.gt(0).any(axis=1))
    never, found, sizes = wide[start.isna()], [], []
    for wave in sorted(start.dropna().unique()):
        if wave == wide.columns[0]:
            continue
        own = wide[start == wave]
        for quarter in wide.columns[wide.columns >= wave] if after is None else [wave + after]:
            if quarter in wide.columns:
                found.append(
                    (own[quarter] - own[wave - 1]).mean() - (never[quarter] - never[wave - 1]).mean()
                )
                sizes.append(len(own))
    return np.average(found, weights=sizes)


def by_dummies(rows, formula, name):
    return smf.ols(formula, rows).fit().params[name]


def step_of(rows, start):
    return rows.assign(after=(rows["month_no"] >= start).astype(float))


def step_with_memory(rows, start):
    """Return the step of a series whose errors remember the month before: the restricted likelihood, written out."""
    rows = step_of(rows, start)
    y, x = rows["log_days"].to_numpy(), np.column_stack([np.ones(len(rows)), rows["month_no"], rows["after"]])
    apart = np.abs(np.subtract.outer(np.arange(len(y)), np.arange(len(y))))

    def fitted(rho):
        inverse = np.linalg.inv(rho**apart)
        inner = x.T @ inverse @ x
        slopes = np.linalg.solve(inner, x.T @ inverse @ y)
        rest = y - x @ slopes
        logs = -np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(inner)[1]
        return logs + (len(y) - 3) * np.log(rest @ inverse @ rest), slopes[2]

    best = optimize.minimize_scalar(
        lambda rho: fitted(rho)[0], bounds=(-0.98, 0.98), method="bounded", options={"xatol": 1e-10}
    )
    return fitted(best.x)[1]


#: A second road to each answer, by pandas, numpy or statsmodels alone.
SECOND = {
    "00a": lambda e: 100 - 100 * (e.n_raw - e.n_kept).sum() / e.n_raw.sum(),
    "00b": lambda e: sum(e.n_quarantined.tolist()),
    "00c": lambda t: np.diff(t.loc[t.key.eq("training_motivation"), ["low", "high"]].to_numpy()[0])[0],
    "01a": lambda e: e.n_quarantined.to_numpy().sum() / e.n_raw.to_numpy().sum() * 1000,
    "01b": lambda f: 100 * ((f[ELEMENTS].max(axis=1) == f[ELEMENTS].min(axis=1)) & f[ELEMENTS].notna().all(axis=1)).mean(),
    "01c": lambda f: 100 * f.sex.value_counts(normalize=True)["f"],
    "02a": lambda n: sum(max(a, b) < 95 for u, a, b in zip(n.unit_id, n.grade_a_pct, n.grade_b_pct, strict=True) if u != "CITY"),
    "02b": lambda n: np.mean([(r.index_high - r.index_low) / (r.index_simple_high - r.index_simple_low) for r in n.itertuples() if r.unit_id != "CITY"]),
    "02c": lambda n: max(r.ikm - r.index_printed_weight for r in n.itertuples()),
    "03a": lambda s: by_dummies(s, "motivation_score ~ training_jp10 + recognition_score + C(period)", "training_jp10"),
    "03b": lambda s: 100 * parts_by_hand(s)[0] / sum(parts_by_hand(s)),
    "03c": lambda s: by_dummies(s, "motivation_score ~ training_jp10 + recognition_score + C(person_id) + C(period)", "training_jp10"),
    "04a": by_wave,
    "04b": lambda s: by_wave(s, after=4),
    "04c": lambda s: 100 * (s.groupby("person_id").training_jp10.max() == 0).mean(),
    "05a": lambda r: smf.mixedlm("score ~ C(criterion) + C(period)", r, groups="rater_id").fit(reml=True).cov_re.iloc[0, 0] ** 0.5,
    "05b": lambda r: np.std([g.score.mean() for _, g in r.groupby("rater_id")], ddof=1),
    "05c": lambda r: len(r[["rater_id", "person_id"]].drop_duplicates()) / r.rater_id.nunique(),
    "06a": lambda g: step_with_memory(g[0][g[0].month_no < g[1]], g[1] - 3),
    "06c": lambda _: 100 * np.expm1(step_with_memory(*counter())),
    "07a": lambda p: by_dummies(p.query("year < 2020 or year > 2021"), "engagement ~ learning + C(organisation) + C(year)", "learning"),
    "07b": lambda p: by_dummies(p, "engagement ~ pay + C(organisation) + C(year)", "pay"),
    "07c": lambda p: by_dummies(p, "engagement ~ learning + C(organisation)", "learning"),
}  # fmt: skip
#: Its estimator has no twin in pandas or statsmodels; its answer is planted, and `KNOWN` has it.
WITHOUT = {"06b"}


def test_every_exercise_has_a_second_road():
    assert set(SECOND) | WITHOUT == set(EXERCISES)
    assert set(KNOWN) >= WITHOUT


@pytest.mark.parametrize("name", SECOND)
def test_a_second_road_is_as_right(name):
    data = GIVEN[name]()
    assert check(name, SECOND[name](data), data, attempts=Attempts()).verdict == "right"


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_tells_at_least_three_wrong_answers_from_the_right_one(name):
    data, exercise = GIVEN[name](), EXERCISES[name]
    right, step = exercise.solve(data), 10.0**-exercise.decimals
    wrong = [solve(data) for solve in exercise.wrong.values()] + [
        right + 0.51 * step,
        right - 0.51 * step,
        2 * right + 3,
    ]
    assert len(set(wrong)) >= 4
    assert all(check(name, value, data, attempts=Attempts()).verdict == "not_yet" for value in wrong)


@pytest.mark.parametrize("name", KNOWN)
def test_an_answer_is_what_was_planted_or_reckoned_by_hand(name):
    value, margin = KNOWN[name]
    assert abs(EXERCISES[name].solve(GIVEN[name]()) - value) <= margin + 1e-9


def test_help_comes_by_stages_and_the_solution_after_two_different_tries():
    data, tried = exits(), Attempts()
    first = check("00a", 5, data, "en", attempts=tried)
    again = check("00a", 5, data, "en", attempts=tried)
    second = check("00a", 6, data, "en", attempts=tried)
    assert first.text == again.text
    assert first.text != second.text
    assert not again.solution
    assert "outcome.exits.n_kept" in second.solution
    assert "<details>" in second._repr_html_()
    assert "<details>" not in first._repr_html_()


def test_an_untouched_cell_is_not_answered_and_no_try():
    tried = Attempts()
    assert str(check("00a", None, exits(), attempts=tried)) == "00a: belum dijawab."
    assert not tried.wrong


def test_fractions_decimals_and_signs_are_named():
    right = EXERCISES["00a"].solve(exits())
    assert "percent" in str(check("00a", right / 100, exits(), "en", attempts=Attempts()))
    assert "2 decimals" in str(check("00a", round(right, 1), exits(), "en", attempts=Attempts()))
    assert "sign" in str(check("00a", -right, exits(), "en", attempts=Attempts()))


def test_a_wrong_road_that_gives_the_right_number_is_told_too():
    same = pd.DataFrame({"n_raw": [100, 100], "n_kept": [90, 80], "n_repaired": [1, 1]})
    found = check("00a", 85, same, "en")
    assert found.verdict == "right"
    assert "wrong road" in found.text


@given(st.floats(-1e6, 1e6).map(lambda value: round(value, 4)))
def test_a_number_is_read_as_either_language_writes_it(value):
    plain = f"{value:.4f}"
    grouped = f"{value:,.4f}"
    swapped = grouped.translate(str.maketrans(",.", ".,"))
    for text in (plain, plain.replace(".", ","), grouped, swapped, f" {plain} %", plain.replace("-", "−")):
        assert read_number("00a", text) == float(plain)


@pytest.mark.parametrize("answer", ["banyak", "", True, float("nan"), [1, 2], object()])
def test_what_is_no_number_is_refused_in_words(answer):
    with pytest.raises(RequestError, match="one number"):
        check("00a", answer, exits())


@pytest.mark.parametrize(
    "answer", [98.5, np.float64(98.5), "98,5", pd.Series([98.5]), np.array([98.5]), [98.5]]
)
def test_one_number_in_any_wrapping_is_taken(answer):
    assert read_number("00a", answer) == 98.5


def test_other_data_are_refused_with_what_is_needed():
    with pytest.raises(RequestError, match=r"worked out from outcome\.exits"):
        check("00a", 1, staff())


def test_an_unknown_exercise_names_those_there_are():
    with pytest.raises(RequestError, match="there are 00a, 00b"):
        check("99z", 1, None)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("0*.ipynb")), ids=lambda path: path.stem)
def test_a_lesson_asks_its_exercises_in_markdown_and_hands_over_what_they_need(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    for name, exercise in EXERCISES.items():
        if name[:2] == path.stem[:2]:
            assert f"**{name}.**" in text
            given_ = "staff" if name == "03c" else exercise.data
            assert re.search(rf'check\("{name}", None, {re.escape(given_)}, language\)', code), name


def test_every_row_of_words_is_of_a_part_of_an_exercise():
    assert (
        len(set(exercise_rows())) == len(exercise_rows()) == sum(3 + len(e.wrong) for e in EXERCISES.values())
    )


def test_golden_numbers_are_written_on_request_and_compared_with_tolerance(tmp_path, monkeypatch):
    assert "run once with ASN_RESEARCH_GOLDEN=write" in golden("nb", {"a": 1.0}, folder=tmp_path)
    monkeypatch.setenv("ASN_RESEARCH_GOLDEN", "write")
    assert golden("nb", {"a": 1.0, "b": 2.0}, folder=tmp_path) == "2 numbers as stored"
    monkeypatch.delenv("ASN_RESEARCH_GOLDEN")
    assert golden("nb", {"a": 1.0 + 1e-8, "b": 2.0}, folder=tmp_path) == "2 numbers as stored"
    told = golden("nb", {"a": 1.1, "b": 2.0}, folder=tmp_path)
    assert told == "1 of 2 numbers differ: a: 1.1, stored 1"
    assert "b: nan, stored 2" in golden("nb", {"a": 1.0}, folder=tmp_path)
    assert "c: 3, stored nan" in golden("nb", {"a": 1.0, "b": 2.0, "c": 3.0}, folder=tmp_path)


def test_golden_numbers_are_found_from_a_copy_below_the_project(tmp_path, monkeypatch):
    (tmp_path / "notebooks" / "golden").mkdir(parents=True)
    (tmp_path / "notebooks" / "golden" / "nb.csv").write_text("name,value\na,1.0\n")
    (tmp_path / "work" / "en").mkdir(parents=True)
    for place in (tmp_path, tmp_path / "notebooks", tmp_path / "work", tmp_path / "work" / "en"):
        monkeypatch.chdir(place)
        assert golden("nb", {"a": 1.0}) == "1 numbers as stored"
