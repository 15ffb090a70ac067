"""The decisions by which rows were read, for the reports to tell: answers to questions, and corrections."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from asn_research.clean.working import Prepared
from asn_research.rules.decisions import CORRECTION, Decision
from asn_research.rules.questions import Answers, load_choices, parse_question


def decisions_of(
    rows: Prepared, answers: Answers, corrections: Mapping[str, str] | None = None
) -> Iterator[Decision]:
    """Yield each decision that some rows of a source were read by, with their units and periods.

    Parameters
    ----------
    rows : Prepared
        The rows of one source, marked.
    answers : mapping of str to str
        The answers to questions, by the question's key. An open question is no decision.
    corrections : mapping of str to str, optional
        The reason of each correction, by its code.
    """
    corrections = corrections or {}
    foreign = rows.marked("foreign")
    asked = rows.marks.loc[rows.marks["exit"] == "question"]
    for text, here in asked.groupby("reason", observed=True):
        question = parse_question(str(text))
        if answer := answers.get(question.key, ""):
            # An answer of the question's own may be the name of a file, which may name a person.
            answer = answer if answer in {each.choice for each in load_choices(question.kind)} else ""
            at = np.unique(here["at"].to_numpy())
            yield _about(
                rows, at[~foreign[at]], Decision(kind=question.kind, source=rows.source, choice=answer)
            )
    corrected = rows.marks.loc[rows.marks["reason"].astype("str").isin(corrections)]
    for code, here in corrected.groupby(corrected["reason"].astype("str")):
        decided = Decision(kind=CORRECTION, source=rows.source, reason=corrections[str(code)])
        yield _about(rows, np.unique(here["at"].to_numpy()), decided)


def _about(rows: Prepared, at: np.ndarray, decision: Decision) -> Decision:
    return decision.model_copy(
        update={"units": _values(rows, "reporting_unit_id", at), "periods": _values(rows, "period", at)}
    )


def _values(rows: Prepared, column: str, at: np.ndarray) -> tuple[str, ...]:
    if column not in rows.values:
        return ()
    return tuple(sorted({str(value) for value in rows.values[column].iloc[at].dropna().unique()}))


def decided_once(decisions: Collection[Decision]) -> tuple[Decision, ...]:
    """Return the decisions, each once: the same answer to files of several layouts is one decision."""
    found: dict[tuple[str, str, str, str], Decision] = {}
    for each in decisions:
        key = (each.source, each.kind, each.choice, each.reason)
        before = found.get(key, each)
        same = {
            name: tuple(sorted({*getattr(before, name), *getattr(each, name)}))
            for name in ("units", "periods")
        }
        found[key] = each.model_copy(update=same)
    return tuple(found[key] for key in sorted(found))
