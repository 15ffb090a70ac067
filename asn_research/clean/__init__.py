"""Where raw data is cleaned."""
