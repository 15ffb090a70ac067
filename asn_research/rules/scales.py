"""The scales of the staff survey, and the conventional limits for judging scales, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from asn_research.rules.loading import RULES, FrozenModel, load_model, read_yaml


class Convention(FrozenModel):
    """A conventional limit (not a law), with its source and how far the source was checked."""

    value: float
    source: str
    checked: Literal["full_text", "restated", "memory"]


class Conventions(FrozenModel):
    """The conventional limits for judging scales; `scales.yaml` explains each."""

    item_level: Convention
    alpha_accepted: Convention
    alpha_good: Convention
    cfi_good: Convention
    cfi_accepted: Convention
    rmsea_good: Convention
    rmsea_accepted: Convention
    srmr_good: Convention
    srmr_accepted: Convention
    cfi_fall: Convention
    rmsea_rise: Convention
    kmo_least: Convention
    rwg_accepted: Convention
    icc2_accepted: Convention


class ScaleRules(FrozenModel):
    """The items of each scale, the scales that combine others, the factors, and the limits."""

    scales: dict[str, tuple[str, ...]]
    joined: dict[str, tuple[str, ...]]
    factors: tuple[str, ...]
    conventions: Conventions

    @model_validator(mode="after")
    def items_stand_once(self) -> ScaleRules:
        """Refuse an item that is in two scales, and a name of a scale that does not exist."""
        items = [item for names in self.scales.values() for item in names]
        twice = sorted({item for item in items if items.count(item) > 1})
        if twice:
            msg = f"{', '.join(twice)} stand in two scales; an item belongs to one"
            raise ValueError(msg)
        named = {name for names in (*self.joined.values(), self.factors) for name in names}
        if unknown := sorted(named - set(self.scales)):
            msg = f"{', '.join(unknown)} are named but have no items; add them under `scales`"
            raise ValueError(msg)
        return self

    @property
    def items(self) -> dict[str, tuple[str, ...]]:
        """The items of each scale, including the scales that combine others."""
        joined = {
            name: tuple(item for part in parts for item in self.scales[part])
            for name, parts in self.joined.items()
        }
        return {**self.scales, **joined}


@cache
def load_scales(path: Path = RULES / "scales.yaml") -> ScaleRules:
    """Load the scales.

    Raises
    ------
    RuleError
        If a key is missing or unknown, or an item is in two scales.

    Examples
    --------
    >>> load_scales().items["motivation"][-1]
    'engagement_3'
    """
    return load_model(ScaleRules, read_yaml(path), path.name)
