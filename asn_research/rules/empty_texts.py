"""Texts that stand in a cell without a value, as offices write them or as programs make them of missing values."""

#: In lower case, with single blanks.
EMPTY_TEXTS = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        "n/a",
        "#n/a",
        "na",
        "nan",
        "<na>",
        "nat",
        "none",
        "null",
        "kosong",
        "tidak ada data",
    }
)
