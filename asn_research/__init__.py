"""From a city's appraisal of its civil servants to the service its citizens get.

The stages that a row of data passes::

    read → clean → measure → study → protect → show → render

These functions are enough for most work. Each imports its stage when it is first used:

- `simulate_city`   a city with known truth, as messy files
- `clean_folder`    raw files to processed tables, with an account of every row
- `open_processed`  the processed tables
- `open_measures`   measures, panels and estimates, as the reports use them
- `satisfaction_index`  the index (IKM) of a table of answers
- `run_study`       the models, with intervals
- `load_report`     the protected data of one report
- `sections`        the parts of a report
- `example_city`   a small simulated city, cleaned
- `simulate_programme`  a programme with known effects, as one table
- `describe`        what the columns of a table hold

Five modules hold the rest of what is public: `methods` (estimators for data of one's own, with their results and the
tables of a thesis), `study` (the parts of the city's study), `plots` (figures), `rules` (the rules in force) and `lab`
(what the lessons need). Names that stand in no ``__all__`` of these may change at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research import lab, methods, plots, rules, study
    from asn_research.clean import clean_folder, open_processed
    from asn_research.examples import example_city
    from asn_research.measure import satisfaction_index
    from asn_research.measured import open_measures
    from asn_research.render.inputs import load_report
    from asn_research.schema import describe
    from asn_research.show import sections
    from asn_research.simulate import simulate_city, simulate_programme
    from asn_research.study import run_study

__all__ = [
    "clean_folder",
    "describe",
    "example_city",
    "lab",
    "load_report",
    "methods",
    "open_measures",
    "open_processed",
    "plots",
    "rules",
    "run_study",
    "satisfaction_index",
    "sections",
    "simulate_city",
    "simulate_programme",
    "study",
]

_load, __dir__ = lazy_names(
    __name__,
    {
        "clean_folder": "asn_research.clean",
        "describe": "asn_research.schema",
        "example_city": "asn_research.examples",
        "lab": "asn_research.lab:",
        "load_report": "asn_research.render.inputs",
        "methods": "asn_research.methods:",
        "open_measures": "asn_research.measured",
        "open_processed": "asn_research.clean",
        "plots": "asn_research.plots:",
        "rules": "asn_research.rules:",
        "run_study": "asn_research.study",
        "satisfaction_index": "asn_research.measure",
        "sections": "asn_research.show.sections:",
        "simulate_city": "asn_research.simulate",
        "simulate_programme": "asn_research.simulate",
        "study": "asn_research.study:",
    },
)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 (slow import, which the command line does not need)

        return version("asn-research")
    return _load(name)
