"""The causal diagram as data, and whether an adjustment set is enough under it (Pearl's criteria)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import pandas as pd

from asn_research.errors import RuleError
from asn_research.rules.cities import Names
from asn_research.rules.loading import FrozenModel, load_model
from asn_research.rules.words import Language, check_language, load_words
from asn_research.study.specs import ModelSpec, load_specs

Edge = tuple[str, str]


class Node(FrozenModel):
    """One variable of the diagram; ``absorbed_by`` names the levels whose fixed effects keep it constant."""

    node: str
    columns: Names = ()
    absorbed_by: Names = ()
    what: str


class Arrow(FrozenModel):
    """One arrow: ``stated`` where the study builds on it, ``feared`` where it would spoil an estimate."""

    cause: str
    effect: str
    kind: Literal["stated", "feared"]
    why: str


@dataclass(frozen=True)
class Adjustment:
    """Whether a specification's adjustment set is enough.

    Parameters
    ----------
    key : str
        The specification.
    adjusted : tuple of str
        What is adjusted for: controls, and what the fixed effects absorb.
    is_enough : bool
        Whether no open path is left under the stated arrows.
    spoils : tuple of str
        What would have to move cause and effect together for the estimate to mislead: causes of
        feared arrows that open a path. Sensitivity analyses are about these.
    """

    key: str
    adjusted: tuple[str, ...]
    is_enough: bool
    spoils: tuple[str, ...]


@cache
def load_diagram() -> tuple[tuple[Node, ...], tuple[Arrow, ...]]:
    """Load nodes and arrows.

    Raises
    ------
    RuleError
        If an arrow names an unknown node, or arrows run in a circle.
    """
    nodes = tuple(
        load_model(Node, row, f"diagram_nodes.csv, row {n}") for n, row in _rows("diagram_nodes.csv")
    )
    arrows = tuple(
        load_model(Arrow, row, f"diagram_edges.csv, row {n}") for n, row in _rows("diagram_edges.csv")
    )
    unknown = {end for a in arrows for end in (a.cause, a.effect)} - {node.node for node in nodes}
    if unknown:
        msg = f"diagram_edges.csv names {', '.join(sorted(unknown))}; add them to diagram_nodes.csv."
        raise RuleError(msg)
    edges = [(a.cause, a.effect) for a in arrows]
    for node in nodes:
        if node.node in _above(edges, node.node):
            msg = f"diagram_edges.csv: {node.node} causes itself through others; a diagram has no circles."
            raise RuleError(msg)
    return nodes, arrows


def _rows(name: str) -> list[tuple[int, dict[str, str]]]:
    text = resources.files("asn_research.study").joinpath(name).read_text(encoding="utf-8")
    return list(enumerate(csv.DictReader(text.splitlines()), start=2))


def ancestors(edges: Iterable[Edge], nodes: Iterable[str]) -> set[str]:
    """Return the nodes and everything above them."""
    edges = list(edges)
    found, waiting = set(), set(nodes)
    while waiting:
        node = waiting.pop()
        found.add(node)
        waiting |= {cause for cause, effect in edges if effect == node} - found
    return found


def descendants(edges: Iterable[Edge], nodes: Iterable[str]) -> set[str]:
    """Return the nodes and everything below them."""
    return ancestors([(effect, cause) for cause, effect in edges], nodes)


def _above(edges: list[Edge], node: str) -> set[str]:
    """Return the causes of a node, direct and indirect; the node itself only if arrows lead back to it."""
    parents = [cause for cause, effect in edges if effect == node]
    return ancestors(edges, parents) if parents else set()


def is_separated(edges: Iterable[Edge], x: str, y: str, given: Iterable[str]) -> bool:
    """Return whether two nodes are d-separated given others.

    The moral graph of the ancestors is searched (Lauritzen et al. 1990): two nodes are d-separated
    if and only if no undirected path avoids the given nodes there.

    Parameters
    ----------
    edges : iterable of (cause, effect)
        An acyclic diagram.
    x, y : str
        The two nodes.
    given : iterable of str
        What is adjusted for.

    Examples
    --------
    >>> collider = [("talent", "stage"), ("beauty", "stage")]
    >>> is_separated(collider, "talent", "beauty", []), is_separated(collider, "talent", "beauty", ["stage"])
    (True, False)
    """
    edges, given = list(edges), set(given)
    kept = ancestors(edges, {x, y, *given})
    inside = [(c, e) for c, e in edges if c in kept and e in kept]
    links = {frozenset(edge) for edge in inside}
    for node in kept:
        parents = sorted(c for c, e in inside if e == node)
        links |= {frozenset((a, b)) for a in parents for b in parents if a < b}
    reached, waiting = set(), {x}
    while waiting:
        node = waiting.pop()
        reached.add(node)
        near = {other for link in links if node in link for other in link}
        waiting |= near - reached - given
    return y not in reached


def is_enough(edges: Iterable[Edge], cause: str, effect: str, adjusted: Iterable[str], claim: str) -> bool:
    """Return whether adjustment for some nodes identifies the effect.

    ``total``: the back-door criterion; nothing below the cause is adjusted for, and no path into it is open.
    ``direct``: the single-door criterion; without the arrow itself, cause and effect are separated,
    and nothing below the effect is adjusted for.

    Examples
    --------
    >>> edges = [("zeal", "training"), ("zeal", "quality"), ("training", "quality")]
    >>> is_enough(edges, "training", "quality", [], "total")
    False
    >>> is_enough(edges, "training", "quality", ["zeal"], "total")
    True
    """
    edges, adjusted = list(edges), set(adjusted)
    if claim == "direct":
        rest = [edge for edge in edges if edge != (cause, effect)]
        return not adjusted & descendants(edges, {effect}) and is_separated(rest, cause, effect, adjusted)
    into = [edge for edge in edges if edge[0] != cause]
    return not adjusted & descendants(edges, {cause}) and is_separated(into, cause, effect, adjusted)


def check_adjustment(spec: ModelSpec) -> Adjustment:
    """Check a specification's adjustment set against the diagram.

    Raises
    ------
    RuleError
        If the specification names no cause or effect of the diagram.
    """
    nodes, arrows = load_diagram()
    names = {node.node for node in nodes}
    unknown = [name for name in (spec.cause, spec.effect, *spec.adjusts) if name not in names]
    if unknown:
        msg = f"specs.csv, {spec.key}: `{unknown[0]}` is no node of the diagram; its nodes are {', '.join(sorted(names))}."
        raise RuleError(msg)
    adjusted = (*spec.adjusts, *(node.node for node in nodes if spec.level in node.absorbed_by))
    stated = [(a.cause, a.effect) for a in arrows if a.kind == "stated"]
    feared: dict[str, list[Edge]] = {}
    for arrow in arrows:
        if arrow.kind == "feared":
            feared.setdefault(arrow.cause, []).append((arrow.cause, arrow.effect))
    spoils = tuple(
        cause
        for cause, more in feared.items()
        if cause not in {spec.cause, spec.effect}
        and not is_enough([*stated, *more], spec.cause, spec.effect, adjusted, spec.claim)
    )
    enough = is_enough(stated, spec.cause, spec.effect, adjusted, spec.claim)
    return Adjustment(spec.key, adjusted, enough, spoils)


def diagram_names() -> tuple[str, ...]:
    """Return the names of the diagram's nodes, which need a name in words."""
    return tuple(node.node for node in load_diagram()[0])


def adjustment_table(study: str | None = "core", language: Language = "en") -> pd.DataFrame:
    """Return, for every question with a place in the diagram, what is adjusted for and what would spoil it.

    Parameters
    ----------
    study : str or None
        As in `load_specs`.
    language : {"en", "id"}
        Of the things in the diagram.

    Returns
    -------
    pd.DataFrame
    """
    check_language(language)
    words = load_words(language)

    def named(*nodes: str) -> str:
        return ", ".join(words(f"diagram_{node}") for node in nodes)

    found = [(spec, check_adjustment(spec)) for spec in load_specs(study) if spec.cause]
    rows = [
        (
            s.key,
            f"{named(s.cause)} → {named(s.effect)}",
            words(f"spec_claim_{s.claim}"),
            named(*a.adjusted),
            a.is_enough,
            named(*a.spoils),
        )
        for s, a in found
    ]
    columns = ["key", "arrow", "claim", "held_still", "is_enough", "would_spoil_it"]
    return pd.DataFrame(rows, columns=columns).set_index("key")
