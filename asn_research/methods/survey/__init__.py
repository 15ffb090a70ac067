"""Surveys: estimates from a design, intervals, shrinkage and ranks."""
