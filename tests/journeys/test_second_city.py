"""A second city with another register, kinds of office, emblem, colour, letterhead, index and both languages: nothing of the first."""

import base64
import re
import zipfile

import pytest
from journeys.second_city import ACCENT, GOVERNMENT, PLACE, state_second_city, write_second_city
from pypdf import PdfReader
from typer.testing import CliRunner

from asn_research.cli import app
from asn_research.render.editions.layout import ACCENT as OUR_ACCENT
from asn_research.render.inputs import prepare_inputs
from asn_research.render.jobs import FOLDER_OF

#: What only the default city has: its name, province and code.
OF_THE_FIRST = ("pontianak", "kalimantan barat", "61.71", "kapuas", "khatulistiwa")
#: In these the default colour of headings would be found as text.
COLOURED = (".html", ".docx", ".pptx", ".xlsx")


def run(*args):
    return CliRunner().invoke(app, [str(each) for each in args])


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("second")
    raw = folder / "raw"
    write_second_city(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASN_RESEARCH_KEY", "a key for tests only, of nobody's data")
        patch.chdir(folder)
        done = run("simulate", "--employees", 160, "--quarters", 2, "--seed", 3, "--out", raw)
        assert done.exit_code == 0, done.output
        state_second_city(raw)
        at = ("--raw", raw, "--processed", "processed", "--reports", "reports", "--jobs", 1)
        for language in ("id", "en"):
            done = run("run", *at, "--lang", language)
            assert done.exit_code == 0, done.output
    return folder


def text_of(path):
    """Return all text of an edition, as its reader or a search would find it."""
    if path.suffix == ".pdf":
        return " ".join(page.extract_text() for page in PdfReader(path).pages)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = [n for n in archive.namelist() if n.endswith((".xml", ".rels", ".svg"))]
            return " ".join(archive.read(n).decode("utf-8") for n in parts)
    return "" if path.suffix == ".png" else path.read_text(encoding="utf-8")


def editions(home, *endings):
    folders = [home / "reports" / name for name in FOLDER_OF.values()]
    found = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return [p for p in found if p.suffix != ".zip" and (not endings or p.suffix in endings)]


@pytest.mark.slow
def test_nothing_of_the_first_city_stands_in_any_file(home):
    found = editions(home)
    assert {p.suffix for p in found} >= {".html", ".pdf", ".docx", ".xlsx", ".pptx"}
    for path in found:
        text = text_of(path).lower()
        assert not [word for word in OF_THE_FIRST if word in text], path.name


@pytest.mark.slow
@pytest.mark.parametrize("suffix", COLOURED)
def test_headings_have_the_citys_colour_and_not_ours(home, suffix):
    own, ours = ACCENT.removeprefix("#"), OUR_ACCENT.removeprefix("#")
    for path in editions(home, suffix):
        text = re.sub(r'src="data:[^"]*"', "", text_of(path).lower())
        if suffix == ".html":
            # The stylesheet states our colour first; the city's own stands after it and holds.
            drawn = [
                base64.b64decode(each).decode()
                for each in re.findall(r'svg\+xml;base64,([^"]+)', text_of(path))
            ]
            assert not [svg for svg in drawn if OUR_ACCENT in svg], path.name
            assert text.rindex(f"--accent: {ACCENT}") > text.rindex(f"--accent: {OUR_ACCENT}")
            continue
        assert ours not in text, path.name
        if path.name.endswith((".docx", ".pptx")):
            assert own in text, path.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "title"),
    [("BAPENDA", "Kepala Badan Pendapatan Daerah"), ("RSUD-INTAN", "Direktur Rumah Sakit Umum Daerah Intan"),
     ("KANTOR-ARSIP", "Kepala Kantor Arsip"), ("DISTRIK-HULU", "Kepala Distrik Hulu")],
)  # fmt: skip
def test_the_city_signs_as_itself(home, unit, title):
    path = next(p for p in editions(home, ".pdf") if p.name == f"{unit}-2026-Q3-id.pdf")
    text = " ".join(text_of(path).split())
    assert title in text
    assert f"{PLACE}," in text
    assert GOVERNMENT in text or GOVERNMENT.upper() in text


@pytest.mark.slow
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_states_the_index_of_the_printed_weight(home, language):
    inputs = prepare_inputs(home / "processed")
    rows = inputs.frames["satisfaction"].set_index(["unit_id", "period"])
    row = rows.loc[("CITY", "2026-Q3")]
    mark = "," if language == "id" else "."
    printed, exact = (f"{row[c]:.2f}".replace(".", mark) for c in ("index_printed_weight", "ikm"))
    assert printed != exact
    for name in (
        f"CITY-2026-Q3-{language}",
        f"QUALITY-2026-Q3-{language}-internal",
        f"index-2026-Q3-{language}",
    ):
        page = next(p for p in editions(home, ".html") if p.stem == name)
        assert printed in text_of(page), name
    # Beside the reported index the other one stands only where the report says why there are two.
    quality = next(p for p in editions(home, ".html") if p.stem == f"QUALITY-2026-Q3-{language}-internal")
    assert exact not in re.sub(r'src="data:[^"]*"', "", text_of(quality))
