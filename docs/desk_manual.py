"""Turn the manual of the desk into the page that the desk shows, and take its pictures from a running desk.

::

    python docs/desk_manual.py               # writes asn_research/desk/templates/panduan.html
    python docs/desk_manual.py --pictures    # takes the pictures too; needs chromium and some minutes

The text stands in `docs/panduan-meja.md` alone. `tests/desk/test_manual.py` fails when the page is stale.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import mistune

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs" / "panduan-meja.md"
PAGE = ROOT / "asn_research" / "desk" / "templates" / "panduan.html"
PICTURES = ROOT / "asn_research" / "desk" / "static" / "panduan"


def page(text: str) -> str:
    """Return the manual as a part of a page of the desk."""
    html = str(mistune.create_markdown(plugins=["table"])(text))
    html = re.sub(r'src="[^"]*static/([^"]+)"', r'''src="{{ top('/statis/\1') }}"''', html)
    return html.replace(
        "<table>", '<div class="gulir" tabindex="0" role="region" aria-label="Tabel"><table>'
    ).replace("</table>", "</table></div>")


def take_pictures() -> None:
    """Walk the road with an invented survey and take a picture of each step."""
    sys.path.append(str(ROOT / "tests"))
    from desk.desks import at_rest, browsing, running_desk, write_regulation_sheet  # noqa: PLC0415

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        home = Path(work)
        sent = home / "SKM Dishub TW III 2026.xlsx"
        write_regulation_sheet(sent)
        with running_desk(home / "p") as (_, address), browsing(home / "b") as browser:
            start = address.split("?")[0]

            def picture(step: str) -> None:
                browser.goto(start + step)
                at_rest(browser)
                browser.screenshot(
                    path=PICTURES / f"{step}.png", clip={"x": 0, "y": 0, "width": 1000, "height": 640}
                )

            browser.set_viewport_size({"width": 1000, "height": 640})
            browser.goto(address)
            browser.locator("input[type=file]").first.set_input_files(sent)
            browser.wait_for_url("**/berkas*")
            at_rest(browser)
            picture("berkas")
            picture("pertanyaan")
            browser.locator("input[name=pilihan]").first.check()
            browser.get_by_role("button", name="Simpan jawaban").click()
            browser.wait_for_load_state()
            at_rest(browser)
            picture("mutu")
            picture("isian")
            browser.goto(start + "laporan")
            browser.get_by_role("button", name="Buat laporan").click()
            browser.wait_for_load_state()
            at_rest(browser)
            picture("laporan")


if __name__ == "__main__":
    PAGE.write_text(page(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
    if "--pictures" in sys.argv:
        take_pictures()
