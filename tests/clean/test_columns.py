"""Whatever one form a column has, each of its cells is read rightly, held, or behind a question."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asn_research.clean.parse.answer_codes import decide_scale
from asn_research.clean.parse.columns import decide_numbers, decide_ratings, decide_sex
from asn_research.clean.parse.date_decisions import decide_dates
from asn_research.clean.parse.dates import WIB
from asn_research.clean.parse.values import read_column
from asn_research.read.cells import Cells
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.simulate.spelling import MONTHS

FEEDBACK, APPRAISALS = load_codebook("citizen_feedback"), load_codebook("appraisals")
PROGRAMMES, LOG = load_codebook("programmes"), load_codebook("service_log")
MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WAITS = "waits"


def unanswered(_kind, _column):
    return ""


def outcome(cells, column, decision):
    """Return for each row its value, `waits`, or none if it is held."""
    reading = read_column(cells, column, [decision.form])
    pairs = list(zip(cells.texts, cells.kinds, strict=True))
    waits = cells.spread([pair in decision.form.waiting for pair in pairs], dtype=bool)
    return [
        WAITS if wait else (None if bad or pd.isna(value) else value)
        for value, bad, wait in zip(reading.values, reading.unread, waits, strict=True)
    ]


def dates_read(texts, periods=(), answer=unanswered, others=None):
    cells = Cells.of(texts)
    decided = decide_dates({"survey_date": cells, **(others or {})}, periods, WIB, answer)
    found = outcome(cells, FEEDBACK["survey_date"], decided["survey_date"])
    return [one if one is None or one == WAITS else one.to_pydatetime() for one in found]


STYLES = {
    "padded, day first": lambda d: f"{d:%d/%m/%Y}",
    "bare, day first": lambda d: f"{d.day}/{d.month}/{d.year}",
    "strokes, day first": lambda d: f"{d:%d-%m-%Y}",
    "points, day first": lambda d: f"{d:%d.%m.%Y}",
    "short year, day first": lambda d: f"{d:%d/%m/%y}",
    "with clock, day first": lambda d: f"{d:%d/%m/%Y %H:%M:%S}",
    "with clock, month first": lambda d: f"{d.month}/{d.day}/{d:%Y %H:%M:%S}",
    "padded with clock, month first": lambda d: f"{d:%m/%d/%Y %H:%M}",
    "half days, month first": lambda d: f"{d.month}/{d.day}/{d.year} {d:%I:%M %p}",
    "year first": lambda d: f"{d:%Y-%m-%d}",
    "forms": lambda d: f"{d:%Y/%m/%d} {d:%I:%M:%S %p} GMT+7".replace(" 0", " "),
    "offset": lambda d: f"{d:%Y-%m-%dT%H:%M:%S}.345+07:00",
    "universal time": lambda d: f"{d - timedelta(hours=7):%Y-%m-%dT%H:%M:%S}Z",
    "word": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    "word and clock": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year} pukul {d:%H.%M}",
    "short word": lambda d: f"{d.day:02d}-{MONTHS_EN[d.month - 1]}-{d:%y}",
    "english word": lambda d: f"{MONTHS_EN[d.month - 1]} {d.day}, {d.year}",
}
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(microsecond=0))


@pytest.mark.parametrize("style", STYLES)
@given(days=st.lists(moments, min_size=1, max_size=40))
def test_a_column_of_one_style_is_never_read_as_other_days(style, days):
    read = dates_read([STYLES[style](day) for day in days])
    for day, found in zip(days, read, strict=True):
        assert found is None or found == WAITS or found.date() == day.date()


@pytest.mark.parametrize("style", ["bare", "padded"])
@given(days=st.lists(moments, min_size=4, max_size=60, unique_by=lambda d: d.date()))
def test_month_first_without_a_clock_is_known_by_its_days(style, days):
    # So few days that nothing tells their order are read by Indonesian custom.
    one_month = len({(d.year, d.month) for d in days}) == 1
    assume(any(d.day > 12 for d in days) or one_month)
    text = {"bare": "{0.month}/{0.day}/{0.year}", "padded": "{0:%m/%d/%Y}"}[style]
    read = dates_read([text.format(day) for day in days])
    for day, found in zip(days, read, strict=True):
        assert found is None or found == WAITS or found.date() == day.date()


@given(st.lists(moments, min_size=2, max_size=30), st.lists(moments, min_size=2, max_size=30))
def test_a_column_of_two_orders_is_asked_about_whole(first, second):
    proof = datetime(2026, 3, 25, 8, 0, 0), datetime(2026, 4, 26, 9, 0, 0)
    day_first = [f"{d:%d/%m/%Y %H:%M:%S}" for d in (*first, *proof)]
    month_first = [f"{d:%m/%d/%Y %H:%M:%S}" for d in (*second, *proof)]
    assert set(dates_read(day_first + month_first)) == {WAITS}


def test_the_stated_period_tells_the_order():
    texts = ["7/5/2026 8:00:00", "9/2/2026 9:00:00", "8/3/2026 9:00:00"]
    assert set(dates_read(texts)) == {WAITS}
    read = dates_read(texts, [Period(2026, 3)])
    assert [d.date() for d in read] == [date(2026, 7, 5), date(2026, 9, 2), date(2026, 8, 3)]


def test_another_date_column_of_the_file_tells_the_order():
    texts = ["7/5/2026 8:00:00", "8/3/2026 9:00:00"]
    other = {"finished_date": Cells.of(["7/15/2026", "8/23/2026"])}
    assert [d.date() for d in dates_read(texts, others=other)] == [date(2026, 7, 5), date(2026, 8, 3)]


def test_time_stamps_rise_by_their_own_order_only():
    texts = [f"{day}/{month}/2026 8:00:00" for month in (7, 8) for day in (3, 8, 12)]
    assert [d.date() for d in dates_read(texts)][3] == date(2026, 8, 3)
    # Three days may rise by chance.
    assert set(dates_read(texts[1:4])) == {WAITS}


def test_the_same_day_of_each_month_contradicts_the_custom_and_is_asked_about():
    assert set(dates_read([f"05/{month:02d}/2026" for month in range(1, 8)])) == {WAITS}


def test_an_answer_decides_the_order():
    texts = ["7/5/2026 8:00:00", "8/3/2026 9:00:00"]
    read = dates_read(texts, answer=lambda kind, _: "month_first" if kind == "date_order" else "")
    assert [d.date() for d in read] == [date(2026, 7, 5), date(2026, 8, 3)]


def test_dates_that_a_spreadsheet_turned_round_are_asked_about():
    # Typed day first into a spreadsheet that takes the month first: what it could take became a date.
    typed = [date(2026, 7, day) for day in (3, 5, 9, 15, 20, 25)]
    cells = [datetime(2026, d.day, d.month) if d.day <= 12 else f"{d:%d/%m/%Y}" for d in typed]
    read = dates_read(cells)
    assert read[:3] == [WAITS] * 3
    assert [d.date() for d in read[3:]] == typed[3:]
    turned = dates_read(cells, answer=lambda kind, _: "turned" if kind == "date_turned" else "")
    assert [d.date() for d in turned] == typed


def test_a_single_day_against_the_order_is_a_slip_where_others_write_months_as_words():
    texts = ["13/02/2026", "14/02/2026", "02/15/2026", "5 Maret 2026"]
    assert dates_read(texts) == [datetime(2026, 2, 13), datetime(2026, 2, 14), None, datetime(2026, 3, 5)]
    # Without the word, two orders are proved, and neither is taken.
    assert dates_read(texts[:3]) == [WAITS] * 3


@pytest.mark.parametrize("text", ["31/02/2026", "5 Juli", "Juli 2026", "05/07", "12:30", "2026-13-01"])  # fmt: skip
def test_what_is_no_day_is_held(text):
    assert dates_read([text, "15/07/2026"])[0] is None


def numbers_read(texts, column, answer=unanswered, others=None):
    cells = Cells.of(texts)
    decided = decide_numbers({column.column: (cells, column), **(others or {})}, answer)
    return outcome(cells, column, decided[column.column])


counts = st.lists(st.integers(0, 9_999_999), min_size=1, max_size=30)


@given(counts)
def test_indonesian_thousands_are_read(numbers):
    texts = [f"{n:,}".replace(",", ".") for n in numbers]
    assert numbers_read(texts, PROGRAMMES["target_n"]) == numbers


@given(counts)
def test_english_thousands_are_read_or_asked_about(numbers):
    read = numbers_read([f"{n:,}" for n in numbers], PROGRAMMES["target_n"])
    assert all(found in (n, WAITS) for n, found in zip(numbers, read, strict=True))
    if any(n >= 1_000_000 for n in numbers):
        assert read == numbers


@given(st.lists(st.floats(0, 100).map(lambda x: round(x, 3)), min_size=1, max_size=30), st.sampled_from(",."))
def test_scores_with_decimals_are_read_in_both_ways_of_writing(numbers, point):
    # Scores that are fractions alone are of a hundred.
    assume(len(set(numbers)) < 5 or max(numbers) > 1.5)
    read = numbers_read([f"{n:.3f}".replace(".", point) for n in numbers], APPRAISALS["discipline_score"])
    assert all(found in (WAITS, n) for n, found in zip(numbers, read, strict=True))


def test_mixed_thousands_are_asked_about():
    texts = ["1.250,5", "1,250,000", "1,250", "80"]
    assert numbers_read(texts, PROGRAMMES["target_n"]) == [1250.5, 1_250_000, WAITS, 80]
    answered = numbers_read(texts, PROGRAMMES["target_n"], lambda kind, _: "english")
    assert answered[2] == 1250


@given(st.lists(st.integers(1, 150), min_size=2, max_size=30), st.sampled_from(["text", "cell"]))
def test_fractions_of_a_hundred_are_percentages_or_asked_about(numbers, how):
    cells = [n / 100 if how == "cell" else f"{n / 100:.2f}".replace(".", ",") for n in numbers]
    read = numbers_read(cells, APPRAISALS["output_pct"])
    assert all(found == WAITS or round(found, 6) == n for n, found in zip(numbers, read, strict=True))


@given(st.lists(st.floats(2, 150).map(lambda x: round(x, 2)), min_size=1, max_size=30))
def test_percentages_stay(numbers):
    assert numbers_read(numbers, APPRAISALS["output_pct"]) == numbers


def test_a_small_number_among_percentages_is_asked_about():
    assert numbers_read([95.0, 0.9, 88.0], APPRAISALS["output_pct"]) == [95.0, WAITS, 88.0]
    assert numbers_read(["95%", "0,9%"], APPRAISALS["output_pct"]) == [95.0, 0.9]


@given(st.lists(st.integers(1, 599), min_size=1, max_size=30))
def test_waits_as_fractions_of_a_day_are_minutes_or_asked_about(minutes):
    read = numbers_read([m / 1440 for m in minutes], LOG["queue_minutes"])
    assert all(found == WAITS or abs(found - m) < 1e-3 for m, found in zip(minutes, read, strict=True))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("1 jam 5 menit", 65), ("90 detik", 1.5), ("0:12:30", 12.5), ("30 menit", 30), ("12,5", 12.5), ("2 hari", None),
     ("45 orang", None), ("10%", None), ("Rp 10", None), (">3", None), ("12:30", WAITS), ("3 JP", None)],
)  # fmt: skip
def test_a_unit_is_converted_or_refused(text, minutes):
    assert numbers_read([text], LOG["queue_minutes"]) == [minutes]


answers = st.integers(1, 4)


def forms(rows):
    return {name: Cells.of([str(row[at]) for row in rows]) for at, name in enumerate("abcdefghi")}


def rows_of(numbers, *, least):
    return st.lists(st.lists(numbers, min_size=9, max_size=9), min_size=least, max_size=60)


@given(rows_of(answers, least=1))
def test_a_form_of_four_steps_is_no_other_scale(rows):
    assert decide_scale(forms(rows), {1, 2, 3, 4}).kind == ""


@given(rows_of(answers, least=30), st.sampled_from(["5", "44", "9"]))
def test_one_slip_is_no_scale(rows, slip):
    assert decide_scale(forms([*rows, [slip, *rows[0][1:]]]), {1, 2, 3, 4}).kind == ""


@given(st.data(), st.sampled_from([5, 7, 10]))
def test_a_form_of_more_steps_is_noticed(data, last):
    rows = data.draw(rows_of(st.integers(1, last), least=10))
    above = sum(n > 4 for row in rows for n in row)
    assume(above >= 0.1 * 9 * len(rows) and sum(any(n > 4 for n in row) for row in rows) >= 2)
    assert decide_scale(forms(rows), {1, 2, 3, 4}).kind == "scale"


@given(rows_of(st.integers(0, 3), least=20))
def test_a_form_that_counts_from_nought_is_noticed(rows):
    assume(sum(n == 0 for row in rows for n in row) >= 2)
    assert decide_scale(forms(rows), {1, 2, 3, 4}).kind == "scale"


@pytest.mark.parametrize(
    ("texts", "heading", "expected"),
    [
        (["P", "L", "P"], "Jenis Kelamin", ["f", "m", "f"]),
        (["P", "W", "P"], "Jenis Kelamin", ["m", "f", "m"]),
        (["M", "F"], "Jenis Kelamin", ["m", "f"]),
        (["P", "P"], "L/P", ["f", "f"]),
        (["P", "P"], "P/W", ["m", "m"]),
        (["P", "P"], "Jenis Kelamin", [WAITS, WAITS]),
        (["P", "Laki-laki"], "Jenis Kelamin", ["f", "m"]),
        (["P", "Wanita"], "Jenis Kelamin", ["m", "f"]),
        (["P", "L", "W"], "Jenis Kelamin", [WAITS, "m", "f"]),
    ],
)
def test_what_p_means_is_told_by_its_neighbours(texts, heading, expected):
    cells = Cells.of(texts)
    decision = decide_sex(cells, FEEDBACK["sex"], heading, unanswered)
    assert outcome(cells, FEEDBACK["sex"], decision) == expected


def ratings(agreement, *, is_known=False, answer=unanswered):
    cells = Cells.of(["1", "3", "2"])
    column = APPRAISALS["results_rating"]
    decided = decide_ratings({"results_rating": (cells, column)}, agreement, is_known=is_known, answer=answer)
    return outcome(cells, column, decided["results_rating"])


def test_ratings_in_numbers_follow_the_predikat_or_the_source_or_are_asked_about():
    def best_last(codes):
        return (10, 0) if codes["3"] == "above" else (1, 9)

    def neither(_codes):
        return 5, 5

    def nothing(_codes):
        return 0, 0

    assert ratings(best_last) == ["below", "above", "meets"]
    assert ratings(best_last, is_known=True) == ["below", "above", "meets"]
    assert ratings(nothing, is_known=True) == ["above", "below", "meets"]
    assert ratings(nothing) == [WAITS, WAITS, WAITS]
    assert ratings(neither, is_known=True) == [WAITS, WAITS, WAITS]
    assert ratings(nothing, answer=lambda *_: "best_last") == ["below", "above", "meets"]


@pytest.mark.parametrize("text", [">3", "3+", "<3", "-3", "3?", "≥3", "~3", "3/4"])
def test_a_sign_beside_a_number_makes_it_no_answer(text):
    reading = read_column(Cells.of([text]), FEEDBACK["conduct"])
    assert reading.values.isna().all()
    assert np.concatenate(list(reading.faults.values())).all()


def test_a_column_with_decimal_commas_has_no_decimal_points():
    column = APPRAISALS["output_pct"]

    def percentages(texts):
        cells = Cells.of(texts)
        decided = decide_numbers({"output_pct": (cells, column)}, unanswered)
        return outcome(cells, column, decided["output_pct"])

    assert percentages(["95,5", "1.000", "88"]) == [95.5, None, 88]
    assert percentages(["95.5", "95.125", "88"]) == [95.5, 95.125, 88]
