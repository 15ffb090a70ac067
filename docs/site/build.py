"""Build the site in both languages: docs/_site/{id,en}, and docs/_site/index.html that leads to Indonesian.

Pages stand in ``pages/``, one file with both languages, parted by ``<!-- en -->``. The rest is made from what the
repository holds: lessons with their stored outputs, the dictionary from the schema, terms, the public names.

Run in the environment of the site::

    .venv-docs/bin/python docs/site/build.py
"""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from asn_research.schema.describe import data_dictionary

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SITE = ROOT / "docs" / "_site"
LANGUAGES = ("id", "en")
DOORS = (
    "asn_research",
    "asn_research.methods",
    "asn_research.study",
    "asn_research.plots",
    "asn_research.rules",
    "asn_research.lab",
)
#: Papers of the repository that are pages as they are: their place, and which languages show them.
PAPERS = {
    "PANDUAN.md": ("manual", ("id",)),
    "docs/panduan-meja.md": ("desk", LANGUAGES),
    "PRIVACY.md": ("privacy", LANGUAGES),
    "CHANGELOG.md": ("changelog", LANGUAGES),
    "CONTRIBUTING.md": ("contributing", LANGUAGES),
    "docs/architecture.md": ("architecture", LANGUAGES),
    "docs/systems.md": ("systems", LANGUAGES),
    "docs/recipes.md": ("recipes", LANGUAGES),
    "docs/glossary.md": ("names", LANGUAGES),
    "benchmarks/known_answers.md": ("known_answers", LANGUAGES),
    "benchmarks/recovery.md": ("recovery", LANGUAGES),
}
_ENGLISH_ALONE = (
    "```{note}\nHalaman ini ditulis dalam bahasa Inggris, untuk yang mengembangkan program.\n```\n\n"
)
_INDONESIAN_ALONE = "```{note}\nThis manual is in Indonesian. The desk speaks English with `asn-research desk --lang en`.\n```\n\n"
#: Papers that are written in Indonesian.
_IN_INDONESIAN = frozenset({"PANDUAN.md", "panduan-meja.md"})
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def parts(path: Path) -> dict[str, str]:
    """Return a page's text by language."""
    ours, mark, english = path.read_text(encoding="utf-8").partition("\n<!-- en -->\n")
    if not mark:
        msg = f"{path.name} has no English part; write it below a line <!-- en -->."
        raise SystemExit(msg)
    return {"id": ours.strip() + "\n", "en": english.strip() + "\n"}


def decisions() -> list[Path]:
    """Return the records of decisions."""
    return sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def paper(path: Path, language: str) -> str:
    """Return a paper of the repository as a page: links to other pages lead there, all others are plain text."""
    places = {name: place for name, (place, shown) in PAPERS.items() if language in shown}
    places |= {each.relative_to(ROOT).as_posix(): f"decisions/{each.stem}" for each in decisions()}
    places |= {"docs/data-dictionary.md": "dictionary"}
    here = places[path.relative_to(ROOT).as_posix()]

    def led(found: re.Match[str]) -> str:
        text, target = found[1], found[2]
        name, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        if not name:
            return found[0] if anchor else text
        full = os.path.normpath(path.parent.relative_to(ROOT) / name).replace(os.sep, "/")
        if full not in places:
            return text if text.startswith("`") else f"{text} (`{full}`)"
        return f"[{text}]({os.path.relpath(places[full], os.path.dirname(here) or '.')}.md)"

    text = _LINK.sub(led, path.read_text(encoding="utf-8"))
    text = _IMAGE.sub(
        lambda found: f"![{found[1]}]({'../' * here.count('/')}_images_of_papers/{Path(found[2]).name})", text
    )
    first, _, rest = text.partition("\n")
    written_in = "id" if path.name in _IN_INDONESIAN else "en"
    note = "" if written_in == language else _INDONESIAN_ALONE if written_in == "id" else _ENGLISH_ALONE
    return f"{first}\n\n{note}{rest}"


def manual_in_english() -> str:
    """Return the parts of README that tell how to install, and how planners work."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    body = "".join(f"## {name}\n{sections[name]}" for name in ("Two commands", "For planners"))
    return "# Manual\n\n" + _LINK.sub(lambda found: found[1] if "://" not in found[2] else found[0], body)


def terms(language: str) -> str:
    """Return the glossary: words of reports and of lessons, in one list."""
    long = {"id": "indonesian", "en": "english"}
    with (ROOT / "asn_research" / "rules" / "glossary.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [
            {lang: (row[f"term_{long[lang]}"], row[f"meaning_{long[lang]}"]) for lang in LANGUAGES}
            for row in csv.DictReader(file)
        ]
    with (ROOT / "docs" / "terms.csv").open(encoding="utf-8", newline="") as file:
        rows += [
            {lang: (row[f"term_{lang}"], row[f"meaning_{lang}"]) for lang in LANGUAGES}
            for row in csv.DictReader(file)
        ]
    other = {"id": "en", "en": "id"}[language]
    lines = ["# Daftar istilah" if language == "id" else "# Glossary", "", "```{glossary}", ""]
    seen = set()
    for row in sorted(rows, key=lambda row: row[language][0].casefold()):
        term, meaning = row[language]
        if term.casefold() not in seen:
            seen.add(term.casefold())
            lines += [
                term,
                f"  {meaning} ({'Inggris' if language == 'id' else 'Indonesian'}: *{row[other][0]}*)",
                "",
            ]
    return "\n".join([*lines, "```", ""])


def api(source: Path, language: str) -> None:
    """Write the reference of the public names, one page a door, and one a name."""
    lines = ["# Rujukan fungsi" if language == "id" else "# Reference of functions", ""]
    lines += [
        "Nama di luar daftar ini dapat berubah kapan saja. Penjelasan tiap fungsi berbahasa Inggris, seperti di pandas dan statsmodels."
        if language == "id"
        else "Names that are not listed here may change at any time.",
        "",
    ]
    for door in DOORS:
        module = import_module(door)
        names = [
            name
            for name in module.__all__
            if not hasattr(getattr(module, name), "__path__")
            and type(getattr(module, name)).__name__ != "module"
        ]
        lines += [
            f"## `{door}`",
            "",
            (module.__doc__ or "").strip().splitlines()[0],
            "",
            "```{eval-rst}",
            ".. autosummary::",
            "   :toctree: generated",
            "",
        ]
        lines += [f"   {door}.{name}" for name in names]
        lines += ["```", ""]
    (source / "api.md").write_text("\n".join(lines), encoding="utf-8")


def figures(language: str) -> Iterator[tuple[str, str, str, bytes]]:
    """Yield lesson, cell, the lesson's heading above it, and picture of each figure that lessons hold."""
    folder = ROOT / "notebooks" / ("en" if language == "en" else "")
    for path in sorted(folder.glob("0*.ipynb")):
        heading = ""
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                heading = [heading, *re.findall(r"^#+ (.+)$", "".join(cell["source"]), re.MULTILINE)][-1]
            for output in cell.get("outputs", []):
                if "image/png" in output.get("data", {}):
                    yield (
                        path.stem,
                        cell["id"],
                        heading,
                        base64.b64decode("".join(output["data"]["image/png"])),
                    )


def gallery(source: Path, language: str) -> None:
    """Write the gallery: every figure of the lessons, leading to its lesson."""
    place = source / "_static_gallery"
    place.mkdir()
    lines = ["# Galeri" if language == "id" else "# Gallery", ""]
    lines += [
        "Semua gambar pelajaran. Klik gambarnya untuk membuka pelajaran dan kodenya."
        if language == "id"
        else "All figures of the lessons. Click a figure for the lesson and its code.",
        "",
    ]
    above = ""
    for lesson, cell, heading, png in figures(language):
        (place / f"{lesson}-{cell}.png").write_bytes(png)
        title = f"{lesson[:2]}. {re.sub(r'^[0-9]+[.] ', '', heading)}"
        lines += [f"## {title}", ""] if title != above else []
        lines += [f"[![{title}](_static_gallery/{lesson}-{cell}.png)](lessons/{lesson}.ipynb)", ""]
        above = title
    (source / "gallery.md").write_text("\n".join(lines), encoding="utf-8")


def reachable(html: str) -> str:
    """Return an output whose tables can be scrolled by keyboard, and have no heading without a word."""
    html = re.sub(r"<table(?![^>]*tabindex)", '<table tabindex="0"', html)
    return re.sub(r"<th(?: [^>]*)?>(?:\s|&nbsp;)*</th>", "<td></td>", html)


def lessons(source: Path, language: str) -> None:
    """Copy the lessons and the terms that they link to."""
    folder = ROOT / "notebooks" / ("en" if language == "en" else "")
    (source / "lessons").mkdir()
    for path in sorted(folder.glob("0*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                cell["source"] = re.sub(r"\]\((istilah|terms)\.md\)", "](../glossary.md)", text)
            for output in cell.get("outputs", []):
                if "text/html" in output.get("data", {}):
                    output["data"]["text/html"] = reachable("".join(output["data"]["text/html"]))
        (source / "lessons" / path.name).write_text(
            json.dumps(notebook, ensure_ascii=False), encoding="utf-8"
        )


def write_source(source: Path, language: str) -> None:
    """Write all pages of one language."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for path in sorted((HERE / "pages").glob("*.md")):
        (source / path.name).write_text(parts(path)[language], encoding="utf-8")
    for name, (place, shown) in PAPERS.items():
        if language in shown:
            (source / f"{place}.md").write_text(paper(ROOT / name, language), encoding="utf-8")
    if language == "en":
        (source / "manual.md").write_text(manual_in_english(), encoding="utf-8")
    (source / "decisions").mkdir()
    for path in decisions():
        (source / "decisions" / path.name).write_text(paper(path, language), encoding="utf-8")
    (source / "_images_of_papers").mkdir()
    pictures = ("docs/*.svg", "benchmarks/*.png", "asn_research/desk/static/panduan/*.png")
    for path in (found for pattern in pictures for found in ROOT.glob(pattern)):
        shutil.copy(path, source / "_images_of_papers")
    (source / "dictionary.md").write_text(data_dictionary(language), encoding="utf-8")
    (source / "glossary.md").write_text(terms(language), encoding="utf-8")
    lessons(source, language)
    gallery(source, language)
    api(source, language)


def write_words() -> None:
    """Compile the theme's words in Indonesian, which the theme lacks."""
    place = HERE / "locale" / "id" / "LC_MESSAGES"
    with (place / "sphinx.po").open("rb") as file:
        words = read_po(file, locale="id")
    with (place / "sphinx.mo").open("wb") as file:
        write_mo(file, words)


def build(language: str) -> None:
    """Build one language; any warning of Sphinx stops it."""
    source = SITE / "_source" / language
    write_source(source, language)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        "html",
        "-c",
        str(HERE),
        "-q",
        "-W",
        "--keep-going",
        "-d",
        str(SITE / "_work" / language),
    ]
    subprocess.run(
        [*command, str(source), str(SITE / language)],
        check=True,
        env={**os.environ, "ASN_SITE_LANGUAGE": language},
    )
    for page in (SITE / language).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(with_named_toggles(text, language), encoding="utf-8")


def with_named_toggles(html: str, language: str) -> str:
    """Return a page in which what opens a part of the contents has a name for a screen reader; the theme gives none."""
    name = "Buka atau tutup bagian ini" if language == "id" else "Open or close this part"
    return html.replace(
        '<summary><span class="toctree-toggle"', f'<summary aria-label="{name}"><span class="toctree-toggle"'
    )


def main() -> int:
    """Build both languages and the page that leads to them."""
    SITE.mkdir(parents=True, exist_ok=True)
    write_words()
    for language in LANGUAGES:
        build(language)
        print(f"docs/_site/{language}/index.html", flush=True)
    (SITE / "index.html").write_text(
        '<!doctype html><html lang="id"><meta charset="utf-8"><title>asn-research</title>'
        '<meta http-equiv="refresh" content="0; url=id/index.html">'
        '<p><a href="id/index.html">Bahasa Indonesia</a> · <a href="en/index.html" lang="en">English</a></p></html>\n',
        encoding="utf-8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
