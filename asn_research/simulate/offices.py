"""Turn the true tables of the city into the files that offices send, with their layouts and usual mistakes.

Each writer makes the files of one source, in `staff_offices` and `service_offices`. ``mess`` scales the rates of mistakes. Every mistake is recorded
with the expected exit of its row (kept, repaired, quarantined, excluded).
"""

from __future__ import annotations

from asn_research.simulate.service_offices import citizens, complaints, programmes, requests
from asn_research.simulate.staff_offices import (
    appraisals,
    attendance,
    employees,
    objections,
    organisation_predikats,
    sanctions,
    surveys,
    trainings,
)

#: In this order: each one draws its mistakes from a stream of its own.
WRITERS = (
    employees,
    appraisals,
    surveys,
    trainings,
    attendance,
    citizens,
    requests,
    complaints,
    objections,
    programmes,
    sanctions,
    organisation_predikats,
)
