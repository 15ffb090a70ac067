"""The names of the files in which the desk keeps its state."""

#: What each file was recognised as, and the mappings that a person chose, by the fingerprint of the layout.
RECOGNISED, LAYOUTS = "dikenali.json", "susunan.json"
#: What became of the rows at the last check.
OUTCOME = "hasil.json"
#: What the last reports were made of, and the index of each unit by period.
MADE, INDEX = "laporan.json", "ikm.json"
