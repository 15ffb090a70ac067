"""Kernels forked from a warm parent behave as the ordinary ones do."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from asn_research.forking import SWITCH, can_fork
from asn_research.render.warm.client import Forked, RefusedError, WarmParent, close_parents
from asn_research.render.warm.parent import MEMORY_LIMIT, Request
from asn_research.render.warm.spec import JUPYTER_PATH, KERNEL

pytestmark = pytest.mark.skipif(not can_fork(), reason="nothing is forked here")


@pytest.fixture(scope="module", autouse=True)
def kernel(tmp_path_factory):
    """A kernelspec whose parent imports little, so that the tests start fast."""
    home = tmp_path_factory.mktemp("jupyter")
    spec = json.loads((JUPYTER_PATH / "kernels" / KERNEL / "kernel.json").read_text())
    spec["metadata"]["kernel_provisioner"]["config"]["modules"] = ["numpy"]
    (home / "kernels" / "warm-test").mkdir(parents=True)
    (home / "kernels" / "warm-test" / "kernel.json").write_text(json.dumps(spec))
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(home)
    yield "warm-test"
    close_parents()
    os.environ.pop("JUPYTER_PATH") if before is None else os.environ.__setitem__("JUPYTER_PATH", before)


def manager(folder):
    class Manager(AsyncKernelManager):
        def _transport_default(self):
            return "ipc"

        def _connection_file_default(self):
            return str(folder / "k.json")

    return Manager


@pytest.fixture
def folder():
    import shutil
    import tempfile

    # pytest's own folders have long paths, and socket files must not.
    place = Path(tempfile.mkdtemp(prefix="k"))
    yield place
    shutil.rmtree(place)


def executed(folder, *sources, **options):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(
        notebook, kernel_name="warm-test", kernel_manager_class=manager(folder), resources={"metadata": {"path": str(folder)}},
        iopub_timeout=600, **options,
    )  # fmt: skip
    client.execute()
    return ["".join(o.get("text", "") for o in cell.outputs).strip() for cell in notebook.cells]


def test_the_kernelspec_is_where_jupyter_looks():
    assert KERNEL in KernelSpecManager().find_kernel_specs()


def test_a_kernel_is_a_fork_of_its_own_with_the_imports_done(folder):
    (text,) = executed(
        folder,
        "import os, sys\nprint(os.getpid(), os.getppid(), os.getpgrp(), 'numpy' in sys.modules, os.getcwd())",
    )
    pid, parent, group, warm, cwd = text.split()
    assert pid == group
    assert "warm.parent" in " ".join(psutil.Process(int(parent)).cmdline())
    assert warm == "True"
    assert Path(cwd) == folder.resolve()
    assert not psutil.pid_exists(int(pid))


def test_siblings_share_neither_state_nor_randomness(folder):
    source = "import builtins, numpy, random, os\nprint(hasattr(builtins, 'mark'), random.random(), numpy.random.rand(), 'MARK' in os.environ)\nbuiltins.mark = 1; os.environ['MARK'] = '1'"
    first, second = executed(folder, source)[0].split(), executed(folder, source)[0].split()
    assert first[0] == second[0] == first[3] == second[3] == "False"
    assert first[1] != second[1]
    assert first[2] != second[2]


def test_the_parent_has_one_thread_and_no_socket_of_a_kernel(folder):
    (text,) = executed(folder, "import os\nprint(os.getppid())")
    parent = psutil.Process(int(text))
    assert parent.num_threads() == 1
    assert parent.net_connections() == []
    assert parent.children() == []


def test_a_cell_that_takes_too_long_ends_as_usual(folder):
    with pytest.raises(CellTimeoutError):
        executed(folder, "import time; time.sleep(60)", timeout=1)


def test_a_kernel_that_dies_is_noticed(folder):
    with pytest.raises(DeadKernelError):
        executed(folder, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


def test_when_the_parent_is_killed_the_kernel_is_dead_and_the_next_one_starts(folder):
    with pytest.raises(DeadKernelError):
        executed(
            folder, "import os, signal; os.kill(os.getppid(), signal.SIGKILL); import time; time.sleep(30)"
        )
    assert executed(folder, "print(6 * 7)") == ["42"]


def test_memory_is_limited_with_an_ordinary_error(folder, monkeypatch):
    monkeypatch.setenv(MEMORY_LIMIT, "700")
    (text,) = executed(
        folder, "try:\n    x = bytearray(2**30)\n    print('all')\nexcept MemoryError:\n    print('no more')"
    )
    assert text == "no more"


def test_interrupt_and_restart(folder):
    async def story():
        km = manager(folder)(kernel_name="warm-test")
        await km.start_kernel()
        client = km.client()
        client.start_channels()
        await client.wait_for_ready(timeout=300)
        first = km.provisioner.process
        assert isinstance(first, Forked)
        client.execute("print('here', flush=True); import time; time.sleep(600)")
        while (await client.get_iopub_msg(timeout=300))["msg_type"] != "stream":
            pass
        await km.interrupt_kernel()
        reply = await client.get_shell_msg(timeout=300)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        await km.restart_kernel(now=True)
        await client.wait_for_ready(timeout=300)
        second = km.provisioner.process
        assert second.pid != first.pid
        assert first.poll() == -signal.SIGKILL
        assert await km.is_alive()
        await km.shutdown_kernel()
        client.stop_channels()
        assert second.poll() == 0
        assert second.peak_mb > 10

    asyncio.run(story())


@pytest.mark.parametrize(("choice", "is_forked"), [("0", False), ("1", True)])
def test_the_switch_decides(choice, is_forked):
    assert can_fork({SWITCH: choice}) is is_forked


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="WARM_KERNELS is 'yes'; set it to 0"):
        can_fork({SWITCH: "yes"})


@pytest.mark.parametrize(("choice", "is_forked"), [({}, False), ({SWITCH: "1"}, True), ({SWITCH: ""}, False)])
def test_macos_forks_only_when_asked(monkeypatch, choice, is_forked):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert can_fork(choice) is is_forked


def test_the_switch_starts_kernels_the_ordinary_way(folder, monkeypatch):
    monkeypatch.setenv("WARM_KERNELS", "0")
    (text,) = executed(folder, "import os\nprint(os.getppid())")
    assert int(text) == os.getpid()


def test_changed_code_is_not_served_by_an_old_parent(folder, tmp_path, monkeypatch):
    (tmp_path / "young.py").write_text("answer = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    spec = Path(os.environ["JUPYTER_PATH"]) / "kernels" / "warm-test" / "kernel.json"
    before = spec.read_text()
    spec.write_text(before.replace('"numpy"', '"young"'))
    try:
        assert executed(folder, "import young; print(young.answer)") == ["1"]
        (tmp_path / "young.py").write_text("answer = 22\n")
        assert executed(folder, "import young; print(young.answer)") == ["22"]
    finally:
        spec.write_text(before)


def test_imports_that_fail_leave_the_ordinary_kernel(folder, capfd):
    spec = Path(os.environ["JUPYTER_PATH"]) / "kernels" / "warm-test" / "kernel.json"
    before = spec.read_text()
    spec.write_text(before.replace('"numpy"', '"no_such_module"'))
    try:
        assert executed(folder, "print(1)") == ["1"]
    finally:
        spec.write_text(before)
    assert "no_such_module" in capfd.readouterr().err


def test_a_parent_ends_with_the_process_that_started_it():
    program = (
        "import os, sys, time\n"
        "from asn_research.render.warm.client import WarmParent\n"
        "from asn_research.render.warm.parent import Request\n"
        "parent = WarmParent.start(['json'])\n"
        "fork = parent.ask(Request('time:sleep', [], '/', dict(os.environ)), (None, None, None))\n"
        "fork.wait_for_start()\n"
        "print(parent.pid, fork.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        process.kill()
    for pid in pids:
        # A wait for what must come, not a measure of speed.
        gone = time.monotonic() + 300
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < gone, f"{pid} is an orphan"
            time.sleep(0.05)


def test_exit_codes_come_through_the_parent():
    parent = WarmParent.start(["json"])
    env = dict(os.environ)
    try:
        ends = {}
        for target in ("builtins:len", "json:loads", "no_such_module:run"):
            fork = parent.ask(Request(target, [], "/", env), (None, None, subprocess.DEVNULL))
            fork.wait_for_start(300)
            ends[target] = fork.wait(300)
        assert ends == {"builtins:len": 0, "json:loads": 1, "no_such_module:run": 1}
    finally:
        parent.close()
    with pytest.raises(RefusedError):
        parent.ask(Request("sys:exit", [], "/", env), (None, None, None)).wait_for_start(300)
