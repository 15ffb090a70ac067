"""How long work takes."""

import statistics
import time


def seconds(work, runs=3):
    """Return the median of some runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
