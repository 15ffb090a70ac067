"""The questions of a citizens' survey are told from its headings: by name, by number, or by what they ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from asn_research.read.grids import Grid
from asn_research.read.headings import FURTHER, Headings, group_rows, heading_paths, readings_of
from asn_research.rules.codebooks import fold_heading, load_codebook, survey_elements, survey_elements_2004
from asn_research.rules.questions import Question, layout_of

SOURCE = "citizen_feedback"
#: In the order of the regulation's list; its questionnaire asks the last two the other way round.
ELEMENTS = (
    "requirements", "procedure", "time", "cost", "product", "competence", "conduct", "complaints", "facilities",
)  # fmt: skip
COMPLAINTS_FIRST, FACILITIES_FIRST, CHARTER_FIRST = "complaints_first", "facilities_first", "charter_first"
OTHER = "other"
#: The element that the list of 2014 had in the place of facilities; it stands beside the nine of 2017.
CHARTER = "extra_service_charter"
#: What stands eighth and ninth, by the answer to the question about them.
_LAST_TWO = {
    COMPLAINTS_FIRST: ("complaints", "facilities"),
    FACILITIES_FIRST: ("facilities", "complaints"),
    CHARTER_FIRST: (CHARTER, "complaints"),
}
_NUMBERED = re.compile(
    r"(?:(?P<word>u|unsur|p|q|pertanyaan|soal|butir|item|nomor|x)\s*)?0*(?P<n>\d{1,2}|(?<=\s)[ivx]+)(?:\s+(?P<rest>.*))?"
)
_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv")
_ROMAN = {n: at for at, n in enumerate(_NUMERALS, start=1)}
#: Prefixes that stand for the regulation's own numbers.
_OWN_NUMBERS = {"u"}
_MEASURED = {"kinerja", "persepsi", "kenyataan", "kepuasan", "performance", "dirasakan", "realita"}
_WANTED = {"kepentingan", "harapan", "importance", "penting", "diharapkan", "ekspektasi", "expectation"}
#: What a remark about an answer begins with, in forms and in our own workbooks; it is no answer.
_REMARKS = {"alasan", "reason", "keterangan", "catatan", "komentar", "saran", "kritik", "mengapa"}
#: What a form that was made as a quiz exports beside each question.
_OF_QUIZ = re.compile(r"\[(?:score|feedback|skor|nilai|masukan|umpan balik)\]\s*$", re.IGNORECASE)
#: Elements of 2004 that must be named for a form to be taken for theirs.
_TELLING_2004, _N_2004 = 3, 14
#: Questions about one element that are averaged; more are no form that anyone has seen.
_MOST_QUESTIONS = 6
#: Numbered questions of which the first nine may be the elements.
_MOST_NUMBERED = 13
#: Elements that must stand twice for a form to have two parts.
_TWICE = 5
#: Answers on a scale are few; what people write themselves is not.
_MOST_ANSWERS = 14
_SAMPLE = 300


@dataclass(frozen=True)
class Form:
    """How a survey's headings were read.

    Parameters
    ----------
    headings : Headings
        With the columns of the elements.
    questions : tuple of Question
        What only a person can say; the columns are right once it is answered.
    note : str
        Why the form cannot be used as it is: `elements_2004`, `several_questions`; empty if it can.
    asked : frozenset of int
        The columns that hold answers to numbered questions; they hold nothing else, elements or not.
    """

    headings: Headings
    questions: tuple[Question, ...] = ()
    note: str = ""
    asked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Asked:
    """One heading that may ask about an element."""

    place: int
    element: str = ""
    family: str = ""
    number: int = 0
    words: frozenset[str] = frozenset()


def read_survey_form(grid: Grid, headings: Headings, answers: dict[str, str] | None = None) -> Form:
    """Tell which columns of a survey hold which of the nine elements.

    Parameters
    ----------
    grid : Grid
        The sheet.
    headings : Headings
        Its headings, taken for a survey's.
    answers : dict of str to str
        What was answered, by question.

    Returns
    -------
    Form
    """
    if headings.source != SOURCE:
        return Form(headings)
    lines = grid.block(headings.first_row, headings.last_row + 1)
    paths = heading_paths(lines, group_rows(grid, headings.last_row))
    others = {p for c, p in headings.columns.items() if c not in ELEMENTS}
    spelt = {c: p for c, p in headings.columns.items() if c in ELEMENTS}
    asked = [
        found
        for place in headings.span
        if place < len(paths) and paths[place] and place not in others
        if (found := _asked(grid, headings, place, paths[place]))
    ]
    if _is_of_2004(paths, asked):
        kept = {c: p for c, p in headings.columns.items() if c not in ELEMENTS}
        return Form(replace(headings, columns=kept), note="elements_2004")
    # Another column beside the answers makes no other form of it.
    layout = layout_of(SOURCE, (readings_of(paths[one.place])[-1] for one in asked))
    questions: list[Question] = []
    asked, question = _one_part(asked, headings, layout, answers or {})
    questions += question
    named: dict[str, list[int]] = {}
    for one in asked:
        if one.element:
            named.setdefault(one.element, []).append(one.place)
    several = {e: places for e, places in named.items() if len(places) > 1}
    columns = {element: spelt.get(element, places[0]) if spelt.get(element, -1) in places else places[0]
               for element, places in named.items()}  # fmt: skip
    numbered, question = _by_number(grid, headings, asked, columns, layout, answers or {})
    questions += question
    columns |= numbered
    kept = {c: p for c, p in headings.columns.items() if c not in ELEMENTS and p not in columns.values()}
    note = ""
    if several and _n_asked(asked) > len(ELEMENTS):
        further, question, note = _further(headings, several, layout, answers or {})
        questions += question
        columns |= further
    if note:
        # Which question stands for its element is a person's choice.
        columns = {e: p for e, p in columns.items() if len(named.get(e, [p])) == 1}
    places = frozenset(one.place for one in asked if one.number)
    return Form(replace(headings, columns={**kept, **columns}), tuple(questions), note, places)


def _further(
    headings: Headings, several: dict[str, list[int]], layout: str, answers: dict[str, str]
) -> tuple[dict[str, int], list[Question], str]:
    """Return the columns of the questions beyond the first about an element, what must be asked, and a note.

    The regulation does not say what an element with several questions is; newer forms take the mean.
    """
    if CHARTER in several or max(map(len, several.values())) > _MOST_QUESTIONS:
        return {}, [], "several_questions"
    heads = [" ".join(headings.labels[place].split()) for places in several.values() for place in places]
    facts = {"n": str(len(several)), "questions": str(len(heads))}
    question = Question("several_questions", SOURCE, layout, "elements", heads[0], facts)
    answer = answers.get(question.key, "mean")
    if answer == OTHER:
        return {}, [question], "several_questions"
    pairs = [
        (e, at, place) for e, places in several.items() for at, place in enumerate(sorted(places), start=1)
    ]
    columns = {e if at == 1 else f"{e}{FURTHER}{at}": place for e, at, place in pairs}
    return {c: p for c, p in columns.items() if answer == "mean" or FURTHER not in c}, [question], ""


def _n_asked(asked: Sequence[_Asked]) -> int:
    return len({one.place for one in asked})


def _asked(grid: Grid, headings: Headings, place: int, path: tuple[str, ...]) -> _Asked | None:
    """Return what a heading asks; none if it asks about no element, or holds no answers of a scale."""
    words = frozenset(fold_heading(" ".join(path)).split())
    own = readings_of(path)[-1]
    book = load_codebook(SOURCE)
    found = _NUMBERED.fullmatch(own)
    family, number, rest = "", 0, own
    if found and (found["n"].isdigit() or found["n"] in _ROMAN):
        family = found["word"] or "-"
        if family == "-" and found["rest"] and all(word.isdigit() for word in found["rest"].split()):
            # A span of numbers (88,31 - 100) numbers no question.
            return None
        number = int(found["n"]) if found["n"].isdigit() else _ROMAN[found["n"]]
        rest = " ".join(w for w in (found["rest"] or "").split() if not w.isdigit())
    rest = " ".join(word for word in rest.split() if word not in _MEASURED | _WANTED)
    exact = next((book.headings[r] for r in (*readings_of(path), rest) if r and r in book.headings), "")
    if (own.split()[:1] and own.split()[0] in _REMARKS) or _OF_QUIZ.search(path[-1]):
        return None
    if number and not rest:
        return _Asked(place, "", family, number, words) if _holds_answers(grid, headings, place) else None
    element = exact if exact in {*ELEMENTS, CHARTER} else ("" if exact else _element_in(rest))
    if not element or not (exact or _holds_answers(grid, headings, place)):
        return None
    return _Asked(place, element, "", 0, words)


def _element_in(text: str) -> str:
    """Return the element that a question is about; none if it speaks of none, or of several.

    A question about an element may name the service charter as its measure.
    """
    padded = f" {text} "
    found = {
        element
        for element, phrases in survey_elements().items()
        for phrase in phrases
        if f" {phrase} " in padded or f" {phrase}nya " in padded
    }
    found = found - {CHARTER} or found
    return found.pop() if len(found) == 1 else ""


def _holds_answers(grid: Grid, headings: Headings, place: int) -> bool:
    first = headings.last_row + 1
    used = grid.columns[place].take(slice(first, first + _SAMPLE)).used()
    return sum(bool(text) for text in used.texts) <= _MOST_ANSWERS


def _is_of_2004(paths: Sequence[tuple[str, ...]], asked: Sequence[_Asked]) -> bool:
    numbers = {one.number for one in asked if one.family in {"u", "unsur"}}
    if numbers == set(range(1, _N_2004 + 1)):
        return True
    told = [fold_heading(" ".join(path)) for path in paths if path]
    return sum(any(words in text for text in told) for words in survey_elements_2004()) >= _TELLING_2004


def _key(one: _Asked) -> str:
    return one.element or f"{one.family}{one.number}"


def _one_part(
    asked: list[_Asked], headings: Headings, layout: str, answers: dict[str, str]
) -> tuple[list[_Asked], list[Question]]:
    """Return the part of a form that rates the service, where each element is asked twice."""
    places: dict[str, list[_Asked]] = {}
    for one in asked:
        places.setdefault(_key(one), []).append(one)
    twice = {key: pair for key, pair in places.items() if len(pair) == 2}
    # Where only some are asked twice, a longer form asks more than one question about them; but two columns under
    # the same words are one question, of which one answer counts.
    if len(twice) < _TWICE or len(twice) < len(places):
        twice = {
            key: pair
            for key, pair in twice.items()
            if len({fold_heading(headings.labels.get(one.place, "")) for one in pair}) == 1
        }
        if not twice:
            return asked, []
    parts = [[pair[at] for pair in twice.values()] for at in (0, 1)]
    measured = [sum(bool(one.words & _MEASURED) for one in part) for part in parts]
    wanted = [sum(bool(one.words & _WANTED) for one in part) for part in parts]
    questions: list[Question] = []
    if (measured[0] and not measured[1]) or (wanted[1] and not wanted[0]):
        choice = "first"
    elif (measured[1] and not measured[0]) or (wanted[0] and not wanted[1]):
        choice = "second"
    else:
        heads = [headings.labels.get(part[0].place, "") for part in parts]
        first, second = (f"{_letter(part[0].place)}: {head}" for part, head in zip(parts, heads, strict=True))
        question = Question(
            "performance_block", SOURCE, layout, "elements", heads[0],
            {"first": " ".join(first.split()), "second": " ".join(second.split())},
        )  # fmt: skip
        questions, choice = [question], answers.get(question.key, "second")
    dropped = {one.place for one in parts[1 if choice == "first" else 0]}
    return [one for one in asked if one.place not in dropped], questions


def _by_number(
    grid: Grid, headings: Headings, asked: Sequence[_Asked], named: dict[str, int], layout: str,
    answers: dict[str, str],
) -> tuple[dict[str, int], list[Question]]:  # fmt: skip
    """Return the elements of headings that are only numbered, and what must be asked of their order."""
    families: dict[str, dict[int, int]] = {}
    for one in asked:
        if one.number and one.place not in named.values():
            families.setdefault(one.family, {}).setdefault(one.number, one.place)
    for family, places in families.items():
        numbers = set(places)
        if family in _OWN_NUMBERS and max(numbers) <= len(ELEMENTS):
            return _own_numbers(grid, headings, places, named, layout, answers)
        if numbers == set(range(1, max(numbers) + 1)) and 9 <= max(numbers) <= _MOST_NUMBERED and not named:
            heads = {n: " ".join(headings.labels[places[n]].split()) for n in (1, 9, max(numbers))}
            facts = {"ninth": heads[9], "last": heads[max(numbers)], "n": str(max(numbers))}
            kind = "element_order" if max(numbers) == len(ELEMENTS) else "element_order_more"
            heading = heads[1] if kind == "element_order_more" else f"{heads[1]}, {heads[9]}"
            question = Question(kind, SOURCE, layout, "elements", heading, facts)
            answer = answers.get(question.key, "")
            if answer == OTHER:
                return {}, [question]
            return _in_order(places, answer), [question]
    return {}, []


def _own_numbers(
    grid: Grid, headings: Headings, places: dict[int, int], named: dict[str, int], layout: str,
    answers: dict[str, str],
) -> tuple[dict[str, int], list[Question]]:  # fmt: skip
    found = {ELEMENTS[n - 1]: p for n, p in places.items() if n <= 7 and ELEMENTS[n - 1] not in named}
    last = [n for n in (8, 9) if n in places]
    free = [e for e in ELEMENTS[7:] if e not in named]
    if CHARTER in named and last == [9] and len(free) == len(ELEMENTS[7:]):
        return {**found, "complaints": places[9]}, []
    if len(last) == 1 and len(free) == 1 and len(named.keys() & set(ELEMENTS[7:])) == 1:
        return {**found, free[0]: places[last[0]]}, []
    if len(last) < 2 or len(free) < 2:
        return found, []
    told = _legend(grid)
    if told:
        return {**found, **_last_two(places, told)}, []
    heading = " / ".join(" ".join(headings.labels[places[n]].split()) for n in (8, 9))
    question = Question("element_8_9", SOURCE, layout, "complaints", heading)
    answer = answers.get(question.key, "")
    return (found if answer == OTHER else {**found, **_last_two(places, answer)}), [question]


def _in_order(places: dict[int, int], answer: str) -> dict[str, int]:
    first = {element: places[n] for n, element in enumerate(ELEMENTS[:7], start=1)}
    return {**first, **_last_two(places, answer)}


def _last_two(places: dict[int, int], answer: str) -> dict[str, int]:
    order = _LAST_TWO.get(answer, _LAST_TWO[COMPLAINTS_FIRST])
    return {element: places[n] for n, element in enumerate(order, start=8)}


def _legend(grid: Grid) -> str:
    """Return the order of the last two elements that a sheet's own list of them tells; empty if none does."""
    found: set[str] | None = None
    for number, text in _listed(grid):
        element = _element_in(fold_heading(text))
        told = {order for order, last in _LAST_TWO.items() if last[number - 8] == element}
        if told:
            found = told if found is None else found & told
    return found.pop() if found and len(found) == 1 else ""


def _listed(grid: Grid) -> Iterator[tuple[int, str]]:
    """Yield the numbers 8 and 9 with what a list beside or below the table says of them (U8 = Sarana)."""
    one = re.compile(r"u\s*[-.]?\s*0?([89])\s*[.:=)\-]*\s*(.*)", re.IGNORECASE | re.DOTALL)
    for place, column in enumerate(grid.columns):
        hits = column.like(r"u\s*[-.]?\s*0?[89]\b")
        for row in hits.nonzero()[0] if hits.any() else ():
            found = one.fullmatch(str(column.take(slice(row, row + 1)).text[0]))
            if not found:
                continue
            rest = found[2]
            if not rest and place + 1 < len(grid.columns):
                beside = [
                    str(c.take(slice(row, row + 1)).text[0]) for c in grid.columns[place + 1 : place + 4]
                ]
                rest = next((text for text in beside if text.strip("=: ")), "")
            yield int(found[1]), rest


def _letter(place: int) -> str:
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
