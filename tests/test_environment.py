"""environment.yml is generated, not written: `make lock` runs this file to make it."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def pins():
    """Return what the lock of the package and its notebooks pins, with the systems that each is for."""
    lines = (ROOT / "requirements-lab.lock").read_text().splitlines()
    return [line.rstrip(" \\") for line in lines if line and not line.startswith((" ", "#"))]


def environment_yml() -> str:
    """Return environment.yml as pyproject.toml and the lock imply it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # A semicolon and quotes are plain text in YAML unless ` #` or `: ` follows.
    return "\n".join([
        "# For conda and Binder; made by `make lock`. Python and pip come from conda-forge, all else from",
        "# PyPI at the lock's versions; the last line installs this package. Hashes are not checked here:",
        "# pip takes them for all or none, and this folder has none.",
        f"name: {project['name']}",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python {project['requires-python']}",
        "  - pip",
        "  - pip:",
        *(f"      - {pin}" for pin in pins()),
        "      - --editable .",
        "",
    ])  # fmt: skip


def test_environment_yml_is_in_step():
    assert (ROOT / "environment.yml").read_text() == environment_yml(), "run `make lock`"


def test_environment_yml_installs_the_package_and_every_dependency():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (by_pip,) = [each["pip"] for each in environment["dependencies"] if isinstance(each, dict)]
    assert by_pip[-1] == "--editable ."
    requirements = [Requirement(line) for line in by_pip[:-1]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    for each in map(Requirement, wanted):
        (pinned,) = [r for r in requirements if canonicalize_name(r.name) == canonicalize_name(each.name)]
        assert not pinned.marker, pinned
        (version,) = [specifier.version for specifier in pinned.specifier]
        assert each.specifier.contains(version), pinned


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-lab.lock", "requirements-docs.lock"])
@pytest.mark.parametrize("python", ["3.11.0", "3.12.1", "3.13.5", "3.14.2"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_lock_pins_each_package_once_on_every_system(lock, python, system):
    environment = {
        **default_environment(),
        "python_full_version": python, "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": system, "implementation_name": "cpython", "platform_python_implementation": "CPython",
    }  # fmt: skip
    lines = (ROOT / lock).read_text().splitlines()
    pinned = [Requirement(line.rstrip(" \\")) for line in lines if line and not line.startswith((" ", "#"))]
    names = [canonicalize_name(r.name) for r in pinned if not r.marker or r.marker.evaluate(environment)]
    assert len(names) == len(set(names))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {canonicalize_name(Requirement(each).name) for each in project["dependencies"]} <= set(names)


def test_every_floor_states_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("\ndependencies = [\n", 1)[1].split("\n]\n", 1)[0]
    for line in block.splitlines():
        assert re.fullmatch(r'    "[^"]+", +# \S.*', line), line


def test_windows_starter_has_its_own_line_ends_and_plain_letters():
    data = (ROOT / "mulai.cmd").read_bytes()
    assert data.isascii()
    assert data.count(b"\r\n") == data.count(b"\n") > 10
    text = data.decode()
    for label in re.findall(r"goto (\w+)", text):
        assert f"\r\n:{label}\r\n" in text, label


def test_workflows_name_every_python_that_the_package_takes():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    taken = [
        f"3.{minor}" for minor in range(8, 20) if f"3.{minor}.0" in SpecifierSet(project["requires-python"])
    ]
    for job in ("make", "windows"):
        assert workflow["jobs"][job]["strategy"]["matrix"]["python"] == taken
    assert taken == re.findall(
        r"Programming Language :: Python :: (3\.\d+)", "\n".join(project["classifiers"])
    )
    uses = re.findall(r"uses: (\S+)", (ROOT / ".github" / "workflows" / "checks.yml").read_text())
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+(\.\d+)*", each) for each in uses)


def test_locks_name_no_host_and_no_path():
    for name in ("requirements.lock", "requirements-lab.lock", "requirements-docs.lock"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        for bad in ("://", "index-url", "find-links", "file:", " @ "):
            assert bad not in text, f"{name} holds '{bad}'"


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = {
        line.split("==")[0].lower()
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line and not line.startswith(" ")
    }
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {item.split(">")[0].split("=")[0].strip().lower() for item in wanted}
    assert names <= locked, f"not in the lock: {sorted(names - locked)}; run `make lock`"


if __name__ == "__main__":
    sys.stdout.write(environment_yml())
