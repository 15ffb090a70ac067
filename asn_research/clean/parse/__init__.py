"""Texts become values: numbers, dates, periods, choices; and how a column is parsed is decided from all its cells."""
