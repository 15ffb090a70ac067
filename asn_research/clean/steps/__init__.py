"""The steps of the recipes. Each takes rows, adds values or marks, and returns the rows."""
