"""Faulty rows go back to whoever keeps them, and come back corrected."""
