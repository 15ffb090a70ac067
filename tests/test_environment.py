"""environment.yml is generated, not written: `make lock` runs this file to make it."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment_yml() -> str:
    """Return environment.yml as pyproject.toml and the lock imply it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = project["requires-python"]
    return (
        "# For conda users; made by `make lock`. Python and pip come from conda-forge, all else from the\n"
        "# hashed lock. Then: python -m pip install --no-deps --no-build-isolation --editable .\n"
        f"name: {project['name']}\n"
        "channels:\n"
        "  - conda-forge\n"
        "dependencies:\n"
        f"  - python {python}\n"
        "  - pip\n"
        "  - pip:\n"
        "      - --require-hashes\n"
        "      - -r requirements.lock\n"
    )


def test_environment_yml_is_in_step():
    assert (ROOT / "environment.yml").read_text() == environment_yml(), "run `make lock`"


def test_locks_name_no_host_and_no_path():
    for name in ("requirements.lock", "requirements-lab.lock"):
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
