"""Figures of estimates, drawn on the caller's axes. A public module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn_research.lazy import lazy_names

if TYPE_CHECKING:
    from asn_research.methods.coefficient_plots import draw_estimates
    from asn_research.show.service_figures import (
        estimates_plot,
        league_plot,
        placebo_plot,
        series_plot,
        synthetic_plot,
    )
    from asn_research.show.study_figures import (
        contour_figure,
        curve_figure,
        event_figure,
        power_figure,
        sensitivity_figure,
    )

__all__ = [
    "contour_figure",
    "curve_figure",
    "draw_estimates",
    "estimates_plot",
    "event_figure",
    "league_plot",
    "placebo_plot",
    "power_figure",
    "sensitivity_figure",
    "series_plot",
    "synthetic_plot",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "contour_figure": "asn_research.show.study_figures",
        "curve_figure": "asn_research.show.study_figures",
        "draw_estimates": "asn_research.methods.coefficient_plots",
        "estimates_plot": "asn_research.show.service_figures",
        "event_figure": "asn_research.show.study_figures",
        "league_plot": "asn_research.show.service_figures",
        "placebo_plot": "asn_research.show.service_figures",
        "power_figure": "asn_research.show.study_figures",
        "sensitivity_figure": "asn_research.show.study_figures",
        "series_plot": "asn_research.show.service_figures",
        "synthetic_plot": "asn_research.show.service_figures",
    },
)
