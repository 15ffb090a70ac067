"""The content of the forms for a batch of reports, and the slicers of the batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.protect import ReportAudience
from asn_research.read.given_forms import Stated, read_stated
from asn_research.render.inputs import ReportInputs, keep_shared_report
from asn_research.render.jobs import Job
from asn_research.render.slices import Slicer
from asn_research.rules.periods import Period


def load_stated(raw: Path, inputs: ReportInputs, names: DeniedNames | None) -> Stated:
    """Read what the city states in its forms for a batch of reports: signatories, facts of surveys, plans, style.

    An entry with a name or number that the scan before publishing would refuse is left out here, so that it does
    not stop a report at the end.

    Parameters
    ----------
    raw : Path
        The raw folder. If it does not exist, the result is empty.
    inputs : ReportInputs
        The measures and the register.
    names : DeniedNames or None
        The names in the register; None without the key.
    """
    return read_stated(raw, inputs.city, (lambda text: names.count(text) > 0) if names else None)


def slicers(inputs: ReportInputs, stated: Stated) -> Callable[[Job], Slicer]:
    """Return a function that gives the slicer of a job; there is one per period, language and audience."""

    @cache
    def of(period: str, language: str, audience: ReportAudience) -> Slicer:
        given = partial(stated.of, period=Period.parse(period))
        return Slicer(keep_shared_report(inputs, period, language), audience, given)

    return lambda job: of(job.period, job.language, job.audience)
