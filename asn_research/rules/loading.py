"""Read rule files into frozen types, and say in one line why a file is refused."""

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
    """Return the name of the column that holds a text in a language; ``_id`` ends identifiers only.

    Parameters
    ----------
    stem : str
        What the text is: label, name, heading.
    language : str
        ``"id"`` or ``"en"``.

    Examples
    --------
    >>> language_column("label", "id")
    'label_indonesian'
    """
    return f"{stem}_{_LANGUAGE_NAMES[language]}"


class FrozenModel(BaseModel):
    """A rule: it cannot change once read, and it knows every key it was given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def text_of(self, stem: str, language: str) -> str:
        """Return the text of a pair of columns, as ``label_indonesian`` and ``label_english``."""
        return str(getattr(self, language_column(stem, language)))


def read_yaml(path: Path, *, as_text: bool = False) -> dict[str, Any]:
    """Return the mapping in a yaml file.

    Parameters
    ----------
    path : Path
        The file.
    as_text : bool
        Leave every value as it is written; for files that users write, where 007 or No is text.

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
    """Build a rule from a mapping; a bad one is refused with every fault named at once.

    Raises
    ------
    RuleError
        If a key is missing, unknown, of the wrong type, or the whole does not hold together.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_faults(error))
        msg = f"{where} does not state a complete rule. {faults}."
        raise RuleError(msg) from None


def read_rows(model: type[Model], path: Path, *, days: Sequence[str] = ()) -> Iterator[tuple[int, Model]]:
    """Yield the rows of a csv of rules, each as a model with its row's number in the file.

    Parameters
    ----------
    model : type
        What each row must hold.
    path : Path
        The file.
    days : sequence of str
        Columns of days, which Excel may have written in its own order.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
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
