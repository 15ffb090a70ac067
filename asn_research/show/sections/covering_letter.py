"""The letter with which a unit sends its report; number, date and receipt are filled in by hand."""

from __future__ import annotations

from asn_research.show.blocks import Blocks
from asn_research.show.data import ReportData
from asn_research.show.digest_blocks import CoveringLetter
from asn_research.show.sections.closing import signature
from asn_research.show.sections.survey_words import has_survey


def covering_letter(data: ReportData) -> Blocks:
    """Return the covering letter of a public report; nothing for the internal audience.

    Parameters
    ----------
    data : ReportData
        The report's data. A unit sends its report to the bureau that asks for it; whom a city sends its own to is not
        known, and is left to be filled in.
    """
    if not data.is_public:
        return Blocks(())
    words, style, facts = data.words, data.given.style, data.city.facts
    names = {"name": data.name, "period": data.period.label(data.language)}
    title = words("survey_report_title" if has_survey(data) else "service_report_title")
    to = words("letter_blank") if data.is_city else words("letter_head_of", office=facts.organisation_bureau)
    sent = [(words("letter_report", title=title, **names), words("letter_one_file"), words("letter_remark"))]
    if data.rows("satisfaction") is not None:
        sent.append((words("letter_publication", **names), words("letter_one_sheet"), ""))
        sent.append((words("letter_worksheet", **names), words("letter_one_workbook"), ""))
    letter = CoveringLetter(
        title=words("letter_title"),
        unit=data.name,
        letterhead=tuple(style.letterhead) or (facts.government,),
        address=style.address.get(data.unit_id, ""),
        place_date=signature(data).place_date,
        number=words("letter_number"),
        to=(words("letter_addressee"), to, words("letter_at", place=facts.signed_at)),
        headings=tuple(words(f"letter_col_{name}") for name in ("number", "sent", "copies", "remarks")),
        rows=tuple(sent),
        receipt=tuple(words(f"letter_receipt_{name}") for name in ("date", "receiver", "title", "name")),
        sender=words("letter_sender"),
    )
    return Blocks((letter,))
