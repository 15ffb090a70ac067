"""The parts of the desk: files on the shelf, the state of work, keys, words of the pages, the tile."""

import ast
import contextlib
import json
import os
import re
import time
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from string import Formatter
from threading import Thread
from zipfile import ZipFile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from asn_research.desk import page_forms, server
from asn_research.desk.access import Access, hosts_of
from asn_research.desk.background import DONE, FAILED, RUNS, STOPPED, WAITS, Job, read_job
from asn_research.desk.guard import PROXY_KEY
from asn_research.desk.jupyter_tile import setup_desk
from asn_research.desk.mapping import write_mapping
from asn_research.desk.page_files import first_values
from asn_research.desk.place import SAMPLE, STATE, TAKEN_OUT, Holder, Place, mark_sample, remove_sample
from asn_research.desk.project_files import MAX_FILE, inside, put, put_back, take_out, taken_out
from asn_research.desk.recognised_files import recognise_files
from asn_research.desk.road import STANDINGS, STEPS, road_of
from asn_research.desk.state_files import OUTCOME
from asn_research.desk.views import _MESSAGES, HERE, View
from asn_research.errors import FolderBusyError, RequestError
from asn_research.project import SAMPLE as SAMPLE_OF_PROJECT
from asn_research.read.given_forms import FILES, FOLDER
from asn_research.read.raw_folder import find_raw_files
from asn_research.render.word_families import load_word_families
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.words import LANGUAGES, load_words

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
KEY = re.compile(r"""\bw\(\s*["']([a-z_0-9]+)["']\s*(~)?""")


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path / "data" / "raw", tmp_path / "data" / "processed", tmp_path / "reports")
    found.prepare()
    return found


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_text_of_a_page_has_its_words(path):
    text = path.read_text(encoding="utf-8")
    families = {
        "desk_step_": STEPS,
        "desk_standing_": STANDINGS,
        "desk_release_": ("gone", "new", "changed", "same"),
    }
    for language in LANGUAGES:
        words = load_words(language)
        for key, joined in KEY.findall(text):
            for each in [key + member for member in families[key]] if joined else [key]:
                assert words.has(each), each


def test_every_message_and_part_has_its_words():
    source = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("*.py"))
    named = set(re.findall(r'"(desk_(?:part|said|refused|put)\w*)"', source)) | _MESSAGES
    assert len(named) > 20
    assert all(load_words(language).has(key) for language in LANGUAGES for key in named)


@pytest.mark.parametrize("pattern", ["desk_{}", "desk_strange_{}"])
def test_the_desk_tells_what_to_press_and_names_no_command(pattern):
    """What stands at the desk instead of a message with commands says the same things of the same names."""
    family = next(each for each in load_word_families() if each.pattern == pattern)
    keys = [key for key, _ in family.rows()]
    assert len(keys) > 5
    for language in LANGUAGES:
        texts = load_words(language).texts
        for key in keys:
            usual = texts[key.removeprefix("desk_")]
            assert "asn-research" in usual or "--" in usual, key
            assert "asn-research" not in texts[key]
            assert "--" not in texts[key]
            named = [
                {name for _, name, _, _ in Formatter().parse(text) if name} for text in (texts[key], usual)
            ]
            assert named[0] <= named[1], key


def test_pages_load_nothing_from_elsewhere():
    for path in [*TEMPLATES, *(HERE / "static").glob("meja.*")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text
        assert "https:" not in text
        assert "<style" not in text
        assert not re.search(r"\son\w+=", text), path


def test_modules_stay_small():
    for path in HERE.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 310, path
        ast.parse(path.read_text(encoding="utf-8"))


# ---------------------------------------------------------------- files


def test_a_file_comes_in_goes_out_and_comes_back(place):
    put(place, "C:\\ekspor\\skm.csv", b"a;b\n")
    assert [path.name for path in find_raw_files(place.raw)] == ["skm.csv"]
    take_out(place, "skm.csv")
    assert find_raw_files(place.raw) == []
    (kept,) = taken_out(place)
    put_back(place, kept)
    assert (place.raw / "skm.csv").read_bytes() == b"a;b\n"
    assert taken_out(place) == []


def test_a_new_version_replaces_the_old_one_which_is_kept(place):
    put(place, "skm.csv", b"first")
    assert str(put(place, "skm.csv", b"first")).endswith("same content.")
    assert taken_out(place) == []
    put(place, "skm.csv", b"second")
    (kept,) = taken_out(place)
    assert (place.raw / TAKEN_OUT / kept).read_bytes() == b"first"
    with pytest.raises(RequestError, match="Take that one out first"):
        put_back(place, kept)


def test_a_form_goes_to_the_forms(place):
    put(place, "pejabat.xlsx", b"x")
    assert (place.raw / "_isian" / "pejabat.xlsx").is_file()
    assert find_raw_files(place.raw) == []


@given(st.text(max_size=30))
def test_no_name_leads_out_of_the_folder(name):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as home:
        place = Place(Path(home) / "p" / "raw", Path(home) / "p" / "processed", Path(home) / "p" / "reports")
        place.prepare()
        before = set(Path(home).rglob("*"))
        try:
            put(place, f"{name}.csv", b"x")
        except RequestError:
            assert set(Path(home).rglob("*")) == before
        else:
            (new,) = set(Path(home).rglob("*")) - before
            assert new.parent == place.raw
        for hidden in (name, f"../{name}", f"{STATE}/{name}", f"{name}/../../x"):
            with contextlib.suppress(RequestError):
                assert inside(place, hidden).is_relative_to(place.raw)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"x", "Save it as .xlsx"), ("_a.csv", b"x", "Rename the file"), ("~$a.xlsx", b"x", "Rename"),
        ("a.csv", b"", "Export it once more"), ("con.csv", b"x", "Rename"), ("", b"x", "Rename"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_words(place, name, content, said):
    with pytest.raises(RequestError, match=said):
        put(place, name, content)


def test_a_file_too_large_is_refused(place, monkeypatch):
    monkeypatch.setattr("asn_research.desk.project_files.MAX_FILE", 10)
    with pytest.raises(RequestError, match="Split it"):
        put(place, "a.csv", b"x" * 11)
    assert MAX_FILE > 10


# ---------------------------------------------------------------- work


@pytest.mark.parametrize(
    ("job", "status"),
    [
        (Job("check", status=RUNS, pid=1 << 22, born=1.0, begun=1.0), STOPPED),
        (Job("check", status=WAITS, begun=1.0), STOPPED),
        (Job("check", status=DONE), DONE), (Job("check", status=FAILED, error="x"), FAILED),
    ],
)  # fmt: skip
def test_work_whose_process_is_gone_is_called_stopped(place, job, status):
    place.keep("pekerjaan.json", job.dumped())
    assert read_job(place).status == status


def test_another_process_under_the_same_number_is_not_the_work(place):
    import psutil

    me = psutil.Process()
    job = Job("check", status=RUNS, pid=me.pid, born=me.create_time(), begun=time.time())
    place.keep("pekerjaan.json", job.dumped())
    assert read_job(place).status == RUNS
    place.keep("pekerjaan.json", replace(job, born=job.born - 60).dumped())
    assert read_job(place).status == STOPPED


def test_the_time_left_is_told_only_on_some_ground():
    now = time.time()
    job = Job("report", status=RUNS, done=5, total=20, part_begun=now - 10)
    assert job.seconds_left == pytest.approx(30, abs=2)
    assert replace(job, done=1).seconds_left is None
    assert replace(job, status=DONE).seconds_left is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"task": 1}', '{"lines": []}'])
def test_a_damaged_state_is_no_state(place, text):
    (place.state / "pekerjaan.json").write_text(text)
    assert read_job(place) is None


def test_an_empty_project_begins_with_files(place):
    road = road_of(place)
    assert set(road.standings.values()) == {"empty"}
    assert road.next_step == "berkas"


def test_one_writes_and_the_other_is_told(place):
    first, second = Holder(place), Holder(place)
    assert first.take()
    assert not second.take()
    with pytest.raises(FolderBusyError, match="Close the other desk"):
        second.insist()
    first.give_back()
    assert second.take()
    second.give_back()


def test_a_sample_that_the_desk_has_not_made_is_not_removed(place):
    folder = place.sample.reports.parent
    (folder / "data").mkdir(parents=True)
    assert not remove_sample(place)
    assert folder.exists()
    mark_sample(place.sample)
    assert remove_sample(place)
    assert not folder.exists()
    assert SAMPLE == SAMPLE_OF_PROJECT
    assert place.sample.parent == place


# ---------------------------------------------------------------- keys and mapping


def test_a_key_holds_once_and_only_at_its_own_desk():
    door, other = Access(hosts_of(80)), Access(hosts_of(80))
    key = door.new_key()
    assert not other.is_key(key)
    assert door.is_key(key)
    assert not door.is_key(key)
    assert door.secret not in repr(door)


@given(st.text(max_size=100))
def test_no_text_is_a_key(text):
    assert not Access(hosts_of(80), secret="s").is_key(text)


@pytest.mark.parametrize("columns", [{"A": "conduct", "B": "conduct"}, {"A": "no such column"}])
def test_a_mapping_that_cannot_be_is_refused(tmp_path, columns):
    with pytest.raises(RequestError, match="Mend the choice"):
        write_mapping(tmp_path / "a.csv", {"source": "citizen_feedback", "columns": columns})
    assert not list(tmp_path.iterdir())


def test_the_tile_gives_its_secret_to_the_desk_and_to_no_one_else():
    told = setup_desk()
    secret = told["environment"]["ASN_RESEARCH_DESK_KEY"]
    assert told["request_headers_override"] == {PROXY_KEY: secret}
    assert secret not in " ".join(told["command"])
    assert setup_desk()["environment"] != told["environment"]
    assert Path(told["launcher_entry"]["icon_path"]).is_file()


def test_htmx_is_the_named_version_with_its_licence():
    text = (HERE / "static" / "htmx-2.0.11.min.js").read_text(encoding="utf-8")
    assert '"2.0.11"' in text
    assert "Zero-Clause BSD" in (HERE / "static" / "htmx-LICENSE.txt").read_text(encoding="utf-8")


def test_a_workbook_row_is_written_only_if_it_can_be_read(tmp_path):
    from asn_research.errors import RawDataError
    from asn_research.read.form_writing import form_bytes, set_row
    from asn_research.read.office_forms import read_form

    path = tmp_path / "pejabat.xlsx"
    path.write_bytes(
        form_bytes("officials_form", "id", {"official": [{"unit_id": "DISHUB", "title": "Kepala"}]})
    )
    before = path.read_bytes()
    (row,) = read_form(path, "officials_form")["official"]
    with pytest.raises(RawDataError, match="NIP"):
        set_row(path, "officials_form", "official", row.number, {"unit_id": "DISHUB", "nip": "12"})
    assert path.read_bytes() == before
    set_row(path, "officials_form", "official", row.number, {"unit_id": "DISHUB", "name": "=A1", "title": ""})
    (row,) = read_form(path, "officials_form")["official"]
    assert row.values == {"unit_id": "DISHUB", "name": "=A1"} | {
        name: value for name, value in row.values.items() if name not in {"unit_id", "name"}
    }
    with ZipFile(path) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()
    set_row(path, "officials_form", "official", 0, {"unit_id": "DINKES", "title": "Kepala"})
    assert [each.values["unit_id"] for each in read_form(path, "officials_form")["official"]] == [
        "DISHUB",
        "DINKES",
    ]


@pytest.fixture
def view(place):
    """A project with the forms of one unit, as the desk keeps it."""
    from asn_research.read.form_writing import form_bytes

    folder = place.raw / FOLDER
    folder.mkdir(parents=True)
    period = {"unit_id": "DISHUB", "period": "Triwulan III 2026"}
    filled = {
        "officials_form": {"official": [{"unit_id": "DISHUB", "title": "Kepala Dinas"}]},
        "survey_form": {"survey": [period]},
        "plan_form": {"plan": [{**period, "element": "Persyaratan"}, {**period, "element": "Biaya/tarif"}]},
    }
    for form, rows in filled.items():
        (folder / FILES[form]).write_bytes(form_bytes(form, "id", rows))
    place.keep(OUTCOME, {"units": [["DISHUB", "Dinas Perhubungan"]], "periods": ["2026-Q3"]})
    return View(place, Holder(place))


def typed_into(gathered, typed):
    """Return the fields that a browser sends of the whole page, some of them typed over."""
    sent = []
    for part in gathered["parts"]:
        for at, row in enumerate(part["rows"]):
            sent.append(("baris", f"{part['form']}:{row['number']}"))
            for field in row["fields"]:
                told = typed.get((part["form"], at, field["name"]), field["value"])
                sent.append((f"isi-{part['form']}-{row['number']}-{field['name']}", told))
    return FormData(sent)


def test_one_button_saves_all_blocks_of_the_entries(view):
    gathered = page_forms._gather(view, "DISHUB", "2026-Q3", "id")
    before = {name: (view.place.raw / FOLDER / name).read_bytes() for name in FILES.values() if (view.place.raw / FOLDER / name).is_file()}  # fmt: skip
    assert page_forms._changed(typed_into(gathered, {}), gathered, "id") == []
    typed = {
        ("officials_form", 0, "name"): "Contoh Nama, S.E.",
        ("survey_form", 0, "first_day"): "1 Juli 2026",
        ("plan_form", 1, "action"): "Memasang daftar tarif",
    }
    changed = page_forms._changed(typed_into(gathered, typed), gathered, "id")
    assert [one.form for one in changed] == ["officials_form", "survey_form", "plan_form"]
    assert not any(one.faults for one in changed)
    page_forms._write(view, changed, "DISHUB", "2026-Q3", "id")
    again = page_forms._gather(view, "DISHUB", "2026-Q3", "id")
    shown = {
        (part["form"], at, field["name"]): field["value"]
        for part in again["parts"]
        for at, row in enumerate(part["rows"])
        for field in row["fields"]
    }
    assert {key: shown[key] for key in typed} == {**typed, ("survey_form", 0, "first_day"): "01/07/2026"}
    assert shown["plan_form", 0, "action"] == ""
    assert len(before) == 3


def test_a_field_that_cannot_be_read_keeps_all_that_was_typed(view):
    gathered = page_forms._gather(view, "DISHUB", "2026-Q3", "id")
    typed = {
        ("officials_form", 0, "name"): "Contoh Nama, S.E.",
        ("survey_form", 0, "recipients"): "1.240 orang",
    }
    changed = page_forms._changed(typed_into(gathered, typed), gathered, "id")
    shown = page_forms._with_typed(gathered, changed)
    fields = {
        (part["form"], field["name"]): field for part in shown["parts"] for field in part["rows"][0]["fields"]
    }
    assert fields["officials_form", "name"]["value"] == "Contoh Nama, S.E."
    assert fields["officials_form", "name"]["fault"] == ""
    assert fields["survey_form", "recipients"]["value"] == "1.240 orang"
    # The fault says how to write it.
    assert "misalnya 1240" in fields["survey_form", "recipients"]["fault"]
    assert [part["is_wrong"] for part in shown["parts"]] == [False, True, False]


def test_a_row_that_is_gone_is_not_written(view):
    gathered = page_forms._gather(view, "DISHUB", "2026-Q3", "id")
    form = typed_into(gathered, {})
    gathered["parts"][2]["rows"].pop()
    with pytest.raises(RequestError, match="no longer fits"):
        page_forms._changed(form, gathered, "id")


def test_a_foreign_and_a_blank_workbook_are_told_in_words(place):
    for name, rows in {"anggaran.xlsx": [["Kode", "Uraian"], ["1.01", "ATK"]], "kosong.xlsx": []}.items():
        book = xlsxwriter.Workbook(place.raw / name)
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        book.close()
    told = recognise_files(place, "id", date(2026, 11, 27), lambda done, total: None)
    foreign, blank = told["anggaran.xlsx"], told["kosong.xlsx"]
    assert "Survei kepuasan masyarakat" in foreign["error"]
    assert not [source for source in SOURCES if source in foreign["error"]]
    assert "Keluarkan" in foreign["remedy"]
    assert foreign["by_hand"]
    assert "kosong: tidak ada sel" in blank["error"]
    assert not blank["by_hand"]


def test_every_fact_that_the_page_shows_of_a_file_is_told_of_each(place):
    (place.raw / "rusak.xlsx").write_bytes(b"PK\x03\x04 damaged")
    answers = ["Tanggal;Unit Layanan;U1;U2;U3;U4;U5;U6;U7;U8;U9"]
    answers += [f"{day:02d}/07/2026;Dinas Perhubungan;{'3;' * 8}4" for day in range(1, 20)]
    (place.raw / "skm.csv").write_text("\n".join(answers), encoding="utf-8")
    (place.raw / "lain.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    told = recognise_files(place, "id", date(2026, 11, 27), lambda done, total: None)
    page = (HERE / "templates" / "berkas.html").read_text(encoding="utf-8")
    shown = set(re.findall(r"\btold\.(\w+)", page)) - {"get"}
    assert {"tables", "error", "like"} <= shown
    for name, facts in told.items():
        assert shown | {"remedy", "by_hand"} <= set(facts), name
    assert told["skm.csv"]["tables"]
    assert told["rusak.xlsx"]["error"]


def test_a_column_shows_its_first_values_once_and_none_of_a_person():
    cells = ["", "Dinas Perhubungan", " Dinas Perhubungan ", "198001012010011001", "", "Setda", "Dinkes"]
    assert first_values(cells, is_of_person=False) == ["Dinas Perhubungan", "•••", "Setda"]
    assert first_values(cells, is_of_person=True) == ["•••"]
    assert first_values(["", " "], is_of_person=False) == []


def test_a_desk_that_takes_its_time_to_answer_runs_all_the_same(tmp_path):
    """On a busy computer the desk that is there already answers after seconds; a second one could only be read."""

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(4)
            self.send_error(403)

        def log_message(self, *_):
            """Say nothing."""

    place = Place(tmp_path / "raw", tmp_path / "processed", tmp_path / "reports")
    place.prepare()
    with HTTPServer(("127.0.0.1", 0), Busy) as listener:
        Thread(target=listener.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{listener.server_port}/"
        running = {"address": address, "secret": "of nobody", "pid": os.getpid()}
        (place.state / server._RUNNING).write_text(json.dumps(running), encoding="utf-8")
        assert (server._address_of_running(place) or "").startswith(address)
