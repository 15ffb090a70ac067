"""Map the headings of a citizen survey to the nine elements (unsur): by name, by number, or by content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from asn_research.read.grids import Grid
from asn_research.read.headings import FURTHER, Headings, group_rows, heading_paths, variants_of
from asn_research.rules.codebooks import fold_heading, load_codebook, survey_elements, survey_elements_2004
from asn_research.rules.questions import Question, layout_of

SOURCE = "citizen_feedback"
#: In the order of the list in the regulation; its questionnaire asks the last two in reverse order.
ELEMENTS = (
    "requirements", "procedure", "time", "cost", "product", "competence", "conduct", "complaints", "facilities",
)  # fmt: skip
COMPLAINTS_FIRST, FACILITIES_FIRST, CHARTER_FIRST = "complaints_first", "facilities_first", "charter_first"
OTHER = "other"
#: The element that the list of 2014 had instead of facilities; it is kept in addition to the nine of 2017.
CHARTER = "extra_service_charter"
#: The eighth and the ninth element, by the answer to the question about their order.
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
#: Prefixes of the numbers that the regulation itself gives to the elements.
_OWN_NUMBERS = {"u"}
_MEASURED = {"kinerja", "persepsi", "kenyataan", "kepuasan", "performance", "dirasakan", "realita"}
_WANTED = {"kepentingan", "harapan", "importance", "penting", "diharapkan", "ekspektasi", "expectation"}
_IMPORTANCE = {"kepentingan", "importance"}
#: A heading with more words is a question, in which *harapan* may stand for anything.
_LONGEST_LABEL = 5
#: A line with at most this many filled cells is a title.
_TITLE_CELLS = 2
#: Words that may stand beside them in the title of a table about importance only. Other words make another
#: title: *Kelurahan Harapan Baru*, *Survei Pemangku Kepentingan*.
_BESIDE_WANTED = {
    "tingkat", "penilaian", "nilai", "data", "jawaban", "survei", "kuesioner", "angket", "rekap", "sheet", "lembar", "bagian",
    "responden", "pelanggan", "pengguna", "masyarakat", "unsur", "layanan", "pelayanan", "level", "of", "a", "b", "i", "ii",
}  # fmt: skip
#: The name of the survey as a whole, which is not the name of a part.
_SURVEY_NAME = re.compile(r"\bkepuasan (?:masyarakat|pelanggan|pengguna)\b|\bskm\b|\bikm\b")
#: First words of headings of remarks, in forms and in our own workbooks; such a column has no answers.
_REMARKS = {"alasan", "reason", "keterangan", "catatan", "komentar", "saran", "kritik", "mengapa"}
#: The additional columns per question in the export of an online form that was set up as a quiz.
_OF_QUIZ = re.compile(r"\[(?:score|feedback|skor|nilai|masukan|umpan balik)\]\s*$", re.IGNORECASE)
#: The number of element names of 2004 that identify a form of 2004, and the number of its elements.
_TELLING_2004, _N_2004 = 3, 14
#: The largest number of questions about one element that are averaged; no known form has more.
_MOST_QUESTIONS = 6
#: The largest number of numbered questions of which the first nine may be the elements.
_MOST_NUMBERED = 13
#: The number of elements that must occur twice in a form with two parts (satisfaction and importance).
_TWICE = 5
#: The largest number of distinct answers in a column of scale answers; free text has more.
_MOST_ANSWERS = 14
_SAMPLE = 300


@dataclass(frozen=True)
class Form:
    """The result of reading the headings of a survey.

    Parameters
    ----------
    headings : Headings
        The headings, with the columns of the elements.
    questions : tuple of Question
        The questions that a person must answer. Without the answers, the columns are a guess.
    note : str
        The reason why the form cannot be used as it is (`elements_2004`, `several_questions`, `side_by_side`,
        `importance_only`); empty if it can.
    asked : frozenset of int
        The columns with answers to numbered questions, whether or not they are elements.
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
    """Find the columns of the nine elements in a survey.

    Parameters
    ----------
    grid : Grid
        The sheet.
    headings : Headings
        Its headings. Those of another source are returned unchanged.
    answers : dict of str to str
        The answers given by a person, by the key of the question.

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
    # The layout depends on the questions only: an additional column does not make it another form.
    layout = layout_of(SOURCE, (variants_of(paths[one.place])[-1] for one in asked))
    questions: list[Question] = []
    asked, question = _one_part(asked, headings, layout, answers or {})
    questions += question
    if any((answers or {}).get(one.key) == OTHER for one in question):
        kept = {c: p for c, p in headings.columns.items() if c not in ELEMENTS}
        return Form(replace(headings, columns=kept), tuple(questions), "side_by_side")
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
        # A person must choose which question is used for its element.
        columns = {e: p for e, p in columns.items() if len(named.get(e, [p])) == 1}
    is_wanted = asked and all(_asks_importance(one.words) for one in asked)
    if is_wanted or (asked and says_importance(grid.sheet, _titles_above(grid, headings))):
        note = "importance_only"
    places = frozenset(one.place for one in asked if one.number)
    return Form(replace(headings, columns={**kept, **columns}), tuple(questions), note, places)


def says_importance(sheet: str, lines: Iterable[str]) -> bool:
    """Return whether a table is about importance or expectations only, by its sheet name or the lines above it.

    The name of the sheet is decisive. Lines that name both parts decide nothing.

    Examples
    --------
    >>> says_importance("Kepentingan", []), says_importance("Kinerja", ["Tingkat Kepentingan"])
    (True, False)
    >>> says_importance("Sheet1", ["SURVEI KEPUASAN MASYARAKAT", "Kelurahan Harapan Baru"])
    False
    """
    part = _part_named(sheet)
    parts = {part} if part else {_part_named(line) for line in lines} - {""}
    return parts == {"wanted"}


def _part_named(title: str) -> str:
    """Return the part of a questionnaire that a title names: ``measured``, ``wanted``, or empty."""
    words = {word for word in _SURVEY_NAME.sub(" ", fold_heading(title)).split() if not word.isdigit()}
    if words & _MEASURED:
        return "" if words & _WANTED else "measured"
    return "wanted" if words & _WANTED and words <= _WANTED | _BESIDE_WANTED else ""


def _asks_importance(words: frozenset[str]) -> bool:
    """Return whether a heading asks how important an element is; *sesuai harapan* rates the service."""
    if words & _MEASURED or "sesuai" in words:
        return False
    return bool(words & _IMPORTANCE) or bool(words & _WANTED and len(words) <= _LONGEST_LABEL)


def _titles_above(grid: Grid, headings: Headings) -> list[str]:
    """Return the texts above the headings in lines with few cells, which are no rows of another table."""
    lines = grid.block(0, headings.first_row)
    return [str(cell) for line in lines if (line != "").sum() <= _TITLE_CELLS for cell in line if cell]


def _further(
    headings: Headings, several: dict[str, list[int]], layout: str, answers: dict[str, str]
) -> tuple[dict[str, int], list[Question], str]:
    """Return the columns of elements with several questions, the question for a person, and a note.

    The regulation does not say how to combine several questions about an element; newer forms use the mean.
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
    """Return the element or number that a heading asks about; None if it asks about no element.

    It is also None if the column does not have the few distinct values of scale answers.
    """
    words = frozenset(fold_heading(" ".join(path)).split())
    own = variants_of(path)[-1]
    book = load_codebook(SOURCE)
    found = _NUMBERED.fullmatch(own)
    family, number, rest = "", 0, own
    if found and (found["n"].isdigit() or found["n"] in _ROMAN):
        family = found["word"] or "-"
        if family == "-" and found["rest"] and all(word.isdigit() for word in found["rest"].split()):
            # A range of numbers (88,31 - 100) is not the number of a question.
            return None
        number = int(found["n"]) if found["n"].isdigit() else _ROMAN[found["n"]]
        rest = " ".join(w for w in (found["rest"] or "").split() if not w.isdigit())
    rest = " ".join(word for word in rest.split() if word not in _MEASURED | _WANTED)
    exact = next((book.headings[r] for r in (*variants_of(path), rest) if r and r in book.headings), "")
    if (own.split()[:1] and own.split()[0] in _REMARKS) or _OF_QUIZ.search(path[-1]):
        return None
    if number and not rest:
        return _Asked(place, "", family, number, words) if _holds_answers(grid, headings, place) else None
    element = exact if exact in {*ELEMENTS, CHARTER} else ("" if exact else _element_in(rest))
    if not element or not (exact or _holds_answers(grid, headings, place)):
        return None
    return _Asked(place, element, "", 0, words)


def _element_in(text: str) -> str:
    """Return the element that a question is about; empty if it names none, or several.

    A question about another element may name the service charter as its standard, so the charter counts only
    if it is the only one named.
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
    headings = [fold_heading(" ".join(path)) for path in paths if path]
    return sum(any(words in text for text in headings) for words in survey_elements_2004()) >= _TELLING_2004


def _key(one: _Asked) -> str:
    return one.element or f"{one.family}{one.number}"


def _one_part(
    asked: list[_Asked], headings: Headings, layout: str, answers: dict[str, str]
) -> tuple[list[_Asked], list[Question]]:
    """Keep only the part that rates the service, if a form asks each element twice.

    The other part asks about the importance of the element, or about expectations. If the headings do not
    show which part is which, a question for a person is returned too.
    """
    places: dict[str, list[_Asked]] = {}
    for one in asked:
        places.setdefault(_key(one), []).append(one)
    twice = {key: pair for key, pair in places.items() if len(pair) == 2}
    # If only some elements are asked twice, the form has several questions about them, not two parts. But two
    # columns with the same heading are one question, and only one of them counts.
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
    """Return the elements of headings that have only a number, and the question about their order."""
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
    legend = _legend(grid)
    if legend:
        return {**found, **_last_two(places, legend)}, []
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
    """Return which element is the eighth and which the ninth, read from a list of elements on the sheet.

    The result is an answer to the question about their order; it is empty without such a list.
    """
    found: set[str] | None = None
    for number, text in _listed(grid):
        element = _element_in(fold_heading(text))
        orders = {order for order, last in _LAST_TWO.items() if last[number - 8] == element}
        if orders:
            found = orders if found is None else found & orders
    return found.pop() if found and len(found) == 1 else ""


def _listed(grid: Grid) -> Iterator[tuple[int, str]]:
    """Yield 8 or 9 with its text in a list beside or below the table (U8 = Sarana)."""
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
