"""What a user does at the command line, from raw files to published reports, and what goes wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from asn_research import open_measures
from asn_research.cli import app
from asn_research.errors import DisclosureError
from asn_research.render.formats import FORMATS, FULL, format_named
from asn_research.render.scan import scan_folder, texts_of
from asn_research.rules.cities import load_city
from asn_research.rules.codebooks import load_codebook
from asn_research.sealed import read_sealed, seal
from asn_research.storage import checksum

ENV = {**os.environ, "ASN_RESEARCH_KEY": "a key for tests only, of nobody's data", "MPLBACKEND": "Agg"}
RUN = [sys.executable, "-m", "asn_research"]


def run(*args, cwd=None):
    return subprocess.run(
        [*RUN, *map(str, args)], capture_output=True, text=True, env=ENV, cwd=cwd, check=False
    )


def run_here(monkeypatch, *args):
    """Run a command in this process, which has imported everything already."""
    monkeypatch.setenv("ASN_RESEARCH_KEY", ENV["ASN_RESEARCH_KEY"])
    return CliRunner().invoke(app, [str(each) for each in args])


@pytest.fixture(scope="module")
def published(small_raw, tmp_path_factory):
    """Reports of three units and the city, all formats, made from a small city by one command."""
    home = tmp_path_factory.mktemp("journey")
    raw = home / "raw"
    shutil.copytree(small_raw, raw)
    # From within the folder and with relative paths, as make does.
    done = run(
        "run", "--raw", "raw", "--processed", "processed", "--reports", "reports", "--jobs", 2, cwd=home
    )
    assert done.returncode == 0, done.stderr
    return home, done.stdout


def test_one_command_leaves_a_report_for_every_unit_in_every_format(published):
    home, output = published
    n = 0
    for folder, ending in (("publik", ""), ("internal", "-internal")):
        units = {p.name for p in (home / "reports" / folder / "2026-Q3").iterdir()}
        assert {"CITY", "QUALITY", "DISHUB", "KEC-SEL", "DINKES"} <= units
        n += len(units)
        for unit in units:
            names = {p.name for p in (home / "reports" / folder / "2026-Q3" / unit).iterdir()}
            expected = FULL if folder == "internal" or unit == "QUALITY" else FORMATS
            assert names == {f"{unit}-2026-Q3-id{ending}{format_named(f).ending}" for f in expected}
    pages = "reports/publik/index.html, reports/internal/index.html"
    assert f"{n} dari {n} laporan ada di reports. Buka {pages}." in output
    assert re.search(r"Seluruhnya: \d+ baris masuk = \d+ dipakai \+ \d+ ditahan \+ \d+ dikeluarkan", output)


def people_in(raw):
    """Return all numbers of people and names that stand in raw files."""
    numbers, names = set(), set()
    for path in raw.rglob("*"):
        if path.suffix == ".xlsx":
            sheets = CalamineWorkbook.from_path(str(path))
            rows = [row for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python()]
        elif path.suffix == ".csv":
            rows = [line.split(";") for line in path.read_text(encoding="latin-1").splitlines()]
        else:
            continue
        numbers |= {d for row in rows for cell in row for d in re.findall(r"\d{16,18}", str(cell))}
        for place, row in enumerate(rows):
            column = next((n for n, cell in enumerate(row) if str(cell).strip().casefold() == "nama"), None)
            if column is not None:
                names |= {str(below[column]) for below in rows[place + 1 :] if len(below) > column}
    return numbers, {name for name in names if len(name.split()) > 1}


def test_the_log_of_a_whole_run_tells_of_every_file_and_report_and_of_nobody(published):
    home, output = published
    (place,) = (home / "reports" / ".log").glob("*-run-*.log")
    told = place.read_text(encoding="utf-8")
    numbers, names = people_in(home / "raw")
    assert len(numbers) > 300
    assert len(names) > 100
    assert not [each for each in numbers | names if each in told]
    for line in output.splitlines():
        if " baris masuk = " in line:
            assert line in told
    for page in home.glob("reports/*/2026-Q3/*/*.html"):
        assert f"{page.stem}: made, " in told
        assert re.search(rf"INFO asn_research.render.batch: {page.stem}: selesai dalam \d+\.\d detik", told)
    assert "measure: " in told
    assert re.search(r"ended after \d+\.\d s", told)
    assert "a key for tests only" not in told


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def test_every_link_of_the_index_resolves_and_none_leads_outside(published):
    home, _ = published
    indexes = [home / "reports" / folder / "index.html" for folder in ("publik", "internal")]
    for page in [*indexes, *home.glob("reports/*/*/*/*.html")]:
        links = Links()
        links.feed(page.read_text())
        for link in links.found:
            assert not link.startswith(("http", "//")), link
            if not link.startswith(("#", "data:")):
                assert (page.parent / link).is_file(), link
    public, internal = (page.read_text() for page in indexes)
    assert public.count("DISHUB-2026-Q3-id.") == len(FORMATS)
    assert internal.count("DISHUB-2026-Q3-id-internal.") == len(FULL)
    assert "internal" not in re.sub(r"<style>.*?</style>", "", public, flags=re.DOTALL)
    # Whoever may see the internal list may go on to the public one.
    assert re.findall(r"\S*publik/[^\">]*", internal) == ['href="../publik/index-2026-Q3-id.html']


def editions(home, unit="DISHUB", audience="publik", formats=FULL):
    """Return what a unit's editions say; those that hold the report whole, or those of `formats`."""
    folder = home / "reports" / audience / "2026-Q3" / unit
    texts = {}
    for name in formats:
        path = (
            folder / f"{unit}-2026-Q3-id{'-internal' * (audience == 'internal')}{format_named(name).ending}"
        )
        texts[name] = "\n".join(texts_of(path))
    return texts


def test_every_edition_says_that_the_data_are_simulated(published):
    home, _ = published
    # The picture shows the page of the publication that is read as pdf.
    formats = [name for name in FORMATS if name != "publikasi-png"]
    for name, text in editions(home, formats=formats).items():
        assert "DATA SIMULASI" in text, name
    reader = PdfReader(home / "reports" / "publik" / "2026-Q3" / "DISHUB" / "DISHUB-2026-Q3-id.pdf")
    assert all("DATA SIMULASI" in page.extract_text() for page in reader.pages)


def test_no_raw_column_name_stands_in_a_report(published):
    home, _ = published
    columns = {
        c.column for s in ("appraisals", "citizen_feedback", "service_log") for c in load_codebook(s).columns
    }
    coded = {c for c in columns if "_" in c.strip("_")} | {
        "service_time",
        "n_requests",
        "days_median",
        "index_low",
    }
    pdf = "".join(
        editions(home, unit, audience)["pdf"]
        for unit in ("DISHUB", "CITY")
        for audience in ("publik", "internal")
    )
    assert [c for c in coded if c in pdf] == []
    assert not re.search(r"\b(nan|NaN|None|NaT|<NA>)\b", pdf)


def test_the_indonesian_edition_speaks_no_english(published):
    home, _ = published
    pdf = "".join(
        editions(home, unit, audience)["pdf"]
        for unit in ("DISHUB", "CITY")
        for audience in ("publik", "internal")
    )
    english = re.findall(
        r"\b(the|and|of|with|from|units|service|days|mean|training|week|quarter|staff)\b", pdf
    )
    assert english == []


def test_the_english_edition_stands_beside_the_indonesian(published):
    home, _ = published
    done = run("report", "--processed", home / "processed", "--reports", home / "english", "--unit", "Dinas Perhubungan",
               "--format", "html", "--lang", "en")  # fmt: skip
    assert done.returncode == 0, done.stderr
    (page,) = (home / "english" / "publik" / "2026-Q3" / "DISHUB").iterdir()
    text = page.read_text()
    assert 'lang="en"' in text
    assert "SIMULATED DATA" in text
    assert "Kepuasan masyarakat" not in text


def test_small_groups_show_in_no_edition(published):
    home, _ = published
    # A kelurahan of the small city has six or seven staff, and nobody was asked there.
    rows = open_measures(home / "processed").sub_units.query("period == '2026-Q3'")
    rows = rows[rows["reporting_unit_id"] == "KEC-SEL"]
    assert len(rows) == 5
    assert rows["n_staff"].between(1, 9).all()
    assert (rows["n_respondents"] < 10).all()
    kelurahan = [unit.name for unit in load_city().sub_units("KEC-SEL")]
    assert len(kelurahan) == 5
    for audience in ("publik", "internal"):
        for name, text in editions(home, "KEC-SEL", audience).items():
            assert [each for each in kelurahan if each in text] == [], (audience, name)


def test_what_is_internal_stands_in_no_public_edition(published):
    home, _ = published
    spoken = ("Peruntukan", "Internal: pimpinan", "Motivasi", "Predikat", "Keberatan", "Hukuman disiplin")
    for unit in ("DISHUB", "CITY"):
        for name, text in editions(home, unit, "internal").items():
            # A workbook holds tables: of sanctions and objections there are sentences alone.
            told = spoken[2:4] if name == "xlsx" else spoken
            assert [word for word in told if word.casefold() not in text.casefold()] == [], name
        for name, text in editions(home, unit).items():
            assert [word for word in spoken[1:] if word.casefold() in text.casefold()] == [], name
            # The cover of a survey report to be signed has no line for it.
            assert "Masyarakat umum" in text or (unit != "CITY" and name in ("pdf", "docx")), name


def test_no_number_and_no_name_in_any_byte(published):
    home, _ = published
    rows = (
        CalamineWorkbook.from_path(home / "raw" / "pegawai" / "Daftar_Pegawai.xlsx")
        .get_sheet_by_index(0)
        .to_python()
    )
    people = [row for row in rows if re.fullmatch(r"\d{18}", str(row[1]))]
    secrets = {str(cell) for row in people for cell in (row[1], row[2], row[3], str(row[2]).split(",")[0])}
    assert len(people) > 300
    texts = {}
    # A page of pdf says what its html says, and takes a second to read.
    read_whole = {"CITY", "QUALITY", "DISHUB"}
    for path in [*home.glob("reports/**/*.*"), *home.glob("processed/**/*.json")]:
        if path.is_file() and (path.suffix != ".pdf" or path.parent.name in read_whole):
            texts[path.name] = "\n".join([*texts_of(path), path.read_bytes().decode("utf-8", "replace")])
    for path in home.glob("processed/**/*.parquet"):
        frame = pd.read_parquet(path)
        texts[str(path)] = "\n".join(str(v) for c in frame for v in frame[c].astype(str).unique())
    assert len(texts) > 40
    for name, text in texts.items():
        assert not [s for s in secrets if s in text], name
    for unit in read_whole:
        for folder in (home / "reports").glob(f"*/2026-Q3/{unit}"):
            scan_folder(folder)


@pytest.mark.parametrize("edition", ["html", "docx", "xlsx"])
def test_a_planted_number_is_found_in_every_edition(published, tmp_path, edition):
    home, _ = published
    source = home / "reports" / "publik" / "2026-Q3" / "DISHUB" / f"DISHUB-2026-Q3-id.{edition}"
    target = tmp_path / source.name
    nip = "19800229" + "200501" + "1" + "007"
    if edition == "html":
        target.write_text(source.read_text().replace("</main>", f"<p>{nip}</p></main>"))
    else:
        inside = "word/document.xml" if edition == "docx" else "xl/sharedStrings.xml"
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, content.replace(b"</w:t>", f" {nip}</w:t>".encode(), 1).replace(b"</t>", f" {nip}</t>".encode(), 1) if name == inside else content)  # fmt: skip
    with pytest.raises(DisclosureError, match="NIP"):
        scan_folder(tmp_path)


def test_a_failed_report_is_named_and_does_not_stop_the_rest(published, tmp_path):
    home, _ = published
    processed = tmp_path / "processed"
    shutil.copytree(home / "processed", processed)
    # One unit's report cannot be written: nobody has words for the way its survey was drawn.
    path = processed / "measures" / "satisfaction.parquet"
    table = pd.read_parquet(path)
    table["drawn_as"] = table["drawn_as"].where(table["unit_id"] != "DISHUB", "no_such_way")
    table.to_parquet(path, index=False)
    # A measure that is not as it was listed would be made again.
    place = path.with_name("manifest.json")
    listed = json.loads(read_sealed(place))
    listed["files"][path.name] = checksum(path.read_bytes())
    place.write_bytes(seal(json.dumps(listed).encode()))
    grid = tmp_path / "grid.csv"
    grid.write_text("unit,editions\nDISHUB,html\nDINKES,html\n")
    done = run(
        "report", "--processed", processed, "--reports", tmp_path / "reports", "--jobs", 2, "--grid", grid
    )
    assert done.returncode == 19
    assert "DISHUB-2026-Q3-id: gagal di sel " in done.stderr
    assert (tmp_path / "reports" / "publik" / "2026-Q3" / "DINKES").is_dir()
    assert not (tmp_path / "reports" / "publik" / "2026-Q3" / "DISHUB").exists()
    page = (tmp_path / "reports" / "publik" / "index.html").read_text()
    assert "Gagal dibuat" in page
    assert not list((tmp_path / "reports").glob(".work*"))


def written_in(folder):
    """Return what a run wrote into a folder, but for its lock and its log."""
    return [path.name for path in folder.glob("*") if not path.name.startswith(".")]


def bad_raw(tmp_path, name, content):
    raw = tmp_path / "raw"
    raw.mkdir()
    if name:
        (raw / name).write_bytes(content)
    return raw


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("", b"", "There is no spreadsheet", id="no_raw_files"),
        pytest.param("a.xlsx", b"hello", "not a spreadsheet", id="not_a_spreadsheet"),
        pytest.param("a.xlsx", b"PK\x03\x04" + b"x" * 99, "damaged or cut off", id="truncated"),
        pytest.param("a.csv", b"NIP;Unit Kerja;Rating Hasil Kerja;Predikat Kinerja;Inovasi\n198501012010011001;Dishub;Sesuai;Baik;80",
                     "Rating Perilaku Kerja", id="missing_column"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line_and_nothing_is_written(tmp_path, monkeypatch, name, content, message):
    raw = bad_raw(tmp_path, name, content)
    done = run_here(
        monkeypatch,
        "run",
        "--raw",
        raw,
        "--processed",
        tmp_path / "processed",
        "--reports",
        tmp_path / "reports",
        "--lang",
        "en",
    )
    assert done.exit_code == 11
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not written_in(tmp_path / "processed")
    assert not written_in(tmp_path / "reports")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        pytest.param(
            ["--unit", "Dinas Antariksa"], 15, "Tidak ada unit 'Dinas Antariksa'", id="unknown_unit"
        ),
        pytest.param(["--unit", "KEL-SEL-02"], 15, "--unit KEC-SEL", id="kelurahan"),
        pytest.param(
            ["--period", "2019-Q1"], 15, "Tidak ada data untuk 2019-Q1; periode yang berdata", id="no_data"
        ),
        pytest.param(["--period", "soon"], 15, "'soon' bukan periode", id="no_period"),
        pytest.param(["--lang", "nl"], 15, "Tidak ada bahasa 'nl'", id="no_language"),
        pytest.param(["--format", "doc"], 15, "Tidak ada format 'doc'", id="no_format"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(published, tmp_path, monkeypatch, options, code, message):
    home, _ = published
    places = ["--processed", home / "processed", "--reports", tmp_path / "reports"]
    done = run_here(monkeypatch, "report", *places, *options)
    assert done.exit_code == code
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not written_in(tmp_path / "reports")


@pytest.mark.skipif(not getattr(os, "geteuid", lambda: 1)(), reason="root may read everything")
def test_an_unreadable_folder_is_named(tmp_path):
    raw = bad_raw(tmp_path, "a.csv", b"x")
    raw.chmod(0)
    done = run("clean", "--raw", raw, "--out", tmp_path / "out")
    raw.chmod(0o700)
    assert done.returncode == 11
    assert "tidak boleh dibuka" in done.stderr


#: Each of these takes tenths of a second to import, and no help needs it.
HEAVY = {"IPython", "matplotlib", "nbclient", "openpyxl", "pandas", "papermill", "pyarrow", "scipy", "statsmodels", "uvicorn"}  # fmt: skip


def test_help_is_quick():
    """Seconds would judge the machine; what is imported judges the program."""
    command = [sys.executable, "-X", "importtime", "-m", "asn_research", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "asn_research" in loaded
    assert loaded & HEAVY == set()


def test_the_readme_names_commands_that_there_are():
    text = (Path(__file__).parents[2] / "README.md").read_text()
    help_text = run("--help").stdout
    for command in re.findall(r"asn-research (\w+)", text):
        assert command in help_text, command
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    for target in re.findall(r"`?make ([a-z-]+)`?", text):
        assert f"\n{target}:" in makefile, target
