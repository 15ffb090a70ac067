"""The field of a course, recognised from its title: the title is free text and is not kept, the field is."""

from __future__ import annotations

from asn_research.clean.parse.values import coded
from asn_research.clean.working import Working
from asn_research.rules.codebooks import course_field_words, fold

#: Fields of courses; ``other`` is the field of a title without a known word.
FIELDS = ("technology", "conduct", "leadership", "technical", "other")
OTHER = "other"


def course_field(title: str) -> str:
    """Return the field of a course from its title.

    Words are looked for as whole words, in neighbouring places, without regard to case and punctuation. Where
    words of several fields are found, the longest phrase decides, and among phrases of equal length the field
    that stands first in `_course_fields.csv`.

    Parameters
    ----------
    title : str
        The title as the office wrote it.

    Returns
    -------
    str
        One of `FIELDS`; empty for an empty title.

    Examples
    --------
    >>> course_field("Bimtek Aplikasi SRIKANDI Angkatan II"), course_field("Pelayanan Prima bagi Petugas Loket")
    ('technology', 'conduct')
    >>> course_field("Bela Negara"), course_field("")
    ('other', '')
    """
    text = f" {fold(title)} "
    if not text.strip():
        return ""
    found = [
        (-len(phrase), place, field)
        for place, (field, phrase) in enumerate(course_field_words())
        if f" {' '.join(phrase)} " in text
    ]
    return min(found)[2] if found else OTHER


def recognise_fields(rows: Working) -> Working:
    """Add ``training_field``; a list without titles has none."""
    if "_title" not in rows.cells:
        return rows
    cells = rows.cells["_title"]
    fields = [course_field(str(text)) or None for text in cells.texts]
    return rows.with_values(training_field=coded(fields, cells.codes))
