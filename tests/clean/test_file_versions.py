"""Which of two files is the later one: by their names, or by the times at which they were saved."""

import pytest

from asn_research.clean.steps.file_versions import Versions


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        ("rekap.xlsx", "rekap (1).xlsx", "rekap (1).xlsx"),
        ("rekap rev2.xlsx", "rekap rev 1.xlsx", "rekap rev2.xlsx"),
        ("rekap rev.xlsx", "rekap rev 1.xlsx", "rekap rev 1.xlsx"),
        ("rekap_lama.xlsx", "rekap.xlsx", "rekap.xlsx"),
        ("rekap.xlsx", "daftar final.xlsx", ""),
        ("TW I.xlsx", "TW II.xlsx", ""),
    ],
)
def test_a_files_name_may_tell_that_it_is_later(one, other, later):
    assert Versions().later(one, other) == later == Versions().later(other, one)


def test_files_saved_hours_apart_tell_which_is_later():
    assert Versions(saved={"a": 0.0, "b": 7200.0}).later("a", "b") == "b"
    assert Versions(saved={"a": 0.0, "b": 60.0}).later("a", "b") == ""
