"""CITATION.cff, pyproject.toml and the licence say the same of the package."""

import tomllib

import yaml
from conftest import ROOT

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_is_of_this_version():
    assert {key: CITATION[key] for key in ("title", "version", "license", "keywords")} == {
        "title": PROJECT["name"], "version": PROJECT["version"], "license": PROJECT["license"],
        "keywords": PROJECT["keywords"],
    }  # fmt: skip
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["authors"] == [{"name": "asn-research contributors"}]
