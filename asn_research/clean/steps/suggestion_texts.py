"""The topics of what a respondent suggested. The text itself goes no further."""

from __future__ import annotations

from asn_research.clean.parse.values import coded
from asn_research.clean.working import Working
from asn_research.rules.topics import topics_of

#: The column of the texts in a raw form.
_TEXT = "_comment"
#: The column of topics, separated by a bar; empty for a form without a suggestion.
TOPICS = "suggestion_topics"


def read_suggestions(rows: Working) -> Working:
    """Add the topics of each suggestion, if the form asks for one.

    Only the topics' keys are kept. A text, which may hold names and numbers of people, stays in the raw file.
    """
    if _TEXT not in rows.cells:
        return rows
    cells = rows.cells[_TEXT]
    return rows.with_values(
        **{TOPICS: coded(cells.each(lambda text, _: "|".join(topics_of(text))), cells.codes)}
    )
