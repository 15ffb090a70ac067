"""A grid is checked whole before anything runs, and says in plain words what is wrong."""

import shutil
from dataclasses import replace

import pytest

from asn_research.errors import RequestError
from asn_research.render import grid as grids
from asn_research.render import jobs
from asn_research.render.formats import FORMATS, FULL, format_named, format_of
from asn_research.render.grid import read_grid
from asn_research.render.inputs import prepare_inputs
from asn_research.render.jobs import Job
from asn_research.render.records import made_from
from asn_research.render.template import check_parameters, parameters_of, typed


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture
def template(tmp_path, monkeypatch):
    """A template with parameters of its own."""
    source = (grids.TEMPLATES / "dinas_public.ipynb").read_text()
    place = tmp_path / "own.ipynb"
    place.write_text(
        source.replace(
            'public or internal"',
            'public or internal\\n", "rows = 3\\n", "share: float = 0.5\\n", "draft = False"',
        )
    )
    monkeypatch.setattr(grids, "TEMPLATES", tmp_path)
    return place


def read(tmp_path, text, inputs):
    (tmp_path / "grid.csv").write_text(text, encoding="utf-8")
    return read_grid(tmp_path / "grid.csv", inputs)


def test_rows_become_jobs_and_empty_cells_the_usual(inputs, tmp_path):
    text = "unit;period;language;editions;audience\nDISHUB;2026-Q3;en;html pdf;publik\nDinas Kesehatan;;;;\n"
    assert [
        (j.unit_id, j.period, j.language, j.formats, j.audience) for j in read(tmp_path, text, inputs)
    ] == [
        ("DISHUB", "2026-Q3", "en", ("html", "pdf"), "public"),
        ("DINKES", "2026-Q3", "id", FORMATS, "public"),
        ("DINKES", "2026-Q3", "id", FULL, "internal"),
    ]


def test_all_means_every_unit(inputs, tmp_path):
    assert {"DISHUB", "DINKES", "CITY"} <= {job.unit_id for job in read(tmp_path, "unit\nall\n", inputs)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("unit\nDISHUB\nMARS\n", r"grid.csv, row 3: There is no unit 'MARS'", id="unit"),
        pytest.param("unit,period\nDISHUB,soon\n", r"row 2: 'soon' is not a period", id="period"),
        pytest.param("unit,language\nDISHUB,nl\n", r"row 2: There is no language 'nl'", id="language"),
        pytest.param("unit,editions\nDISHUB,doc\n", r"row 2: There is no format 'doc'", id="edition"),
        pytest.param("unit,audience\nDISHUB,all of us\n", r"row 2: There is no audience 'all of us'.*publik", id="audience"),
        pytest.param("unit,template\nDISHUB,x.ipynb\n", r"no template 'x.ipynb'; there are .*dinas", id="template"),
        pytest.param("unit,template\nDISHUB,../x.ipynb\n", r"no template", id="template_elsewhere"),
        pytest.param("unit,template\nDISHUB,sub/dinas_public.ipynb\n", r"no template", id="template_below"),
        pytest.param("unit,template\nDISHUB,..\\x.ipynb\n", r"no template", id="template_windows"),
        pytest.param(f"unit,template\nDISHUB,{'x' * 300}\n", r"no template 'x{60}…'; there are", id="template_long"),
        pytest.param("unit,template\nDISHUB,a\0b\n", r"no template|UTF-8|column", id="template_nul"),
        pytest.param("unit,processed\nDISHUB,/elsewhere\n", r"'processed' is not for a grid.*--processed", id="data"),
        pytest.param("unit,perriod\nDISHUB,2026-Q3\n", r"'perriod' is neither a column.*its own are: –", id="column"),
        pytest.param("unit\nDISHUB\nDISHUB\n", r"row 3: .* second time; remove one", id="twice"),
        pytest.param("unit\nDISHUB,2026-Q3\n", r"row 2: 2 cells under 1 headings", id="cells"),
        pytest.param("unit,unit\nDISHUB,DISHUB\n", r"first row must name the columns, each once", id="heading"),
        pytest.param("unit\n", r"asks for no report; give it a row", id="empty"),
    ],
)  # fmt: skip
def test_a_wrong_grid_is_refused_whole(inputs, tmp_path, text, message):
    with pytest.raises(RequestError, match=message):
        read(tmp_path, text, inputs)


def test_a_grid_that_is_not_there_says_what_to_save(inputs, tmp_path):
    with pytest.raises(RequestError, match="save it as CSV UTF-8"):
        read_grid(tmp_path / "none.csv", inputs)


def test_parameters_are_typed_by_the_templates_defaults(template):
    assert parameters_of(template) == {
        "processed": "../../data/processed", "unit": "DISHUB", "period": "2026-Q3", "language": "id",
        "audience": "public", "rows": 3, "share": 0.5, "draft": False,
    }  # fmt: skip
    assert (
        typed(template, "rows", "7"),
        typed(template, "share", "1"),
        typed(template, "draft", "TRUE"),
    ) == (7, 1.0, True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"row": 3}, r"own.ipynb has no parameter 'row'; it takes processed, unit", id="unknown"),
        pytest.param({"rows": "3"}, r"takes a whole number as 'rows', not '3'", id="text_for_number"),
        pytest.param({"rows": True}, r"takes a whole number as 'rows', not True", id="truth_for_number"),
        pytest.param({"unit": 3}, r"takes a text as 'unit', not 3", id="number_for_text"),
    ],
)
def test_an_unknown_or_mistyped_parameter_is_refused(template, given, message):
    with pytest.raises(RequestError, match=message):
        check_parameters(template, given)


def test_a_text_that_is_no_such_value_is_refused(template):
    with pytest.raises(RequestError, match="takes true or false as 'draft', not 'perhaps'"):
        typed(template, "draft", "perhaps")


@pytest.fixture
def with_text(template, monkeypatch):
    """A template with a parameter of text, beside the usual one."""
    shutil.copy(jobs.TEMPLATES / "dinas_public.ipynb", template.parent)
    monkeypatch.setattr(jobs, "TEMPLATES", template.parent)
    template.write_text(
        template.read_text().replace('"rows = 3\\n", ', '"rows = 3\\n", "note = \\"\\"\\n", ')
    )
    return template


@pytest.mark.parametrize(
    "place",
    ["/srv/x", "../x", "a/../../x", "C:\\x", "C:x", "\\\\host\\x", "~/x", "~a", "file:///x", "s3://x", ".."],
)
def test_a_parameter_that_names_a_place_is_refused(with_text, inputs, tmp_path, place):
    with pytest.raises(RequestError, match="row 2: 'note' names a place"):
        read(tmp_path, f"unit;template;audience;note\nDISHUB;own.ipynb;public;{place}\n", inputs)


@pytest.mark.parametrize(
    "text", ["2025/2026", "SE 3/2023: terbuka", "A: nilai", "50 %", "..., dan lain-lain"]
)
def test_a_text_that_is_no_place_is_taken(with_text, inputs, tmp_path, text):
    (job,) = read(tmp_path, f"unit;template;audience;note\nDISHUB;own.ipynb;public;{text}\n", inputs)
    assert dict(job.extra) == {"note": text}
    assert "/" not in job.name


def test_a_parameter_too_long_for_a_file_name_is_refused(with_text, inputs, tmp_path):
    with pytest.raises(
        RequestError, match=r"row 2: The report's name would have \d+ bytes, and may have 200"
    ):
        read(tmp_path, f"unit;template;audience;note\nDISHUB;own.ipynb;public;{'é' * 150}\n", inputs)


@pytest.mark.parametrize("name", ["processed", "unit", "period", "language", "audience"])
def test_a_job_cannot_be_told_of_other_data_by_a_further_parameter(inputs, name):
    job = Job("DISHUB", inputs.periods[-1], "id", ("html",), "", ((name, "x"),))
    with pytest.raises(RequestError, match=f"'{name}' is what the report itself decides"):
        job.checked()


def test_whatever_a_template_is_told_tells_reports_apart(inputs):
    job = Job("DISHUB", inputs.periods[-1], "id", ("html",))
    others = [
        replace(job, unit_id="DINKES"), replace(job, period="2026-Q2"), replace(job, language="en"),
        replace(job, audience="internal"),
        replace(job, extra=(("rows", 3),)), replace(job, extra=(("rows", 4),)),
        replace(job, extra=(("rows", "3"),)), replace(job, extra=(("rows", True),)),
        replace(job, extra=(("rows", 3), ("share", 0.5))),
    ]  # fmt: skip
    digests = [made_from(each, {})["parameters"] for each in (job, *others)]
    assert len(set(digests)) == len(digests)


# ---------------------------------------------------------------- editions that hold a part of a report


def editions(jobs_of):
    return {(job.unit_id, job.audience): job.formats for job in jobs_of}


def test_every_public_report_of_a_survey_has_the_editions_of_a_part(inputs):
    found = editions(jobs.plan_jobs(inputs))
    surveyed = set(inputs.frames["satisfaction"].query("period == '2026-Q3'")["unit_id"])
    assert {"CITY", "DISHUB"} <= surveyed
    for (unit, audience), formats in found.items():
        if audience == "public" and unit in surveyed:
            assert formats == FORMATS
        else:
            assert set(formats) <= {*FULL, "paparan"}
        if audience == "internal" or unit == "QUALITY":
            assert formats == FULL


def test_a_part_is_asked_for_alone(inputs):
    found = editions(jobs.plan_jobs(inputs, formats=["publikasi", "lembar-kerja"]))
    assert ("DISHUB", "public") in found
    assert ("QUALITY", "public") not in found
    assert {audience for _, audience in found} == {"public"}
    assert set(found.values()) == {("lembar-kerja", "publikasi")}


@pytest.mark.parametrize("asked", [{"audience": "internal"}, {"unit": "QUALITY"}])
def test_a_part_that_no_report_asked_for_has_is_refused_with_what_there_is(asked, inputs):
    with pytest.raises(RequestError, match="public reports of units or the city"):
        jobs.plan_jobs(inputs, formats=["publikasi"], **asked)


def test_a_template_of_ones_own_has_the_editions_that_hold_it_whole(inputs, template, tmp_path, monkeypatch):
    shutil.copy(jobs.TEMPLATES / "dinas_public.ipynb", template.parent)
    monkeypatch.setattr(jobs, "TEMPLATES", template.parent)
    (job,) = read(tmp_path, "unit,template,audience\nDISHUB,own.ipynb,publik\n", inputs)
    assert job.formats == FULL
    with pytest.raises(RequestError, match="own template"):
        read(tmp_path, "unit,template,audience,editions\nDISHUB,own.ipynb,publik,paparan\n", inputs)


def test_an_editions_file_is_named_after_its_report_and_known_by_its_name(inputs):
    job = next(job for job in jobs.plan_jobs(inputs, unit="DISHUB") if job.audience == "public")
    assert "DISHUB-2026-Q3-id.publikasi.pdf" in job.file_names
    assert len(set(job.file_names)) == len(FORMATS)
    assert tuple(map(format_of, job.file_names)) == FORMATS
    with pytest.raises(KeyError):
        format_of("DISHUB-2026-Q3-id.txt")
    assert all(format_named(name).format == name for name in FORMATS)
