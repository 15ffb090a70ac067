import itertools
import re
from datetime import date

import pytest
from lxml import html
from render.editions.sample_report import AWKWARD, BANNER, sample_report

from asn_research.render.editions import REPORT_CSS, write_edition
from asn_research.render.editions.html import css_text
from asn_research.render.jobs import Job


@pytest.fixture(params=["id", "en"])
def page(request, tmp_path):
    path = tmp_path / "report.html"
    write_edition("html", sample_report(request.param), path, created=date(2026, 9, 30))
    return path.read_text(encoding="utf-8"), request.param


def test_a_page_leads_to_its_list_and_to_the_other_editions_of_its_report(tmp_path):
    path, job = tmp_path / "a.html", Job("DISHUB", "2026-Q3", "id", ("html", "pdf", "publikasi"))
    write_edition("html", sample_report("id"), path, created=date(2026, 9, 30), ways=job.ways)
    links = {
        each.text: each.get("href")
        for each in html.fromstring(path.read_bytes()).xpath("//*[@class='ways']/a")
    }
    assert links == {
        "Daftar laporan": "../../index-2026-Q3-id.html",
        "PDF": "DISHUB-2026-Q3-id.pdf",
        "Publikasi": "DISHUB-2026-Q3-id.publikasi.pdf",
    }
    write_edition("html", sample_report("id"), path, created=date(2026, 9, 30))
    assert not html.fromstring(path.read_bytes()).xpath("//*[@class='ways']")


def test_nothing_is_fetched_from_outside(page):
    text, _ = page
    assert "http" not in text.lower()
    assert "<script" not in text.lower()
    assert "@import" not in text
    assert "url(" not in text
    sources = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]{0,20})""", text)
    assert sources
    assert all(source.startswith(("data:image/", "#")) for source in sources)


def test_the_page_says_its_language_and_title(page):
    text, language = page
    root = html.fromstring(text)
    assert root.get("lang") == language
    assert "Laporan Kinerja" in root.findtext(".//title") or language == "en"
    assert root.findtext(".//title").count("–") >= 2


def test_headings_skip_no_level_and_start_with_one_title(page):
    levels = [int(tag.tag[1]) for tag in html.fromstring(page[0]).iter("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_contents_lead_to_every_heading(page):
    root = html.fromstring(page[0])
    targets = [link.get("href")[1:] for link in root.findall(".//nav//a")]
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    headings = list(root.iter("h2", "h3"))
    assert len(targets) == len(headings) == 8
    for target, heading in zip(targets, headings, strict=True):
        assert heading in list(root.get_element_by_id(target))


def test_headings_are_numbered_by_chapter(page):
    root = html.fromstring(page[0])
    numbers = [tag.text.split()[0] for tag in root.iter("h2", "h3")]
    assert numbers == ["1", "2", "2.1", "2.2", "3", "4", "5", "6"]


def test_images_have_alternative_texts_and_header_cells_a_scope(page):
    root = html.fromstring(page[0])
    alts = [image.get("alt") for image in root.iter("img")]
    emblem, *figures = alts
    assert emblem in {"Tempat lambang daerah", "Place of the emblem"}
    assert len(figures) == 2
    assert all('"A" & <B>' in alt for alt in figures)
    assert all(cell.get("scope") == "col" for cell in root.iter("th"))


def test_text_is_not_taken_for_markup(page):
    root = html.fromstring(page[0])
    assert AWKWARD in [p.text_content() for p in root.iter("p")]
    assert not root.xpath("//b")


def test_the_banner_stands_once_on_top_and_is_repeated_in_print(page):
    text, language = page
    root = html.fromstring(text)
    first = root.body.xpath("./*[not(contains(@class, 'skip'))]")[0]
    assert first.text == BANNER[language]
    assert len(root.xpath("//*[@class='banner']")) == 1
    # Only a table header is repeated on printed pages by every browser.
    in_print = REPORT_CSS.partition("@media print")[2]
    assert re.search(r"\.banner \{ display: table-header-group; break-inside: avoid", in_print)


def test_printed_pages_are_a4_and_numbered(page):
    text, language = page
    assert "size: A4 portrait" in text
    words = {"id": ('"Halaman"', '"dari"'), "en": ('"Page"', '"of"')}[language]
    assert f'{words[0]} " " counter(page) " " {words[1]} " " counter(pages)' in text


def test_a_css_string_cannot_be_left():
    assert re.fullmatch(r'"[A-Za-z0-9 \\]*"', str(css_text('a"; } </style> \\ \n')))


@pytest.mark.parametrize(
    ("colour", "ground"),
    [("ink", "#ffffff"), ("muted", "soft"), ("accent", "soft"), ("better", "soft"), ("worse", "soft"), ("warm-ink", "warm-soft")],
)  # fmt: skip
def test_letters_stand_out_from_their_ground(colour, ground):
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", REPORT_CSS))

    def luminance(code):
        parts = [int(code[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = luminance(found.get(ground, ground)), luminance(found[colour])
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3
