"""A report as its reader meets it: the blocks of its template, its sentences, and what they say of one figure."""

import json
import re

from asn_research.render.jobs import TEMPLATES
from asn_research.rules.words import HIDDEN
from asn_research.show import sections
from asn_research.show.blocks import Blocks, Figure, Heading, KeyFigures, Paragraph, Table

#: A dash that joins two numbers, or two parts of a name, stands for nothing that is missing.
_JOINS = re.compile(r"(?<=[\d%]) ?– ?(?=[\d−])|(?<=\w)–(?=\w)")
#: Two stops in a row, or a space before one: a clause went and left its stop behind.
_STOPS = re.compile(r"\.\.|\s[.,;]")
#: A period as files and addresses name it; readers see "Triwulan III 2026" or "Q3 2026".
_CODES = re.compile(r"\b(?:19|20)\d\d-[QS]\d\b")
#: The notes that explain the marks of what is hidden and of what there is not yet.
_NOTES = ("• = ", "– = ")


def document(data, template="dinas_public"):
    """Return what the cells of a template show for a report's data, groups opened."""
    cells = json.loads((TEMPLATES / f"{template}.ipynb").read_text())["cells"]
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    # A cell's last line is what it shows; the first cell holds the parameters.
    shown = [source.strip().splitlines()[-1] for source in sources[1:]]
    known = {"report": data, "sections": sections, "quality": sections.quality}
    blocks = [eval(line, known) for line in shown]
    return [each for block in blocks if block is not None for each in opened(block)]


def opened(block):
    return [each for item in block.items for each in opened(item)] if isinstance(block, Blocks) else [block]


def sentences(blocks):
    """Return every text that is read as a sentence: paragraphs, titles, notes, key figures, alternative texts."""
    found = []
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                found.append(block.text)
            case Figure():
                found += [block.title, block.alt, *block.notes]
            case Table():
                found += [block.title, *block.notes]
            case KeyFigures():
                found += [
                    part for f in block.figures for part in (f.label, f.value, f.detail, f.change) if part
                ]
    return found


def holes(blocks):
    """Return the sentences in which a mark stands where a number should, or a clause left its stop behind."""
    own = [text for text in sentences(blocks) if not text.startswith(_NOTES)]
    marks = (HIDDEN, "{", "[[")
    return [
        text
        for text in own
        if any(mark in text for mark in marks) or "–" in _JOINS.sub("", text) or _STOPS.search(text)
    ]


def period_codes(blocks):
    """Return what names a period by its code: sentences, headings and cells of tables."""
    cells = [
        text
        for block in blocks
        if isinstance(block, Table)
        for text in (*(c.label for c in block.columns), *(cell.text for row in block.rows for cell in row))
    ]
    return [text for text in (*sentences(blocks), *cells) if _CODES.search(text)]


def tables(blocks, key):
    return [block for block in blocks if isinstance(block, Table) and block.key == key]


def index_texts(blocks, language="id"):
    """Return every way in which the reported index is written, by where it stands."""
    found = {}
    for f in (figure for block in blocks if isinstance(block, KeyFigures) for figure in block.figures):
        if "IKM" in f.label:
            found["key figure"] = f.value
    for table in tables(blocks, "approval"):
        for row in table.rows:
            if "IKM" in row[0].text:
                found["approval"] = row[1].text.split(" ")[0]
    pattern = r"\(IKM\) (?:is )?([\d,.]*\d)" if language == "en" else r"\(IKM\) ([\d,.]*\d)"
    told = r"IKM .{0,80}? (?:adalah|is) ([\d,.]*\d)"
    for number, text in enumerate(b.text for b in blocks if isinstance(b, Paragraph)):
        for name, each in (("message", pattern), ("told", told)):
            if match := re.search(each, text):
                found[f"{name} {number}"] = match[1]
    return found


def respondents(blocks):
    """Return the numbers of respondents, by where they stand."""
    found = {}
    for table in tables(blocks, "approval"):
        names = {"Responden", "Respondents"}
        found["approval"] = next((row[1].text for row in table.rows if row[0].text in names), "")
    for f in (figure for block in blocks if isinstance(block, KeyFigures) for figure in block.figures):
        if f.label in {"Responden", "Respondents"}:
            found["key figure"] = f.value.split(" ")[0]
    found = {place: n for place, n in found.items() if n}
    for table in tables(blocks, "respondents"):
        of_trait = []
        for trait, _, n, _ in [*table.rows, (None,) * 4]:
            if trait is None or trait.text:
                if of_trait:
                    found[f"trait {len(found)}"] = f"{sum(of_trait):.0f}"
                of_trait = []
            if n is not None:
                of_trait.append(n.value)
    return found


def percentages(blocks):
    """Return the sum of the percentages of each trait."""
    sums = []
    for table in tables(blocks, "respondents"):
        for trait, _, _, share in table.rows:
            if trait.text:
                sums.append(0.0)
            sums[-1] += share.value
    return [round(each, 6) for each in sums]


def staff_texts(data, blocks):
    """Return every way in which the mean of service quality is written, by where it stands."""
    label, found = data.label("service_quality_mean"), {}
    for f in (figure for block in blocks if isinstance(block, KeyFigures) for figure in block.figures):
        if f.label == label:
            found["key figure"] = f.value
    for table in tables(blocks, "indicators"):
        found["table"] = next(row[1].text for row in table.rows if row[0].text == label)
    for block in blocks:
        if isinstance(block, Figure) and block.key == "indicators":
            found["chart"] = re.search(rf"{label} ([\d.,]*\d)", block.alt)[1]
        if isinstance(block, Paragraph) and block.role == "lead":
            match = re.search(rf"{label.lower()} ([\d.,]+\d)", block.text)
            if match:
                found["lead"] = match[1]
    return found


def absurd(blocks):
    """Return the sentences that call data absent, in a report that holds tables of them, and chapters without a word."""
    said = [text for text in sentences(blocks) if "data apa pun" in text or "data of any kind" in text]
    headings = [at for at, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 1]
    empty = [blocks[at].text for at in headings if at + 1 == len(blocks) or at + 1 in headings]
    return said + empty
