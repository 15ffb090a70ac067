"""The tile in JupyterLab's launcher opens the desk, after Jupyter's login and not without it."""

import os
import urllib.error
import urllib.request
from xml.etree import ElementTree

import pytest
from desk.desks import CHROMIUM, browsing
from journeys.browser import LAB, lab

from asn_research.rules.words import load_words

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
    pytest.mark.skipif(not LAB.is_file(), reason="JupyterLab is not installed (make .venv-lab/.installed)"),
]


def test_the_tile_opens_the_desk(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    with lab(folder, tmp_path / "jupyter", dict(os.environ)) as address, browsing(tmp_path / "b") as page:
        # Without Jupyter's login there is a page to log in, or a refusal, and no desk.
        request = urllib.request.Request(f"{address}asn-desk/berkas/periksa", data=b"", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=120)
        assert refused.value.code in {401, 403, 405}
        page.goto(f"{address}lab?token=t")
        card = page.locator(".jp-LauncherCard", has_text="Meja Laporan ASN")
        card.wait_for()
        icon = card.locator("img")
        icon.wait_for()
        page.wait_for_function("icon => icon.complete && icon.naturalWidth > 0", arg=icon.element_handle())
        served = page.request.get(icon.evaluate("icon => icon.src"))
        assert served.headers["content-type"].startswith("image/svg+xml")
        assert ElementTree.fromstring(served.text()).tag == "{http://www.w3.org/2000/svg}svg"
        page.screenshot(path=tmp_path / "launcher.png")
        with page.context.expect_page() as opened:
            card.click()
        desk = opened.value
        desk.get_by_role("heading", name=load_words("id")("desk_welcome")).wait_for()
        desk.screenshot(path=tmp_path / "desk.png")
        assert "/asn-desk/" in desk.url
        # Below the root that Jupyter gives it, links lead to the desk's own pages, and forms are taken.
        desk.get_by_role("link", name="Riwayat").click()
        assert desk.url.endswith("/asn-desk/riwayat")
        desk.goto(f"{address}asn-desk/")
        desk.locator("input[type=file]").first.set_input_files(
            {"name": "a.exe", "mimeType": "text/plain", "buffer": b"x"}
        )
        desk.get_by_text("a.exe: berkas semacam ini tidak dibaca").wait_for()
