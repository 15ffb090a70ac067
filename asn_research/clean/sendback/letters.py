"""The covering letter of a send-back workbook: the request, its addressee and its deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from babel.dates import format_date
from docx import Document
from docx.shared import Cm, Pt

from asn_research.rules.words import load_words

_FIXED_DAY = datetime(2000, 1, 1)


@dataclass(frozen=True)
class Letter:
    """The content of a covering letter.

    Parameters
    ----------
    government, bureau : str
        The government and the bureau that send it.
    keeper : str
        The addressee.
    is_office : bool
        Whether the addressee is an office of the register.
    workbook : str
        The file name of the workbook.
    counts : tuple of (str, int, int)
        For each source: its name, the number of quarantined rows, the number of repaired rows.
    place_of_signing : str
        The place of signing.
    today, due : date
        The date of the letter, and the deadline for the answer.
    is_simulated : bool
        Whether the data come from the simulator.
    """

    government: str
    bureau: str
    keeper: str
    is_office: bool
    workbook: str
    counts: tuple[tuple[str, int, int], ...]
    place_of_signing: str
    today: date
    due: date
    is_simulated: bool


def letter_bytes(letter: Letter, language: str) -> bytes:
    """Return a covering letter as the bytes of a docx file.

    Parameters
    ----------
    letter : Letter
        Its content.
    language : str
        ``id`` or ``en``.
    """
    word = load_words(language)

    def day(one: date) -> str:
        return format_date(one, "d MMMM y", locale=language)

    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.created = document.core_properties.modified = _FIXED_DAY
    document.core_properties.author = letter.bureau
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    document.add_heading(letter.government, 1)
    document.add_paragraph(letter.bureau)
    if letter.is_simulated:
        document.add_paragraph(word("sendback_simulated"))
    document.add_paragraph(f"{letter.place_of_signing}, {day(letter.today)}".lstrip(", "))
    to = letter.keeper if letter.is_office else word("letter_keeper", keeper=letter.keeper)
    document.add_paragraph(word("letter_to", keeper=to))
    subject = document.add_paragraph()
    subject.add_run(word("letter_subject")).bold = True
    document.add_paragraph(word("letter_request", workbook=letter.workbook))
    table = document.add_table(1, 3, style="Table Grid")
    for cell, key in zip(
        table.rows[0].cells, ("col_source", "letter_quarantined", "letter_repaired"), strict=True
    ):
        cell.paragraphs[0].add_run(word(key)).bold = True
    for source, quarantined, repaired in letter.counts:
        for cell, text in zip(
            table.add_row().cells, (word(f"source_{source}"), quarantined, repaired), strict=True
        ):
            cell.text = str(text)
    document.add_paragraph()
    due = document.add_paragraph()
    due.add_run(word("letter_due", day=day(letter.due))).bold = True
    for key in ("letter_how", "letter_private"):
        document.add_paragraph(word(key))
    document.add_paragraph(f"\n{letter.bureau}\n\n\n\n(…………………………………)")
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()
