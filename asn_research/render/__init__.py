"""Where a report is rendered."""
