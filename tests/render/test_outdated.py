"""A report is made again when, and only when, something that decides it has changed."""

import random
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from asn_research import storage as memory
from asn_research.render.inputs import _assemble, prepare_inputs
from asn_research.render.jobs import TEMPLATES, plan_jobs
from asn_research.render.records import Record, made_from
from asn_research.render.slices import Slicer
from asn_research.show import sections
from asn_research.storage import package_digest

PUBLIC = ("survey_cover", "foreword", "approval", "first_page", "introduction", "collection", "results", "analysis",
          "conclusion", "performance", "questionnaire", "results_in_full", "plan_before", "documentation",
          "sub_unit_annex", "method", "glossary")  # fmt: skip
INTERNAL = ("report_cover", "staff_first_page", "appraisal", "training", "motivation", "professionalism",
            "sanctions_and_objections", "study", "not_to_conclude", "signature", "staff_method", "ratings_annex")  # fmt: skip


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module", params=["public", "internal"])
def job(inputs, request):
    planned = plan_jobs(inputs, formats=("html",), audience=request.param)
    return next(j for j in planned if j.unit_id == "DISHUB")


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A copy of the package, a template and a lock that may be changed."""
    package = tmp_path / "asn_research"
    shutil.copytree(memory._PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    lock = tmp_path / "requirements.lock"
    lock.write_text("pandas==3.1.1\n")
    monkeypatch.setattr(memory, "_PACKAGE", package)
    monkeypatch.setattr(memory, "_REQUIREMENTS", lock)
    template = tmp_path / "own.ipynb"
    shutil.copy(TEMPLATES / "dinas_public.ipynb", template)
    package_digest.cache_clear()
    yield package, template, lock
    package_digest.cache_clear()


def content(report, audience):
    """Return all that a unit's report shows."""
    names = PUBLIC if audience == "public" else INTERNAL
    return repr([getattr(sections, name)(report).to_json() for name in names])


def sliced(inputs, job):
    slicer = Slicer(_assemble(inputs, "CITY", job.period, job.language), job.audience)
    return slicer.cut(job.unit_id), slicer.parts(job.unit_id)


@pytest.fixture
def made(inputs, job, code):
    """A report as it was made: what it showed, and its record."""
    report, parts = sliced(inputs, job)
    return report, content(report, job.audience), Record(made_from(job, parts), 1.0)


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
        new, parts = sliced(replace(inputs, frames=frames), job)
        differs = content(new, job.audience) != shown
    except (ValueError, TypeError, KeyError):
        # Such data make no report at all; there is nothing to be stale.
        return "none"
    outdated = record.why_outdated(made_from(job, parts))
    assert outdated or not differs, f"stale after a change in {name}"
    return "outdated" if outdated else "kept"


def code_mutation(job, code, rng):
    """Change one file that the report depends on, or what it is told."""
    package, template, lock = code
    here = replace(job, notebook=str(template))
    record = Record(made_from(here, {}), 1.0)
    kind = rng.choice(["function", "rule", "template", "lock", "language", "words"])
    if kind == "language":
        return record.why_outdated(made_from(replace(here, language="en"), {}))
    if kind == "function":
        path = rng.choice(sorted(package.rglob("*.py")))
    elif kind == "rule":
        path = rng.choice(sorted(p for p in (package / "rules").rglob("*") if p.suffix in {".yaml", ".csv"}))
    else:
        path = {"template": template, "lock": lock, "words": package / "rules" / "words.csv"}[kind]
    old = path.read_bytes()
    try:
        if kind == "template":
            path.write_bytes(old.replace(b"sections.first_page(report)", b"sections.first_page(report) "))
        else:
            path.write_bytes(old + b"\n# " + str(rng.random()).encode())
        package_digest.cache_clear()
        return record.why_outdated(made_from(here, {}))
    finally:
        path.write_bytes(old)
        package_digest.cache_clear()


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
    seen = mutations(8, inputs, made, job, code, seed=1)
    assert seen["outdated"] + seen["kept"] > 2


@pytest.mark.longest
def test_no_change_is_missed_in_two_hundred_mutations(inputs, made, job, code):
    seen = mutations(200, inputs, made, job, code, seed=2)
    # Both happen: rows that this report shows, and rows of others.
    assert seen["outdated"] > 10
    assert seen["kept"] > 10


def test_it_is_said_what_changed(inputs, made, job, code):
    _, template, lock = code
    _, _, record = made
    own = "satisfaction" if job.audience == "public" else "motivation"
    column = "index" if own == "satisfaction" else "mean"
    frame = inputs.frames[own].copy()
    others = frame.index[(frame["unit_id"] != job.unit_id) & (frame["unit_id"] != "CITY")]
    frame.loc[others, column] += 0.01
    _, parts = sliced(replace(inputs, frames={**inputs.frames, own: frame}), job)
    now = made_from(job, parts)
    assert record.why_outdated(now) == ""
    frame.loc[frame.index[frame["unit_id"] == job.unit_id], column] += 0.01
    _, parts = sliced(replace(inputs, frames={**inputs.frames, own: frame}), job)
    why = record.why_outdated(made_from(job, parts))
    assert why == f"what it may show of {own} changed"
    lock.write_text("pandas==3.1.2\n")
    template.write_text(template.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    why = record.why_outdated(made_from(replace(job, notebook=str(template)), parts))
    assert why == f"its template, the installed versions, what it may show of {own} changed"
