"""The step *Pertanyaan*: what only a person can decide, and what was decided, each taken back singly."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from asn_research.clean.questions.question_workbook import Entry, set_answer
from asn_research.clean.questions.unit_review import (
    decisions_in,
    key_of_spelling,
    remove_decision,
    set_decision,
)
from asn_research.desk.background import start_job
from asn_research.desk.road import entries_of
from asn_research.desk.state_files import OUTCOME
from asn_research.desk.views import View, back, changing, form_of, language_in, show, spoken, text_in
from asn_research.errors import RequestError
from asn_research.identities import may_hold_identity
from asn_research.read.city_form import city_of
from asn_research.rules.words import worded

#: Decisions that a name is no unit; what is no unit may be a person, so it is not shown.
_NO = {"tidak", "no", "n"}


@spoken
async def questions(view: View, request: Request) -> Response:
    """Show the open questions, the unknown names, and what was decided."""

    def gather() -> dict[str, Any]:
        outcome = view.place.load(OUTCOME)
        entries = entries_of(view.place)
        names = list(outcome.get("names", ()))
        units = [(unit.unit_id, unit.name) for unit in city_of(view.place.raw).units.values()]
        return {
            "waiting": [_question_facts(e, outcome) for e in entries if not e.answer],
            "decided": [_question_facts(e, outcome) for e in entries if e.answer],
            "names": [row for row in names if not row.get("decision")],
            "taken": [
                (
                    key_of_spelling(spelling),
                    "" if decision.casefold() in _NO or may_hold_identity(spelling) else spelling,
                    decision,
                )
                for spelling, _, decision in decisions_in(view.place.raw)
            ],
            "units": sorted(units, key=lambda unit: unit[1]),
        }

    return await show(view, request, "pertanyaan.html", **await run_in_threadpool(gather))


def _question_facts(entry: Entry, outcome: dict[str, Any]) -> dict[str, Any]:
    effects = dict(line.split(": ", 1) for line in entry.effects.splitlines() if ": " in line)
    choices = [
        (str(number), label, effects.get(label, "")) for number, label in enumerate(entry.labels, start=1)
    ]
    example = outcome.get("examples", {}).get(entry.key)
    return {"key": entry.key, "text": entry.question, "seen": entry.seen, "choices": choices,
            "answer": entry.answer, "example": example, "general": "" if effects else entry.effects}  # fmt: skip


@spoken
@changing
async def answer(view: View, request: Request) -> Response:
    """Write the answer to one question; once nothing is open, check again."""
    form = await form_of(request)
    key, choice = text_in(form, "key"), text_in(form, "pilihan")
    entry = next((e for e in entries_of(view.place) if e.key == key), None)
    if entry is None or entry.answer:
        raise worded(RequestError, "error_desk_moved")
    if not choice.isdigit() or not 1 <= int(choice) <= len(entry.labels):
        raise worded(RequestError, "error_desk_choose")
    language = language_in(request)
    await run_in_threadpool(set_answer, view.place.raw, key, entry.labels[int(choice) - 1], language)
    return await _check_once_answered(view, request, "desk_said_answer")


@spoken
@changing
async def undo(view: View, request: Request) -> Response:
    """Take one answer back, and check again."""
    form = await form_of(request)
    language = language_in(request)
    await run_in_threadpool(set_answer, view.place.raw, text_in(form, "key"), "", language)
    await run_in_threadpool(start_job, view.place, "check", {"language": language})
    return back(view, request, "/pertanyaan", "desk_said_undone")


@spoken
@changing
async def name(view: View, request: Request) -> Response:
    """Write the decision about one unknown name of a unit."""
    form = await form_of(request)
    key, unit = text_in(form, "key"), text_in(form, "unit")
    if not unit:
        raise worded(RequestError, "error_desk_choose")
    await run_in_threadpool(set_decision, view.place.raw, key, unit)
    outcome = view.place.load(OUTCOME)
    for row in outcome.get("names", ()):
        if row["key"] == key:
            row["decision"] = unit
    view.place.keep(OUTCOME, outcome)
    return await _check_once_answered(view, request, "desk_said_name")


@spoken
@changing
async def undo_name(view: View, request: Request) -> Response:
    """Take the decision about one name back, and check again."""
    form = await form_of(request)
    await run_in_threadpool(remove_decision, view.place.raw, text_in(form, "key"))
    await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/pertanyaan", "desk_said_undone")


async def _check_once_answered(view: View, request: Request, message: str) -> Response:
    """Check the files again if no question and no name is open any more, and go back to the page of questions."""

    def is_open() -> bool:
        names = view.place.load(OUTCOME).get("names", ())
        return any(not e.answer for e in entries_of(view.place)) or any(
            not row.get("decision") for row in names
        )

    if not await run_in_threadpool(is_open):
        await run_in_threadpool(start_job, view.place, "check", {"language": language_in(request)})
    return back(view, request, "/pertanyaan", message)
