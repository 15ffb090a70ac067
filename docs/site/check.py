"""Check the built site: every link leads somewhere, nothing is fetched from outside, each page has its twin.

Exit code 1 names what is wrong. `make docs` runs it after the build.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITE = Path(__file__).parents[1] / "_site"
LANGUAGES = ("id", "en")
#: By tag: the attribute through which a browser fetches something by itself.
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}


class Page(HTMLParser):
    """What a page links to, fetches, and offers as anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "html":
            self.language = given.get("lang", "")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and {"stylesheet", "icon", "preload", "preconnect"} & set(
            given.get("rel", "").split()
        ):
            self.fetched.append(given.get("href", ""))
        if _FETCHED.get(tag) in given:
            self.fetched.append(given[_FETCHED[tag]])


def read(path: Path) -> Page:
    """Return what a page holds."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong with a site, page by page."""
    pages = {
        path.resolve(): read(path)
        for path in sorted(site.rglob("*.html"))
        if not {"_source", "_static"} & set(path.parts)
    }
    if not pages:
        yield f"{site.name} holds no page; build it first: make docs"
    for path, page in pages.items():
        where = path.relative_to(site.resolve()).as_posix()
        for target in page.fetched:
            if urlsplit(target).netloc:
                yield f"{where} fetches {target} from outside."
            elif target and not target.startswith("data:") and not (path.parent / _file(target)).is_file():
                yield f"{where} fetches {target}, which is not there."
        for target in page.links:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            led = (path.parent / _file(target)).resolve() if parts.path else path
            if not led.is_file():
                yield f"{where} links to {target}, which is not there."
            elif parts.fragment and led in pages and unquote(parts.fragment) not in pages[led].anchors:
                yield f"{where} links to {target}: that page has no such place."
        top = where.partition("/")[0]
        if top in LANGUAGES and page.language != top:
            yield f"{where} says it is in '{page.language}'."


def _file(target: str) -> str:
    return unquote(urlsplit(target).path)


def main() -> int:
    """Print all faults."""
    found = list(faults(SITE))
    print("\n".join(found) or "Every link leads somewhere, and nothing is fetched from outside.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
