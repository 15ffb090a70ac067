"""The kernel provisioner ``warm-fork``: like that of jupyter_client, but it forks kernels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import List, Unicode

from asn_research.forking import can_fork
from asn_research.render.warm.client import Forked, RefusedError, discard, parent_for
from asn_research.render.warm.parent import Request
from asn_research.render.warm.spec import KERNEL_MODULE

_LAUNCHER = ["-m", "ipykernel_launcher"]
_ATTEMPTS = 3


class WarmProvisioner(LocalProvisioner):
    """A provisioner that forks kernels from a warm parent; there is one parent per process and set of imports.

    The kernel is started without a fork if the system cannot fork, the environment variable forbids it, the
    kernel is not an ipykernel, or the parent fails.
    """

    #: The last forked kernel, even after it has ended.
    forked: Forked | None = None

    modules: List[str] = List(Unicode(), help="What the parent imports.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; if that is not possible, start it as jupyter_client does."""
        forked = await self._fork(cmd, kwargs) if self._can_fork(cmd, kwargs) else None
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.forked = self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = kwargs.get("cwd") or str(Path.cwd())
        return self.connection_info

    def _can_fork(self, cmd: list[str], kwargs: dict[str, Any]) -> bool:
        env = kwargs.get("env") or os.environ
        return (
            can_fork(env)
            and cmd[1:3] == _LAUNCHER
            and Path(cmd[0]).absolute() == Path(sys.executable).absolute()
            and subprocess.PIPE not in (kwargs.get("stdout"), kwargs.get("stderr"), kwargs.get("stdin"))
        )

    async def _fork(self, cmd: list[str], kwargs: dict[str, Any]) -> Forked | None:
        env = dict(kwargs.get("env") or os.environ)
        request = Request(
            "asn_research.render.warm.kernel:run", cmd[3:], str(kwargs.get("cwd") or Path.cwd()), env
        )
        streams = [kwargs.get("stdin") or subprocess.DEVNULL, kwargs.get("stdout"), kwargs.get("stderr")]
        for _ in range(_ATTEMPTS):
            try:
                parent = parent_for((KERNEL_MODULE, *self.modules), env)
            except RefusedError:
                break
            try:
                forked = parent.ask(request, streams)
                await forked.started()
            except RefusedError as reason:
                self.log.info("The warm parent cannot serve: %s.", reason)
                discard(parent)
            else:
                parent.has_served = True
                return forked
        self.log.warning("No warm parent could be started; the kernel starts the ordinary way.")
        return None

    async def wait(self) -> int | None:
        """Wait for the end of the kernel, without the 0.1 seconds of delay of jupyter_client's polling."""
        if not isinstance(self.process, Forked):
            return await super().wait()
        code = await self.process.ended()
        self.process = None
        return code

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and its process group, and wait for its end."""
        if isinstance(self.process, Forked):
            self.process.kill_group()
            await self.process.ended()
        else:
            await super().kill(restart)

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the process group of the kernel, if the kernel still runs."""
        if not isinstance(self.process, Forked):
            await super().send_signal(signum)
        elif self.process.poll() is None:
            os.killpg(self.process.pid, signum)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end (SIGTERM)."""
        if isinstance(self.process, Forked):
            await self.send_signal(signal.SIGTERM)
        else:
            await super().terminate(restart)
