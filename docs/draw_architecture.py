"""Draw the rooms of the package and the arrows between them, from what the code imports.

::

    python docs/draw_architecture.py            # writes docs/architecture.svg and the tables in docs/architecture.md
    python docs/draw_architecture.py --lines    # prints modules and lines of each room

A room is a folder of `asn_research`. Modules beside the folders are taken together: those that import no room are the
*foundation*, those that no room imports are the *doors*; the others stand alone. An arrow that follows from two others
is left out of the picture; the table has all of them. The life of one cell is set from `docs/one-cell.csv`, which
`follow_one_cell.py` writes. `tests/test_architecture.py` fails when picture or tables are stale.
"""

from __future__ import annotations

import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "asn_research"
PICTURE, PAGE = ROOT / "docs" / "architecture.svg", ROOT / "docs" / "architecture.md"
HOPS = ROOT / "docs" / "one-cell.csv"
FOUNDATION, DOORS = "foundation", "doors"
#: Doors that are folders: the command line has a module for each group of commands.
_DOOR_FOLDERS = {"cli"}
#: What the programs of a run are called in the table of hops.
PROGRAMS = {"main": "the run", "ipykernel_launcher": "the report's kernel", "worker": "the worker"}
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _EDGE = 96, 40, 44, 34, 20

Arrows = Mapping[str, frozenset[str]]


def place_of(path: Path) -> str:
    """Return the folder of a module, or its own name if it stands beside the folders."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Yield the places that a module imports from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE.name:
            names = [f"{PACKAGE.name}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            parts = name.split(".")
            if parts[0] == PACKAGE.name and len(parts) > 1:
                yield parts[1]


def read_places() -> tuple[dict[str, set[str]], dict[str, list[Path]]]:
    """Return for each place what it imports from, and its modules."""
    used: dict[str, set[str]] = defaultdict(set)
    modules: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        place = place_of(path)
        modules[place].append(path)
        used[place] |= set(imports_of(path)) - {place}
    places = set(modules)
    return {place: found & places for place, found in used.items()}, dict(modules)


def groups_of(used: Mapping[str, set[str]]) -> dict[str, str]:
    """Return for each place the room it is drawn in: itself, the foundation or the doors."""
    folders = {place for place in used if (PACKAGE / place).is_dir() and place not in _DOOR_FOLDERS}
    low = {place for place in used if place not in folders}
    while True:
        fewer = {place for place in low if used[place] <= low}
        if fewer == low:
            break
        low = fewer
    files = set(used) - folders - low
    high = {place for place in files if not any(place in used[room] for room in folders)}
    while True:
        fewer = {p for p in high if not any(p in used[other] for other in set(used) - high)}
        if fewer == high:
            break
        high = fewer
    return {place: FOUNDATION if place in low else DOORS if place in high else place for place in used}


def arrows_of(used: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    """Return for each room the rooms it imports from."""
    room = groups_of(used)
    found: dict[str, set[str]] = {name: set() for name in room.values()}
    for place, others in used.items():
        found[room[place]] |= {room[other] for other in others} - {room[place]}
    return {name: frozenset(others) for name, others in found.items()}


def reached(arrows: Arrows, start: str) -> set[str]:
    """Return every room that one imports from, directly or through others."""
    seen: set[str] = set()
    waiting = list(arrows[start])
    while waiting:
        room = waiting.pop()
        if room not in seen:
            seen.add(room)
            waiting += arrows[room]
    return seen


def without_detours(arrows: Arrows) -> dict[str, frozenset[str]]:
    """Return the arrows that do not follow from others."""
    return {
        room: frozenset(o for o in others if not any(o in reached(arrows, b) for b in others - {o}))
        for room, others in arrows.items()
    }


def depth_of(arrows: Arrows) -> dict[str, int]:
    """Return how many arrows the longest way from each room to the foundation has.

    Raises
    ------
    ValueError
        If rooms import each other in a circle.
    """
    circle = sorted(room for room in arrows if room in reached(arrows, room))
    if circle:
        msg = f"These rooms import each other: {', '.join(circle)}. An arrow between them must go."
        raise ValueError(msg)
    depth: dict[str, int] = {}
    while len(depth) < len(arrows):
        for room in sorted(set(arrows) - set(depth)):
            if arrows[room] <= set(depth):
                depth[room] = 1 + max((depth[other] for other in arrows[room]), default=-1)
    return depth


def picture(arrows: Arrows) -> str:
    """Return the rooms and arrows as SVG, from the foundation on the left to the doors on the right."""
    drawn, depth = without_detours(arrows), depth_of(arrows)
    columns: dict[int, list[str]] = defaultdict(list)
    # Rooms that more others use stand higher in their column.
    for room in sorted(arrows, key=lambda r: (-sum(r in reached(arrows, o) for o in arrows), r)):
        columns[depth[room]].append(room)
    at = {
        room: (_EDGE + c * (_WIDTH + _GAP_X), _EDGE + row * (_HEIGHT + _GAP_Y))
        for c, rooms in columns.items()
        for row, room in enumerate(rooms)
    }
    lines = []
    for room in sorted(drawn):
        for other in sorted(drawn[room]):
            lines.append(_arrow(at[room], at[other], depth[room] - depth[other]))
    for room, (x, y) in sorted(at.items()):
        kind = "plain" if room in (FOUNDATION, DOORS) or not (PACKAGE / room).is_dir() else "room"
        lines.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>')
        lines.append(f'<text x="{x + _WIDTH / 2:g}" y="{y + _HEIGHT / 2 + 5:g}">{escape(room)}</text>')
    wide = 2 * _EDGE + len(columns) * _WIDTH + (len(columns) - 1) * _GAP_X
    most = max(len(rooms) for rooms in columns.values())
    high = 2 * _EDGE + most * _HEIGHT + (most - 1) * _GAP_Y + 30
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
        ' role="img" aria-label="Rooms of asn_research; an arrow points to the room that is imported">',
        "<style>rect.room{fill:#eef3f5;stroke:#1f4e5f} rect.plain{fill:#fff;stroke:#8a979e;stroke-dasharray:4 3}"
        " text{font:13px sans-serif;text-anchor:middle;fill:#22303a}"
        " path{fill:none;stroke:#53616a;stroke-width:1.3;marker-end:url(#head)}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:#53616a;stroke:none"/></marker></defs>',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        *lines,
        "</svg>",
        "",
    ])  # fmt: skip


def _arrow(start: tuple[int, int], end: tuple[int, int], columns: int) -> str:
    """Return an arrow from the left side of a room to the right side of one further left, below those between."""
    x1, y1 = start[0], start[1] + _HEIGHT / 2
    x2, y2 = end[0] + _WIDTH, end[1] + _HEIGHT / 2
    if columns == 1:
        bend = (x1 - x2) / 2
        return f'<path d="M{x1} {y1:g}C{x1 - bend:g} {y1:g} {x2 + bend:g} {y2:g} {x2} {y2:g}"/>'
    under = max(start[1], end[1]) + _HEIGHT + _GAP_Y / 2
    x3, x4 = start[0] + 14, end[0] + _WIDTH - 14
    foot1, foot2 = start[1] + _HEIGHT, end[1] + _HEIGHT
    return (
        f'<path d="M{x3} {foot1}C{x3} {under + 6:g} {x3 - 20} {under:g} {x3 - 40} {under:g}L{x4 + 40} {under:g}'
        f'C{x4 + 20} {under:g} {x4} {under + 6:g} {x4} {foot2}"/>'
    )


def table(arrows: Arrows) -> str:
    """Return every arrow as a table: which room imports from which."""
    depth = depth_of(arrows)
    order = sorted(arrows, key=lambda room: (depth[room], room))
    used = [room for room in order if any(room in others for others in arrows.values())]
    rows = [
        f"| **{room}** | " + " | ".join("●" if other in arrows[room] else "" for other in used) + " |"
        for room in order
        if arrows[room]
    ]
    return "\n".join([f"| imports from: | {' | '.join(used)} |", "|---|" + ":-:|" * len(used), *rows])


def shown_hops() -> list[dict[str, str]]:
    """Return the functions of `one-cell.csv` that others may call: no private ones, and none within another."""
    with HOPS.open(encoding="utf-8", newline="") as file:
        hops = list(csv.DictReader(file))
    return [h for h in hops if not any(p.startswith(("_", "<")) for p in h["function"].split("."))]


def life(hops: list[dict[str, str]]) -> str:
    """Return the way of one cell as a table: a row for each program, room and state of what is carried."""
    rows: list[tuple[tuple[str, str, str], list[str]]] = []
    for hop in hops:
        module = hop["module"].split("/")
        key = (PROGRAMS.get(hop["program"], hop["program"]), module[0], hop["holds"])
        if not rows or rows[-1][0] != key:
            rows.append((key, []))
        rows[-1][1].append(f"`{'/'.join(module[1:]) or module[0]}.{hop['function']}`")
    lines = [
        f"| {program} | {room} | {', '.join(functions)} | {holds} |"
        for (program, room, holds), functions in rows
    ]
    return "\n".join(["| program | room | functions, in the order in which they return | what they return holds |",
                      "|---|---|---|---|", *lines])  # fmt: skip


def page_with(text: str, name: str, found: str) -> str:
    """Return a page with a table between the marks of its name."""
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = text.split(first, 1)
    return f"{before}{first}\n{found}\n{last}{rest.split(last, 1)[1]}"


def page(arrows: Arrows, text: str) -> str:
    """Return the page with both tables as they are now."""
    return page_with(page_with(text, "arrows", table(arrows)), "cell", life(shown_hops()))


def lines_of_rooms() -> str:
    """Return modules and lines of each room."""
    used, modules = read_places()
    room = groups_of(used)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, paths in modules.items():
        sums[room[place]][0] += len(paths)
        sums[room[place]][1] += sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
    rows = [
        f"| {name} | {n} | {lines:,} |" for name, (n, lines) in sorted(sums.items(), key=lambda x: -x[1][1])
    ]
    total = [sum(values) for values in zip(*sums.values(), strict=True)]
    return "\n".join(
        ["| room | modules | lines |", "|---|---|---|", *rows, f"| all | {total[0]} | {total[1]:,} |"]
    )


def main() -> None:
    """Write the picture and the table, or print the sizes of rooms."""
    if "--lines" in sys.argv:
        print(lines_of_rooms())
        return
    arrows = arrows_of(read_places()[0])
    PICTURE.write_text(picture(arrows), encoding="utf-8")
    PAGE.write_text(page(arrows, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
