"""The drawn rooms, the followed cell and the names in the pages of docs/ are those of the code."""

import ast
import re
import sys

import pytest
from conftest import ROOT

DOCS = ROOT / "docs"
sys.path.append(str(DOCS))
import draw_architecture as drawing  # noqa: E402

PAGES = [
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "decisions").glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "PRIVACY.md")),
]
# Made at run time, or named as an example of what somebody writes.
NOT_OURS = re.compile(r"^(data/|reports/|work/|dist/|skm/|benchmarks/mutations\.md)|[*<{]")

OURS = {path.name for path in ROOT.iterdir()} | {
    path.relative_to(ROOT).as_posix()
    for folder in ("asn_research", "docs", "tests", "benchmarks", "notebooks", ".github")
    for path in (ROOT / folder).rglob("*")
}


def test_the_picture_and_the_tables_are_in_step():
    arrows = drawing.arrows_of(drawing.read_places()[0])
    assert drawing.PICTURE.read_text(encoding="utf-8") == drawing.picture(arrows), (
        "run `make docs-architecture`"
    )
    text = drawing.PAGE.read_text(encoding="utf-8")
    assert text == drawing.page(arrows, text), "run `make docs-architecture`"


def test_an_arrow_that_follows_from_others_is_left_out():
    arrows = {"a": frozenset(), "b": frozenset("a"), "c": frozenset("ab")}
    assert drawing.without_detours(arrows) == {"a": frozenset(), "b": frozenset("a"), "c": frozenset("b")}
    assert drawing.depth_of(arrows) == {"a": 0, "b": 1, "c": 2}


def test_a_circle_of_rooms_is_named():
    with pytest.raises(ValueError, match=r"import each other: a, b\. An arrow between them must go"):
        drawing.depth_of({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset("a")})


def test_every_function_that_the_cell_passed_is_still_there():
    known = {}
    for hop in drawing.shown_hops():
        module, names = hop["module"], hop["function"].split(".")
        if module not in known:
            path = drawing.PACKAGE / f"{module}.py"
            assert path.is_file(), f"{path}: gone; run `python docs/follow_one_cell.py FOLDER`"
            tree = ast.parse(path.read_text(encoding="utf-8"))
            known[module] = {
                n.name
                for n in ast.walk(tree)
                if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            }
        lacking = set(names) - known[module]
        assert not lacking, f"{module}: no {sorted(lacking)}; run `python docs/follow_one_cell.py FOLDER`"


def named_paths(text):
    """Yield what stands in backquotes and looks like a file or folder, without what follows a colon."""
    for quoted in re.findall(r"`([^`\n]+)`", text):
        name = quoted.split(":")[0].strip()
        if re.fullmatch(r"[\w./*<>{}-]+(\.(py|csv|yaml|yml|md|css|typ|ipynb)|/)", name):
            yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    named = {name.rstrip("/") for name in named_paths(text) if not NOT_OURS.search(name)}
    lacking = [name for name in sorted(named) if not any(f"/{there}".endswith(f"/{name}") for there in OURS)]
    assert not lacking, f"{page.name} names what is not there: {lacking}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        file, _, heading = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        assert place.exists(), target
        if heading and place.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", place.read_text(encoding="utf-8"), re.MULTILINE)
            made = {re.sub(r"[^\w\s-]", "", h.lower()).strip().replace(" ", "-") for h in headings}
            assert heading in made, target
