"""The built site in Chromium, narrow and wide, in both languages: accessible, nothing from outside, nothing cut off."""

import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from conftest import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SITE = ROOT / "docs" / "_site"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
    pytest.mark.skipif(
        not (SITE / "en" / "index.html").is_file(), reason="the site is not built (make docs)"
    ),
]
PAGES = [
    "index",
    "lessons/00_start_here",
    "lessons/03_training_motivation_service",
    "generated/asn_research.methods.fit_panel",
    "glossary",
    "thesis",
    "desk",
    "dictionary",
    "known_answers",
    "teaching",
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_whole_and_fetches_nothing_from_outside(browser, address, name, language, width):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900})
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/{language}/{name}.html", wait_until="load", timeout=120_000)
    try:
        assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
        assert not wrong
        assert page.evaluate("document.documentElement.scrollWidth") <= width + 1
        found = Axe().run(page).response["violations"]
        assert not found, "\n".join(f"{v['id']}: {n['html'][:160]}" for v in found for n in v["nodes"][:3])
        other = "en" if language == "id" else "id"
        assert page.locator(f'a[href*="/{other}/{name}.html"], a[hreflang="{other}"]').count() >= 1
    finally:
        page.close()
