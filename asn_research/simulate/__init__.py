"""A city with known truth, and files as messy as offices send."""
