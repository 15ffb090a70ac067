"""Where a model is fitted."""
