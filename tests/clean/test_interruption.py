"""A run that is cut off, or a disk that is full, leaves the old data or the new, whole."""

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asn_research.clean import clean_folder
from asn_research.clean.questions.unit_review import FILE as REVIEW
from asn_research.clean.store import MANIFEST, MEMORY, is_whole
from asn_research.errors import ProcessedDataError


def two_folders(small_raw, tmp_path):
    """Return the raw data of two moments: with and without the last quarter's appraisals.

    What takes long to clean is left out: each test cleans many times.
    """
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        shutil.copytree(
            small_raw, folder, ignore=shutil.ignore_patterns("kehadiran", "layanan", "survei_pegawai")
        )
    for place in (old / "ekinerja").glob("*III*"):
        place.unlink()
    return old, new


def command(raw, out):
    return [sys.executable, "-m", "asn_research", "clean", "--raw", str(raw), "--out", str(out)]


def killed_runs(small_raw, tmp_path, n, seed):
    old, new = two_folders(small_raw, tmp_path)
    out = tmp_path / "out"
    manifests = {}
    for raw in (new, old):
        clean_folder(raw, out)
        manifests[(out / MANIFEST).read_bytes()] = raw
    shutil.rmtree(out / MEMORY)
    started = time.monotonic()
    subprocess.run(command(new, out), check=True, capture_output=True)
    usual = time.monotonic() - started
    dice, n_new, n_killed = random.Random(seed), 0, 0
    for turn in range(n):
        # From what is there to the other; nothing is remembered, so that there is much to do.
        shutil.rmtree(out / MEMORY, ignore_errors=True)
        before = (out / MANIFEST).read_bytes()
        raw = next(r for content, r in manifests.items() if content != before)
        run = subprocess.Popen(command(raw, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.3, 1.6) * usual)
        run.send_signal(signal.SIGKILL)
        n_killed += run.wait() == -signal.SIGKILL
        after = (out / MANIFEST).read_bytes()
        assert after in manifests, f"turn {turn}: neither the old data nor the new"
        assert is_whole(out), f"turn {turn}: a part is missing or cut off"
        n_new += after != before
    return out, manifests, n_killed, n_new


def test_a_killed_run_leaves_old_or_new_and_the_next_one_finishes(small_raw, tmp_path):
    out, manifests, _, _ = killed_runs(small_raw, tmp_path, n=2, seed=1)
    for content, raw in manifests.items():
        subprocess.run(command(raw, out), check=True, capture_output=True)
        assert (out / MANIFEST).read_bytes() == content
        assert is_whole(out)
    assert not list(out.rglob(".work-*"))


@pytest.mark.longest
def test_twenty_killed_runs(small_raw, tmp_path):
    out, _, n_killed, n_new = killed_runs(small_raw, tmp_path, n=20, seed=7)
    # Some were cut off, some had finished: both sides of the commit were seen.
    assert n_killed >= 5
    assert n_new >= 1
    assert is_whole(out)


def test_a_full_disk_at_each_write_keeps_the_old_data_and_says_so(small_raw, tmp_path, monkeypatch):
    old, new = two_folders(small_raw, tmp_path)
    out = tmp_path / "out"
    clean_folder(old, out)
    before = (out / MANIFEST).read_bytes()
    replace, calls = os.replace, []
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append(b), replace(a, b)))
    shutil.copytree(out, tmp_path / "trial")
    clean_folder(new, tmp_path / "trial")
    n_writes, n_refused = len(calls), 0
    assert n_writes >= 5
    # Every fourth, and those around the commit.
    for fails_at in sorted({*range(1, n_writes, 4), *range(n_writes - 3, n_writes + 1)}):
        calls.clear()

        def full(source, target, fails_at=fails_at):
            calls.append(target)
            if len(calls) == fails_at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return replace(source, target)

        monkeypatch.setattr(os, "replace", full)
        refused = ""
        try:
            report = clean_folder(new, out)
        except ProcessedDataError as error:
            refused = str(error)
        n_refused += bool(refused)
        if refused:
            assert re.search("No space left.*make room and run again", refused)
        else:
            # What only spares the next run work may be missing; the run itself is not disturbed. That the spellings
            # of units could not be listed beside the raw files is told.
            failed = Path(calls[fails_at - 1]) if len(calls) >= fails_at else None
            is_review = (
                failed is not None and failed.name == REVIEW and "tidak dapat ditulis" in report.unit_review
            )
            assert failed is None or MEMORY in failed.parts or is_review
        assert is_whole(out)
        committed = not refused or any(str(place).endswith(MANIFEST) for place in calls[: fails_at - 1])
        assert ((out / MANIFEST).read_bytes() == before) != committed
        monkeypatch.setattr(os, "replace", replace)
        shutil.rmtree(out)
        clean_folder(old, out)
    assert n_refused >= 3
    clean_folder(new, out)
    assert is_whole(out)


def test_a_disk_that_fills_while_a_part_is_written(small_raw, tmp_path, monkeypatch):
    old, new = two_folders(small_raw, tmp_path)
    out = tmp_path / "out"
    clean_folder(old, out)
    before = (out / MANIFEST).read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProcessedDataError, match=r"No space left.*whole; make room"):
        clean_folder(new, out)
    assert (out / MANIFEST).read_bytes() == before
    assert is_whole(out)
    assert not list(out.rglob(".work-*"))
