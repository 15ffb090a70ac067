"""Closed lists over the rules of all periods (elements, bands, classes, scales).

A test uses them to check that `words.csv` has a name for each member.
"""

from __future__ import annotations

from asn_research.rules.regulations import load_rules
from asn_research.rules.regulations_citizens import SatisfactionRule
from asn_research.rules.regulations_staff import ComplaintRule, IpAsnRule
from asn_research.rules.scales import load_scales
from asn_research.rules.topics import load_topics


def elements() -> tuple[str, ...]:
    """Return all service elements (unsur) that any regulation asks about."""
    rules = load_rules().values()
    return tuple(
        dict.fromkeys(key for rule in rules if isinstance(rule, SatisfactionRule) for key in rule.elements)
    )


def professionalism_bands() -> tuple[str, ...]:
    """Return all bands of the professionalism index (IP ASN)."""
    return tuple(
        band.band for rule in load_rules().values() if isinstance(rule, IpAsnRule) for band in rule.bands
    )


def complaint_classes() -> tuple[str, ...]:
    """Return all classes of complaints that have their own deadline."""
    rules = load_rules().values()
    return tuple(
        dict.fromkeys(
            key for rule in rules if isinstance(rule, ComplaintRule) for key in rule.resolve_within_days
        )
    )


def scales() -> tuple[str, ...]:
    """Return all scales of the staff survey, including those that combine other scales."""
    return tuple(load_scales().items)


def suggestion_topics() -> tuple[str, ...]:
    """Return all topics of citizens' suggestions."""
    return tuple(load_topics())
