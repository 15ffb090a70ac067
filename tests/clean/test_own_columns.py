"""A researcher's own columns: numbers and periods as offices write them."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import RequestError
from asn_research.lab import read_numbers, read_periods


def test_numbers_with_commas_units_and_empty_cells():
    cells = pd.Series(
        ["39,4", "45 mnt", "", "-", None, "1 jam 5 menit", 12, 3.5], name="Waktu Tunggu (menit)"
    )
    found = read_numbers(cells)
    assert found.name == cells.name
    np.testing.assert_array_equal(found, [39.4, 45, np.nan, np.nan, np.nan, 65, 12, 3.5])
    assert read_numbers(pd.Series(["90 menit", "2 jam"], name="Lama"), unit="jam").tolist() == [1.5, 2.0]
    assert read_numbers(pd.Series(["20 JP", "7,5 jp"], name="x"), unit="JP").tolist() == [20.0, 7.5]
    assert read_numbers(pd.Series(["-1,5", "+2"], name="x")).tolist() == [-1.5, 2.0]


def test_what_could_mean_two_numbers_is_decided_by_the_other_cells_or_asked():
    assert read_numbers(pd.Series(["1.250", "3,5"], name="x")).tolist() == [1250.0, 3.5]
    assert read_numbers(pd.Series(["1.250", "3.5"], name="x")).tolist() == [1.25, 3.5]
    doubtful = pd.Series(["1.250", "2.300"], name="Biaya")
    with pytest.raises(RequestError, match=r"Biaya .*index 0, 1 .*decimal=','"):
        read_numbers(doubtful)
    assert read_numbers(doubtful, decimal=",").tolist() == [1250.0, 2300.0]
    assert read_numbers(doubtful, decimal=".").tolist() == [1.25, 2.3]


@pytest.mark.parametrize("odd", ["kira-kira 40", "40 hari", "12..3", "3,2,1", True])
def test_a_cell_that_is_no_number_is_named_by_its_row(odd):
    cells = pd.Series(["39,4", odd], index=[7, 9], name="Waktu (menit)", dtype=object)
    with pytest.raises(RequestError, match=r"Waktu \(menit\): 1 cells .*index 9 "):
        read_numbers(cells)


def test_minutes_are_no_number_of_a_column_without_that_unit():
    with pytest.raises(RequestError, match="unit='menit'"):
        read_numbers(pd.Series(["45 mnt"], name="Waktu Tunggu"))


def test_periods_stand_one_apart():
    texts = ["TW IV 2024", "TW I 2025", "Triwulan 2 2025", "2025-Q3"]
    assert read_periods(pd.Series(texts)).tolist() == [8100, 8101, 8102, 8103]
    assert read_periods(pd.Series(["Semester II 2024", "2025-S1"])).diff().tolist()[1] == 1
    assert read_periods(pd.Series([2024, 2025])).tolist() == [2024, 2025]
    assert read_periods(pd.Series(["TW I 2025", None])).isna().tolist() == [False, True]


@pytest.mark.parametrize("odd", ["Januari 2024", "2024-05", "TW V 2024", "baru"])
def test_what_is_no_period_is_refused_and_no_month_becomes_its_quarter(odd):
    with pytest.raises(RequestError, match=r"Kapan: 1 cells are no period.*index 1"):
        read_periods(pd.Series(["TW I 2024", odd], name="Kapan"))


def test_kinds_of_periods_are_not_mixed():
    with pytest.raises(RequestError, match=r"mixes .*index 1 "):
        read_periods(pd.Series(["TW I 2024", "Semester I 2024", "TW II 2024"], name="Kapan"))
