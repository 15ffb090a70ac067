"""Read yaml that people write. Aliases, repeated keys and deep nesting are refused; errors name the line."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import ConstructorError

from asn_research.errors import RuleError

_DEEPEST = 30
_NULL = "tag:yaml.org,2002:null"
_STR = "tag:yaml.org,2002:str"


class _Refusal(yaml.MarkedYAMLError):
    """A fault: the file has something that yaml allows but a settings file may not contain."""


class _Plain(yaml.SafeLoader):
    """A yaml loader that refuses aliases, tags, repeated keys and nesting deeper than `_DEEPEST`."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node; refuse it if it is an alias, has a tag, or is nested too deep."""
        if self.check_event(yaml.AliasEvent):
            raise _Refusal(None, None, "aliases (`*name`) are not read; write the text out", self._mark())
        if getattr(self._next(), "tag", None) is not None:
            raise _Refusal(None, None, "tags (`!name`) are not read; write plain text", self._mark())
        if self._depth >= _DEEPEST:
            raise _Refusal(None, None, f"it is nested more than {_DEEPEST} deep", self._mark())
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def _next(self) -> Any:
        loader: Any = super()
        return loader.peek_event()

    def _mark(self) -> Any:
        return self._next().start_mark

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """Return the value of a node; report an impossible value (such as 2026-02-30) with its line."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, ArithmeticError) as error:
            what = "this date, time or number cannot be; put it in quotation marks if it is text"
            raise ConstructorError(None, None, what, node.start_mark) from error

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Return a mapping; refuse a key that occurs twice, because one of the two values would be lost."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _Refusal(None, None, f"`{key.value}` stands twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


class _PlainText(_Plain):
    """The same loader, but every value stays text: 007 is not 7, 12:30 is not a number, No is not False."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the yaml tag of a node: null for an empty scalar, text for any other scalar."""
        if kind is yaml.ScalarNode:
            return _NULL if implicit[0] and value in {"", "~", "null"} else _STR
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]


def parse_yaml(text: str, name: str, *, as_text: bool = False) -> dict[str, Any]:
    """Return the mapping in a yaml text.

    Parameters
    ----------
    text : str
        The content of the file.
    name : str
        The name of the file in error messages.
    as_text : bool
        Keep every value as text; the model that validates the content converts it.

    Raises
    ------
    RuleError
        If the text is not yaml, is not a mapping, or contains something that a settings file may not contain.
        The message names the line.
    """
    try:
        content = yaml.load(text, Loader=_PlainText if as_text else _Plain)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        refused = isinstance(error, _Refusal) or isinstance(error.__cause__, (ValueError, ArithmeticError))
        what = (
            f"{error.problem}." if refused else "this is not readable yaml. Check quotes, colons and indents."
        )
        msg = f"{name}{where}: {what}"
        raise RuleError(msg) from None
    except yaml.YAMLError:
        msg = f"{name}: this is not readable yaml; it holds signs that are no text. Save it as text (UTF-8)."
        raise RuleError(msg) from None
    if not isinstance(content, dict):
        msg = f"{name}: expected `key: value` lines."
        raise RuleError(msg)
    return content
