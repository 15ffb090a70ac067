"""Indices from clean rows."""
