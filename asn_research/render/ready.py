"""What a warm parent imports for a batch: all that a report's cells and editions use, rules and fonts read.

Importing it is its use. It holds rules and words, which are the package's own, and no data of a city.
"""

from __future__ import annotations

import papermill  # noqa: F401
import statsmodels.api  # noqa: F401

import asn_research.render.execute
import asn_research.render.inputs
import asn_research.show.sections  # noqa: F401
