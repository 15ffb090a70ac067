"""Closed lists that follow from the rules of every day: what words, whatever the period, must have a name for."""

from __future__ import annotations

from asn_research.rules.regulations import load_rules
from asn_research.rules.regulations_citizens import SatisfactionRule
from asn_research.rules.regulations_staff import ComplaintRule, IpAsnRule
from asn_research.rules.scales import load_scales


def elements() -> tuple[str, ...]:
    """Return every element of service that some regulation asks about."""
    rules = load_rules().values()
    return tuple(
        dict.fromkeys(key for rule in rules if isinstance(rule, SatisfactionRule) for key in rule.elements)
    )


def professionalism_bands() -> tuple[str, ...]:
    """Return every band of the professionalism index."""
    return tuple(
        band.band for rule in load_rules().values() if isinstance(rule, IpAsnRule) for band in rule.bands
    )


def complaint_classes() -> tuple[str, ...]:
    """Return every class of complaints that has a deadline of its own."""
    rules = load_rules().values()
    return tuple(
        dict.fromkeys(
            key for rule in rules if isinstance(rule, ComplaintRule) for key in rule.resolve_within_days
        )
    )


def scales() -> tuple[str, ...]:
    """Return every scale of the staff survey, those that join others included."""
    return tuple(load_scales().items)
