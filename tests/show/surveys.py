"""A survey and a log of requests of one unit, made up for tests of sections."""

from datetime import date

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule

TODAY = date(2026, 9, 30)
ELEMENTS = list(rules.at(TODAY).one(SatisfactionRule).elements)


def survey(n=120, seed=1, period="2026-Q3", low=("facilities",), shift=0.0, unit="DISHUB"):
    """Answers of one quarter in which some elements are a good deal lower."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(0.35 + shift, 0.5, n)[:, None] + rng.normal(0, 0.6, (n, 9))
    latent[:, [ELEMENTS.index(name) for name in low]] -= 1.2
    codes = 1 + (latent[..., None] > np.array([-1.9, -1.0, 0.45])).sum(axis=-1)
    first = Period.parse(period).first_day
    rows = pd.DataFrame(codes, columns=ELEMENTS).astype("Int64")
    for name in ("trust_competence", "trust_benevolence", "trust_integrity"):
        rows[name] = pd.array(np.clip(rows["time"] + rng.integers(0, 2, n), 1, 5), dtype="Int64")
    return rows.assign(
        unit_id=unit, reporting_unit_id=unit, period=period, screen="",
        survey_date=pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, 60, n), unit="D"),
        service_id=rng.choice(["hub_izin", "hub_parkir"], n), sex=rng.choice(["f", "m"], n),
    )  # fmt: skip


def requests(n=600, period="2026-Q3", unit="DISHUB"):
    rng = np.random.default_rng(9)
    first = pd.Timestamp(Period.parse(period).first_day)
    return pd.DataFrame(
        {"unit_id": unit, "reporting_unit_id": unit, "period": period, "submitted_date": first,
         "finished_date": first + pd.Timedelta(days=1), "queue_minutes": 10.0, "status": "finished",
         "service_id": rng.choice(["hub_izin", "hub_parkir"], n, p=[0.8, 0.2])}
    )  # fmt: skip
