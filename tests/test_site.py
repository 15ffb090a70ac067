"""Pages of the site say the same in both languages, their code runs, and a broken or fetching page is found."""

import importlib
import importlib.util
import re
import sys

import pytest
from conftest import ROOT

FOLDER = ROOT / "docs" / "site"
PAGES = sorted((FOLDER / "pages").glob("*.md"))


def load(name):
    spec = importlib.util.spec_from_file_location(f"site_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build, check = load("build"), load("check")


def shape(text):
    """What both languages must share: the order of headings, code and where links lead."""
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    links = [target for _, target in build._LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))]
    return re.findall(r"^#+(?= )", text, re.MULTILINE), code, links


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_both_languages_have_the_same_shape(path):
    texts = build.parts(path)
    assert shape(texts["id"]) == shape(texts["en"])
    assert texts["id"] != texts["en"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_code_block_runs_in_order(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in shape(build.parts(path)["id"])[1]:
        exec(compile(block, path.name, "exec"), names)
    if path.stem == "thesis":
        assert (tmp_path / "bab4.docx").stat().st_size > 10_000
        assert "Motivasi" in str(names["regresi"])
    if path.stem == "howto":
        assert (tmp_path / "tabel.docx").is_file()
        assert (tmp_path / "gambar.png").is_file()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_rows_of_a_table_have_as_many_cells_as_its_heading(path):
    for text in build.parts(path).values():
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(cells) == 1, table


def test_a_page_without_english_is_refused(tmp_path):
    (tmp_path / "x.md").write_text("# Hanya Indonesia\n")
    with pytest.raises(SystemExit, match="no English part"):
        build.parts(tmp_path / "x.md")


def test_papers_of_the_repository_link_to_pages_or_to_nothing():
    text = build.paper(ROOT / "CONTRIBUTING.md", "en")
    for _, target in build._LINK.findall(text):
        assert "://" in target or target.endswith(".md") or target.startswith("#") or ".md#" in target


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_paper_in_the_other_language_says_so_and_its_pictures_are_found(language, tmp_path):
    manual = build.paper(ROOT / "docs" / "panduan-meja.md", language)
    assert ("This manual is in Indonesian" in manual) == (language == "en")
    assert ("ditulis dalam bahasa Inggris" in build.paper(ROOT / "PRIVACY.md", language)) == (
        language == "id"
    )
    build.write_source(tmp_path / "source", language)
    for page in (tmp_path / "source").rglob("*.md"):
        for place in build._IMAGE.findall(page.read_text(encoding="utf-8")):
            target = place[1]
            assert "://" in target or (page.parent / target).is_file(), f"{page.name}: {target}"
    assert "desk" in (tmp_path / "source" / "guides.md").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_gallery_names_figures_by_the_heading_above_them(language, tmp_path):
    build.gallery(tmp_path, language)
    text = (tmp_path / "gallery.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert titles
    assert not any("_" in title or "cell-" in title for title in titles)
    assert all(re.fullmatch(r"0[0-7]\. \S.*", title) for title in titles)
    assert len(list((tmp_path / "_static_gallery").iterdir())) == text.count("](lessons/")


def test_the_glossary_holds_every_term_once_in_each_language():
    for language in ("id", "en"):
        text = build.terms(language)
        names = [line for line in text.splitlines() if line and not line.startswith((" ", "#", "`"))]
        assert len(names) == len({name.casefold() for name in names}) > 25


def test_every_public_name_has_a_page_of_reference(tmp_path):
    build.api(tmp_path, "id")
    text = (tmp_path / "api.md").read_text(encoding="utf-8")
    for door in ("asn_research.methods", "asn_research.lab"):
        for name in sys.modules.get(door, importlib.import_module(door)).__all__:
            assert f"   {door}.{name}\n" in text


def page(body, language="id"):
    return f'<!doctype html><html lang="{language}"><body>{body}</body></html>'


def test_a_whole_site_is_whole(tmp_path):
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "a.html").write_text(
        page('<h1 id="x">A</h1><a href="b.html#y">b</a><a href="https://x.id">x</a>')
    )
    (tmp_path / "id" / "b.html").write_text(page('<h1 id="y">B</h1><img src="data:image/png;base64,AA">'))
    assert not list(check.faults(tmp_path))


@pytest.mark.parametrize(
    ("body", "language", "told"),
    [
        ('<a href="gone.html">x</a>', "id", "which is not there"),
        ('<a href="#gone">x</a>', "id", "no such place"),
        ('<script src="https://cdn.example/x.js"></script>', "id", "from outside"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "id", "from outside"),
        ('<img src="gone.png">', "id", "which is not there"),
        ("<p>x</p>", "en", "says it is in"),
    ],
)
def test_what_is_wrong_with_a_page_is_named(tmp_path, body, language, told):
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "a.html").write_text(page(body, language))
    found = list(check.faults(tmp_path))
    assert len(found) == 1
    assert told in found[0]
    assert found[0].startswith("id/a.html")


def test_a_site_that_was_not_built_is_told(tmp_path):
    assert "build it first" in next(check.faults(tmp_path))


def test_tables_of_lessons_are_reached_by_keyboard_and_have_no_empty_heading():
    html = build.reachable(
        '<table class="simpletable"><tr><th>  </th><th scope="col"></th><th>a</th></tr></table>'
    )
    assert html == '<table tabindex="0" class="simpletable"><tr><td></td><td></td><th>a</th></tr></table>'
    assert build.reachable(html) == html


def test_what_opens_a_part_of_the_contents_has_a_name():
    html = '<summary><span class="toctree-toggle" role="presentation"></span></summary>'
    named = build.with_named_toggles(html, "id")
    assert 'aria-label="Buka atau tutup bagian ini"' in named
    assert build.with_named_toggles(named, "en") == named
