"""A suggestion's text stays in the raw folder: the processed data hold its topics alone."""

import pandas as pd

from asn_research.clean.store import open_processed


def test_the_processed_survey_holds_topics_and_no_text(small_raw, small_processed):
    processed = open_processed(small_processed)
    feedback = processed.table("citizen_feedback")
    topics = {key for text in feedback["suggestion_topics"].dropna() for key in str(text).split("|") if key}
    assert {"waiting", "facilities", "praise"} <= topics
    assert "_comment" not in feedback
    raw = next((small_raw / "skm").glob("*.csv")).read_bytes()
    assert b"Antrenye lame" in raw
    for part in small_processed.rglob("*.parquet"):
        frame = pd.read_parquet(part)
        for name in frame.select_dtypes(include=["str", "object", "category"]):
            held = frame[name].astype("str")
            assert not held.str.contains("Antrenye lame|Petugas loket judes", regex=True).any(), (
                part.name,
                name,
            )
