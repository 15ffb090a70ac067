"""The command that makes sheets: what it writes, where, for whom it refuses, and that no number is seen on the way."""

import os
import re
import select
import shutil
import stat
import sys
import time

import docx
import openpyxl
import psutil
import pytest
from personal.city import make_city, people_in
from pypdf import PdfReader
from typer.testing import CliRunner

from asn_research.clean.store import open_processed
from asn_research.cli import app
from asn_research.personal.sheet_files import FOLDER, REGISTER, read_register

TODAY = "2026-10-15"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A city, with the sheets of two people in it."""
    home = make_city(tmp_path_factory.mktemp("sheets"))
    people = people_in(home / "raw")
    rated = open_processed(home / "processed").table("appraisals")
    two = sorted(set(rated["person_id"]) & set(people))[:2]
    listed = write_list(home, f"# dua orang\n{people[two[0]][0]};2026-10-05\n\n{people[two[1]][0]}\n")
    done = explain(home, "--list", listed)
    assert done.exit_code == 0, done.output
    return home, people, two, done


@pytest.fixture
def home(made, tmp_path):
    """A copy of the city without sheets, to be spoiled."""
    for name in ("raw", "processed"):
        shutil.copytree(made[0] / name, tmp_path / name, ignore=shutil.ignore_patterns(FOLDER))
    return tmp_path


def write_list(home, text, mode=0o600):
    place = home / "daftar.txt"
    place.write_text(text, encoding="utf-8")
    place.chmod(mode)
    return place


def places(home):
    return [f"--{name}={home / name}" for name in ("raw", "processed", "reports")]


def explain(home, *args):
    options = [*map(str, args), *places(home), f"--today={TODAY}"]
    return CliRunner().invoke(app, ["explain-person", *options])


def files_of(made):
    return sorted((made[0] / "raw" / FOLDER).glob("p*"))


def text_of(path):
    if path.suffix == ".pdf":
        return " ".join(page.extract_text() for page in PdfReader(path).pages)
    document = docx.Document(path)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_each_person_gets_pdf_word_and_a_form_that_only_the_owner_can_read(made):
    home, _, two, done = made
    folder = home / "raw" / FOLDER
    names = {path.name for path in folder.iterdir()} - {".lock"}
    wanted = {f"{p}-2026-Q3-id.{each}" for p in two for each in ("pdf", "docx")}
    assert names == wanted | {REGISTER} | {f"keberatan-{p}-2026-Q3.xlsx" for p in two}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert "Serahkan hanya kepada pegawai yang bersangkutan" in done.output


def test_a_sheet_is_two_pages_about_one_person(made):
    _, people, two, _ = made
    for path in files_of(made):
        other = two[1] if two[0] in path.name else two[0]
        text = re.sub(r"\s+", " ", text_of(path))
        assert people[two[0] if two[0] in path.name else two[1]][1].split(",")[0] in text
        assert people[other][1].split(",")[0] not in text
        assert not any(number in text.replace(" ", "") for number, _ in people.values())
        assert "Bila Anda tidak setuju" in text
        if path.suffix == ".pdf":
            assert len(PdfReader(path).pages) <= 2


def test_the_limit_is_counted_from_the_day_in_the_list(made):
    _, _, two, _ = made
    first, second = (next(p for p in files_of(made) if who in p.name and p.suffix == ".pdf") for who in two)
    assert "19 Oktober 2026" in re.sub(r"\s+", " ", text_of(first))  # fourteen days after 5 October
    assert "Tanggal Anda menerima hasil tidak ada dalam data" in re.sub(r"\s+", " ", text_of(second))


def test_the_register_says_who_made_which_sheet_when_in_pseudonyms(made):
    home, people, two, _ = made
    entries = read_register(home / "raw" / FOLDER)
    assert [entry.person_id for entry in entries] == two
    assert all(re.fullmatch("p[0-9a-f]{15}", entry.made_by) for entry in entries)
    assert entries[0].made_by not in people
    assert all(entry.period == "2026-Q3" and entry.made_at[:2] == "20" for entry in entries)
    text = (home / "raw" / FOLDER / REGISTER).read_text()
    assert not any(number in text or name in text for number, name in people.values())


def test_a_second_sheet_adds_a_line_and_leaves_the_others(made, home):
    shutil.copytree(made[0] / "raw" / FOLDER, home / "raw" / FOLDER)
    before = (home / "raw" / FOLDER / REGISTER).read_text()
    listed = write_list(home, made[1][made[2][0]][0])
    assert explain(home, "--list", listed, "--format", "pdf", "--lang", "en").exit_code == 0
    after = (home / "raw" / FOLDER / REGISTER).read_text()
    assert after.startswith(before)
    assert len(read_register(home / "raw" / FOLDER)) == 3
    assert (home / "raw" / FOLDER / f"{made[2][0]}-2026-Q3-en.pdf").exists()


def test_nothing_of_the_people_is_below_reports_or_processed_data(made):
    home, people, two, _ = made
    wanted = [value.encode() for p in two for value in people[p]]
    held = [path for name in ("reports", "processed") for path in (home / name).rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in held)
    for path in held:
        content = path.read_bytes()
        assert not any(each in content for each in wanted), path.name
        assert FOLDER not in path.parts
        assert "keberatan-p" not in path.name


def test_cleaning_again_does_not_read_the_sheets(made, home):
    shutil.copytree(made[0] / "raw" / FOLDER, home / "raw" / FOLDER)
    done = CliRunner().invoke(app, ["clean", f"--raw={home / 'raw'}", f"--out={home / 'processed'}"])
    assert done.exit_code == 0, done.output
    assert FOLDER not in done.output
    inputs = open_processed(home / "processed").manifest.inputs
    assert not any(FOLDER in name or "keberatan-p" in name for name in inputs)


REFUSED = {
    "a_list_that_others_can_read": (lambda home, nip: write_list(home, nip, 0o644), "chmod 600"),
    "no_number": (lambda home, nip: write_list(home, f"{nip}\n12345\n"), "baris 2: bukan NIP"),
    "no_day": (lambda home, nip: write_list(home, f"{nip};5 Oktober\n"), "baris 1: tanggal"),
    "a_day_that_lies_ahead": (lambda home, nip: write_list(home, f"{nip};2026-12-01\n"), "belum tiba"),
    "an_empty_list": (lambda home, nip: write_list(home, "# kosong\n"), "kosong"),
    "somebody_unknown": (
        lambda home, nip: write_list(home, f"{nip}\n198609262015051001\n"), r"baris 2 dalam daftar\) tidak ada",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_list_that_cannot_be_used_is_refused_in_words_without_its_content(made, home, case):
    write, said = REFUSED[case]
    nip = made[1][made[2][0]][0]
    done = explain(home, "--list", write(home, nip))
    assert done.exit_code == 15
    assert re.search(said, done.output)
    assert nip not in done.output
    assert "198609262015051001" not in done.output
    assert not list((home / "raw" / FOLDER).glob("p*"))


def test_without_its_key_no_sheet_is_made(made, home, monkeypatch):
    listed = write_list(home, made[1][made[2][0]][0])
    monkeypatch.delenv("ASN_RESEARCH_KEY")
    missing = explain(home, "--list", listed, "--key-file", home / "none.key")
    assert missing.exit_code == 14
    assert "Kembalikan kunci itu" in missing.output
    monkeypatch.setenv("ASN_RESEARCH_KEY", "another key, also for tests only")
    other = explain(home, "--list", listed)
    assert other.exit_code == 14
    assert "Pakai kunci itu" in other.output
    assert not list((home / "raw" / FOLDER).glob("p*"))


def test_without_the_raw_register_no_sheet_is_made(made, home):
    listed = write_list(home, made[1][made[2][0]][0])
    (home / "raw" / "pegawai" / "Daftar_Pegawai.xlsx").unlink()
    done = explain(home, "--list", listed)
    assert done.exit_code == 15
    assert "Taruh daftar pegawai di sana" in done.output


def test_raw_files_inside_the_reports_are_refused(made, home):
    listed = write_list(home, made[1][made[2][0]][0])
    done = CliRunner().invoke(
        app,
        ["explain-person", "--list", str(listed), f"--raw={home / 'raw'}", f"--processed={home / 'processed'}",
         f"--reports={home}"],
    )  # fmt: skip
    assert done.exit_code == 20
    assert "pindahkan data mentah" in done.output


def test_a_folder_that_is_a_link_is_refused(made, home):
    listed = write_list(home, made[1][made[2][0]][0])
    (home / "elsewhere").mkdir()
    (home / "raw" / FOLDER).symlink_to(home / "elsewhere")
    done = explain(home, "--list", listed)
    assert done.exit_code == 20
    assert not list((home / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "html"], "Pilih dari: pdf, docx"),
        (["--received", "kemarin"], "2026"),
        ([], "hanya dapat diketik di terminal"),
    ],
)
def test_options_are_checked(home, options, said):
    done = explain(home, *options)
    assert done.exit_code == 15
    assert said in done.output


def process_list():
    """Return the commands and the environments of all processes that this user may see."""
    shown = psutil.process_iter(["cmdline", "environ"])
    return "\n".join(f"{each.info['cmdline']} {each.info['environ']}" for each in shown)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own needs Unix")
def test_a_typed_number_is_in_no_process_list_and_is_not_shown(made, home):
    import pty

    nip = made[1][made[2][0]][0]
    shutil.copytree(made[0] / "reports", home / "reports")
    command = [sys.executable, "-m", "asn_research", "explain-person", *places(home), f"--today={TODAY}"]
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover (another process)
        os.execv(command[0], command)
    shown, seen, typed = b"", [], False
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
            if not typed and b"NIP pegawai" in shown:
                os.write(terminal, f"{nip}\n".encode())
                typed = True
        if typed:
            seen.append(process_list())
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown.decode()
    assert len(seen) > 3
    # What was seen is the real thing: the command itself is in it.
    assert any("explain-person" in each for each in seen)
    assert not any(nip in each for each in [shown.decode(), *seen])
    assert (home / "raw" / FOLDER / f"{made[2][0]}-2026-Q3-id.pdf").exists()
    for log in (home / "reports" / ".log").glob("*.log"):
        assert nip not in log.read_text()


def test_the_form_is_filled_in_as_far_as_known(made):
    home, people, two, _ = made
    page = openpyxl.load_workbook(home / "raw" / FOLDER / f"keberatan-{two[0]}-2026-Q3.xlsx").worksheets[0]
    row = dict(zip([cell.value for cell in page[3]], [cell.value for cell in page[4]], strict=True))
    assert (row["NIP"], row["Nama"]) == people[two[0]]
    assert row["Periode"] == "Triwulan III 2026"
    assert row["Tanggal Keberatan"] is None
