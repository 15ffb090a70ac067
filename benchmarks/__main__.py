"""Run the benchmarks and print their tables in Markdown, as they stand in README.md."""

import sys

from benchmarks import recovery, speed

if __name__ == "__main__":
    sys.stdout.write(speed.table() + "\n\n" + recovery.table() + "\n")
