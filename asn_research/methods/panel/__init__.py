"""Panels and regressions: effects taken out, errors clustered, or of other shapes."""
