"""A browser that is driven over its own debugging protocol, and a JupyterLab that it opens."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from tornado.websocket import websocket_connect

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LAB = ROOT / ".venv-lab" / "bin" / "jupyter-lab"
# Generous: a wait ends the test when something is broken, and judges no speed.
MINUTES = 5


def wait_for(found, what):
    """Return what a function finds as soon as it finds something."""
    until = time.monotonic() + 60 * MINUTES
    while not (result := found()):
        assert time.monotonic() < until, f"{what} did not come"
        time.sleep(0.2)
    return result


@contextmanager
def running(command, **options):
    """Run a program and end it with all that it started."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    ) as process:
        try:
            yield process
        finally:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in family:
                with_gone(each.kill)
            psutil.wait_procs(family, timeout=60)


def with_gone(action):
    try:
        action()
    except psutil.NoSuchProcess:
        return


@contextmanager
def lab(folder, home, env):
    """Serve a folder by JupyterLab and give its address."""
    runtime = home / "runtime"
    env = {**env, "JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(home / "config"),
           "JUPYTER_DATA_DIR": str(home / "data"), "IPYTHONDIR": str(home / "ipython")}  # fmt: skip
    command = [str(LAB), "--no-browser", "--port=0", "--allow-root", f"--ServerApp.root_dir={folder}",
               "--LabApp.expose_app_in_browser=True", "--IdentityProvider.token=t", "--LabApp.news_url=''"]  # fmt: skip

    def address():
        for place in runtime.glob("jpserver-*.json"):
            try:
                return json.loads(place.read_text())["url"]
            except ValueError:
                return None
        return None

    with running(command, env=env):
        yield wait_for(address, "JupyterLab")


class Page:
    """One page of a browser."""

    def __init__(self, connection):
        self._connection, self._number = connection, 0

    async def ask(self, method, **params):
        """Send a command and return its answer."""
        self._number += 1
        await self._connection.write_message(
            json.dumps({"id": self._number, "method": method, "params": params})
        )
        while True:
            answer = json.loads(await self._connection.read_message())
            if answer.get("id") == self._number:
                return answer["result"]

    async def value(self, expression):
        """Return what an expression is in the page; none if it fails."""
        answer = await self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")

    async def until(self, expression):
        """Wait until an expression is true in the page."""
        until = time.monotonic() + 60 * MINUTES
        while not (value := await self.value(expression)):
            assert time.monotonic() < until, f"{expression} never held"
            await asyncio.sleep(0.3)
        return value

    async def picture(self, place):
        """Keep a picture of the page."""
        shot = await self.ask("Page.captureScreenshot", format="png")
        place.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def chromium(home):
    """Start a browser without a window and give the port of its debugging protocol."""
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
               f"--user-data-dir={home}", "--window-size=1366,1500", "--no-first-run", "about:blank"]  # fmt: skip
    port = home / "DevToolsActivePort"
    with running(command, env={**os.environ, "HOME": str(home)}):
        wait_for(lambda: port.is_file() and "\n" in port.read_text(), "the browser")
        yield int(port.read_text().split()[0])


async def open_page(port, address):
    """Open an address in a new page of its own."""
    import urllib.request

    request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?{address}", method="PUT")
    with urllib.request.urlopen(request, timeout=60 * MINUTES) as answer:
        target = json.load(answer)
    page = Page(await websocket_connect(target["webSocketDebuggerUrl"], max_message_size=2**28))
    await page.ask("Page.enable")
    return page


if __name__ == "__main__":
    sys.exit("This is a helper of tests/journeys/test_jupyterlab.py.")
