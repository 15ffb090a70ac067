"""Source profiles: one small yaml file beside the data says how a file of its own layout maps.

A file whose headings are known needs none. Otherwise put ``<anything>.profile.yaml`` in the folder::

    # skm_2024.profile.yaml
    file: skm_2024.csv            # name or pattern (skm_*.csv), in this folder
    source: citizen_feedback      # a codebook of rules/codebooks
    # Where all rows belong to one unit: {unit_id: DISHUB} for one of the register; another joins it.
    # Leave out if a column names units.
    unit: {unit_id: MPP, name: Mal Pelayanan Publik, short_name: MPP, kind: mpp}
    # Whose unit it is, for the reports' heads; leave out for the default city.
    city: {name: Kabupaten Contoh, government: Pemerintah Kabupaten Contoh, signed_at: Contoh}
    period: 2024-Q4               # 2024-Q4, 2021-S1 or 2021; or leave out: from each row's date,
    period_kind: Q                # by quarter (Q), half year (S) or year (Y)
    columns: {U9: complaints}     # heading: column of the codebook, where the headings do not say it
    not_asked: [facilities]       # elements of the regulation that the form left out
    extra:                        # questions on the same scale that are no element of the regulation
      U8: {key: service_charter, label_indonesian: Maklumat pelayanan, label_english: Service charter}
    ignore: [No]                  # headings to pass over
    sheet: Rekap                  # for workbooks, if only one sheet counts
    header_row: 4                 # the last row of the headings, if it cannot be found

Headings are compared without case, blanks or punctuation. A file with several tables may have several
profiles. ``asn-research inspect FILE --write`` writes one.
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
from asn_research.rules.loading import FrozenModel, load_model, read_yaml
from asn_research.rules.periods import Period

SUFFIX = ".profile.yaml"


class ExtraQuestion(FrozenModel):
    """A question on the same scale that is no element of the regulation."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    # Files written before the columns were named by language stay readable.
    label_indonesian: str = Field(validation_alias=AliasChoices("label_indonesian", "label_id"))
    label_english: str = Field(validation_alias=AliasChoices("label_english", "label_en"))


class ProfileUnit(FrozenModel):
    """The unit that all rows belong to."""

    unit_id: UnitId
    #: Left out for a unit of the register.
    name: str = ""
    short_name: str = ""
    kind: str = "unit"

    def as_unit(self) -> Unit:
        """Return the unit as a register holds it."""
        return Unit(unit_id=self.unit_id, name=self.name, short_name=self.short_name, kind=self.kind)


class ProfileCity(FrozenModel):
    """Whose unit it is."""

    name: str
    government: str
    signed_at: str = ""


class Profile(FrozenModel):
    """How one file, or a family of files, maps to a source."""

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

    @field_validator("source")
    @classmethod
    def _is_a_source(cls, value: str) -> str:
        if value not in SOURCES:
            msg = f"'{value}' is no source; known are {', '.join(SOURCES)}"
            raise ValueError(msg)
        return value

    @property
    def left_out(self) -> frozenset[str]:
        """What was not asked; a heading that is named for it says that it was."""
        return frozenset(self.not_asked) - set(self.columns.values())

    def check_columns(self, where: str) -> None:
        """Refuse columns and elements that the source's codebook does not have.

        Raises
        ------
        RawDataError
            Naming the profile and the column.
        """
        known = load_codebook(self.source).by_name
        unknown = [c for c in (*self.columns.values(), *self.not_asked) if c not in known]
        if unknown:
            msg = f"{where}: {self.source} has no column {', '.join(unknown)}; known are {', '.join(known)}."
            raise RawDataError(msg)


def load_profiles(folder: Path) -> dict[Path, Profile]:
    """Load every profile in a folder and below.

    Returns
    -------
    dict of Path to Profile
        By the profile's own path.

    Raises
    ------
    RawDataError
        If a profile is incomplete or names what there is not.
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
    """Return the profiles of a file: those in its own folder whose name or pattern fits.

    A file with several tables may have several profiles, each with its sheet or headings' row.
    """
    return [
        profile
        for place, profile in profiles.items()
        if place.parent == path.parent and fnmatch(path.name, profile.file)
    ]
