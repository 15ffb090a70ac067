"""What citizens suggest: topics with counts, from so many suggestions on that they say something."""

from __future__ import annotations

from asn_research.show.blocks import Block, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing

#: Fewer suggestions than this are not sorted under topics: each of them would weigh too much.
LEAST = 30
#: So many topics a sentence names.
_NAMED = 2
_PRAISE, _OTHER = "praise", "other"


def suggestions_block(data: ReportData) -> list[Block]:
    """Return what respondents suggest, by topic; nothing where too few wrote a suggestion.

    The texts themselves are in no report, nor are they put into other words.
    """
    words, numbers = data.words, data.numbers
    found = data.rows("suggestions") if data.may_show("suggestions") else None
    if found is None or is_missing(found.frame["n_suggestions"].iloc[0]):
        return []
    total = int(found.frame["n_suggestions"].iloc[0])
    shown = found.rows(found.frame["n"].notna())
    if total < LEAST or not len(shown):
        return []
    ranked = shown.frame.assign(_last=shown.frame["topic"].eq(_OTHER))
    ranked = ranked.sort_values(["_last", "n", "topic"], ascending=[True, False, True], kind="stable")
    rows = [
        (
            Cell(words(f"topic_{topic}")),
            Cell(numbers.number(n), float(n)),
            Cell(numbers.percent(100 * n / total, 0), 100 * n / total),
        )
        for topic, n in zip(ranked["topic"].astype("str"), ranked["n"].astype(float), strict=True)
    ]
    asked = [str(topic) for topic in ranked["topic"] if topic not in {_PRAISE, _OTHER}][:_NAMED]
    named = "; ".join(words(f"topic_{topic}").lower() for topic in asked)
    key = "suggestions_sentence" if asked else "suggestions_plain"
    sentence = words(key, n=numbers.number(total), **({"topics": named} if asked else {}))
    columns = (
        TableColumn(words("col_topic"), "left", 3),
        TableColumn(words("col_number_of"), "right"),
        TableColumn(words("col_percent"), "right"),
    )
    notes = [words("note_suggestions")]
    if len(shown) < len(found):
        notes.append(words("note_suggestions_few"))
    return [
        Heading(words("section_suggestions"), 2),
        Paragraph(sentence),
        Table("suggestions", words("table_suggestions"), columns, tuple(rows), tuple(notes)),
    ]
