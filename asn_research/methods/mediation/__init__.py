"""How much of an association runs through something between."""
