"""Where raw data enters."""
