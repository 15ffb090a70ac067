"""Requests to a desk that are written byte by byte, as an attacker would."""

import contextlib
import http.client
from urllib.parse import urlsplit


class Visitor:
    """Whoever sends requests to a desk.

    `first` is the desk's first address; a visitor who opens it has the cookie.
    """

    def __init__(self, address):
        self.port = urlsplit(address).port
        self.first = address
        self.host = f"127.0.0.1:{self.port}"
        self.cookie = ""
        self.csrf = ""

    def ask(self, method, path, body=b"", timeout=120, **headers):
        """Send a request and return its status, headers and text."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        told.setdefault("host", self.host)
        if self.cookie:
            told.setdefault("cookie", self.cookie)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in told.items():
                if value is not None:
                    connection.putheader(name, value)
            if body and "content-length" not in told and "transfer-encoding" not in told:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders()
            if body:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.send(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def log_in(self):
        """Open the first address and keep the cookie and the sign of forms."""
        path = self.first.split(self.host, 1)[1]
        status, headers, _ = self.ask("GET", path)
        assert status == 303
        self.cookie = headers["set-cookie"].split(";")[0]
        text = self.ask("GET", "/berkas")[2]
        self.csrf = text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
        return self

    def post(self, path, fields=None, **headers):
        """Send a form as the desk's own page does; headers given here replace its own."""
        sent = {
            "origin": f"http://{self.host}",
            "sec_fetch_site": "same-origin",
            "content_type": "application/x-www-form-urlencoded",
            **headers,
        }
        told = "&".join(f"{name}={value}" for name, value in {"csrf": self.csrf, **(fields or {})}.items())
        return self.ask("POST", path, told.encode(), **sent)

    def upload(self, name, content, **headers):
        """Send a file as the desk's own page does."""
        edge = b"----edge"
        parts = [
            b"--"
            + edge
            + b'\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n'
            + self.csrf.encode()
            + b"\r\n",
            b"--"
            + edge
            + b'\r\ncontent-disposition: form-data; name="berkas"; filename="'
            + name.encode()
            + b'"\r\n',
            b"content-type: application/octet-stream\r\n\r\n" + content + b"\r\n--" + edge + b"--\r\n",
        ]
        sent = {
            "origin": f"http://{self.host}",
            "sec_fetch_site": "same-origin",
            "content_type": "multipart/form-data; boundary=" + edge.decode(),
            **headers,
        }
        return self.ask("POST", "/berkas/unggah", b"".join(parts), **sent)
