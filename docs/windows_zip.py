"""Put together the zip for Windows computers without Python: embeddable Python, locked wheels, `Mulai.cmd`.

::

    python docs/windows_zip.py python-3.13.1-embed-amd64.zip dist/asn_research-0.1.0-py3-none-any.whl OUT.zip

Nothing in it is installed, and none of it is a program of ours: it is extracted anywhere and started by a double click.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
#: Windows opens no path of more than 259 letters; the folder that the zip is extracted to takes some of them.
LONGEST = 180
START = """@echo off
rem Klik dua kali: membuka meja kerja di peramban. (Double click: opens the desk in the browser.)
setlocal EnableExtensions
title Laporan ASN
cd /d "%~dp0"
set "PYTHONUTF8=1"
set "MPLBACKEND=Agg"
if not exist python\\python.exe goto incomplete
if not exist proyek mkdir proyek
cd proyek
echo Meja kerja dibuka di peramban. Jendela ini jangan ditutup selama bekerja; tutup bila sudah selesai.
..\\python\\python.exe -m asn_research desk
if not errorlevel 1 exit /b 0
echo.
echo Meja kerja tidak dapat dibuka. Baca pesan di atas: di situ tertulis apa yang perlu diperbaiki.
pause
exit /b 1

:incomplete
echo Berkas program tidak lengkap. Ekstrak seluruh isi berkas zip ke satu folder, lalu klik dua kali Mulai.cmd.
pause
exit /b 1
"""


def fetch_wheels(wheel: Path, minor: str, out: Path) -> None:
    """Install the locked wheels for Windows, and ours, into a folder; every hash is checked."""
    uv = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(out),
        "--python-version",
        minor,
    ]
    uv += ["--python-platform", "x86_64-pc-windows-msvc", "--only-binary", ":all:"]
    subprocess.run([*uv, "--require-hashes", "-r", str(LOCK)], check=True)
    subprocess.run([*uv, "--no-deps", str(wheel)], check=True)


def assemble(python: Path, packages: Path, out: Path) -> None:
    """Put embeddable Python and installed packages together as a zip.

    Parameters
    ----------
    python : Path
        The zip of embeddable Python from python.org.
    packages : Path
        A folder of installed packages.
    out : Path
        The zip to write.

    Raises
    ------
    ValueError
        If the first zip is no embeddable Python, or a name is none that Windows takes.
    """
    with tempfile.TemporaryDirectory() as work:
        home = Path(work) / "asn-laporan"
        with zipfile.ZipFile(python) as archive:
            names = archive.namelist()
            paths = [name for name in names if re.fullmatch(r"python3\d+\._pth", name)]
            if "python.exe" not in names or len(paths) != 1:
                msg = f"{python.name} is no embeddable Python: take python-3.x.y-embed-amd64.zip from python.org."
                raise ValueError(msg)
            archive.extractall(home / "python")
        library = paths[0].replace("._pth", ".zip")
        # Without this file, embeddable Python finds no packages beside itself.
        told = f"{library}\r\n.\r\nLib\\site-packages\r\nimport site\r\n"
        (home / "python" / paths[0]).write_bytes(told.encode())
        shutil.copytree(
            packages, home / "python" / "Lib" / "site-packages", ignore=shutil.ignore_patterns("__pycache__")
        )
        (home / "Mulai.cmd").write_bytes(START.replace("\n", "\r\n").encode("ascii"))
        for name in ("PANDUAN.md", "LICENSE"):
            shutil.copy(ROOT / name, home / name)
        _pack(home, out)
    check(out)


def _pack(home: Path, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(home.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(home.parent).as_posix())


def check(out: Path) -> None:
    """Check that a zip holds what it must, under names that Windows takes.

    Raises
    ------
    ValueError
        Naming what is missing or wrong.
    """
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
    inside = {PurePosixPath(name).relative_to("asn-laporan").as_posix() for name in names}
    needed = {
        "Mulai.cmd",
        "python/python.exe",
        "python/Lib/site-packages/asn_research/desk/templates/rangka.html",
    }
    if missing := sorted(needed - inside):
        msg = f"{out.name} lacks {', '.join(missing)}."
        raise ValueError(msg)
    long = [name for name in names if len(name) > LONGEST]
    odd = [name for name in names if re.search(r'[<>:"|?*\\\\]|[. ](?:/|$)', name)]
    foreign = [name for name in names if name.endswith((".so", ".dylib"))]
    if wrong := [*long, *odd, *foreign]:
        msg = f"{out.name} holds what Windows cannot use: {', '.join(wrong[:5])}."
        raise ValueError(msg)


def main(arguments: list[str]) -> None:
    """Fetch the wheels and put the zip together."""
    python, wheel, out = map(Path, arguments)
    found = re.search(r"python-(3\.\d+)", python.name)
    if found is None:
        sys.exit("Name the zip as python.org does: python-3.x.y-embed-amd64.zip")
    with tempfile.TemporaryDirectory() as work:
        packages = Path(work) / "site-packages"
        fetch_wheels(wheel, found[1], packages)
        assemble(python, packages, out)
    print(f"{out}: {out.stat().st_size >> 20} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
