"""Every kind of page in a browser: no barrier that axe-core knows of, on a phone and on a desk; the list sorts and searches."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from read.stating import OFFICIAL, SURVEY, state
from render.test_index_page import made

from asn_research.read.given_forms import read_stated
from asn_research.render.batch import render_batch
from asn_research.render.index_page import publish_indexes
from asn_research.render.inputs import prepare_inputs
from asn_research.render.jobs import Job
from asn_research.rules.cities import CITY
from asn_research.show.data import QUALITY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
]
WIDTHS = (390, 1200)
PAGES = {
    "public": ("DISHUB", "public"),
    "internal": ("DISHUB", "internal"),
    "city": (CITY, "public"),
    "city_internal": (CITY, "internal"),
    "quality": (QUALITY, "internal"),
}


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module")
def site(inputs, tmp_path_factory):
    """Each kind of report as a page, with the lists and the page of states, as a batch leaves them."""
    home = tmp_path_factory.mktemp("site")
    period = inputs.periods[-1]
    state(home / "raw", "officials_form", official=[OFFICIAL])
    state(home / "raw", "survey_form", survey=[SURVEY | {"period": period}])
    stated = read_stated(home / "raw", inputs.city)
    jobs = [Job(unit, period, "id", ("html",), audience=audience) for unit, audience in PAGES.values()]
    reports = home / "reports"
    results = render_batch(inputs, jobs, reports, n_workers=1, stated=stated)
    assert [r.message for r in results if not r.is_published] == []
    others = [
        made(inputs, reports, unit, period, of)
        for unit in ("DINKES", "KEC-SEL")
        for of in ("public", "internal")
    ]
    earlier = [made(inputs, reports, "DISHUB", inputs.periods[-2], of) for of in ("public", "internal")]
    publish_indexes(inputs, [*results, *others, *earlier], reports, stated)
    return reports


def places(site):
    found = {path.name: path for path in site.rglob("*.html") if path.read_bytes()[:9] == b"<!doctype"}
    return [Path(each) for each in sorted(map(str, found.values()))] + [site / "internal" / "index.html"]


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_barrier_and_no_page_is_wider_than_the_screen(site, browser, width):
    pages = places(site)
    assert len(pages) >= len(PAGES) + 3
    found = {}
    for place in pages:
        page = browser.new_page(viewport={"width": width, "height": 900})
        faults = []
        page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
        page.goto(place.as_uri())
        faults += [
            f"{each['id']}: {each['nodes'][0]['html'][:120]}"
            for each in Axe().run(page).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append("wider than the screen")
        # What is folded away is looked at too.
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        faults += [each["id"] for each in Axe().run(page).response["violations"]]
        page.close()
        if faults:
            found[place.name] = faults
    assert found == {}


def units_of(page):
    return page.eval_on_selector_all(
        "table.units tbody tr", "rows => rows.filter(r => !r.hidden).map(r => r.id)"
    )


def test_the_list_sorts_both_ways_by_keyboard_and_finds_a_unit(site, browser):
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto((site / "internal" / "index.html").as_uri())
    before = units_of(page)
    assert set(before) == {"DISHUB", "DINKES", "KEC-SEL"}
    index = page.eval_on_selector_all(
        "table.units tbody tr", "rows => rows.map(r => [r.id, Number(r.cells[1].dataset.sort)])"
    )
    wanted = [unit for unit, _ in sorted(index, key=lambda pair: pair[1])]
    button = page.locator("table.units thead button").nth(1)
    for way, order in (("ascending", wanted), ("descending", wanted[::-1])):
        button.focus()
        page.keyboard.press("Enter")
        assert units_of(page) == order
        assert page.locator("table.units thead th").nth(1).get_attribute("aria-sort") == way
    page.locator(".tools input").fill("perhub")
    assert units_of(page) == ["DISHUB"]
    assert page.locator(".tools output").inner_text() == "1 dari 3 perangkat daerah"
    page.locator(".tools input").fill("")
    assert len(units_of(page)) == 3
    page.close()


def test_the_list_is_whole_without_its_script_and_asks_nothing_of_a_network(site, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "internal" / "index.html").as_uri())
    # The fields that the script would serve are not shown.
    assert not page.locator(".tools").is_visible()
    assert page.locator("table.units tbody tr").count() == 3
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_a_phone_sorts_by_a_choice(site, browser):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((site / "publik" / "index.html").as_uri())
    page.locator(".tools select").select_option("1 descending")
    index = page.eval_on_selector_all(
        "table.units tbody tr", "rows => rows.map(r => Number(r.cells[1].dataset.sort))"
    )
    assert index == sorted(index, reverse=True)
    page.close()
