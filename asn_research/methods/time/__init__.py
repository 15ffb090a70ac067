"""Times and series: waiting that has not ended, and jumps on a day."""
