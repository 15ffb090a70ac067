"""A command of the command line whose run is logged, and ends in words whatever happens."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from asn_research.errors import AsnError
from asn_research.interrupts import EXIT_CODE, STOPPED
from asn_research.log import TOLD, log_of_run
from asn_research.rules.words import LANGUAGES, in_language, load_words

_LOGGER = logging.getLogger(__name__)
#: The exit code of a run that met a defect of ours (EX_SOFTWARE of sysexits).
UNEXPECTED = 70


class SpokenCommand(TyperCommand):
    """A command whose troubles become one line in the language that was asked for, and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an expected trouble is told in the user's language."""
        try:
            return self.work(ctx)
        except AsnError as error:
            language = language_of(ctx)
            sys.stderr.write(f"asn-research: {in_language(error, language)}\n")
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            sys.stderr.write(STOPPED)
            sys.exit(EXIT_CODE)

    def work(self, ctx: Any) -> Any:
        """Do what the command does."""
        return super().invoke(ctx)


def language_of(ctx: Any) -> str:
    """Return the language that a command was asked to speak; Indonesian where it is none of ours."""
    asked = str(ctx.params.get("language", "id"))
    return asked if asked in LANGUAGES else "id"


class LoggedCommand(SpokenCommand):
    """A command with a log; its option ``verbose`` shows the log on the terminal, its ``reports`` say where it lies."""

    def work(self, ctx: Any) -> Any:
        """Do what the command does; an error that is not ours becomes one line that names the log."""
        from importlib.metadata import version  # noqa: PLC0415 (only when a command runs)

        is_verbose = bool(ctx.params.get("verbose", False))
        reports = ctx.params.get("reports")
        with log_of_run(
            str(self.name), dict(ctx.params), version=version("asn-research"), is_verbose=is_verbose,
            reports=reports if isinstance(reports, Path) else None,
        ) as place:  # fmt: skip
            try:
                return super().work(ctx)
            except (typer.Exit, typer.Abort, typer.BadParameter):
                raise
            except AsnError as error:
                _LOGGER.error(
                    "exit %d: %s", error.exit_code, in_language(error, language_of(ctx)), extra=TOLD
                )
                raise
            except KeyboardInterrupt:
                _LOGGER.warning("stopped by the user", extra=TOLD)
                raise
            except Exception as error:
                _LOGGER.critical("exit %d: an unexpected error", UNEXPECTED, exc_info=True)
                sys.stderr.write(_sentence(error, place, language_of(ctx)))
                sys.exit(UNEXPECTED)


def _sentence(error: Exception, place: Path | None, language: str) -> str:
    words = load_words(language)
    where = words("run_log", place=place) if place else words("run_no_log")
    return f"asn-research: {words('run_unexpected', kind=type(error).__name__)} {where}\n"
