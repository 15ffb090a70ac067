"""The objection form of one person: filled in as far as known, and read by `clean` when it comes back.

Its headings are those of the source `objections`. A form that was filled in is put among the exports and needs no
other way in: it is recognised like every list of objections.
"""

from __future__ import annotations

from asn_research.personal.person_record import PersonRecord
from asn_research.personal.sheet_text import Sheet
from asn_research.read.form_writing import form_bytes
from asn_research.rules.words import load_words

FORM = "objection_form"
#: Forms are official papers of the office, in Indonesian whatever the language of the sheet.
_LANGUAGE = "id"


def form_name(record: PersonRecord) -> str:
    """Return the file name of a person's objection form; it holds the pseudonym, not the name."""
    return f"keberatan-{record.person_id}-{record.latest.period.code}.xlsx"


def form_of(sheet: Sheet) -> bytes | None:
    """Return the objection form to the latest appraisal; None if one is already filed, or if the limit is over.

    Parameters
    ----------
    sheet : Sheet
        The sheet that the form comes with.
    """
    record = sheet.record
    is_filed = any(each.period == record.latest.period for each in record.objections)
    if record.limit is None or record.limit.is_over or is_filed:
        return None
    row = {
        "nip": sheet.addressee.nip,
        "name": sheet.addressee.name,
        "unit_name": sheet.unit,
        "period": record.latest.period.label(_LANGUAGE),
    }
    # A form of simulated data must not be taken for a real one when it comes back.
    banner = load_words(_LANGUAGE)("sendback_simulated") if sheet.is_simulated else ""
    return form_bytes(FORM, _LANGUAGE, {"objection": [row]}, banner=banner)
