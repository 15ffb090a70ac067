"""Run a handed-in notebook in a process of its own, for answers that are code, and return the numbers they give.

The process has limits of time and, on Linux and macOS, of memory; it starts in a new folder with a copy of the
class's city, without keys in its environment. It is no sandbox: it can read what its user can read.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from asn_research.errors import RequestError
from asn_research.render.environment import without_keys
from asn_research.show.exercises import read_number
from asn_research.teaching.lesson_code import Answer, checks_in, code_cells, parsed
from asn_research.teaching.new_class import CITY, GIVEN

_RESULT, _NOTEBOOK = "answers.json", "notebook.ipynb"
_MOST_BYTES = 100_000
_MEMORY = 4 * 1024**3
_TAKEN = "_asn_research_answer"


def answers_by_running(
    notebook: Path, folder: Path, wanted: set[str], *, seconds: float
) -> dict[str, Answer]:
    """Return the answers that a notebook's code gives, by exercise; those that it does not reach are missing.

    Parameters
    ----------
    notebook : Path
        The notebook.
    folder : Path
        The folder of the class.
    wanted : set of str
        The exercises.
    seconds : float
        How long it may run.
    """
    with tempfile.TemporaryDirectory(prefix="asn-kelas-") as work:
        place = Path(work)
        shutil.copytree(folder / GIVEN / CITY, place / CITY)
        shutil.copyfile(notebook, place / _NOTEBOOK)
        (place / "home").mkdir()
        homes = {"HOME", "USERPROFILE", "XDG_CACHE_HOME", "IPYTHONDIR", "MPLCONFIGDIR"}
        environment = {**without_keys(), "MPLBACKEND": "Agg", **dict.fromkeys(homes, str(place / "home"))}
        command = [sys.executable, "-m", "asn_research.teaching.run_handed_in", _NOTEBOOK]
        process = subprocess.Popen(  # noqa: S603 (this module)
            command, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(process)
        return _answers(place / _RESULT, wanted)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it has started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _answers(place: Path, wanted: set[str]) -> dict[str, Answer]:
    try:
        # The notebook may have put anything here; a pipe would never end.
        if place.is_symlink() or not place.is_file():
            return {}
        with place.open("rb") as file:
            stored = json.loads(file.read(_MOST_BYTES))
        pairs = {str(name): value for name, value in stored.items() if name in wanted}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
    found = {}
    for name, value in pairs.items():
        try:
            found[name] = Answer("number", read_number(name, value))
        except RequestError:
            found[name] = Answer("no_number")
    return found


# ------------------------------------------------------------------ in the process of the notebook


def _main(notebook: Path, result: Path) -> None:
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 (the child alone needs it)

    _limit_memory()
    taken: dict[str, Any] = {}
    shell = InteractiveShell.instance()

    def take(name: str, value: object) -> object:
        """Note an answer, and hand it on to `check`."""
        if value is not None and value is not ...:
            with suppress(RequestError):
                taken[name] = read_number(name, value)
            taken.setdefault(name, repr(value)[:40])
            result.write_text(json.dumps(taken), encoding="utf-8")
        return value

    shell.user_ns[_TAKEN] = take
    for source in code_cells(json.loads(notebook.read_text(encoding="utf-8"))):
        shell.run_cell(with_answers_taken(source))  # type: ignore[no-untyped-call]


def with_answers_taken(source: str) -> str:
    """Return a cell in which each answer handed to `check` is noted first.

    Examples
    --------
    >>> with_answers_taken('check("00a", 100 * kept / n, outcome.exits)')
    "check('00a', _asn_research_answer('00a', 100 * kept / n), outcome.exits)"
    """
    tree = parsed(source)
    calls = list(checks_in(tree)) if tree else []
    if tree is None or not calls:
        return source
    for call in calls:
        taking = ast.Name(_TAKEN, ast.Load())
        call.args[1] = ast.Call(taking, [call.args[0], call.args[1]], [])
    return ast.unparse(ast.fix_missing_locations(tree))


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 (Windows has none)

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(_RESULT))
