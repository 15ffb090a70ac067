"""Select the rules in force on a day, with a city's own values. All other code gets its rules here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from asn_research.errors import RuleError
from asn_research.rules.loading import load_model
from asn_research.rules.periods import Period
from asn_research.rules.regulations import load_rules
from asn_research.rules.regulations_base import Rule

if TYPE_CHECKING:
    from asn_research.rules.cities import City

AnyRule = TypeVar("AnyRule", bound=Rule)
#: The rules that stand in place of those of this version, where an earlier time is looked at.
_STANDING: ContextVar[Mapping[str, Rule] | None] = ContextVar("standing", default=None)


@dataclass(frozen=True)
class RulesAt:
    """The rules that are in force on one day.

    Parameters
    ----------
    day : date
        The day.
    rules : tuple of Rule
        The rules in force on that day; a rule is absent if its regulation starts later.
    """

    day: date
    rules: tuple[Rule, ...]

    def get(self, kind: type[AnyRule]) -> AnyRule | None:
        """Return the rule of a kind; None if no rule of that kind was in force on the day."""
        return next((rule for rule in self.rules if isinstance(rule, kind)), None)

    def one(self, kind: type[AnyRule]) -> AnyRule:
        """Return the rule of a kind.

        Raises
        ------
        RuleError
            If no rule of that kind was in force, because the day is before the regulation.
        """
        found = self.get(kind)
        if found is None:
            known = sorted(
                (r for r in load_rules().values() if isinstance(r, kind)), key=lambda r: r.valid_from
            )
            spans = "; ".join(
                f"{rule.title_indonesian}, {rule.valid_from:%d-%m-%Y} to {f'{rule.valid_to:%d-%m-%Y}' if rule.valid_to else 'today'}"
                for rule in known
            )
            msg = (
                f"On {self.day:%d-%m-%Y} none of these rules was in force: {spans}. "
                "Check the dates and periods of the data, or ask for another period."
            )
            raise RuleError(msg)
        return found


def at(when: Period | date | str, city: City | None = None) -> RulesAt:
    """Return the rules in force on a day, or on the last day of a period.

    Parameters
    ----------
    when : Period, date or str
        A period, its code (``2026-Q3``, ``2026-S1``, ``2026``), or a day.
    city : City, optional
        A city whose own values (in its `city.yaml` under ``rules``) replace those of the regulation.

    Returns
    -------
    RulesAt

    Examples
    --------
    >>> from asn_research.rules.regulations import SatisfactionRule
    >>> at("2016-S1").one(SatisfactionRule).rule, at("2026-S1").one(SatisfactionRule).rule
    ('skm_2014', 'skm_2017')
    """
    period = Period.parse(when) if isinstance(when, str) else when
    day = period.last_day if isinstance(period, Period) else period
    stated = city.facts.rules if city is not None else {}
    standing = _STANDING.get()
    if standing is not None:
        return _of(day, with_city_values(json.loads(json.dumps(stated, default=str)), standing))
    return _at(day, json.dumps(stated, sort_keys=True, default=str))


def all_rules() -> tuple[Rule, ...]:
    """Return all rules of this version, to be kept for a later comparison; what applies is had from `at`."""
    return tuple(load_rules().values())


@contextmanager
def as_they_stood(rules: Iterable[Rule]) -> Iterator[None]:
    """Let `at` select among the rules of an earlier time, in place of those of this version.

    Parameters
    ----------
    rules : iterable of Rule
        All rules of that time.
    """
    token = _STANDING.set({rule.rule: rule for rule in rules})
    try:
        yield
    finally:
        _STANDING.reset(token)


@lru_cache(maxsize=512)
def _at(day: date, stated: str) -> RulesAt:
    return _of(day, with_city_values(json.loads(stated)))


def _of(day: date, known: Mapping[str, Rule]) -> RulesAt:
    return RulesAt(
        day,
        tuple(
            rule
            for rule in known.values()
            if rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)
        ),
    )


def with_city_values(
    stated: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Rule] | None = None
) -> dict[str, Rule]:
    """Return all rules, with a city's own values in place of those of the regulation.

    Parameters
    ----------
    stated : mapping of str to mapping
        By rule name, the values that the city sets: ``{"complaint_deadlines": {"days": "calendar"}}``.
    rules : mapping of str to Rule, optional
        The rules by name; by default those of this version.

    Raises
    ------
    RuleError
        If a rule does not exist, a city may not set the value, or the value does not fit the rule.
    """
    known = dict(load_rules() if rules is None else rules)
    for name, values in stated.items():
        if name not in known:
            msg = f"city.yaml, `rules`: there is no rule '{name}'; known are {', '.join(known)}."
            raise RuleError(msg)
        known[name] = _with_values(known[name], values)
    return known


def _with_values(rule: Rule, values: Mapping[str, Any]) -> Rule:
    paths = list(_paths(values))
    for path in paths:
        if not any(path == free or path.startswith(f"{free}.") for free in rule.settable):
            free_ones = ", ".join(rule.settable) or "nothing"
            msg = f"city.yaml, `rules`, {rule.rule}: a city may not state `{path}` itself; it may state: {free_ones}."
            raise RuleError(msg)
    content = _merged(rule.model_dump(), values)
    marks = {
        mark: tuple(path for path in listed if path not in paths) for mark, listed in rule.checked.items()
    }
    content["checked"] = {**marks, "city": (*marks.get("city", ()), *paths)}
    return load_model(type(rule), content, f"city.yaml, `rules`, {rule.rule},")


def _paths(values: Mapping[str, Any], before: str = "") -> list[str]:
    """Return the dotted path of each value in a nested mapping."""
    found: list[str] = []
    for key, value in values.items():
        path = f"{before}{key}"
        found += _paths(value, f"{path}.") if isinstance(value, Mapping) and value else [path]
    return found


def _merged(content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(content)
    for key, value in values.items():
        other = merged.get(key)
        merged[key] = (
            _merged(other, value) if isinstance(other, Mapping) and isinstance(value, Mapping) else value
        )
    return merged
