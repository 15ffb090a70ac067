"""Read rule files into frozen types, with all faults of a file in one error message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from asn_research.errors import RuleError
from asn_research.rules.plain_yaml import parse_yaml
from asn_research.rules.settings_text import read_settings_text, table_rows, with_iso_days

Model = TypeVar("Model", bound=BaseModel)

RULES = Path(str(resources.files("asn_research.rules")))
_LANGUAGE_NAMES = {"id": "indonesian", "en": "english"}


def language_column(stem: str, language: str) -> str:
    """Return the name of the column that holds a text in a language.

    The language is written out, because the suffix ``_id`` means "identifier".

    Parameters
    ----------
    stem : str
        The kind of text: label, name, heading.
    language : str
        ``"id"`` or ``"en"``.

    Examples
    --------
    >>> language_column("label", "id")
    'label_indonesian'
    """
    return f"{stem}_{_LANGUAGE_NAMES[language]}"


class FrozenModel(BaseModel):
    """Base of all rule types: immutable, and it refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def text_of(self, stem: str, language: str) -> str:
        """Return a text in a language, from fields such as ``label_indonesian`` and ``label_english``."""
        return str(getattr(self, language_column(stem, language)))


def read_yaml(path: Path, *, as_text: bool = False) -> dict[str, Any]:
    """Return the mapping in a yaml file.

    Parameters
    ----------
    path : Path
        The file.
    as_text : bool
        Keep every value as text. This is for files that users write, where 007 and No are texts.

    Raises
    ------
    RuleError
        If the file is missing, is not yaml, or is not a mapping.
    """
    try:
        text = read_settings_text(path)
    except FileNotFoundError:
        msg = f"There is no rule file {path.name} in {path.parent.name}/."
        raise RuleError(msg) from None
    return parse_yaml(text, path.name, as_text=as_text)


def load_model(model: type[Model], content: dict[str, Any], where: str) -> Model:
    """Build a rule from a mapping, and report all faults in one error.

    Raises
    ------
    RuleError
        If a key is missing or unknown, a value has the wrong type, or the values contradict each other.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_faults(error))
        msg = f"{where} does not state a complete rule. {faults}."
        raise RuleError(msg) from None


def read_rows(model: type[Model], path: Path, *, days: Sequence[str] = ()) -> Iterator[tuple[int, Model]]:
    """Yield each row of a csv of rules as a pair (row number in the file, model).

    Parameters
    ----------
    model : type
        The type that each row is read into.
    path : Path
        The file.
    days : sequence of str
        Date columns, in which Excel may have changed the order of day and month.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    RuleError
        If the file cannot be read as a table, or a row is incomplete.
    """
    rows = list(table_rows(read_settings_text(path), path.name))
    for number, row in with_iso_days(rows, days, path.name) if days else rows:
        yield number, load_model(model, row, f"{path.name}, row {number}")


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        text = fault["msg"].removeprefix("Value error, ")
        yield f"`{place}`: {text}" if place else text
