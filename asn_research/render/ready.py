"""What a warm parent imports for a batch: all that a report uses, rules and words read, one figure drawn.

The warm parent imports this module before it forks, so that each kernel starts with these modules loaded. The
module loads no data of a city.
"""

from __future__ import annotations

import papermill  # noqa: F401
import statsmodels.api  # noqa: F401

import asn_research.render.execute
import asn_research.render.worker  # noqa: F401
from asn_research.rules.indicators import load_indicators
from asn_research.rules.regulations import load_rules
from asn_research.rules.words import LANGUAGES, load_words
from asn_research.show import sections  # noqa: F401
from asn_research.show.drawing import warm_up
from asn_research.storage import package_digest

package_digest()
load_indicators()
load_rules()
for _language in LANGUAGES:
    load_words(_language)
warm_up()
