"""The command line `asn-research`. Each command imports what it needs, so that the others start fast."""

from __future__ import annotations

import sys

import typer

from asn_research import interrupts
from asn_research.cli import data_commands, person_commands, report_commands, tool_commands, tracing_commands
from asn_research.commands import SpokenGroup
from asn_research.errors import AsnError

app = typer.Typer(
    name="asn-research",
    cls=SpokenGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# In the order in which the help lists the commands.
for _group in (data_commands, person_commands, tracing_commands, report_commands, tool_commands):
    app.registered_commands += _group.commands.registered_commands


def main() -> None:
    """Run the command line; an expected error becomes one line and its exit code."""
    interrupts.prepare()
    try:
        app()
    except AsnError as error:
        from asn_research.rules.words import in_language

        # Only errors before a command is known arrive here; the commands print their own errors.
        sys.stderr.write(f"asn-research: {in_language(error, 'id')}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt as error:
        sys.stderr.write(interrupts.STOPPED)
        sys.exit(interrupts.exit_code_of(error))
