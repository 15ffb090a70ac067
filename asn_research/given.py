"""What a person states and no data can tell: who signs, how the survey was made, what is planned, how papers look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Signatory:
    """Who signs a unit's reports.

    Parameters
    ----------
    title : str
        The office held, in full: ``Camat Pontianak Selatan``.
    name, rank : str
        As they stand below the signature: with degrees; ``Pembina Utama Muda (IV/c)``.
    nip : str
        Eighteen digits, for the signature only; empty if it is not to be printed.
    standing : {"", "Plt.", "Plh.", "a.n."}
        Whether the person acts in the office, or signs on behalf of its holder.
    """

    title: str
    name: str = ""
    rank: str = ""
    nip: str = ""
    standing: Literal["", "Plt.", "Plh.", "a.n."] = ""


@dataclass(frozen=True)
class SurveyFacts:
    """How a unit's survey of a period was made.

    Parameters
    ----------
    first_day, last_day : date or None
        The days of the field work.
    place, team, method, note : str
        Where people were asked, by whom, how (on paper, by link), and what else should be said.
    recipients : int or None
        The number of people served in the period, of which a sample is required.
    documentation : str
        Where photographs and other evidence of the field work are kept.
    """

    first_day: date | None = None
    last_day: date | None = None
    place: str = ""
    team: str = ""
    method: str = ""
    note: str = ""
    recipients: int | None = None
    documentation: str = ""


@dataclass(frozen=True)
class PlannedAction:
    """One row of a follow-up plan (rencana tindak lanjut).

    Parameters
    ----------
    element : str
        The element's code that it is to raise; empty for a matter of another kind.
    action, when, responsible, status, evidence : str
        What is to be done, until when, by whom, how far it is, and what shows it. ``status`` is one of
        ``""``, ``not_begun``, ``under_way``, ``done``, ``dropped``.
    target : float or None
        The index that the element is to reach, from 25 to 100.
    """

    element: str
    action: str = ""
    when: str = ""
    responsible: str = ""
    target: float | None = None
    status: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class HouseStyle:
    """How a city's papers look.

    Parameters
    ----------
    emblem : bytes
        The emblem as png or svg; empty for the placeholder.
    letterhead : tuple of str
        The lines of the letterhead above the unit's name: ``PEMERINTAH KOTA PONTIANAK``.
    address : mapping of str to str
        Each unit's address line, by its id.
    accent : str
        The colour of headings, as ``#rrggbb``; empty for the toolkit's own.
    reported_index : {"exact", "printed"}
        Which of the two indices is the reported one: of the exact weight 1/n, or of the weight as printed (0.11).
    targets : mapping of str to float
        The index that the city has promised for a year, by unit id; ``""`` for all others.
    """

    emblem: bytes = b""
    letterhead: tuple[str, ...] = ()
    address: Mapping[str, str] = field(default_factory=dict)
    accent: str = ""
    reported_index: Literal["exact", "printed"] = "exact"
    targets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """All that was stated for one unit's report of a period.

    Parameters
    ----------
    signatory : Signatory or None
        None where nobody was named.
    survey : SurveyFacts
        Empty where nothing was stated.
    plan : tuple of PlannedAction
        The plan that this report makes.
    plan_before : tuple of PlannedAction
        The last earlier plan, with what became of it.
    plan_before_period : str
        The period that the earlier plan was made in; empty where there is none.
    style : HouseStyle
        The city's.
    other_weight_edition : int
        The number of the period's last edition where it reported the index of the other weight; 0 where it did not.
    """

    signatory: Signatory | None = None
    survey: SurveyFacts = field(default_factory=SurveyFacts)
    plan: tuple[PlannedAction, ...] = ()
    plan_before: tuple[PlannedAction, ...] = ()
    plan_before_period: str = ""
    style: HouseStyle = field(default_factory=HouseStyle)
    other_weight_edition: int = 0
