import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.editions.sample_report import long_table, plan_table, wide_table

from asn_research.render.editions.layout import FONTS, fit_table, open_report, text_width
from asn_research.show.blocks import Cell, Cover, Figure, Heading, Table, TableColumn

WIDTH = 480.0
WORDS = st.text("abcdefghijklm ABC 0123,.", max_size=30)


@st.composite
def tables(draw):
    n = draw(st.integers(1, 12))
    columns = tuple(
        TableColumn(draw(WORDS), draw(st.sampled_from(["left", "right", "center"])), draw(st.floats(0.1, 5)))
        for _ in range(n)
    )
    rows = tuple(tuple(Cell(draw(WORDS)) for _ in range(n)) for _ in range(draw(st.integers(0, 3))))
    return Table("t", "t", columns, rows)


@given(tables())
def test_columns_share_the_whole_width(table):
    fit = fit_table(table, WIDTH)
    assert sum(fit.shares) == pytest.approx(1)
    assert all(share > 0 for share in fit.shares)
    assert 6 <= fit.size <= 9


@given(tables())
def test_no_word_is_broken_unless_the_smallest_letters_are_too_large(table):
    fit = fit_table(table, WIDTH)
    for number, share in enumerate(fit.shares):
        texts = [table.columns[number].label, *(row[number].text for row in table.rows)]
        longest = max((text_width(word) for text in texts for word in text.split()), default=0)
        if fit.size > 6:
            assert longest * fit.size <= share * WIDTH - 2 * fit.padding + 1e-6


@pytest.mark.parametrize("language", ["id", "en"])
def test_wide_tables_have_smaller_letters_but_readable_ones(language):
    sizes = [fit_table(make(language), WIDTH).size for make in (plan_table, long_table, wide_table)]
    assert sizes[:2] == [9.0, 9.0]
    assert 6.5 <= sizes[2] < 9


def test_relative_widths_are_kept_where_there_is_room():
    columns = (TableColumn("a", "left", 1), TableColumn("b", "left", 3))
    assert fit_table(Table("t", "t", columns, ()), WIDTH).shares == pytest.approx((0.25, 0.75))


def test_estimated_widths_are_those_of_the_bold_typeface():
    from fontTools.ttLib import TTFont

    font = TTFont(FONTS / "Lato-Bold.ttf", lazy=True)
    glyphs, widths, unit = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    for text in (
        "Penanggung jawab",
        "Keterangan",
        "12.345,6",
        "80,3 – 84,5",
        "WAKTU",
        "Sesuai standar (menit)",
    ):
        real = sum(widths[glyphs[ord(letter)]][0] for letter in text) / unit
        assert text_width(text) == pytest.approx(real, rel=0.06)


def test_blocks_are_numbered_in_reading_order():
    table = Table("t", "t", (TableColumn("a"),), ())
    figure = Figure("f", "t", "alt", "<svg/>", b"")
    cover = Cover("T", "S", "I", "P", "en")
    blocks = [cover, Heading("a", 2), Heading("b"), Heading("c", 2), Heading("d", 2), table, figure, Heading("e"), Heading("f", 2), table]  # fmt: skip
    report = open_report(blocks)
    assert [part.number for part in report.parts] == ["1", "2", "2.1", "2.2", "1", "1", "3", "3.1", "2"]
    assert report.parts[0].block == Heading("a", 1)
    assert report.label(report.parts[-1]) == "Table 2"
