"""A log of each run: a private file that records the steps and holds no personal number."""

from __future__ import annotations

import logging
import os
import platform
import re
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from platformdirs import user_log_path

from asn_research.errors import AsnError
from asn_research.identities import may_hold_identity

#: The folder of logs, inside the folder of reports.
FOLDER = ".log"
#: How many logs a folder keeps; older ones are deleted.
KEPT = 30
#: Marks a log record whose text the terminal has already shown.
TOLD = {"told": True}
_LOGGER = logging.getLogger("asn_research")
_WARNINGS = logging.getLogger("py.warnings")
_NAME = re.compile(r"\d{8}-\d{6}-[a-z-]+-\d+\.log")
_WITHHELD = "(A line is withheld: it held what looks like a personal number.)"
_SILENCED = "(its message is withheld: it may hold a value of the data)"


class _Private(logging.Formatter):
    """A formatter that withholds lines with personal numbers, and messages of errors that are no `AsnError`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text, without personal numbers; ``~`` replaces the home folder."""
        # Another handler may have stored its own text of the exception here.
        record.exc_text = None
        text = super().format(record)
        home = str(Path.home())
        if len(home) > 1:
            text = text.replace(home, "~")
        if may_hold_identity(text):
            return f"{self.formatTime(record)} {record.levelname} {record.name}: {_WITHHELD}"
        return text

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's own name)
        """Return the traceback of an error, and those of the errors that caused it."""
        lines: list[str] = []
        error: BaseException | None = ei[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            message = str(error) if isinstance(error, AsnError) else _SILENCED
            block = [f"{type(error).__module__}.{type(error).__qualname__}: {message}"]
            block += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
            lines += ["caused by", *block] if lines else block
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def _is_new(record: logging.LogRecord) -> bool:
    return not getattr(record, "told", False)


@contextmanager
def log_of_run(
    command: str,
    options: Mapping[str, object],
    *,
    version: str,
    reports: Path | None = None,
    is_verbose: bool = False,
) -> Iterator[Path | None]:
    """Write a log while a command runs, and yield the path of its file; None if no file could be created.

    Parameters
    ----------
    command : str
        The command's name.
    options : mapping of str to object
        The values of the command's options.
    version : str
        The version of the package.
    reports : Path, optional
        The folder of reports, which holds the logs. By default that of the project in the current folder;
        outside a project, the user's own log folder is used.
    is_verbose : bool
        Show each line on the terminal too, unless it was shown there already.
    """  # fmt: skip
    place, handler = _opened(command, reports)
    handlers: list[logging.Handler] = [handler]
    if is_verbose:
        terminal = logging.StreamHandler()
        terminal.addFilter(_is_new)
        handlers.append(terminal)
    level, spreads = _LOGGER.level, _LOGGER.propagate
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = _WARNINGS.propagate = False
    for each in handlers:
        each.setFormatter(_Private())
        _LOGGER.addHandler(each)
        _WARNINGS.addHandler(each)
    # Warnings of libraries go to the log: a planner at the terminal cannot act on them.
    logging.captureWarnings(True)
    started = time.monotonic()
    try:
        _LOGGER.info(
            "asn-research %s, Python %s on %s %s", version, platform.python_version(), platform.system(),
            platform.machine(),
        )  # fmt: skip
        listed = " ".join(f"{name}={value}" for name, value in sorted(options.items()))
        _LOGGER.info("%s %s", command, listed)
        yield place
    finally:
        _LOGGER.info("ended after %.1f s", time.monotonic() - started)
        logging.captureWarnings(False)
        for each in handlers:
            _LOGGER.removeHandler(each)
            _WARNINGS.removeHandler(each)
            each.close()
        _LOGGER.setLevel(level)
        _LOGGER.propagate = spreads
        _WARNINGS.propagate = True


@contextmanager
def step(name: str) -> Iterator[None]:
    """Log how long a part of a run takes.

    Parameters
    ----------
    name : str
        The name of the part.
    """
    _LOGGER.info("%s: begun", name)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        _LOGGER.info("%s: stopped after %.1f s", name, time.monotonic() - started)
        raise
    _LOGGER.info("%s: %.1f s", name, time.monotonic() - started)


def _opened(command: str, reports: Path | None) -> tuple[Path | None, logging.Handler]:
    """Open a new log in the first writable folder; a run does not fail because it has no log."""
    for folder in _folders(reports):
        with suppress(OSError):
            place = _new_file(folder, command)
            return place, logging.FileHandler(place, encoding="utf-8", errors="backslashreplace")
    return None, logging.NullHandler()


def _folders(reports: Path | None) -> list[Path]:
    own = user_log_path("asn-research", appauthor=False)
    if reports is not None:
        return [reports / FOLDER, own]
    # A command without the option `reports` logs into the project that it runs in. Elsewhere it leaves
    # nothing behind in the current folder.
    project = Path("reports")
    return [project / FOLDER, own] if project.is_dir() else [own]


def _new_file(folder: Path, command: str) -> Path:
    if folder.is_symlink():
        msg = "logs are not written through a link"
        raise OSError(msg)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    known = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    for path in known[: max(0, len(known) - KEPT + 1)]:
        with suppress(OSError):
            path.unlink()
    place = folder / f"{datetime.now():%Y%m%d-%H%M%S}-{command}-{os.getpid()}.log"
    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return place
