"""The tile in JupyterLab's launcher: how jupyter-server-proxy starts the desk."""

from __future__ import annotations

import os
import secrets
import sys
from typing import Any

from asn_research.desk.guard import PROXY_KEY


def setup_desk() -> dict[str, Any]:
    """Return what jupyter-server-proxy needs to start the desk and to show its tile.

    Every request that Jupyter passes on, after its own login, carries a secret of this run of Jupyter; the desk
    refuses all others. On Linux and macOS it listens on a socket file that only its user may open.
    """
    secret = secrets.token_urlsafe(32)
    has_sockets = os.name == "posix"
    where = ["--socket", "{unix_socket}"] if has_sockets else ["--port", "{port}"]
    return {
        "command": [sys.executable, "-m", "asn_research", "desk", "--proxied", *where],
        "environment": {"ASN_RESEARCH_DESK_KEY": secret},
        "request_headers_override": {PROXY_KEY: secret},
        "unix_socket": has_sockets,
        "timeout": 60,
        "absolute_url": False,
        "new_browser_tab": True,
        "launcher_entry": {
            "title": "Meja Laporan ASN",
            "icon_path": os.path.join(os.path.dirname(__file__), "static", "meja.svg"),
            # JupyterLab draws an icon that has an address in this category and in "Console" alone.
            "category": "Notebook",
        },
    }
