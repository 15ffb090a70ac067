"""Source profiles: a small yaml file next to the data that maps a file with an unknown layout to a source.

A file with known headings needs no profile. For other files, put ``<anything>.profile.yaml`` in the folder::

    # skm_2024.profile.yaml
    file: skm_2024.csv            # name or pattern (skm_*.csv), in this folder
    source: citizen_feedback      # a codebook of rules/codebooks
    # The unit of all rows: {unit_id: DISHUB} for a unit of the register; another unit is added to it.
    # Leave out if a column names the units.
    unit: {unit_id: MPP, name: Mal Pelayanan Publik, short_name: MPP, kind: mpp}
    # The city of the unit, for the heads of reports; leave out for the default city.
    city: {name: Kabupaten Contoh, government: Pemerintah Kabupaten Contoh, signed_at: Contoh}
    period: 2024-Q4               # 2024-Q4, 2021-S1 or 2021. If left out: from the date of each row,
    period_kind: Q                # by quarter (Q), half year (S) or year (Y)
    columns: {U9: complaints}     # heading: column of the codebook, for headings that are not known
    not_asked: [facilities]       # elements of the regulation that the form does not ask about
    extra:                        # questions on the same scale that are not elements of the regulation
      U8: {key: service_charter, label_indonesian: Maklumat pelayanan, label_english: Service charter}
    ignore: [No]                  # headings to ignore
    sheet: Rekap                  # for workbooks, if only one sheet is to be read
    header_row: 4                 # the last row of the headings, if it is not found automatically

Headings are compared without case, blanks or punctuation. A file with several tables may have several
profiles. ``asn-research inspect FILE --write`` writes a profile.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator

from asn_research.errors import RawDataError, RequestError, RuleError
from asn_research.read.walk import refuse_what_is_no_file, walk
from asn_research.rules.cities import Unit, UnitId
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.former_names import current_name
from asn_research.rules.loading import FrozenModel, load_model, read_yaml
from asn_research.rules.periods import Period
from asn_research.rules.words import worded

SUFFIX = ".profile.yaml"


class ExtraQuestion(FrozenModel):
    """A question on the same scale that is not an element of the regulation."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    # The second alias is the field name in older profiles.
    label_indonesian: str = Field(validation_alias=AliasChoices("label_indonesian", "label_id"))
    label_english: str = Field(validation_alias=AliasChoices("label_english", "label_en"))


class ProfileUnit(FrozenModel):
    """The unit that all rows of a file belong to."""

    unit_id: UnitId
    #: The name may be left out if the register has the unit.
    name: str = ""
    short_name: str = ""
    kind: str = "unit"

    def as_unit(self) -> Unit:
        """Return the unit as an entry of the register."""
        return Unit(unit_id=self.unit_id, name=self.name, short_name=self.short_name, kind=self.kind)


class ProfileCity(FrozenModel):
    """The city that the unit belongs to."""

    name: str
    government: str
    signed_at: str = ""


class Profile(FrozenModel):
    """The mapping of one file, or of files with one name pattern, to a source."""

    file: str
    source: str
    unit: ProfileUnit | None = None
    city: ProfileCity | None = None
    period: str = ""
    period_kind: Literal["Q", "S", "Y"] = "Q"
    columns: dict[str, str] = Field(default_factory=dict)
    not_asked: tuple[str, ...] = ()
    extra: dict[str, ExtraQuestion] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    sheet: str = ""
    header_row: int | None = Field(default=None, ge=1)

    @field_validator("period", mode="before")
    @classmethod
    def _is_a_period(cls, value: Any) -> str:
        text = str(value or "")
        if text:
            try:
                Period.parse(text)
            except RequestError as error:
                raise ValueError(str(error)) from None
        return text

    @field_validator("columns")
    @classmethod
    def _has_current_names(cls, value: dict[str, str]) -> dict[str, str]:
        return {heading: current_name(column) for heading, column in value.items()}

    @field_validator("source")
    @classmethod
    def _is_a_source(cls, value: str) -> str:
        value = current_name(value)
        if value not in SOURCES:
            msg = f"'{value}' is no source; known are {', '.join(SOURCES)}"
            raise ValueError(msg)
        return value

    @property
    def left_out(self) -> frozenset[str]:
        """The elements that the form does not ask about: `not_asked`, except those that `columns` maps."""
        return frozenset(self.not_asked) - set(self.columns.values())

    def check_columns(self, where: str) -> None:
        """Refuse columns and elements that the codebook of the source does not have.

        Raises
        ------
        RawDataError
            If there is such a column; the message names the profile and the column.
        """
        known = load_codebook(self.source).by_name
        unknown = [c for c in (*self.columns.values(), *self.not_asked) if c not in known]
        if unknown:
            raise worded(
                RawDataError,
                "error_profile_column",
                where=where,
                source=self.source,
                columns=", ".join(unknown),
                known=", ".join(known),
            )


def load_profiles(folder: Path) -> dict[Path, Profile]:
    """Load all profiles in a folder and its subfolders.

    Returns
    -------
    dict of Path to Profile
        The profiles by the path of their file.

    Raises
    ------
    RawDataError
        If a profile is incomplete, or names a source or column that does not exist.
    """
    profiles = {}
    for path in walk(folder):
        if not path.name.endswith(SUFFIX):
            continue
        refuse_what_is_no_file(path, folder)
        try:
            profile = load_model(Profile, read_yaml(path, as_text=True), path.name)
        except (RuleError, ValidationError) as error:
            raise RawDataError(str(error)) from None
        profile.check_columns(path.name)
        profiles[path] = profile
    return profiles


def profiles_for(path: Path, profiles: dict[Path, Profile]) -> list[Profile]:
    """Return the profiles of a file: those in its folder whose name or pattern matches the name of the file.

    A file with several tables may have several profiles, each with its own `sheet` or `header_row`.
    """
    return [
        profile
        for place, profile in profiles.items()
        if place.parent == path.parent and fnmatch(path.name, profile.file)
    ]
