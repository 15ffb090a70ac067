"""The outcome of cleaning: every row has left by exactly one of three exits."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from asn_research.errors import ReconciliationError


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The outcome of cleaning one source.

    Parameters
    ----------
    kept : pd.DataFrame
        One row per row that may be used, with `row_id`.
    repairs : pd.DataFrame
        One row per repaired cell of a kept row: where it stood, the old value, the reason.
    quarantine : pd.DataFrame
        One row per fault of a row that is held back until its office has mended it.
    excluded : pd.DataFrame
        One row per row that a stated rule leaves out.
    n_raw : int
        Rows that came in.

    Raises
    ------
    ReconciliationError
        If a row went missing or left twice.
    """

    kept: pd.DataFrame
    repairs: pd.DataFrame
    quarantine: pd.DataFrame
    excluded: pd.DataFrame
    n_raw: int

    def __post_init__(self) -> None:
        kept, held, out = (set(f["row_id"]) for f in (self.kept, self.quarantine, self.excluded))
        n_out = len(kept) + len(held) + len(out)
        if n_out != self.n_raw or len(kept) != len(self.kept) or kept & held or kept & out or held & out:
            msg = (
                f"{self.n_raw} rows came in but {n_out} left ({len(kept)} kept, {len(held)} quarantined, "
                f"{len(out)} excluded). A cleaning step dropped or duplicated rows; every step must keep `row_id`."
            )
            raise ReconciliationError(msg)
