"""Scales as data: what is refused, and that every item is a question of the survey."""

import pytest
import yaml

from asn_research.errors import RuleError
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.loading import RULES
from asn_research.rules.scales import load_scales

CONTENT = yaml.safe_load((RULES / "scales.yaml").read_text(encoding="utf-8"))


def test_every_item_is_a_column_of_the_survey():
    columns = {column.column for column in load_codebook("motivation").columns}
    assert {item for items in load_scales().items.values() for item in items} <= columns


def test_a_joined_scale_has_the_items_of_its_parts():
    rules = load_scales()
    assert rules.items["motivation"] == rules.scales["psm"] + rules.scales["engagement"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"scales": {**CONTENT["scales"], "more": ["psm_1"]}}, "psm_1"),
        ({"factors": ["psm", "nothing"]}, "nothing"),
        ({"joined": {"motivation": ["psm", "joy"]}}, "joy"),
        ({"extra": 1}, "extra"),
        ({"conventions": {k: v for k, v in CONTENT["conventions"].items() if k != "cfi_fall"}}, "cfi_fall"),
    ],
    ids=["item_twice", "unknown_factor", "unknown_part", "unknown_key", "missing_convention"],
)
def test_a_damaged_file_is_refused_by_name(tmp_path, change, named):
    path = tmp_path / "scales.yaml"
    path.write_text(yaml.safe_dump({**CONTENT, **change}), encoding="utf-8")
    with pytest.raises(RuleError, match=named):
        load_scales(path)
