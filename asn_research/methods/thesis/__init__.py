"""What Indonesian theses ask for in *Bab IV*, laid out as it is taught, with what is better beside it."""
