"""A city's own working days."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from asn_research.rules.cities import City, DayOverride, load_city
from asn_research.rules.working_days import (
    NATIONAL,
    WorkCalendar,
    calendar_of,
    days_between,
    last_day_within,
    last_working_day_until,
    working_days_between,
)


def days(start, end, calendar=NATIONAL):
    pair = [pd.Series(pd.to_datetime([day])) for day in (start, end)]
    return working_days_between(*pair, calendar).item()


def test_collective_leave_may_be_worked():
    # 13 May 2025 was cuti bersama, 12 May Waisak.
    assert days("2025-05-09", "2025-05-14") == 1
    assert days("2025-05-09", "2025-05-14", WorkCalendar(collective_leave_off=False)) == 2


def test_a_citys_corrections_outrank_the_national_calendar():
    off = DayOverride(date="2025-05-14", is_working="no", reason="Hari jadi", source="Perwali")
    saturday = DayOverride(date="2025-05-10", is_working="yes", reason="Pengganti", source="Perwali")
    leave = DayOverride(date="2025-05-13", is_working="yes", reason="Tetap melayani", source="Perwali")
    city = load_city()
    facts = city.facts.model_copy(update={"day_overrides": (off, saturday, leave)})
    own = calendar_of(City(facts, city.units, city.services))
    # Saturday the 10th and Tuesday the 13th are worked, Wednesday the 14th is not.
    assert days("2025-05-09", "2025-05-14", own) == 2
    assert days("2025-05-10", "2025-05-12", own) == 0
    assert days("2025-05-09", "2025-05-10", own) == 1


def test_a_year_is_provisional_until_its_leave_is_announced():
    assert [NATIONAL.is_provisional(year) for year in (2025, 2026, 2028)] == [False, False, True]
    assert not WorkCalendar(off=(date(2028, 4, 24),)).is_provisional(2028)
    assert not WorkCalendar(collective_leave_off=False).is_provisional(2028)


def test_calendar_days_are_another_count():
    start, end = (pd.Series(pd.to_datetime([day])) for day in ("2025-06-05", "2025-06-10"))
    assert days_between(start, end, "calendar").item() == 5
    # Friday the 6th and Monday the 9th were off.
    assert days_between(start, end, "working").item() == 1


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(day, first, second):
    start = pd.Timestamp(day)
    middle, end = start + pd.Timedelta(days=first), start + pd.Timedelta(days=first + second)
    assert days(start, end) == days(start, middle) + days(middle, end)
    assert 0 <= days(start, end) <= first + second


@given(
    st.dates(date(2024, 1, 1), date(2025, 11, 30)), st.integers(1, 25),
    st.sets(st.dates(date(2024, 1, 1), date(2025, 12, 31)), max_size=5),
)  # fmt: skip
def test_the_last_day_of_a_limit_in_working_days_is_that_many_working_days_away(start, n, off):
    calendar = WorkCalendar(off=tuple(off))
    last = last_day_within(start, n, "working", calendar)
    ends = (pd.Series([pd.Timestamp(day)]) for day in (start, last))
    assert working_days_between(*ends, calendar).iloc[0] == n
    assert last_working_day_until(last, calendar) == last
    assert last_day_within(start, n, "calendar", calendar) == start + timedelta(days=n)


def test_a_weekend_on_which_a_city_works_counts_in_a_limit():
    saturday = date(2025, 4, 12)
    calendar = WorkCalendar(working=(saturday,))
    assert last_day_within(date(2025, 4, 11), 1, "working", calendar) == saturday
    assert last_day_within(date(2025, 4, 11), 1, "working") == date(2025, 4, 14)
    assert last_working_day_until(date(2025, 4, 13), calendar) == saturday
