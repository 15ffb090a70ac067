"""Branches give the same side by side and one after another, and whatever ends them is told or made good."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import branches as stage
from asn_research.branches import Branch, may_fork, run_branches
from asn_research.errors import ModelError, RequestError
from asn_research.forking import n_cores
from asn_research.remembered import StoredResults, remembered, remembering
from asn_research.sealed import Store

forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(autouse=True)
def _forks(monkeypatch):
    monkeypatch.delenv("WARM_KERNELS", raising=False)


def process_of(_given, _made):
    return {"process": os.getpid()}


@st.composite
def work(draw):
    """Branches of which each sums some of those before it."""
    n = draw(st.integers(1, 7))
    found = []
    for place in range(n):
        needs = draw(st.sets(st.sampled_from(range(place)))) if place else set()
        names = tuple(f"r{other}" for other in sorted(needs))
        seconds = draw(st.floats(0, 9))

        def run(start, made, place=place, names=names):
            assert set(made) == set(names)
            return {f"r{place}": start + place + sum(made.values())}

        found.append(Branch((f"r{place}",), run, needs=names, seconds=seconds))
    return draw(st.permutations(found))


@forked
@settings(max_examples=15)
@given(work(), st.integers(1, 4))
def test_results_do_not_depend_on_how_many_run_side_by_side(branches, n_workers):
    assert run_branches(branches, 1, n_workers=n_workers) == run_branches(branches, 1, n_workers=1)


@forked
def test_a_branch_runs_in_a_process_of_its_own_and_leaves_none_behind():
    two = [Branch(("process",), process_of), Branch(("other",), lambda _g, _m: {"other": os.getpid()})]
    made = run_branches(two, None, n_workers=2)
    assert len({os.getpid(), *made.values()}) == 3
    for pid in made.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(("switch", "n_workers"), [("0", 2), ("", 1)])
def test_without_forks_all_runs_here(monkeypatch, switch, n_workers):
    monkeypatch.setenv("WARM_KERNELS", switch)
    branches = [Branch(("process",), process_of), Branch(("second",), lambda _g, m: {"second": None})]
    assert run_branches(branches, None, n_workers=n_workers) == {"process": os.getpid()}


def test_a_switch_that_is_neither_is_refused(monkeypatch):
    monkeypatch.setenv("WARM_KERNELS", "yes")
    with pytest.raises(RequestError, match="set it to 0"):
        may_fork()


@forked
def test_an_error_comes_through_as_it_was_raised():
    def refuse(_given, _made):
        raise ModelError("Too few units. Join periods.").worded_as("a_word", n=3)

    branches = [Branch(("wrong",), refuse), Branch(("slow",), lambda _g, _m: time.sleep(60) or {})]
    start = time.monotonic()
    with pytest.raises(ModelError, match="Join periods") as caught:
        run_branches(branches, None, n_workers=2)
    assert (caught.value.word, caught.value.named) == ("a_word", {"n": 3})
    assert caught.value.__traceback__.tb_next is not None
    assert time.monotonic() - start < 50, "the other branch was not waited for"


@forked
def test_a_branch_that_is_killed_is_made_here():
    home = os.getpid()

    def fragile(_given, _made):
        if os.getpid() != home:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"fragile": 7}

    assert run_branches([Branch(("fragile",), fragile), Branch(("process",), process_of)], None, n_workers=2)[
        "fragile"
    ] == 7  # fmt: skip


@forked
def test_results_that_cannot_be_sent_are_made_here():
    branches = [
        Branch(("open",), lambda _g, _m: {"open": (line for line in "ab")}),
        Branch(("process",), process_of),
    ]
    assert list(run_branches(branches, None, n_workers=2)["open"]) == ["a", "b"]


@forked
def test_a_branch_that_stands_still_is_made_here(monkeypatch):
    monkeypatch.setattr(stage, "_SECONDS_STILL", 0.5)
    monkeypatch.setattr(stage, "_SECONDS_BETWEEN_LOOKS", 0.2)
    home = os.getpid()

    def stuck(_given, _made):
        if os.getpid() != home:
            signal.pause()
        return {"stuck": 1}

    made = run_branches([Branch(("stuck",), stuck), Branch(("process",), process_of)], None, n_workers=2)
    assert made["stuck"] == 1


@forked
def test_large_results_arrive_whole():
    def large(_given, _made):
        return {"large": np.arange(3_000_000)}

    made = run_branches([Branch(("large",), large), Branch(("process",), process_of)], None, n_workers=2)
    np.testing.assert_array_equal(made["large"], np.arange(3_000_000))


@remembered
def squared(value):
    return value**2


@forked
def test_what_a_fork_remembers_is_kept_and_is_taken_for_used(tmp_path):
    def squares(name, value):
        return Branch((name,), lambda _g, _m: {name: squared(value)})

    for values in ((2, 3), (3, 4)):
        store = Store(tmp_path, "code")
        with remembering(StoredResults(store)):
            made = run_branches([squares("a", values[0]), squares("b", values[1])], None, n_workers=2)
        store.forget_unused()
        assert list(made.values()) == [values[0] ** 2, values[1] ** 2]
        assert len(store.used) == len(list(tmp_path.glob("*/*"))) == 2


def test_branches_must_declare_what_they_make_and_need():
    with pytest.raises(ValueError, match="does not declare"):
        run_branches([Branch(("a",), lambda _g, _m: {"b": 1})], None)
    with pytest.raises(ValueError, match="No branch makes"):
        run_branches([Branch(("a",), process_of, needs=("b",))], None)
    with pytest.raises(ValueError, match="cycle"):
        run_branches(
            [Branch(("a",), process_of, needs=("b",)), Branch(("b",), process_of, needs=("a",))], None
        )


def test_how_much_is_done_is_told():
    told = []
    branches = [Branch((name,), lambda _g, _m: {}) for name in "abc"]
    run_branches(branches, None, n_workers=1, on_progress=lambda *pair: told.append(pair))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_cores_are_those_that_this_process_may_use():
    assert 1 <= n_cores() <= (os.cpu_count() or 1)


_ENDLESS = """
import os, sys, time
from asn_research.branches import Branch, run_branches

def endless(given, made):
    os.write(1, b"%d\\n" % os.getpid())
    while True:
        time.sleep(0.05)

run_branches([Branch(("a",), endless), Branch(("b",), endless)], None, n_workers=2)
"""


@forked
@pytest.mark.parametrize("way", ["SIGINT to all", "SIGKILL to the asking one"])
def test_nothing_is_left_running_when_the_run_is_stopped(way):
    program = textwrap.dedent(_ENDLESS)
    if way.startswith("SIGKILL"):
        # A branch that has something to send finds nobody to hear it.
        program = program.replace(
            "while True:\n        time.sleep(0.05)", "time.sleep(2); return {'a': bytes(9_000_000)}"
        )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )  # fmt: skip
    pids = [int(process.stdout.readline()) for _ in range(2)]
    if way.startswith("SIGINT"):
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.kill()
    process.communicate(timeout=120)
    for pid in pids:
        assert _ends(pid)


@forked
@pytest.mark.parametrize("side", ["after_in_parent", "after_in_child"])
def test_an_interrupt_while_a_process_is_forked_ends_the_run(side):
    """Python ignores what is raised in functions that are called at a fork."""
    program = f"""
import os, signal
os.register_at_fork({side}=lambda: os.kill({{"after_in_parent": os.getpid, "after_in_child": os.getppid}}["{side}"](), signal.SIGINT))
{textwrap.dedent(_ENDLESS)}"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )  # fmt: skip
    printed, errors = process.communicate(timeout=120)
    assert process.returncode not in (0, None)
    assert errors.rstrip().endswith(b"KeyboardInterrupt")
    assert all(_ends(int(pid)) for pid in printed.split())


def _ends(pid, seconds=60):
    for _ in range(seconds * 10):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
