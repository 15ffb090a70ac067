"""The lists of reports: all periods kept, each unit's figures those of its own report, and what only the office may see."""

import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from read.stating import OFFICIAL, PLAN, SURVEY, state

from asn_research.errors import RenderError
from asn_research.read.given_forms import Stated, read_stated
from asn_research.render import execute
from asn_research.render.execute import JobResult
from asn_research.render.index_lines import read_lines
from asn_research.render.index_page import publish_indexes
from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.jobs import FOLDER_OF, Job
from asn_research.render.outdated import plan_batch
from asn_research.render.records import Record, write_record
from asn_research.render.slices import Slicer
from asn_research.render.stated import slicers
from asn_research.rules.cities import CITY
from asn_research.show.blocks import Cover
from asn_research.show.cockpit import CockpitLine, cockpit_line
from asn_research.show.data import QUALITY
from asn_research.show.sections.reported import reported

#: Marks of what the internal list alone shows.
OF_THE_OFFICE = ("Baris ditahan", "Data diterima", "Kesiapan", "Belum ada data dari", "status.html")


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module")
def latest(inputs):
    return inputs.periods[-1]


def made(
    inputs,
    reports,
    unit,
    period,
    audience="public",
    language="id",
    formats=("html", "docx", "pdf"),
    stated=None,
):
    """Publish a report of a few bytes and its record, and return its result, with the line of its own slice."""
    job = Job(unit, period, language, formats, audience=audience)
    place = reports / job.place
    place.mkdir(parents=True, exist_ok=True)
    for name in job.file_names:
        (place / name).write_text(f"berkas {name}", encoding="utf-8")
    write_record(reports, job, Record({}, 0.0), place)
    line = None if unit == QUALITY else cockpit_line(slicers(inputs, stated or Stated())(job).cut(unit))
    return JobResult(job, tuple(place / name for name in job.file_names), 1.0, line=line)


class Page(HTMLParser):
    """What a list says of each unit: the text of its cells, and where its links lead."""

    def __init__(self, path):
        super().__init__()
        self.path, self.rows, self.links, self._row, self._cell = path, {}, [], None, False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "tr" and "id" in told:
            self._row = self.rows.setdefault(told["id"], [])
        if tag == "td" and self._row is not None:
            self._row.append("")
            self._cell = True
        if tag == "a":
            self.links.append(told["href"])

    def handle_endtag(self, tag):
        if tag == "td":
            self._cell = False
        if tag == "tr":
            self._row = None

    def handle_data(self, data):
        if self._cell and self._row:
            self._row[-1] = f"{self._row[-1]} {data.strip()}".strip()


def test_the_figures_of_a_list_are_those_of_each_report(inputs, latest, tmp_path):
    units = ("DISHUB", "DINKES", "KEC-SEL")
    results = [made(inputs, tmp_path, unit, latest) for unit in (*units, CITY, QUALITY)]
    page = Page(publish_indexes(inputs, results, tmp_path)["public"])
    assert list(page.rows) == [u.unit_id for u in inputs.city.reporting_units if u.unit_id in units]
    slicer = Slicer(keep_shared_report(inputs, latest, "id"), "public")
    for unit in units:
        data = slicer.cut(unit)
        shown, (index, respondents, *_) = reported(data), page.rows[unit]
        assert data.numbers.number(shown.value, 2) in index
        assert shown.grade in index.split()
        assert respondents.startswith(data.numbers.number(shown.n))
    text = page.path.read_text(encoding="utf-8")
    assert cockpit_line(slicer.cut(CITY)).index in text
    assert not [mark for mark in OF_THE_OFFICE if mark in text]


def test_a_report_that_is_kept_has_the_line_that_its_rendering_gave(inputs, latest, tmp_path, monkeypatch):
    cover = Cover("", "", "", "", "id", unit_id="DISHUB", period_code=latest)
    monkeypatch.setattr(execute, "run_template", lambda *_: [cover])
    monkeypatch.setattr(
        execute, "write_edition", lambda _, __, path, **___: path.write_text("a", encoding="utf-8")
    )
    job = Job("DISHUB", latest, "id", ("html",))
    of = slicers(inputs, Stated())

    def planned():
        return plan_batch([job], of, tmp_path / "slices", tmp_path / "reports")[0]

    expected = cockpit_line(of(job).cut("DISHUB"))
    assert expected.index
    assert execute.render_report(planned().task).line == expected
    assert planned().reason == ""
    assert planned().standing.line == expected


def test_a_batch_of_one_unit_leaves_other_units_and_periods_in_their_lists(inputs, latest, tmp_path):
    earlier = inputs.periods[-2]
    before = [made(inputs, tmp_path, unit, earlier) for unit in ("DISHUB", "DINKES")]
    opened = publish_indexes(inputs, before, tmp_path)["public"]
    assert opened.name == "index.html"
    old = Page(opened).rows
    publish_indexes(inputs, [made(inputs, tmp_path, unit, latest) for unit in ("DISHUB", "DINKES")], tmp_path)
    # One unit again, of the earlier period: the newest stays in front, and the page named is that of the batch.
    again = publish_indexes(inputs, [made(inputs, tmp_path, "DISHUB", earlier)], tmp_path)["public"]
    assert again.name == f"index-{earlier}-id.html"
    assert Page(again).rows == old
    front = Page(tmp_path / "publik" / "index.html")
    assert set(front.rows) == {"DISHUB", "DINKES"}
    assert {f"index-{earlier}-id.html", f"index-{latest}-id.html"} <= set(front.links)
    for page in (tmp_path / "publik").glob("index*.html"):
        missing = [link for link in Page(page).links if not (page.parent / link).is_file()]
        assert missing == []


def test_a_list_in_another_language_stands_beside(inputs, latest, tmp_path):
    results = [made(inputs, tmp_path, "DISHUB", latest, language=language) for language in ("id", "en")]
    publish_indexes(inputs, results, tmp_path)
    page = Page(tmp_path / "publik" / f"index-{latest}-en.html")
    assert f"index-{latest}-id.html" in page.links
    assert 'lang="en"' in page.path.read_text(encoding="utf-8")
    assert not [link for link in page.links if "-id." in link and "index" not in link]


def test_the_office_sees_what_came_in_what_is_planned_and_what_is_lacking(inputs, latest, tmp_path):
    raw, reports = tmp_path / "raw", tmp_path / "reports"
    results = [made(inputs, reports, unit, latest, "internal") for unit in ("DISHUB", "DINKES")]
    page = Page(publish_indexes(inputs, results, reports)["internal"])
    assert (
        "Lengkapi: nama pejabat; tanggal pelaksanaan survei; rencana tindak lanjut" in page.rows["DISHUB"][6]
    )
    assert re.match(r"\d+ sumber data", page.rows["DISHUB"][3])
    text = page.path.read_text(encoding="utf-8")
    silent = [u.name for u in inputs.city.reporting_units if u.unit_id not in inputs.units_with_data(latest)]
    assert all(name in text for name in silent)
    state(raw, "officials_form", official=[OFFICIAL])
    state(raw, "survey_form", survey=[SURVEY | {"period": latest}])
    state(raw, "plan_form", plan=[PLAN | {"period": latest}])
    stated = read_stated(raw, inputs.city)
    assert stated.faults == ()
    results = [
        made(inputs, reports, unit, latest, "internal", stated=stated) for unit in ("DISHUB", "DINKES")
    ]
    rows = Page(publish_indexes(inputs, results, reports, stated)["internal"]).rows
    assert rows["DISHUB"][5] == "1 kegiatan"
    assert rows["DISHUB"][6] == "Siap ditandatangani"
    assert rows["DINKES"][6].startswith("Belum siap")
    # Neither who signs nor the number of that person stands in a list.
    assert not [p for p in reports.rglob("*") if p.is_file() and OFFICIAL["name"].encode() in p.read_bytes()]


def test_what_became_of_the_plan_before_is_told(inputs, latest, tmp_path):
    plan = PLAN | {"period": inputs.periods[-2]}
    state(
        tmp_path, "plan_form", plan=[plan | {"status": "selesai"}, plan | {"element": "Waktu penyelesaian"}]
    )
    stated = read_stated(tmp_path, inputs.city)
    result = made(inputs, tmp_path / "reports", "DISHUB", latest, "internal", stated=stated)
    page = Page(publish_indexes(inputs, [result], tmp_path / "reports", stated)["internal"])
    assert "Rencana sebelumnya: 1 selesai dan 1 belum diisi" in page.rows["DISHUB"][5]


def test_a_failed_report_is_named_and_is_not_ready(inputs, latest, tmp_path):
    result = made(inputs, tmp_path, "DISHUB", latest, "internal")
    failed = replace(result, files=(), message="sel <3> gagal")
    page = Page(publish_indexes(inputs, [failed], tmp_path, Stated())["internal"])
    assert "Gagal dibuat: sel <3> gagal" in page.rows["DISHUB"][7]
    assert "Siap ditandatangani" not in page.rows["DISHUB"][6]
    status = (tmp_path / "status.html").read_text(encoding="utf-8")
    assert "Dinas Perhubungan" in status
    assert "Jalankan sekali lagi" in status
    assert "<details><summary>Keterangan teknis" in status


def test_a_link_that_leads_nowhere_is_refused(inputs, latest, tmp_path):
    result = made(inputs, tmp_path, "DISHUB", latest)
    result.files[0].unlink()
    with pytest.raises(RenderError, match="is not there"):
        publish_indexes(inputs, [result], tmp_path)


def test_a_zip_holds_what_was_made_and_not_what_a_person_typed(inputs, latest, tmp_path):
    result = made(inputs, tmp_path, "DISHUB", latest)
    publish_indexes(inputs, [result], tmp_path)
    place = tmp_path / "publik" / "zip" / f"DISHUB-{latest}-id-lengkap.zip"
    first = place.read_bytes()
    with zipfile.ZipFile(place) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == {
            p.name: p.read_bytes() for p in result.files
        }
    publish_indexes(inputs, [result], tmp_path)
    assert place.read_bytes() == first
    typed = next(path for path in result.files if path.suffix == ".docx")
    typed.write_text("rencana diisi tangan", encoding="utf-8")
    page = Page(publish_indexes(inputs, [result], tmp_path)["public"])
    with zipfile.ZipFile(place) as archive:
        assert typed.name not in archive.namelist()
    assert "Word (berisi perubahan Anda)" in page.rows["DISHUB"][-1]
    for path in result.files:
        path.unlink()
    publish_indexes(inputs, [made(inputs, tmp_path, "DINKES", latest)], tmp_path)
    assert not place.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"lines": {"A": {"of_another_version": 1, "name": "A"}}}'])
def test_lines_that_are_damaged_or_of_another_version_are_left_out(tmp_path, content):
    folder = tmp_path / ".records" / FOLDER_OF["public"] / "2026-Q3"
    folder.mkdir(parents=True)
    (folder / "index-id.json").write_bytes(content)
    assert read_lines(tmp_path, "publik", "2026-Q3", "id").lines == {}


def test_a_line_comes_back_as_it_was_kept():
    line = CockpitLine("Dinas", index="1,00", index_value=1.0, lacking=("nama pejabat",))
    assert CockpitLine.from_json({**line.to_json(), "of_a_later_version": 3}) == line
    assert CockpitLine.from_json(CockpitLine("Dinas").to_json()).lacking is None
