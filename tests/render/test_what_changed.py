"""The base of a release is archived beside it, and a later change is told by cause, as far as it may be."""

import stat
import sys
from dataclasses import replace

import pandas as pd
import pytest
from read.stating import state

from asn_research.clean import clean_folder, open_processed
from asn_research.given import HouseStyle
from asn_research.ledger import Release, add_release, archived_base, copy_ledger, ledger_of, releases_in
from asn_research.measure.edition_split import Basis
from asn_research.read.given_forms import Stated
from asn_research.render.approval import lines_of_changes
from asn_research.render.figure_address import report_data
from asn_research.render.inputs import prepare_inputs
from asn_research.render.jobs import Job
from asn_research.render.stated import slicers
from asn_research.render.what_changed import MEASURE, archive, edition_changes
from asn_research.rules.periods import Period
from asn_research.show.sections.changed_since import changed_since
from asn_research.simulate import simulate_city

PERIOD, YEAR = "2026-Q3", "2026"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A small city whose reports of the last quarter were released, and whose survey grew afterwards."""
    folder = tmp_path_factory.mktemp("changed")
    raw, processed = folder / "raw", folder / "processed"
    simulate_city(raw, seed=5, employees=80, quarters=2, mess=0.0)
    clean_folder(raw, processed)
    inputs = prepare_inputs(processed)
    for number, code in enumerate((PERIOD, YEAR), start=1):
        when = Period.parse(code)
        release = Release(
            number, code, 1, "2026-10-12T09:30+07:00", "", ("public",), True, {}, inputs.counted(when)
        )  # fmt: skip
        add_release(ledger_of(raw), release)
        assert archive(ledger_of(raw), release, inputs.processed, inputs.protected(when))
    copy_ledger(raw, processed)
    return raw, processed


@pytest.mark.slow
def test_the_archive_is_private_whole_and_no_release(released):
    raw, processed = released
    release, of_year = releases_in(ledger_of(raw))
    pooled = archived_base(ledger_of(raw), of_year).tables["citizen_feedback"]
    assert set(pooled["period"].astype("str")) == {YEAR}
    assert len(pooled) == len(open_processed(processed).table("citizen_feedback"))
    base = archived_base(ledger_of(raw), release)
    assert isinstance(base, Basis)
    assert set(base.tables) == {"citizen_feedback", "service_log", "complaints"}
    assert base.tables["citizen_feedback"]["period"].astype("str").eq(PERIOD).all()
    if sys.platform != "win32":
        modes = {stat.S_IMODE(path.stat().st_mode) for path in ledger_of(raw).iterdir()}
        assert modes == {0o600}
        assert stat.S_IMODE(ledger_of(raw).stat().st_mode) == 0o700
    place = ledger_of(raw) / release.archive
    content = place.read_bytes()
    try:
        place.write_bytes(content[:-1])
        assert archived_base(ledger_of(raw), release) is None
    finally:
        place.write_bytes(content)
    # Nothing has changed yet, so the reports are those of the release.
    assert edition_changes(open_processed(processed), ledger_of(raw), releases_in(ledger_of(raw))) is None


def of_city(inputs, index):
    """What the city's report tells of changes, where the city reports an index."""
    stated = Stated(style=HouseStyle(reported_index=index))
    job = Job("CITY", PERIOD, "id", (), audience="public")
    return changed_since(slicers(inputs, stated)(job).cut("CITY"))


@pytest.mark.slow
def test_another_reported_weight_is_told_as_the_cause(released):
    raw, processed = released
    inputs = prepare_inputs(processed)
    assert {each.reported_index for each in inputs.releases} == {"exact"}
    assert of_city(inputs, "exact") == []
    table = of_city(inputs, "printed")[-1]
    (row,) = table.rows
    index = inputs.frames["satisfaction"].set_index(["unit_id", "period"]).loc[("CITY", PERIOD), "index"]
    assert [cell.value for cell in row[1:]] == pytest.approx([index, 0.99 * index, -0.01 * index])
    style = state(raw, "style_form", style=[{"reported_index": "bobot cetak (0,11)"}])
    try:
        (line,) = lines_of_changes(raw, processed, PERIOD, "id")
    finally:
        style.unlink()
    assert "beralih dari bobot tepat 1/9 ke bobot cetak 0,11" in line
    assert lines_of_changes(raw, processed, PERIOD, "id") == []


@pytest.mark.slow
def test_late_answers_are_told_in_the_report_and_before_the_next_approval(released):
    raw, processed = released
    file = next((raw / "skm").glob(f"*{PERIOD}.csv"))
    lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    head = next(at for at, line in enumerate(lines) if "Tanggal" in line)
    data = [line for line in lines[head + 1 :] if line.strip()]
    late = raw / "skm" / "skm_susulan.csv"
    # Sent later: forms of the same kind, each with its day a little earlier so that it is no copy.
    late.write_text("".join([*lines[: head + 1], *(_another(line) for line in data)]), encoding="utf-8-sig")
    clean_folder(raw, processed)
    inputs = prepare_inputs(processed)
    found = inputs.frames[MEASURE]
    of_year = found.loc[found["period"] == YEAR].set_index(["unit_id", "figure"]).loc[("CITY", "ikm")]
    # The year is measured from the pooled forms of its quarters: nothing is left that the code would explain.
    assert of_year["new_data"] + of_year["restated"] == pytest.approx(of_year["change"], abs=1e-6)
    assert abs(of_year["rest"]) < 1e-9
    changes = found.loc[found["period"] == PERIOD].set_index(["unit_id", "figure"])
    city = changes.loc[("CITY", "ikm")]
    assert city["n_new"] > 10
    # Of two forms that seem to be one, cleaning takes the later: its older version is removed, which is no new data.
    assert city["new_data"] + city["restated"] == pytest.approx(city["change"], abs=1e-6)
    assert city["new_data"] != 0
    assert city[["organisation", "rule", "rest"]].abs().max() < 1e-9
    lines = lines_of_changes(raw, processed, PERIOD, "id")
    assert any("data baru" in line and "terbitan ke-1" in line for line in lines)
    _, before, now, *parts = (cell.value for cell in of_city(inputs, "printed")[-1].rows[0])
    assert (before, now) == pytest.approx((city["before"], 0.99 * city["now"]))
    assert sum(parts) == pytest.approx(now - before)
    shown = inputs.protected(Period.parse(PERIOD)).get(MEASURE, period=PERIOD)
    small = shown.frame.set_index(["unit_id", "figure"])
    counted = changes.reindex(small.index)
    few = (
        (counted[["n_new", "n_restated", "n_moved"]] > 0) & (counted[["n_new", "n_restated", "n_moved"]] < 10)
    ).any(axis=1)
    assert small.loc[few.to_numpy(), ["before", "now", "change", "new_data"]].isna().all().all()
    told = small.loc[small["change"].notna()]
    assert len(told)
    unit = next((str(unit) for unit, _ in told.index if unit != "CITY"), None)
    if unit is not None:
        blocks = changed_since(report_data(inputs, raw, unit, Period.parse(PERIOD), "id"))
        text = " ".join(block.to_html() for block in blocks)
        assert "Perubahan sejak terbitan terakhir" in text
        assert "data baru" in text
    assert not changed_since(
        replace(report_data(inputs, raw, "CITY", Period.parse(PERIOD), "id"), unit_id="QUALITY")
    )


def _another(line):
    """Return a form with other answers to the first questions."""
    cells = line.rstrip("\r\n").split(";" if ";" in line else ",")
    cells = [
        {"1": "2", "2": "1", "3": "4", "4": "3"}.get(cell, cell) if at in {8, 9, 10} else cell
        for at, cell in enumerate(cells)
    ]
    # Nobody's telephone, by which two forms would be one.
    cells[-1] = ""
    return (";" if ";" in line else ",").join(cells) + "\n"


def test_the_columns_are_declared():
    from asn_research.measure.edition_split import COLUMNS
    from asn_research.schema import declared

    assert set(COLUMNS) == set(declared("measure", MEASURE).columns)
    assert isinstance(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame)
