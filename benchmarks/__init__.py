"""Speed as ratios to named peers, and recovery of known truth. `make bench` runs them all."""
