"""Registers are read as Excel, Notepad and LibreOffice save them; what cannot be read is refused in words."""

import csv
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.errors import RuleError
from asn_research.rules.cities import load_margins
from asn_research.rules.plain_yaml import parse_yaml
from asn_research.rules.settings_text import MAX_BYTES, decode, read_settings_text, table_rows

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
ROWS = [["unit_id", "name"], ["DISHUB", "Café; Perhubungan"], ["", ""], ["DINKES", 'Dinas "Kesehatan"']]


def outcome(function):
    """Return what a function returns, or the words in which it refuses."""
    try:
        return function()
    except RuleError as error:
        return str(error)


def saved(rows, separator=",", encoding="utf-8", first=""):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return (first + text.getvalue()).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("has_line", [False, True])
def test_a_register_is_read_however_it_was_saved(tmp_path, encoding, separator, has_line):
    place = tmp_path / "units.csv"
    first = f"sep={separator}\r\n" if has_line else ""
    place.write_bytes(saved(ROWS, separator, encoding, first))
    found = list(table_rows(read_settings_text(place), place.name))
    assert [row["name"] for _, row in found] == ["Café; Perhubungan", 'Dinas "Kesehatan"']
    assert [number for number, _ in found] == [2 + has_line, 4 + has_line]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=8),
            min_size=3,
            max_size=3,
        ).filter(lambda r: any(c.strip() for c in r)),
        max_size=6,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_stands_in_the_cells_comes_back(rows, separator, encoding):
    text = decode(saved([["a", "b", "c"], *rows], separator, encoding), "x.csv")
    assert [list(row.values()) for _, row in table_rows(text, "x.csv")] == rows


@given(st.binary(max_size=300))
def test_no_bytes_end_in_anything_but_rows_or_words(content):
    found = outcome(lambda: list(table_rows(decode(content, "x.csv"), "x.csv")))
    if isinstance(found, str):
        assert found.startswith("x.csv")
    else:
        assert all(
            number > 1 and all(isinstance(cell, str) for cell in row.values()) for number, row in found
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2,3\n", "row 2: there are more cells than headings"),
        ("a,,b\n1,2,3\n", "row 2: a cell stands under no heading"),
        ("a,a\n1,2\n", "the heading 'a' stands twice"),
        ("a,b\n" + "x" * 140_000 + ",1\n", "cannot be read as a table"),
    ],
)
def test_a_table_that_would_lose_cells_is_refused(text, said):
    with pytest.raises(RuleError, match=said):
        list(table_rows(text, "x.csv"))


def test_rows_that_end_early_or_hold_nothing_are_no_fault():
    assert list(table_rows("a;b;\n1;;\n;;\n\n2\n", "x.csv")) == [
        (2, {"a": "1", "b": ""}),
        (5, {"a": "2", "b": ""}),
    ]


@needs_pipes
def test_what_is_no_text_file_is_refused_and_not_opened(tmp_path):
    os.mkfifo(tmp_path / "units.csv")
    with pytest.raises(RuleError, match=r"units\.csv: this is not a file"):
        read_settings_text(tmp_path / "units.csv")
    (tmp_path / "margins.csv").mkdir()
    with pytest.raises(RuleError, match="this is not a file"):
        read_settings_text(tmp_path / "margins.csv")
    (tmp_path / "a.csv").write_bytes(b"x\0y")
    with pytest.raises(RuleError, match="not a text file"):
        read_settings_text(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(RuleError, match="larger than"):
        read_settings_text(tmp_path / "b.csv")


def test_margins_saved_by_excel_count(tmp_path):
    place = tmp_path / "margins.csv"
    place.write_bytes(
        "unit_id;variable;category;population_n;source\r\n;sex;f;340000;Données BPS\r\n;;;;\r\n".encode(
            "cp1252"
        )
    )
    (margin,) = load_margins(place)
    assert (margin.category, margin.population_n, margin.source) == ("f", 340_000, "Données BPS")


REFUSED = {
    "alias": ("a: &x [1]\nb: *x", "line 2: aliases"),
    "laughs": ("a: &a [x]\n" + "".join(f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join([f'*{chr(97 + k)}'] * 9)}]\n" for k in range(9)), "line 2: aliases"),
    "tag": ("a: 1\nb: !!python/object/apply:os.system [x]", "line 2: tags"),
    "twice": ("a: 1\nb: 2\na: 3", "line 3: `a` stands twice"),
    "deep": ("a: " + "[" * 5000, "line 1: it is nested"),
    "no_mapping": ("- 1", "expected `key: value` lines"),
    "no_text": ("a: \x07", "signs that are no text"),
    "open": ("a: [1\n", "not readable yaml"),
}  # fmt: skip


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_yaml_that_settings_do_not_hold_is_refused_with_its_line(text, said, as_text):
    with pytest.raises(RuleError, match=said):
        parse_yaml(text, "x.yaml", as_text=as_text)


@pytest.mark.parametrize(
    "value", ["2026-13-45", "2026-02-30", "0x_", "9" * 5000, "2026-02-03T10:00:00+99:99", "1:99999999999:0x"]
)
def test_a_date_or_number_that_cannot_be_is_refused_or_left_as_text(value):
    text = f"a: 1\nb: {value}"
    assert parse_yaml(text, "x.yaml", as_text=True)["b"] == value
    found = outcome(lambda: parse_yaml(text, "x.yaml"))
    assert found == {"a": 1, "b": value} or "line 2: this date, time or number cannot be" in found


def test_values_that_users_write_stay_as_written():
    text = "ignore: [No, 007, 12:30, 1_0, yes, 3.10]\nset: {x: }\nquoted: ''"
    assert parse_yaml(text, "x.yaml", as_text=True) == {
        "ignore": ["No", "007", "12:30", "1_0", "yes", "3.10"],
        "set": {"x": None},
        "quoted": "",
    }


@given(st.text(max_size=60))
def test_no_text_ends_in_anything_but_a_mapping_or_words(text):
    for as_text in (False, True):
        found = outcome(lambda as_text=as_text: parse_yaml(text, "x.yaml", as_text=as_text))
        assert isinstance(found, dict) or found.startswith("x.yaml")
