"""The html frame of pages that list or describe reports: indexes, status, passports."""

from __future__ import annotations

from html import escape

from asn_research.render.editions import REPORT_CSS


def page(title: str, body: str, language: str) -> str:
    """Return a page in the reports' style; the body is html, the title is text."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{REPORT_CSS}</style></head>"
        f'<body class="index">{body}</body></html>'
    )
