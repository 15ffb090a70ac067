"""What people have stated on forms, as a batch gives it to each report, and what cuts the reports of a batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from asn_research.clean.denied_names import DeniedNames
from asn_research.protect import ReportAudience
from asn_research.read.given_forms import Stated, read_stated
from asn_research.render.inputs import ReportInputs, keep_shared_report
from asn_research.render.jobs import Job
from asn_research.render.slices import Slicer
from asn_research.rules.periods import Period


def load_stated(raw: Path, inputs: ReportInputs, names: DeniedNames | None) -> Stated:
    """Return what the forms beside the raw files state, less what the last look before publishing would refuse.

    Parameters
    ----------
    raw : Path
        The folder of raw files; where it is missing, nothing was stated.
    inputs : ReportInputs
        The measures, with the register that the data were cleaned with.
    names : DeniedNames or None
        The names of the register; without the key they are not known.
    """
    return read_stated(raw, inputs.city, (lambda text: names.count(text) > 0) if names else None)


def slicers(inputs: ReportInputs, stated: Stated) -> Callable[[Job], Slicer]:
    """Return what gives a job's slicer; each period, language and audience has one."""

    @cache
    def of(period: str, language: str, audience: ReportAudience) -> Slicer:
        given = partial(stated.of, period=Period.parse(period))
        return Slicer(keep_shared_report(inputs, period, language), audience, given)

    return lambda job: of(job.period, job.language, job.audience)
