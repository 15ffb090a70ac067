"""Mediation: how much of an association runs through a mediator."""
