"""Raters: how strict, how alike, how fair; and what a design of ratings can tell."""
