"""History: what was released and by whom, two releases or two periods side by side; and the manual."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from asn_research.desk.page_reports import report_rows
from asn_research.desk.state_files import INDEX
from asn_research.desk.views import View, language_in, show, spoken
from asn_research.ledger import Release, ledger_of, releases_in
from asn_research.read.city_form import city_of
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.show.numbers import Numbers


@spoken
async def history(view: View, request: Request) -> Response:
    """Show the releases and the reports of earlier periods, and compare two."""
    language = language_in(request)

    def gather() -> dict[str, Any]:
        releases = releases_in(ledger_of(view.place.raw))
        chosen = [request.query_params.get(name, "") for name in ("a", "b")]
        numbered = {str(each.number): each for each in releases}
        pair = [numbered[each] for each in chosen if each in numbered]
        periods = sorted(view.place.load(INDEX), reverse=True)
        two = [request.query_params.get(name, "") for name in ("p", "q")]
        return {
            "releases": [(each, Period.parse(each.period).label(language)) for each in reversed(releases)],
            "days": {each.number: _moment(each.approved_at, language) for each in releases},
            "compared": _compared(*pair) if len(pair) == 2 else None, "pair": pair,
            "periods": [(code, Period.parse(code).label(language)) for code in periods], "two": two,
            "indices": _indices(view, two[0], two[1], language) if all(code in periods for code in two) else None,
            "rows": report_rows(view, language),
        }  # fmt: skip

    return await show(view, request, "riwayat.html", **await run_in_threadpool(gather))


def _moment(stated: str, language: str) -> str:
    """Return a moment as people write it: the day in words, and the time."""
    moment = datetime.fromisoformat(stated)
    return f"{Numbers(language).date(moment.date())}, {moment:%H:%M}"


def _compared(first: Release, second: Release) -> list[tuple[str, str]]:
    """Return the files of two releases, each marked as in one release only, changed, or the same."""
    found = []
    for name in sorted({*first.files, *second.files}):
        if name not in second.files:
            found.append((name, "gone"))
        elif name not in first.files:
            found.append((name, "new"))
        else:
            found.append((name, "same" if first.files[name] == second.files[name] else "changed"))
    return found


def _indices(view: View, first: str, second: str, language: str) -> list[tuple[str, str, str, str]]:
    """Return for each unit its index in two periods, as its public reports show them, and the difference."""
    known, city, numbers = view.place.load(INDEX), city_of(view.place.raw), Numbers(language)
    rows = []
    for unit in sorted({*known[first], *known[second]}):
        pair = [known[code].get(unit, [None])[0] for code in (first, second)]
        first_shown, second_shown = (numbers.number(v, 2) if v is not None else "–" for v in pair)
        both = None not in pair
        name = city.facts.name if unit == CITY else city.units[unit].name if unit in city.units else unit
        rows.append((name, first_shown, second_shown, numbers.number(pair[1] - pair[0], 2) if both else "–"))
    return rows


@spoken
async def manual(view: View, request: Request) -> Response:
    """Show the manual."""
    return await show(view, request, "bantuan.html")
