"""Runs `make report` and `make test` in fresh Debian systems, as somebody who has just cloned.

::

    python -m benchmarks.fresh_systems FOLDER [--release trixie] [--target report] [--compare]

Needs Debian or Ubuntu, root, `debootstrap` and `unshare`. Each release is laid out below the folder, with
nothing but Python, its venv, git, make and certificates; then the checkout's last commit is cloned
into it and the targets are run there with an empty home. What this machine needs to reach its package
index (certificates, settings of pip and uv, variables of proxies) is passed in while it runs and stands in no
file of the project. Results are printed as rows of the table in docs/systems.md. With `--compare` each
system also reports on the sample city of `asn-research init`, under one key, and the editions are compared.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.editions_compared import compare_all

ROOT = Path(__file__).parents[1]
RELEASES = {"bookworm": "3.11", "trixie": "3.13", "sid": "3.14"}
PACKAGES = ("python3", "python3-venv", "git", "make", "ca-certificates")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Variables that tell a package client how to reach its index.
PASSED = re.compile(r"^(PIP|UV)_|(^|_)(CERT|CA_BUNDLE|CAINFO|CERT_FILE|CERT_DIR)$|_proxy$", re.IGNORECASE)
SETTINGS = (
    "/etc/pip.conf", "/etc/xdg/pip", "/etc/uv", "~/.config/pip", "~/.pip", "~/.config/uv",
    "/etc/resolv.conf", "/etc/hosts",
)  # fmt: skip
HOME = "/home/baru"
SAMPLE = (
    "make .venv/.installed && export ASN_RESEARCH_KEY='a key for this comparison, of nobody' && rm -rf ../proyek && "
    ".venv/bin/asn-research init ../proyek && cd ../proyek/contoh && ../../asn-research/.venv/bin/asn-research run"
)


def lay_out(system: Path, release: str) -> None:
    """Install a Debian release into a folder, once."""
    if (system / "laid_out").exists():
        return
    shutil.rmtree(system, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", release]
    subprocess.run([*command, str(system)], check=True, stdout=subprocess.DEVNULL)
    (system / "laid_out").touch()


def settings() -> Iterator[tuple[Path, str]]:
    """Give the settings that this machine has, and where a system looks for them."""
    for name in SETTINGS:
        source = Path(name).expanduser()
        if source.exists():
            yield source, name.replace("~", HOME)


def local_folders() -> set[Path]:
    """Return the folders of this machine that settings of pip and uv point to."""
    texts = [value for name, value in os.environ.items() if PASSED.search(name)]
    for source, _ in settings():
        files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
        texts += [path.read_text(errors="replace") for path in files]
    found = {
        Path(match) for text in texts for match in re.findall(r"(?<![\w/.])(?:file://)?(/[\w./+-]+)", text)
    }
    return {
        path.parent if path.name == "simple" else path
        for path in found
        if path.is_dir() and path.parts[1:2] not in {(), ("etc",), ("usr",), ("tmp",)}
    }


def fill(system: Path) -> str:
    """Give a system an empty home, a fresh clone and this machine's settings; return the commit."""
    home = system / HOME.lstrip("/")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for source, target in settings():
        place = system / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
        else:
            place.unlink(missing_ok=True)
            shutil.copyfile(source, place)
    if CERTIFICATES.exists():
        shutil.copyfile(CERTIFICATES, system / str(CERTIFICATES).lstrip("/"))
    clone = home / "asn-research"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    return subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def run_inside(system: Path, command: str, log: Path) -> tuple[int, float]:
    """Run a command inside a system; its mounts and processes end with it."""
    mounts = [
        f"mount --rbind /dev {system}/dev",
        f"mount -t proc proc {system}/proc",
        f"mount -t tmpfs tmpfs {system}/dev/shm",
    ]
    for folder in sorted(local_folders()):
        place = system / str(folder).lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        mounts.append(f"mount --bind -o ro {shlex.quote(str(folder))} {shlex.quote(str(place))}")
    passed = {name: value for name, value in os.environ.items() if PASSED.search(name)}
    passed |= {"HOME": HOME, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    inside = f"cd {HOME}/asn-research && {command}"
    script = " && ".join(
        [*mounts, f"exec chroot {shlex.quote(str(system))} /bin/sh -c {shlex.quote(inside)}"]
    )
    began = time.monotonic()
    with log.open("w") as out:
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script],
            env=passed, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    return done.returncode, time.monotonic() - began


def main() -> int:
    """Run the targets in the releases and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the systems are laid out, some GB each")
    parser.add_argument("--release", action="append", choices=RELEASES, help="one or more; all by default")
    parser.add_argument(
        "--target", action="append", help="of make; report and test by default, not run if only compared"
    )
    parser.add_argument("--compare", action="store_true", help="report on the sample city too, and compare")
    chosen = parser.parse_args()
    if os.geteuid() or not shutil.which("debootstrap") or not shutil.which("unshare"):
        sys.exit("Run this as root on a system with debootstrap (apt-get install debootstrap) and unshare.")
    failed = 0
    print("| system | Python | commit | command | exit | minutes |\n|---|---|---|---|---|---|")
    targets = chosen.target or (() if chosen.compare else ("report", "test"))
    samples: dict[str, Path] = {}
    for release in chosen.release or RELEASES:
        system = chosen.folder.resolve() / release
        lay_out(system, release)
        commit = fill(system)
        _, _ = run_inside(system, "python3 --version", chosen.folder / f"{release}-python.log")
        python = (chosen.folder / f"{release}-python.log").read_text().split()[-1]
        for target in targets:
            code, seconds = run_inside(system, f"make {target}", chosen.folder / f"{release}-{target}.log")
            failed += code != 0
            print(
                f"| Debian {release} | {python} | {commit} | make {target} | {code} | {seconds / 60:.1f} |",
                flush=True,
            )
        if chosen.compare:
            code, _ = run_inside(system, SAMPLE, chosen.folder / f"{release}-sample.log")
            failed += code != 0
            samples[python] = system / HOME.lstrip("/") / "proyek" / "contoh" / "reports"
    return int(failed + compare_all(samples) > 0)


if __name__ == "__main__":
    sys.exit(main())
