"""The sums of rows over all sheets of the last check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PARTS = {
    "raw": "n_raw", "kept": "n_kept", "repaired": "n_repaired", "quarantined": "n_quarantined", "excluded": "n_excluded",
}  # fmt: skip


def summary_of(outcome: Mapping[str, Any]) -> dict[str, int]:
    """Return the sums over all sheets: raw, kept, repaired, held and excluded rows.

    Examples
    --------
    >>> summary_of({"sheets": [{"n_raw": 3, "n_kept": 2, "n_repaired": 0, "n_quarantined": 1, "n_excluded": 0}]})
    {'raw': 3, 'kept': 2, 'repaired': 0, 'quarantined': 1, 'excluded': 0}
    """
    return {name: sum(int(s[column]) for s in outcome.get("sheets", ())) for name, column in _PARTS.items()}
