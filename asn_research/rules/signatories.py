"""The title of the signatory of a unit, from the name and the kind of the unit: Camat, Inspektur, Kepala Dinas, ..."""

from __future__ import annotations

from functools import cache

from asn_research.rules.cities import CITY, City
from asn_research.rules.loading import RULES, FrozenModel, read_rows


class SignatoryTitle(FrozenModel):
    """One row of `signatories.csv`. The first row that matches a unit gives its title.

    Parameters
    ----------
    begins : str
        The beginning of the unit's name; empty for any name.
    kind : str
        The unit's kind; empty for any kind.
    title_indonesian, title_english : str
        The title. ``{name}`` stands for the unit's name, ``{rest}`` for the part after `begins`.
    checked, source : str
        How well the title was checked, and against which source.
    """

    begins: str
    kind: str
    title_indonesian: str
    title_english: str
    checked: str
    source: str

    def fits(self, name: str, kind: str) -> bool:
        """Whether the row matches a unit of this name and kind."""
        begins, said = self.begins.casefold(), name.casefold()
        is_begun = said == begins or said.startswith(f"{begins} ") if begins else True
        return is_begun and self.kind in {"", kind.casefold()}


@cache
def load_signatory_titles() -> tuple[SignatoryTitle, ...]:
    """Load the titles, from `rules/signatories.csv`."""
    return tuple(row for _, row in read_rows(SignatoryTitle, RULES / "signatories.csv"))


def title_of(city: City, unit_id: str, language: str = "id") -> str:
    """Return the title of the person who signs the reports of a unit.

    Parameters
    ----------
    city : City
        The register.
    unit_id : str
        The id of a unit. Any other text, such as ``CITY``, means the reports of the city, which the bureau signs.
    language : str
        ``"id"`` or ``"en"``.

    Examples
    --------
    >>> from asn_research.rules.cities import load_city
    >>> title_of(load_city(), "KEC-SEL")
    'Camat Pontianak Selatan'
    >>> title_of(load_city(), "CITY")
    'Kepala Bagian Organisasi Sekretariat Daerah Kota Pontianak'
    """
    unit = city.units.get(unit_id)
    name, kind = (unit.name, unit.kind) if unit else (city.facts.organisation_bureau, CITY)
    row = next(row for row in load_signatory_titles() if row.fits(name, kind))
    return row.text_of("title", language).format(name=name, rest=name[len(row.begins) :])
