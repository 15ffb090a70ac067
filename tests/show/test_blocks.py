import pytest

from asn_research.show.blocks import (
    MIME,
    Blocks,
    Cell,
    Cover,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Signature,
    Table,
    TableColumn,
    block_from_json,
    flatten,
)  # fmt: skip

BLOCKS = [
    Cover("T", "S", "I", "Triwulan III 2026", "id", (("a", "b"),), "DATA SIMULASI", "DISHUB", "2026-Q3"),
    Heading("Bagian", 2),
    Paragraph("a < b & c", "warning"),
    KeyFigures((KeyFigure("IKM", "85,91", "n = 41", "naik", "better"),)),
    Table(
        "t",
        "Judul",
        (TableColumn("x", "right", 2.0),),
        ((Cell("1,5", 1.5),), (Cell("•"),)),
        ("catatan",),
        (1,),
    ),
    Figure("f", "Judul", "alt", "<svg/>", "DISHUB", "2026-Q3", ("catatan",)),
    Signature("Pontianak", "Kepala", "(...)", "NIP ..."),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.kind)
def test_a_block_survives_the_notebook(block):
    assert block_from_json(block.to_json()) == block


def test_a_group_opens_into_its_blocks():
    bundle = Blocks((Blocks(tuple(BLOCKS[:2])), BLOCKS[2]))._repr_mimebundle_()
    assert flatten(bundle[MIME]) == BLOCKS[:3]


def test_a_notebook_aligns_the_cells_of_a_table_without_a_style_sheet():
    table = next(block for block in BLOCKS if block.kind == "table")
    page = table._repr_mimebundle_()["text/html"]
    assert page.count("text-align:") == len(table.columns) * (1 + len(table.rows))
    assert f'class="{table.columns[0].align}" style="text-align:{table.columns[0].align}"' in page
    assert "text-align" not in table.to_html()


def test_text_is_escaped_in_html():
    assert "a &lt; b &amp; c" in BLOCKS[2].to_html()


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError, match="song"):
        block_from_json({"kind": "song"})
