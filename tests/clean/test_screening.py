"""A form with the same answer to nearly all elements is marked, whatever the answer is."""

import pytest
from clean.surveys import ELEMENTS

from asn_research.clean import clean_folder, open_processed

HEAD = ";".join(["Tanggal", "Unit Layanan", *ELEMENTS])


@pytest.mark.parametrize(
    ("answers", "is_marked"),
    [
        (["1"] * 9, True),
        (["4"] * 9, True),
        (["1"] * 7 + [""] * 2, True),
        ([""] * 2 + ["3"] * 7, True),
        (["1"] * 6 + [""] * 3, False),
        (["1", *["4"] * 8], False),
        ([*["1"] * 8, "2"], False),
    ],
    ids=["ones", "fours", "seven ones", "seven threes", "six ones", "one and fours", "ones and a two"],
)
def test_a_straight_line_is_marked_from_seven_answers_on(tmp_path, answers, is_marked):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("\n".join([HEAD, ";".join(["13/07/2026", "Dishub", *answers])]))
    clean_folder(tmp_path / "raw", tmp_path / "out")
    (marks,) = open_processed(tmp_path / "out").table("citizen_feedback")["screen"]
    assert ("straight_line" in marks) == is_marked
