"""A report is made again when, and only when, something that decides it has changed."""

import random
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from render.batches import LIGHT

from asn_research.render import closure
from asn_research.render.inputs import _assemble, prepare_inputs
from asn_research.render.jobs import TEMPLATES, Job, plan_jobs
from asn_research.render.readings import READINGS, Answers, reported
from asn_research.render.records import Key, Record, key_of
from asn_research.show import sections

SECTIONS = ("cover", "summary", "satisfaction", "service_time", "appraisal", "training", "motivation", "voice",
            "programmes", "good_practice", "sub_units", "study", "follow_up", "data_and_method", "signature")  # fmt: skip


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module")
def job(inputs):
    return next(j for j in plan_jobs(inputs, formats=("html",)) if j.unit_id == "DISHUB")


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A copy of the package, a template and a lock that may be changed."""
    package = tmp_path / "asn_research"
    shutil.copytree(closure.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    lock = tmp_path / "requirements.lock"
    lock.write_text("pandas==3.1.1\n")
    monkeypatch.setattr(closure, "PACKAGE", package)
    monkeypatch.setattr("asn_research.memory._REQUIREMENTS", lock)
    template = tmp_path / "dinas.ipynb"
    shutil.copy(TEMPLATES / "dinas.ipynb", template)
    return package, template, lock


def content(report, unit, monkeypatch=None, notes=None):
    """Return all that a unit's report shows, and what it read."""
    if notes is not None:
        monkeypatch.setenv(READINGS, str(notes))
    data = reported(report, unit)
    blocks = [getattr(sections, name)(data).to_json() for name in SECTIONS]
    if notes is not None:
        monkeypatch.delenv(READINGS)
    return repr(blocks), notes.read_text().splitlines() if notes is not None else []


@pytest.fixture
def made(inputs, job, tmp_path, monkeypatch):
    """A report as it was made: what it showed, and its record."""
    report = _assemble(inputs, "CITY", job.period, job.language)
    shown, readings = content(report, job.unit_id, monkeypatch, tmp_path / "readings")
    answers = Answers(report)
    record = Record(Key(), answers.facts, {name: answers.digest(name) for name in readings}, 1.0)
    return report, shown, record


def mutated(frame, rng, job):
    """Return a frame with one value changed: as often in the report's own rows as in any."""
    own = np.arange(len(frame))
    if "unit_id" in frame and rng.random() < 0.5:
        of_report = frame["unit_id"].isin([job.unit_id, "CITY"])
        if "period" in frame:
            of_report &= frame["period"] == job.period
        own = np.flatnonzero(of_report) if of_report.any() else own
    row, column = int(rng.choice(list(own))), rng.choice(list(frame.columns))
    values = frame[column].astype(object).to_numpy().copy()
    old = values[row]
    if isinstance(old, str):
        values[row] = rng.choice([v for v in frame[column].dropna().unique() if v != old] or [old])
    elif isinstance(old, bool | np.bool_):
        values[row] = not old
    else:
        values[row] = 17.0 if pd.isna(old) else type(old)(old + rng.choice([1, 2, 5]))
    return frame.assign(**{column: pd.Series(values, frame.index).infer_objects()})


def data_mutation(inputs, made, job, rng):
    """Change one value of one measure; a report that would show anything else must be outdated."""
    report, shown, record = made
    name = rng.choice([n for n in inputs.frames if n in report.protected.tables])
    frames = {**inputs.frames, name: mutated(inputs.frames[name], rng, job)}
    try:
        new = _assemble(replace(inputs, frames=frames), "CITY", job.period, job.language)
        differs = content(new, job.unit_id)[0] != shown
    except (ValueError, TypeError, KeyError):
        # Such data make no report at all; there is nothing to be stale.
        return "none"
    outdated = record.why_outdated(Key(), Answers(new))
    assert outdated or not differs, f"stale after a change in {name}"
    return "outdated" if outdated else "kept"


def code_mutation(job, code, rng):
    """Change one file that the report depends on, or what it is told."""
    package, template, lock = code
    here = replace(job, notebook=str(template))
    before = key_of(here, package)
    kind = rng.choice(["function", "rule", "template", "lock", "language", "words"])
    if kind == "language":
        return bool(before.changes(key_of(replace(here, language="en"), package)))
    if kind == "function":
        path = rng.choice(sorted(closure.reachable(template).values()))
    elif kind == "rule":
        path = rng.choice(sorted(p for p in (package / "rules").rglob("*") if p.suffix in {".yaml", ".csv"}))
    else:
        path = {"template": template, "lock": lock, "words": package / "rules" / "words.csv"}[kind]
    old = path.read_bytes()
    try:
        if kind == "template":
            path.write_bytes(old.replace(b"sections.summary(report)", b"sections.summary(report) "))
        else:
            path.write_bytes(old + b"\n# " + str(rng.random()).encode())
        return bool(before.changes(key_of(here, package)))
    finally:
        path.write_bytes(old)


def mutations(n, inputs, made, job, code, seed):
    rng = random.Random(seed)
    seen = {"outdated": 0, "kept": 0, "none": 0}
    for number in range(n):
        if number % 2:
            assert code_mutation(job, code, rng), number
        else:
            seen[data_mutation(inputs, made, job, rng)] += 1
    return seen


def test_no_change_is_missed(inputs, made, job, code):
    seen = mutations(20, inputs, made, job, code, seed=1)
    assert seen["outdated"] + seen["kept"] > 4


@pytest.mark.longest
def test_no_change_is_missed_in_two_hundred_mutations(inputs, made, job, code):
    seen = mutations(200, inputs, made, job, code, seed=2)
    # Both happen: rows that this report shows, and rows of others.
    assert seen["outdated"] > 10
    assert seen["kept"] > 10


def test_another_units_row_does_not_outdate_a_report(inputs, made, job):
    _, _, record = made
    frame = inputs.frames["satisfaction"].copy()
    others = frame.index[(frame["unit_id"] != job.unit_id) & (frame["unit_id"] != "CITY")]
    frame.loc[others, "index"] += 1
    new = _assemble(
        replace(inputs, frames={**inputs.frames, "satisfaction": frame}), "CITY", job.period, job.language
    )
    assert record.why_outdated(Key(), Answers(new)) == ""
    own = frame.index[frame["unit_id"] == job.unit_id]
    frame.loc[own, "index"] += 1
    new = _assemble(
        replace(inputs, frames={**inputs.frames, "satisfaction": frame}), "CITY", job.period, job.language
    )
    assert "satisfaction DISHUB" in record.why_outdated(Key(), Answers(new))


def test_code_that_a_template_cannot_reach_does_not_outdate_it(job, code):
    package, template, _ = code
    here = replace(job, notebook=str(template))
    before = key_of(here, package)
    for name in ("cli.py", "simulate/city.py", "render/pool.py"):
        (package / name).write_text((package / name).read_text() + "\n# changed\n")
    assert before.changes(key_of(here, package)) == []
    (package / "show" / "figures.py").write_text(
        (package / "show" / "figures.py").read_text() + "\n# changed\n"
    )
    assert before.changes(key_of(here, package)) == ["the code of show"]


def test_a_template_that_fetches_data_by_itself_depends_on_all_data(tmp_path):
    assert closure.reads_only_reports(TEMPLATES / "dinas.ipynb")
    assert closure.reads_only_reports(LIGHT)
    other = tmp_path / "other.ipynb"
    other.write_text(LIGHT.read_text().replace("import os\\n", "import os\\nimport asn_research as asn\\n"))
    assert not closure.reads_only_reports(other)
    assert key_of(Job("A", "2026-Q3", "id", ("html",), str(TEMPLATES / "dinas.ipynb")), tmp_path).data == ""
