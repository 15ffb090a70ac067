"""The office that signs a unit's reports, by the unit's name and kind: Camat, Inspektur, Sekretaris Daerah, Kepala ..."""

from __future__ import annotations

from functools import cache

from asn_research.rules.cities import CITY, City
from asn_research.rules.loading import RULES, FrozenModel, read_rows


class SignatoryTitle(FrozenModel):
    """How the head of some units is titled; the first row that fits a unit holds.

    Parameters
    ----------
    begins : str
        How the unit's name begins; empty for any.
    kind : str
        The unit's kind; empty for any.
    title_indonesian, title_english : str
        The title; ``{name}`` is the unit's name, ``{rest}`` what follows `begins` in it.
    checked, source : str
        How far the title was checked, and where it was seen.
    """

    begins: str
    kind: str
    title_indonesian: str
    title_english: str
    checked: str
    source: str

    def fits(self, name: str, kind: str) -> bool:
        """Whether the row is of units of this name and kind."""
        begins, said = self.begins.casefold(), name.casefold()
        is_begun = said == begins or said.startswith(f"{begins} ") if begins else True
        return is_begun and self.kind in {"", kind.casefold()}


@cache
def load_signatory_titles() -> tuple[SignatoryTitle, ...]:
    """Load the titles, from `rules/signatories.csv`."""
    return tuple(row for _, row in read_rows(SignatoryTitle, RULES / "signatories.csv"))


def title_of(city: City, unit_id: str, language: str = "id") -> str:
    """Return the office that signs a unit's reports.

    Parameters
    ----------
    city : City
        The register.
    unit_id : str
        A unit's id; any other text, such as ``CITY``, means the city's own reports, which its bureau signs.
    language : str
        ``"id"`` or ``"en"``; a paper that is signed bears the Indonesian one.

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
