"""The pdf edition: archivable (PDF/A-2a) and accessible (PDF/UA-1), set by Typst."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst
from matplotlib.ft2font import FT2Font

from asn_research.errors import RenderError
from asn_research.render.editions.layout import FONTS, TEMPLATES, TTE, TTE_SIZE, Part, Report, fit_table
from asn_research.rules.words import LANGUAGES, Words, load_words
from asn_research.show.blocks import Figure, Paragraph, Signature, Table
from asn_research.storage import checksum

#: Tagged, with a title, a language and an alternative text for each figure; every font inside.
STANDARDS: list[Any] = ["ua-1", "a-2a"]
#: How fine a picture of a drawing is.
PICTURE_DPI = 200
#: What stands in place of a letter that the typeface lacks.
_LACKING = "\ufffd"
# A4 less the margins of report.typ, in points.
_PAGE = (595.28, 841.89)
_TEXT_WIDTH = _PAGE[0] - 2 * 56.69


def write_pdf(report: Report, path: Path, created: date) -> None:
    """Write a report as pdf.

    Parameters
    ----------
    report : Report
        The report.
    path : Path
        The file.
    created : date
        The file's date.

    Raises
    ------
    RenderError
        If Typst refuses or warns.
    """
    # As data, not as markup: nothing in a text can be taken for a command.
    inputs = {"report": json.dumps(_printable(_as_data(report), report.words), ensure_ascii=False)}
    try:
        pdf, warnings = _compiler().compile_with_warnings(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=STANDARDS,
            timestamp=datetime.combine(created, time(), tzinfo=UTC),
        )
    except typst.TypstError as error:
        raise RenderError(setting_failed(error.message)) from None
    if warnings:
        raise RenderError(setting_failed(warnings[0].message))
    assert isinstance(pdf, bytes)  # noqa: S101 (a pdf is one file, not pages)
    path.write_bytes(pdf)
    _write_place_of_signature(path, pdf)


def _write_place_of_signature(path: Path, pdf: bytes) -> None:
    """Write beside a pdf where its frame for an electronic signature is, if it has one."""
    for found in json.loads(_compiler().query("<tte>", field="value")):
        width, height = TTE_SIZE
        # Who stamps a pdf counts from the lower left corner, as the format itself does.
        place = {
            "file": path.name, "sha256": checksum(pdf), "page": found["page"], "x": round(found["x"], 2),
            "y": round(_PAGE[1] - found["y"] - height, 2), "width": width, "height": height, "unit": "pt",
            "origin": "lower left", "page_width": _PAGE[0], "page_height": _PAGE[1],
        }  # fmt: skip
        tte_of(path).write_text(json.dumps(place, indent=1), encoding="utf-8")


def tte_of(pdf: Path) -> Path:
    """Return the file beside a pdf that tells where it is to be signed."""
    return pdf.with_name(f"{pdf.stem}{TTE}")


@cache
def _compiler() -> typst.Compiler:
    """Return the compiler; it keeps fonts and template in memory from one report to the next."""
    return typst.Compiler(
        str(TEMPLATES / "report.typ"),
        root=str(TEMPLATES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
    )


def picture_of(figure: Figure) -> bytes:
    """Return a figure's drawing as png, for editions that take no drawings.

    Raises
    ------
    RenderError
        If the drawing cannot be read.
    """
    try:
        return png_of(figure.svg)
    except typst.TypstError as error:
        msg = f"The drawing of figure '{figure.key}' cannot be read ({error.message}); draw the figure anew."
        raise RenderError(msg) from None


def png_of(svg: str) -> bytes:
    """Return a drawing as png."""
    picture = _painter().compile(format="png", ppi=PICTURE_DPI, sys_inputs={"svg": svg})
    assert isinstance(picture, bytes)  # noqa: S101 (one page, one picture)
    return picture


@cache
def _painter() -> typst.Compiler:
    return typst.Compiler(
        str(TEMPLATES / "picture.typ"), root=str(TEMPLATES), font_paths=[str(FONTS)], ignore_system_fonts=True
    )


def setting_failed(reason: str) -> str:
    """Return the message of the error that is raised if Typst refuses a document or warns about it."""
    return (
        f"The pdf edition could not be set: {reason}. "
        "Mend the text or figure that it names, or leave pdf out of the formats."
    )


def _as_data(report: Report) -> dict[str, Any]:
    """Return a report as the data that the Typst template reads."""
    return {
        "cover": asdict(report.cover),
        "words": report.words.texts,
        "accent": report.accent,
        "emblem": report.emblem,
        "emblem_alt": report.emblem_alt,
        "parts": [_part_as_data(report, part) for part in report.parts],
    }


def _printable(data: dict[str, Any], words: Words) -> dict[str, Any]:
    """Return the data for Typst with a sign in place of each letter that the typeface lacks, and a note about these.

    One odd letter in one programme's name must not keep a city from its report.
    """
    lacking: set[str] = set()
    shown = without_lacking(data, lacking)
    if lacking:
        note = Paragraph(lacking_note(lacking, words), "note")
        shown["parts"].append({"kind": note.kind, "number": "", **asdict(note)})
    return dict(shown)


def lacking_note(lacking: set[str], words: Words) -> str:
    """Return the note on letters that the typeface lacks."""
    codes = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(lacking))
    return words("letters_lacking", sign=_LACKING, codes=codes)


def without_lacking(value: Any, lacking: set[str]) -> Any:
    """Return a value with a sign in place of each letter that the typeface lacks; these are added to `lacking`."""
    if isinstance(value, str):
        odd = {letter for letter in value if letter not in _letters() and not letter.isspace()}
        if not odd or value.lstrip().startswith(("<svg", "<?xml")):
            return value
        plain = {letter: unicodedata.normalize("NFKC", letter) for letter in odd}
        signs = {o: p if set(p) <= _letters() else _LACKING for o, p in plain.items()}
        lacking.update(letter for letter, sign in signs.items() if sign == _LACKING and letter.isprintable())
        return value.translate({ord(o): s if o.isprintable() else "" for o, s in signs.items()})
    if isinstance(value, dict):
        return {name: without_lacking(each, lacking) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_lacking(each, lacking) for each in value]
    return value


@cache
def _letters() -> frozenset[str]:
    """Return the letters that the typeface has in both weights, and the signs of our own words, which Typst draws."""
    faces = ("Lato-Regular", "Lato-Bold")
    maps = [FT2Font(str(FONTS / f"{face}.ttf")).get_charmap() for face in faces]
    signs = {sign for language in LANGUAGES for text in load_words(language).texts.values() for sign in text}
    return frozenset(chr(code) for code in maps[0] if code in maps[1]) | signs


def _part_as_data(report: Report, part: Part) -> dict[str, Any]:
    """Return one part of a report as the data that the Typst template reads."""
    block = part.block
    data: dict[str, Any] = {"kind": block.kind, "number": part.number}
    match block:
        case Figure():
            named = ("title", "alt", "svg", "notes")
            data |= {name: getattr(block, name) for name in named} | {"label": report.label(part)}
        case Table():
            data |= asdict(block) | asdict(fit_table(block, _TEXT_WIDTH)) | {"label": report.label(part)}
            data["rows"] = [[cell.text for cell in row] for row in block.rows]
        case Signature():
            data |= {"above": block.above, "person": block.person, "has_box": block.has_box, "box": TTE_SIZE}
        case _:
            data |= asdict(block)
    return data
