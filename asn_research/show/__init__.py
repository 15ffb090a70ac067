"""Tables, figures and words of reports, in Indonesian and English, from protected tables only."""
