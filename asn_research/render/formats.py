"""The formats that reports are written in; each has its writer in `render/editions`."""

from __future__ import annotations

#: Each has its writer in `EDITIONS`, and its row ``index_format_<format>`` in `words.csv`.
FORMATS = ("html", "pdf", "docx", "xlsx")
