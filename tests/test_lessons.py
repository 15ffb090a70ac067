"""Both languages of a lesson come from one source; what readers see is stored, clean and bounded."""

import csv
import importlib.util
import itertools
import json
import re

import nbformat
import papermill
import pytest
from conftest import ROOT

import asn_research
from asn_research.notebook_progress import MARK
from asn_research.rules.words import load_words

SPEC = importlib.util.spec_from_file_location("docs_lessons", ROOT / "docs" / "lessons.py")
lessons = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(lessons)
PAIRS = [(path, lessons.TWINS / path.name) for path in lessons.lessons()]
BOTH = [path for pair in PAIRS for path in pair]


def code(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_are_eight_in_each_language():
    assert len(PAIRS) == 8
    assert all(twin.is_file() for _, twin in PAIRS)


@pytest.mark.parametrize(("lesson", "twin"), PAIRS, ids=lambda path: path.stem)
def test_every_text_is_translated_and_no_translation_is_of_an_older_text(lesson, twin):
    assert not list(lessons.faults(lesson))


@pytest.mark.parametrize(("lesson", "twin"), PAIRS, ids=lambda path: path.stem)
def test_a_twin_is_what_the_source_and_its_translation_make(lesson, twin):
    wanted = lessons.twin_of(lesson).cells
    found = nbformat.read(twin, as_version=4).cells
    assert [(cell.id, cell.source) for cell in found] == [(cell.id, cell.source) for cell in wanted]


@pytest.mark.parametrize(("lesson", "twin"), PAIRS, ids=lambda path: path.stem)
def test_code_is_shared_but_for_the_comments_of_the_parameters(lesson, twin):
    for ours, theirs in zip(code(lesson), code(twin), strict=True):
        if "parameters" in ours.metadata.get("tags", []):
            plain = [re.sub(r"\s+#.*", "", cell.source) for cell in (ours, theirs)]
            assert plain[0].replace('language: str = "id"', 'language: str = "en"') == plain[1]
        else:
            assert ours.source == theirs.source


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_parameters_have_a_type_and_a_help_for_papermill(path):
    for line in code(path)[0].source.splitlines():
        assert re.fullmatch(r"\w+: (str|int) = \S.*  # \S.*", line), line


def test_a_changed_text_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "TWINS", tmp_path)
    cells = [nbformat.v4.new_markdown_cell("Satu", id="a"), nbformat.v4.new_markdown_cell("Dua", id="b")]
    path = tmp_path / "00_x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    head = f"<!-- a {lessons.fingerprint('Satu')} -->"
    (tmp_path / "00_x.md").write_text(f"{head}\n\nOne\n\n<!-- b {lessons.fingerprint('Dua')} -->\n\nTwo\n")
    assert not list(lessons.faults(path))
    (tmp_path / "00_x.md").write_text(
        f"{head}\n\nOne\n\n<!-- b 00000000 -->\n\nTwo\n\n<!-- c 00000000 -->\n\nThree\n"
    )
    told = list(lessons.faults(path))
    assert "has changed since it was translated" in told[0]
    assert "a cell that is gone" in told[1]
    (tmp_path / "00_x.md").write_text(f"{head}\n\nOne\n")
    assert "no English text" in next(lessons.faults(path))


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_finding_is_computed_and_never_written(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert "**Finding" not in cell.source
            assert "**Temuan" not in cell.source


#: `**Finding.**` in prose, and sentences printed from numbers, of the lessons in English alone (commit cc305b3).
BEFORE = {"00": 0, "01": 1, "02": 1, "03": 6, "04": 8, "05": 8, "06": 6, "07": 4}


@pytest.mark.parametrize(("lesson", "twin"), PAIRS, ids=lambda path: path.stem)
def test_no_lesson_claims_less_than_it_did(lesson, twin):
    n = sum(len(re.findall(r"\bsay\.(sign|whether|told)\(", cell.source)) for cell in code(lesson))
    assert n >= BEFORE[lesson.stem[:2]]
    assert n >= 3


@pytest.mark.parametrize(("lesson", "twin"), PAIRS, ids=lambda path: path.stem)
def test_a_lesson_looks_first_and_fits_once_by_a_formula(lesson, twin):
    source = "\n".join(cell.source for cell in code(lesson))
    assert re.search(r"\bsns\.\w+\(", source)
    assert re.search(r"\bsmf\.\w+\(\s*\"[^\"]+~", source)
    assert ".summary(" in source
    assert '"agrees"' in source


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_stored_outputs_are_clean_and_bounded(path):
    assert path.stat().st_size <= lessons.MOST_BYTES
    for place, cell in enumerate(code(path), start=1):
        assert cell.execution_count == (place if cell.outputs else None)
        for output in cell.outputs:
            assert output.output_type in {"display_data", "stream"}, cell.id
            assert output.get("name", "stdout") == "stdout", cell.id
            assert set(output.get("data", {})) <= set(lessons._SHOWN)
        text = json.dumps(list(cell.outputs))
        assert "<script" not in text
        assert not re.search(r"(/home/|/tmp/|/root/|/Users/|[A-Z]:\\\\)", text), cell.id


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_readers_see_figures_and_findings_without_running(path):
    outputs = [output for cell in code(path) for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 1
    label = "Temuan." if path.parent.name == "notebooks" else "Finding."
    assert sum(label in json.dumps(output, ensure_ascii=False) for output in outputs) >= 3


@pytest.mark.parametrize(("lesson", "twin"), PAIRS, ids=lambda path: path.stem)
def test_figures_show_numbers_and_names_of_their_language(lesson, twin):
    for cell in code(lesson):
        if re.search(r"\bsns\.(?!move_legend|boxplot)\w+\(", cell.source) and 'fmt=".0f"' not in cell.source:
            assert "say.numbers_on(" in cell.source or 'hue="year"' in cell.source, cell.id
        if ".corr()" in cell.source and "sns." in cell.source:
            assert "say.names(" in cell.source or "rename(columns=named)" in cell.source, cell.id


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_prose_calls_a_column_as_its_table_does(path):
    """Tables show headings in words, so a reader would look for the column's name in vain; exercises speak of code."""
    words = load_words("en")
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    before = itertools.takewhile(lambda text: not text.startswith(("## Latihan", "## Exercises")), prose)
    named = {
        name.replace(" ", "_") for text in before for name in re.findall(r"`([a-z_]+(?: [a-z_]+)*)`", text)
    }
    families = ("result", "heading", "result_term")
    assert not [name for name in named if any(words.has(f"{family}_{name}") for family in families)]


@pytest.mark.parametrize(("lesson", "_"), PAIRS, ids=lambda path: path.stem)
def test_printed_summaries_speak_the_language_of_the_lesson(lesson, _):
    assert not [cell.id for cell in code(lesson) if re.search(r"print\(\w+\.summary\(\)\)", cell.source)]


def test_an_indonesian_percent_has_no_blank_before_it():
    for path, _ in PAIRS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                assert not re.search(r"\d %", cell.source), f"{path.name}, {cell.id}"
    with (ROOT / "asn_research" / "rules" / "words.csv").open(encoding="utf-8", newline="") as file:
        assert not [row["key"] for row in csv.DictReader(file) if re.search(r"[\d}] %", row["id"])]


def test_links_of_lessons_lead_somewhere():
    for path in BOTH:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", cell.source):
                    assert (path.parent / target).exists(), f"{path.name}, {cell.id}: {target}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks" / "templates").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_papermill_tells_the_types_and_the_help_of_a_templates_parameters(path):
    told = papermill.inspect_notebook(str(path))
    assert set(told) == {"processed", "unit", "period", "language", "audience"}
    assert {each["inferred_type_name"] for each in told.values()} == {"str"}
    assert all(len(each["help"]) > 10 for each in told.values())


def test_papermill_tells_the_types_and_the_help_of_a_lessons_parameters():
    told = papermill.inspect_notebook(str(PAIRS[0][0]))
    assert {name: each["inferred_type_name"] for name, each in told.items()} == {
        "employees": "int", "quarters": "int", "seed": "int", "language": "str"
    }  # fmt: skip
    assert all(each["help"] for each in told.values())


def test_how_far_a_call_was_is_not_stored():
    line = nbformat.v4.new_output("display_data", {"text/plain": "█ 4 s"}, metadata=MARK)
    assert lessons.sanitised(line) is None


def test_the_file_for_colab_installs_what_make_wheel_makes_and_calls_commands_that_exist():
    cells = nbformat.read(ROOT / "docs" / "colab.ipynb", as_version=4).cells
    source = "\n".join(cell.source for cell in cells)
    assert (ROOT / "dist" / "asn_research-0.1.0-py3-none-any.whl").match("asn_research-*.whl")
    assert source.count("asn_research-*.whl") >= 2
    commands = re.findall(r"!asn-research (\S+)", source)
    assert commands
    code = "".join(path.read_text() for path in (ROOT / "asn_research" / "cli").glob("*.py"))
    assert all(re.search(rf"\ndef {command}\(", code) for command in commands)
    assert not any(cell.get("outputs") for cell in cells)


def test_the_script_for_binder_makes_copies_and_the_city(tmp_path, monkeypatch):
    script = (ROOT / "postBuild").read_text(encoding="utf-8")
    code = script.partition("<<'PYTHON'\n")[2].partition("\nPYTHON")[0]
    made = []
    monkeypatch.setattr(asn_research, "example_city", lambda: made.append(True))
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "postBuild", "exec"), {})
    assert made
    assert len(list((tmp_path / "work").rglob("0*.ipynb"))) == 16
