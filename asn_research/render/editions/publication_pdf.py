"""The publication: one page, as pdf for the counter and as a picture for messages, set by Typst."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from asn_research.errors import RenderError
from asn_research.render.editions.layout import FONTS, TEMPLATES, Report
from asn_research.render.editions.pdf import STANDARDS, lacking_note, setting_failed, without_lacking
from asn_research.render.editions.png import with_text
from asn_research.show.digest_blocks import Publication

#: A page of A4 is 1,240 points wide: sharp on a telephone, and small enough for a message.
_PICTURE_DPI = 150


def write_publication(report: Report, path: Path, created: date) -> None:
    """Write the publication as pdf.

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
        If the report has no publication, or it cannot be set on one page.
    """
    made = datetime.combine(created, time(), tzinfo=UTC)
    path.write_bytes(_set(report, format="pdf", pdf_standards=STANDARDS, timestamp=made))


def write_publication_picture(report: Report, path: Path, created: date) -> None:
    """Write the publication as a picture.

    Parameters
    ----------
    report, path, created
        As for `write_publication`.
    """
    path.write_bytes(
        with_text(_set(report, format="png", ppi=_PICTURE_DPI), "Creation Time", created.isoformat())
    )


def _set(report: Report, **how: Any) -> bytes:
    """Return the page, typeset by Typst."""
    try:
        page, warnings = _compiler().compile_with_warnings(sys_inputs={"publication": _data(report)}, **how)
    except typst.TypstError as error:
        raise RenderError(setting_failed(error.message)) from None
    if warnings:
        raise RenderError(setting_failed(warnings[0].message))
    if not isinstance(page, bytes):
        raise RenderError(setting_failed("the publication takes more than one page"))
    return page


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(TEMPLATES / "publication.typ"),
        root=str(TEMPLATES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
    )


def _data(report: Report) -> str:
    """Return the data that the Typst template of the publication reads."""
    block = asdict(report.digest(Publication))
    block["emblem"] = [*base64.b64decode(block["emblem"])]
    lacking: set[str] = set()
    shown = without_lacking({"block": block, "cover": asdict(report.cover)}, lacking)
    if lacking:
        shown["block"]["sentence"] = " ".join(
            filter(None, [shown["block"]["sentence"], lacking_note(lacking, report.words)])
        )
    return json.dumps({**shown, "words": report.words.texts}, ensure_ascii=False)
