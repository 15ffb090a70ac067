"""Numbers and names of people: checked, replaced by pseudonyms, kept out of all that is stored."""
