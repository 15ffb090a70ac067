"""On other data than the lessons' own, without a truth, effects absent or reversed: each lesson says only what is so."""

import ast
import importlib.util
import json
import re
import shutil

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from conftest import ROOT

import asn_research
from asn_research import example_city, methods, study
from asn_research.lab import Finding, Findings, Parameters, lesson_data

pytestmark = pytest.mark.longest
SPEC = importlib.util.spec_from_file_location("docs_lessons", ROOT / "docs" / "lessons.py")
lessons = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(lessons)
LESSONS = [path.stem for path in lessons.lessons()]
ABSENT = Parameters(
    training_motivation=0.0, recognition_motivation=0.0, motivation_quality=0.0, training_quality=0.0,
    motivation_log_days=0.0, motivation_log_queue=0.0, time_satisfaction=0.0, quality_satisfaction=0.0,
    satisfaction_trust=0.0, severity_sd=0.01, changes=(), technology_log_days=0.0, technology_competence=0.0,
    technology_information_complaints=0.0, drive_coverage=0.0, told_fairness=0.0, talked_fairness=0.0,
)  # fmt: skip
REVERSED = Parameters(
    training_motivation=-0.08, recognition_motivation=-0.30, motivation_quality=-4.0, training_quality=-0.6,
    motivation_log_days=0.30, motivation_log_queue=0.20, time_satisfaction=1.2, quality_satisfaction=-0.5,
    satisfaction_trust=-0.7,
)  # fmt: skip
CITIES = {"absent": (ABSENT, 11), "reversed": (REVERSED, 12)}
#: What a reversed city must not be said to show. Two reversed links make an indirect part above zero again.
NEVER = {"00_training_up", "03_indirect_down", "04_started_motivation_up", "06_time_said_down", "06_trust_said_up", "07_slope_up"}  # fmt: skip
#: What it must be said to show: effects that are large in 400 staff.
ALWAYS = {"06_time_said_up", "06_trust_said_down", "07_slope_down"}
#: Estimates of effects that are zero where effects are absent. One in twenty intervals leaves zero out all the same.
NIL = {
    "00_training", "03_indirect", "03_levels", "04_started", "04_started_motivation", "04_weighed", "06_jump",
    "06_blend_said", "06_pace", "06_queue", "06_time_said", "06_trust_said", "06_chain", "07_slope",
}  # fmt: skip


@pytest.fixture(scope="module", params=CITIES)
def city(request, tmp_path_factory):
    """Return the kind of city, its processed folder without the truth, and other figures of the British survey."""
    params, seed = CITIES[request.param]
    folder = tmp_path_factory.mktemp("city") / "processed"
    shutil.copytree(example_city(employees=400, seed=seed, params=params), folder)
    (folder / "truth.json").unlink()
    british = tmp_path_factory.mktemp("british")
    for name in ("uk_csps", "gsps_indonesia"):
        shutil.copytree(lesson_data(f"{name}/origin.md").parent, british / name)
    survey = pd.read_csv(british / "uk_csps" / "organisations.csv")
    # Learning of another organisation and year; or of the opposite sign.
    survey["learning"] = (
        survey["learning"].sample(frac=1, random_state=seed).to_numpy()
        if request.param == "absent"
        else 100 - survey["learning"]
    )
    survey.to_csv(british / "uk_csps" / "organisations.csv", index=False)
    return request.param, folder, british


@pytest.fixture(scope="module", autouse=True)
def _fits_are_remembered():
    """Both languages say the same of one fit, so it is made once."""
    with pytest.MonkeyPatch.context() as patch:
        for door in (methods, study):
            for name in door.__all__:
                patch.setattr(door, name, getattr(door, name))
        for name in ("run_study", "open_measures"):
            patch.setattr(asn_research, name, getattr(asn_research, name))
        exec(lessons.REMEMBER, {})
        yield


def simulate_without_truth(params):
    make = asn_research.simulate_city

    def simulate(out, **given):
        summary = make(out, params=params, **given)
        (out / "_simulasi" / "truth.json").unlink()
        return summary

    return simulate


def run(lesson, city, language):
    """Run a lesson's code in this process and return what its cells show last."""
    cells = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    names, shown = {"display": print}, []
    for cell in cells:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, lesson, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                own = {"processed": str(city[1]), "folder": str(city[2]), "employees": 400, "seed": 13, "language": language}  # fmt: skip
                names |= {name: value for name, value in own.items() if name in names}
            if last is not None:
                shown.append(eval(compile(ast.Expression(last.value), lesson, "eval"), names))
            plt.close("all")
    return shown


def n_findings(lesson):
    """Return how many cells of a lesson tell a finding of the city that it comes with."""
    cells = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum("Temuan." in json.dumps(cell.get("outputs", []), ensure_ascii=False) for cell in cells)


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_is_said_that_is_not_so(city, lesson, monkeypatch):
    kind = city[0]
    monkeypatch.setattr(asn_research, "simulate_city", simulate_without_truth(CITIES[kind][0]))
    said = {}
    for language in ("id", "en"):
        shown = run(lesson, city, language)
        said[language] = [each for each in shown if isinstance(each, Finding)]
        assert len(said[language]) == n_findings(lesson)
        label = Findings(language).told("03_links", n=1, n_clear=1).label
        for finding in said[language]:
            assert finding.label == label
            assert not re.search(r"truth in this simulated city|Planted|ditanam di kota|sebenarnya di kota", finding.text), finding.row  # fmt: skip
            assert not re.search(r"\b(nan|None|inf)\b|\{|\}|\[\[", finding.text), finding.text
    rows = [finding.row for finding in said["en"]]
    assert rows == [finding.row for finding in said["id"]]
    assert all(ours.text != theirs.text for ours, theirs in zip(said["id"], said["en"], strict=True))
    # Without a number nothing is said; that must not be the way in which a sentence stays true.
    assert rows.count("nothing") <= 1, rows
    print(kind, lesson, rows)
    if kind == "reversed":
        assert not NEVER & set(rows)
        assert {row for row in ALWAYS if row[:2] == lesson[:2]} <= set(rows)
    else:
        told = [row for row in rows if row.rpartition("_")[0] in NIL]
        assert sum(not row.endswith("_unclear") for row in told) <= 1, told
