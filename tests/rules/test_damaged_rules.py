"""A rule file with any single field damaged is refused, and the message names the field."""

import copy
from datetime import date

import pytest
import yaml

from asn_research.errors import RuleError
from asn_research.rules.loading import load_model
from asn_research.rules.regulations import REGULATIONS, check_succession, load_rules

FILES = sorted(path.stem for path in REGULATIONS.glob("*.yaml"))
#: Where the rule itself says so, nothing may stand.
MAY_BE_NULL = {
    "valid_to",
    "at_least",
    "formula",
    "needs",
    "weights_with_peers",
    "years",
    "decide_within_days",
}
#: Lists that stand best first.
ORDERED = {"grades", "bands", "predikats", "ratings"}


def content(name):
    return yaml.safe_load((REGULATIONS / f"{name}.yaml").read_text())


def fields(node, path=()):
    """Every key of a file, however deep."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if isinstance(key, str):
            yield (*path, key)
        yield from fields(value, (*path, key))


def parent_of(tree, path):
    for key in path[:-1]:
        tree = tree[key]
    return tree


def deleted(parent, key):
    del parent[key]


def renamed(parent, key):
    parent[f"{key}x"] = parent.pop(key)


def of_a_wrong_type(parent, key):
    parent[key] = [] if not isinstance(parent[key], list) else "text"


def emptied(parent, key):
    parent[key] = None


def only_parts(tree, path):
    return all("." in value for value in tree[path[0]][path[1]])


DAMAGES = [deleted, renamed, of_a_wrong_type, emptied]
CASES = [
    pytest.param(name, path, damage, id=f"{name}-{'.'.join(map(str, path))}-{damage.__name__}")
    for name in FILES
    for path in fields(content(name))
    for damage in DAMAGES
    if not (damage is emptied and path[-1] in MAY_BE_NULL)
    # A list of single values may go: the mark of what holds them stands for them.
    if not (damage is deleted and path[0] == "checked" and len(path) == 2 and only_parts(content(name), path))
]


@pytest.mark.parametrize(("name", "path", "damage"), CASES)
def test_a_damaged_field_is_refused_by_name(name, path, damage):
    tree = content(name)
    damage(parent_of(tree, path), path[-1])
    with pytest.raises(RuleError) as refused:
        load_model(type(load_rules()[name]), tree, f"{name}.yaml")
    message = str(refused.value)
    assert message.startswith(f"{name}.yaml")
    assert path[-1] in message


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name in FILES for field in content(name) if field in ORDERED]
)
def test_a_list_out_of_order_is_refused_by_name(name, field):
    tree = content(name)
    tree[field] = tree[field][::-1]
    with pytest.raises(RuleError, match=f"`{field}`"):
        load_model(type(load_rules()[name]), tree, f"{name}.yaml")


@pytest.mark.parametrize(("name", "place"), [(n, i) for n in FILES if n.startswith("skm") for i in range(4)])
def test_a_grade_left_out_is_refused(name, place):
    tree = content(name)
    del tree["grades"][place]
    with pytest.raises(RuleError, match="`grades`"):
        load_model(type(load_rules()[name]), tree, f"{name}.yaml")


@pytest.mark.parametrize("name", FILES)
def test_a_rule_that_ends_before_it_begins_is_refused(name):
    tree = {**content(name), "valid_from": date(2020, 1, 1), "valid_to": date(2019, 12, 31)}
    with pytest.raises(RuleError, match="`valid_to`"):
        load_model(type(load_rules()[name]), tree, f"{name}.yaml")


@pytest.mark.parametrize(
    ("name", "change", "named"),
    [
        pytest.param("skm_2014", {"printed_weights": ["0.12"]}, "printed_weights", id="above_one"),
        pytest.param("skm_2014", {"printed_weights": ["0.111", "0.10"]}, "printed_weights", id="below_one"),
        pytest.param("skm_2004", {"printed_weights": ["0.11"]}, "printed_weights", id="of_another_rule"),
        pytest.param(
            "predikat_2019", {"weights": {"results": "0.7", "behaviour": "0.4"}}, "weights", id="score"
        ),
    ],
)
def test_weights_that_do_not_add_up_are_refused(name, change, named):
    with pytest.raises(RuleError, match=rf"`{named}.*add"):
        load_model(type(load_rules()[name]), {**content(name), **change}, f"{name}.yaml")


def shifted(name, **changes):
    return load_rules()[name].model_copy(update=changes)


def test_versions_that_overlap_are_refused():
    with pytest.raises(RuleError, match=r"skm_2014 and skm_2017 overlap.*`valid_to`.*2017-05-08"):
        check_succession([shifted("skm_2014", valid_to=date(2018, 1, 1)), load_rules()["skm_2017"]])


def test_versions_that_leave_a_gap_are_refused():
    with pytest.raises(RuleError, match="skm_2014 and skm_2017 leave a gap"):
        check_succession([load_rules()["skm_2017"], shifted("skm_2014", valid_to=date(2017, 1, 1))])


def test_a_rule_that_never_ends_is_followed_by_none():
    with pytest.raises(RuleError, match="overlap"):
        check_succession([shifted("skm_2014", valid_to=None), load_rules()["skm_2017"]])


def test_a_file_says_its_own_name(tmp_path):
    tree = copy.deepcopy(content("screening"))
    tree["rule"] = "another"
    (tmp_path / "screening.yaml").write_text(yaml.safe_dump(tree))
    with pytest.raises(RuleError, match="`rule` says another"):
        load_rules(tmp_path)
