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

_LOGGER = logging.getLogger(__name__)
#: The exit code of a run that met a defect of ours (EX_SOFTWARE of sysexits).
UNEXPECTED = 70


class LoggedCommand(TyperCommand):
    """A command with a log; its option ``verbose`` shows the log on the terminal, its ``reports`` say where it lies."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error that is not ours becomes one line that names the log."""
        from importlib.metadata import version  # noqa: PLC0415 (only when a command runs)

        is_verbose = bool(ctx.params.get("verbose", False))
        reports = ctx.params.get("reports")
        with log_of_run(
            str(self.name), dict(ctx.params), version=version("asn-research"), is_verbose=is_verbose,
            reports=reports if isinstance(reports, Path) else None,
        ) as place:  # fmt: skip
            try:
                return super().invoke(ctx)
            except (typer.Exit, typer.Abort, typer.BadParameter):
                raise
            except AsnError as error:
                _LOGGER.error("exit %d: %s", error.exit_code, error, extra=TOLD)
                raise
            except KeyboardInterrupt:
                _LOGGER.warning("stopped by the user", extra=TOLD)
                sys.stderr.write(STOPPED)
                sys.exit(EXIT_CODE)
            except Exception as error:
                _LOGGER.critical("exit %d: an unexpected error", UNEXPECTED, exc_info=True)
                sys.stderr.write(_sentence(error, place))
                sys.exit(UNEXPECTED)


def _sentence(error: Exception, place: Path | None) -> str:
    kind = type(error).__name__
    where = (
        f"The log {place} says where; it holds no personal number: send it to whoever looks after this toolkit."
        if place
        else "No log could be written; run again in a folder that you may write to."
    )
    return f"asn-research: an unexpected error ({kind}), which is a defect of this toolkit. What was published stays whole. {where}\n"
