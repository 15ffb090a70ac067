"""From a city's appraisal of its civil servants to the service its citizens get.

The stages that a row of data passes::

    read → clean → measure → model → protect → show → render

Eight functions are enough for most work. Each imports its stage when it is first used:

- `simulate_city`   a city with known truth, as messy files
- `clean_folder`    raw files to processed tables, with an account of every row
- `open_processed`  the processed tables
- `open_measures`   measures, panels and estimates, as the reports use them
- `run_study`       the models, with intervals
- `load_report`     the protected data of one report
- `sections`        the parts of a report
- `describe`        what the columns of a table hold

`model` is the door to the estimators for data of one's own, with their results and the tables of a thesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asn_research import model
    from asn_research.clean import clean_folder, open_processed
    from asn_research.measured import open_measures
    from asn_research.model import run_study
    from asn_research.render.inputs import load_report
    from asn_research.schema import describe
    from asn_research.show import sections
    from asn_research.simulate import simulate_city

_HOMES = {
    "simulate_city": "asn_research.simulate",
    "clean_folder": "asn_research.clean",
    "open_processed": "asn_research.clean",
    "open_measures": "asn_research.measured",
    "run_study": "asn_research.model",
    "load_report": "asn_research.render.inputs",
    "sections": "asn_research.show",
    "describe": "asn_research.schema",
    "model": "asn_research",
}

__all__ = [
    "clean_folder",
    "describe",
    "load_report",
    "model",
    "open_measures",
    "open_processed",
    "run_study",
    "sections",
    "simulate_city",
]


def __getattr__(name: str) -> Any:
    """Import the stage of a public function on first use, so that a report starts fast."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 (slow import, which the command line does not need)

        return version("asn-research")
    if name not in _HOMES:
        msg = f"module 'asn_research' has no attribute '{name}'"
        raise AttributeError(msg)
    if name == "sections":
        return import_module("asn_research.show.sections")
    if name == "model":
        return import_module("asn_research.model")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
