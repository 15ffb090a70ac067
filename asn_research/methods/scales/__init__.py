"""Scales of questionnaires: reliability, validity, factor models, invariance, ordered answers."""
