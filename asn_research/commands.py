"""Command classes of the command line: they log each run and print every error as a sentence."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from asn_research.errors import AsnError
from asn_research.interrupts import STOPPED, exit_code_of
from asn_research.log import TOLD, log_of_run
from asn_research.rules.words import LANGUAGES, in_language, load_words

_LOGGER = logging.getLogger(__name__)
#: The exit code after an unexpected error, which is a bug in this toolkit (EX_SOFTWARE of sysexits).
UNEXPECTED = 70


#: Rows of `words.csv` for the texts that Typer prints by itself.
_PRINTED = (
    "terminal_usage", "terminal_options", "terminal_arguments", "terminal_commands", "terminal_default",
    "terminal_required", "terminal_show", "terminal_takes_options", "terminal_takes_command",
)  # fmt: skip
_TROUBLES = {
    "NoSuchOption": "terminal_no_option",
    "MissingParameter": "terminal_lacking",
    "BadParameter": "terminal_bad_value",
    "BadOptionUsage": "terminal_bad_value",
    "BadArgumentUsage": "terminal_bad_value",
}
_NO_COMMAND = "No such command"
#: The exit code after wrong arguments.
_MISUSED = 2


def language_in(arguments: Sequence[str]) -> str:
    """Return the language that arguments ask for; Indonesian if they name none, or one that is not supported.

    Examples
    --------
    >>> language_in(["run", "--lang", "en", "--help"]), language_in(["--lang=en"]), language_in(["run"])
    ('en', 'en', 'id')
    """
    asked = "id"
    for name, value in zip_longest(arguments, arguments[1:], fillvalue=""):
        if name == "--lang":
            asked = value
        elif name.startswith("--lang="):
            asked = name.removeprefix("--lang=")
    return asked if asked in LANGUAGES else "id"


def _in_words(text: str, language: str) -> str:
    """Translate the texts of Typer within a help text."""
    own, other = load_words("en"), load_words(language)
    for key in _PRINTED:
        text = text.replace(own(key), other(key))
    return text


def _named(error: Any) -> str:
    """Return the name of the option, argument or command that a usage error is about."""
    param = getattr(error, "param", None)
    if param is not None:
        return str(
            param.opts[0]
            if param.param_type_name == "option"
            else getattr(param, "metavar", None) or param.name
        )
    quoted = re.search(r"'([^']*)'|(--?[\w-]+)", str(getattr(error, "message", "")))
    return str(getattr(error, "option_name", "") or (quoted and (quoted[1] or quoted[2])) or "")


def _misuse(error: Any, language: str, program: str) -> str:
    """Return a usage error as a sentence."""
    key = _TROUBLES.get(type(error).__name__, "terminal_bad_use")
    if _NO_COMMAND in str(getattr(error, "message", "")):
        key = "terminal_no_command"
    context = getattr(error, "ctx", None)
    how = f"{context.command_path if context else program} --help"
    low, high = _ends(error) if key == "terminal_bad_value" else (None, None)
    if low is not None:
        key = "terminal_at_least" if high is None else "terminal_between"
    message = load_words(language)(key, named=_named(error), help=how, low=low, high=high)
    return f"asn-research: {message}\n"


def _ends(error: Any) -> tuple[Any, Any]:
    """Return the smallest and the largest number that an option accepts; None where there is no limit."""
    param = getattr(error, "param", None)
    # Older versions of Typer store the limits in the type of the option.
    holder = param if hasattr(param, "min") else getattr(param, "type", None)
    return getattr(holder, "min", None), getattr(holder, "max", None)


class SpokenCommand(TyperCommand):
    """A command that prints its help and its errors in the requested language."""

    spoken = "id"

    def make_context(self, info_name: Any, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Set the language before the help is requested."""
        self.speak(language_in(args))
        return super().make_context(info_name, args, *rest, **extra)

    def speak(self, language: str) -> None:
        """Set the help of the command and of its options in a language."""
        self.spoken = language
        words = load_words(language)
        key = self.__dict__.setdefault("help_key", self.help)
        self.help = words(str(key))
        for param in self.params:
            key = param.__dict__.setdefault("help_key", getattr(param, "help", None))
            if key and words.has(key):
                param.help = words(key)  # type: ignore[attr-defined]

    def get_help(self, ctx: Any) -> str:
        """Return the help in the requested language."""
        return _in_words(super().get_help(ctx), self.spoken)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; print an expected error in the user's language and exit with its code."""
        try:
            return self.work(ctx)
        except AsnError as error:
            language = language_of(ctx)
            sys.stderr.write(f"asn-research: {in_language(error, language)}\n")
            sys.exit(error.exit_code)
        except KeyboardInterrupt as error:
            sys.stderr.write(STOPPED)
            sys.exit(exit_code_of(error))

    def work(self, ctx: Any) -> Any:
        """Run the command itself."""
        return super().invoke(ctx)


class SpokenGroup(TyperGroup):
    """The group of all commands. It prints its help and usage errors in the requested language."""

    spoken = "id"

    def make_context(self, info_name: Any, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Set the language before the help is requested."""
        self.speak(language_in(args))
        if "--help" in args and not set(args) & set(self.commands):
            # The option --lang belongs to the commands; the group itself does not know it.
            args = ["--help"]
        return super().make_context(info_name, args, *rest, **extra)

    def speak(self, language: str) -> None:
        """Set the help of all commands in a language."""
        self.spoken = language
        self.help = load_words(language)("help_app")
        for command in self.commands.values():
            if isinstance(command, SpokenCommand):
                command.speak(language)

    def get_help(self, ctx: Any) -> str:
        """Return the help in the requested language."""
        return _in_words(super().get_help(ctx), self.spoken)

    def main(self, args: Any = None, *rest: Any, **extra: Any) -> Any:
        """Run a command; a usage error becomes one line and an exit code."""
        is_alone = extra.pop("standalone_mode", True)
        extra["standalone_mode"] = False
        if not is_alone:
            return super().main(args, *rest, **extra)
        try:
            code = super().main(args, *rest, **extra)
        except typer.Abort:
            sys.stderr.write(load_words(self.spoken)("terminal_given_up") + "\n")
            sys.exit(1)
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            if type(error).__name__ == "NoArgsIsHelpError":
                sys.stdout.write(error.format_message() + "\n")
                sys.exit(_MISUSED)
            sys.stderr.write(_misuse(error, self.spoken, "asn-research"))
            sys.exit(_MISUSED)
        sys.exit(code if isinstance(code, int) else 0)


def language_of(ctx: Any) -> str:
    """Return the language option of a command; Indonesian if the language is not supported."""
    asked = str(ctx.params.get("language", "id"))
    return asked if asked in LANGUAGES else "id"


class LoggedCommand(SpokenCommand):
    """A command that writes a log.

    Its option ``verbose`` also prints the log on the terminal; its option ``reports`` sets the log's folder.
    """

    def work(self, ctx: Any) -> Any:
        """Run the command itself; an unexpected error becomes one line that names the log file."""
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
