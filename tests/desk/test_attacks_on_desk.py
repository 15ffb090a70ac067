"""Other sites, other users, false addresses, tricks with paths and files: the desk refuses each."""

import asyncio
import os
import stat
import time
from html import escape
from pathlib import Path

import pytest
from desk.desks import running_desk
from desk.visits import Visitor
from read.made_workbooks import ods_row, write_ods

from asn_research.desk import guard
from asn_research.desk.access import Access, hosts_of
from asn_research.desk.application import CHANGES, application
from asn_research.desk.background import read_job
from asn_research.desk.place import Place

NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def desk(folder):
    with running_desk(folder) as (_, address):
        yield Visitor(address).log_in()


@pytest.fixture
def stranger(desk):
    return Visitor(desk.first)


def place_of(folder):
    return Place(folder / "data" / "raw", folder / "data" / "processed", folder / "reports")


def settled(folder):
    until = time.monotonic() + 300
    while (job := read_job(place_of(folder))) is None or job.is_running:
        assert time.monotonic() < until
        time.sleep(0.3)
    return job


@pytest.mark.parametrize("path", ["/", "/berkas", "/laporan", "/statis/meja.css", "/kemajuan", "/nowhere"])
def test_nobody_without_the_key_sees_anything(stranger, path):
    status, headers, text = stranger.ask("GET", path)
    assert status == 403
    assert "asn-research desk" in text
    assert "set-cookie" not in headers


def test_the_first_address_holds_once(desk, stranger):
    path = desk.first.split(desk.host, 1)[1]
    assert stranger.ask("GET", path)[0] == 403


@pytest.mark.parametrize("key", ["", "x", "é", "0" * 80])
def test_a_guessed_key_opens_nothing(stranger, key):
    assert stranger.ask("GET", "/?kunci=" + key.encode("utf-8").hex())[0] == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(folder):
    with running_desk(folder / "second") as (_, address):
        visitor = Visitor(address)
        _, headers, _ = visitor.ask("GET", address.split(visitor.host, 1)[1])
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in headers["set-cookie"].split(";")}
    assert headers["location"] == "/"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{}",
        "0.0.0.0:{}",
        "",
        "localhost:{}x",
    ],
)
def test_a_false_host_is_refused(desk, host):
    # Whoever makes a name lead to this computer (DNS rebinding) still sends that name.
    status, _, text = desk.ask("GET", "/berkas", host=host.format(desk.port))
    assert status in {400, 403}
    assert "csrf" not in text


@pytest.mark.parametrize("host", ["localhost:{}", "[::1]:{}", "LOCALHOST:{}"])
def test_our_own_names_are_taken(desk, host):
    assert desk.ask("GET", "/berkas", host=host.format(desk.port))[0] == 200


@pytest.mark.parametrize("path", CHANGES)
def test_another_sites_form_changes_nothing(desk, path):
    assert desk.post(path, sec_fetch_site="cross-site", origin="http://evil.example")[0] == 403
    assert desk.post(path, sec_fetch_site="same-site")[0] == 403
    assert desk.post(path, sec_fetch_site=None, origin="http://evil.example")[0] == 403
    assert desk.post(path, origin="null")[0] == 403
    # An old browser that tells nothing at all.
    assert desk.post(path, sec_fetch_site=None, origin=None)[0] == 403


@pytest.mark.parametrize("path", CHANGES)
def test_a_form_without_its_sign_changes_nothing(desk, path):
    assert desk.post(path, {"csrf": ""})[0] == 403
    other = "1" if desk.csrf.endswith("0") else "0"
    assert desk.post(path, {"csrf": desk.csrf[:-1] + other})[0] == 403


def test_another_sites_fetch_reads_nothing(desk):
    assert desk.ask("GET", "/berkas", sec_fetch_site="cross-site", sec_fetch_mode="cors")[0] == 403
    headers = desk.ask("GET", "/berkas")[1]
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", ""])
def test_only_forms_are_taken(desk, kind):
    assert desk.post("/berkas/periksa", content_type=kind)[0] == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(desk, method):
    assert desk.ask(method, "/berkas")[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/statis/../desk/guard.py", "/statis/%2e%2e/guard.py", "/statis/..%2fguard.py", "/statis/..%5cguard.py",
        "//evil.example/share", "/statis/%5c%5cserver%5cshare", "/statis/C:%5cWindows%5cwin.ini",
        "/laporan/berkas/publik/..%2f..%2fdata/raw/x", "/laporan/berkas/publik/2026-Q3/..%00/x.html",
        "/laporan/berkas/.records/publik/2026-Q3/x.json", "/laporan/berkas/publik/2026-Q3/%2e%2e/status.csv",
        "/mutu/kiriman/..%2f..%2fpertanyaan.xlsx", "/mutu/kiriman/%2e%2e", "/isian/berkas/..%2fpertanyaan.xlsx",
        "/laporan/zip/internal/%2e%2e", "/laporan/zip/..%2f..%2fdata/raw",
    ],
)  # fmt: skip
def test_tricks_with_paths_lead_nowhere(desk, path):
    status, _, text = desk.ask("GET", path)
    assert status in {400, 404}
    assert "def " not in text


@pytest.mark.parametrize(
    "name",
    ["../../pyproject.toml", "/etc/passwd", "_meja/pekerjaan.json", "_meja/peladen.json", "..", "_dikeluarkan/x.csv",
     "%5c%5cserver%5cshare%5cx.xlsx", "a%00.csv", "C:x.csv", ".kunci"],
)  # fmt: skip
def test_only_exports_can_be_looked_into(desk, name):
    for page in ("/berkas/pratinjau", "/berkas/susunan"):
        status, _, text = desk.ask("GET", f"{page}?f={name}")
        assert status == 404
        assert "root:" not in text
    assert desk.post("/berkas/keluarkan", {"f": name})[0] == 404
    assert desk.post("/berkas/kembalikan", {"f": name})[0] == 404


@pytest.mark.parametrize("name", ["../x.csv", "..\\\\..\\\\x.csv", "/tmp/x.csv", "C:\\\\x.csv"])
def test_an_upload_lands_in_the_raw_folder_only(desk, folder, name):
    before = {path for path in folder.rglob("*") if path.is_file()}
    desk.upload(name, b"a;b\n1;2\n")
    settled(folder)
    new = set(folder.rglob("*.csv")) - before
    assert all(path.parent == folder / "data" / "raw" for path in new)
    assert not (folder / "x.csv").exists()
    assert not (folder / "data" / "x.csv").exists()


@pytest.mark.parametrize(
    "name", ["_meja.csv", ".x.csv", "x.exe", "x.py", "~$x.xlsx", "x", "con.csv", "corrections.yaml"]
)
def test_other_names_and_kinds_are_refused_in_words(desk, folder, name):
    status, _, text = desk.upload(name, b"a;b\n1;2\n")
    assert status == 400
    assert escape(name) in text
    assert not (folder / "data" / "raw" / name).exists()


def test_two_gigabytes_are_refused_before_they_are_read(desk):
    begun = time.monotonic()
    status, _, text = desk.ask(
        "POST", "/berkas/unggah", b"x" * 1000, content_length=str(2 << 30), origin=f"http://{desk.host}",
        sec_fetch_site="same-origin", content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert status == 413
    assert "300 MB" in text
    assert time.monotonic() - begun < 60


def test_an_upload_without_an_end_is_cut_off(tmp_path, monkeypatch):
    # In pieces without a stated size, and with a smaller limit.
    monkeypatch.setattr(guard, "MAX_REQUEST", 1 << 20)
    place = place_of(tmp_path)
    door = Access(hosts_of(80))
    desk = guard.Guard(application(place), door, str)
    headers = {
        "host": "localhost:80", "cookie": f"{guard.COOKIE}={door.session}", "origin": "http://localhost:80",
        "sec-fetch-site": "same-origin", "content-type": "multipart/form-data; boundary=e",
    }  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/berkas/unggah", "raw_path": b"/berkas/unggah", "query_string": b"", "root_path": "",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()], "client": None,
        "server": ("localhost", 80),
    }  # fmt: skip
    opening = b'--e\r\ncontent-disposition: form-data; name="berkas"; filename="x.csv"\r\n\r\n'
    given, answers = [], []

    async def receive():
        given.append(len(given))
        piece = opening if len(given) == 1 else b"x" * (1 << 16)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message):
        answers.append(message)

    asyncio.run(desk(scope, receive, send))
    assert answers[0]["status"] == 413
    assert len(given) < 30
    assert not list((tmp_path / "data" / "raw").glob("*.csv"))


def test_a_small_file_that_unpacks_without_end_harms_nobody(desk, folder, tmp_path):
    bomb = tmp_path / "bom.ods"
    write_ods(bomb, ods_row(["x"] * 3, 'table:number-rows-repeated="1000000"') * 30)
    assert bomb.stat().st_size < 6_000
    desk.upload("bom.ods", bomb.read_bytes())
    settled(folder)
    status, _, text = desk.ask("GET", "/berkas")
    assert status == 200
    assert "bom.ods" in text
    desk.post("/berkas/keluarkan", {"f": "bom.ods"})
    settled(folder)


def test_names_and_cells_with_markup_are_text(desk, folder):
    name = "a&lt;b onload=x.csv"
    cells = f"{NASTY};Tanggal\n{NASTY};{NASTY}\n"
    desk.upload(name, cells.encode())
    settled(folder)
    for path in (
        "/berkas",
        f"/berkas/pratinjau?f={name.replace('&', '%26').replace(';', '%3b').replace(' ', '%20')}",
    ):
        status, headers, text = desk.ask("GET", path)
        assert status == 200
        assert NASTY not in text
        assert "unsafe" not in headers["content-security-policy"]
    assert escape(NASTY) in text
    desk.post("/berkas/keluarkan", {"f": name.replace("&", "%26").replace(";", "%3b")})
    settled(folder)


def test_no_page_has_script_or_style_within_it(desk):
    for path in ("/berkas", "/pertanyaan", "/mutu", "/isian", "/laporan", "/riwayat", "/bantuan", "/"):
        status, headers, text = desk.ask("GET", path)
        assert status in {200, 303}
        assert "<style" not in text
        assert " style=" not in text
        assert "javascript:" not in text
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'self'")


def test_reports_are_shown_in_a_cage(desk, folder):
    place = folder / "reports" / "publik" / "2026-Q3" / "DISHUB"
    place.mkdir(parents=True)
    ways = '<div class="ways" role="navigation">\n<a href="../../index.html">Daftar laporan</a>\n</div>'
    (place / "DISHUB-2026-Q3-id.html").write_text(f"{ways}\n{NASTY}")
    (place / ".hidden.html").write_text("x")
    shown = "/laporan/berkas/publik/2026-Q3/DISHUB/DISHUB-2026-Q3-id.html"
    _, headers, text = desk.ask("GET", shown)
    # Links out of the cage would lead to a refusal; the file that is handed out keeps them.
    assert text == NASTY
    assert ways in desk.ask("GET", f"{shown}?unduh=1")[2]
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers.get_all("content-security-policy") == [headers["content-security-policy"]]
    assert desk.ask("GET", "/laporan/berkas/publik/2026-Q3/DISHUB/.hidden.html")[0] == 404
    outside = folder / "outside.html"
    outside.write_text("secret")
    (place / "link.html").symlink_to(outside)
    assert desk.ask("GET", "/laporan/berkas/publik/2026-Q3/DISHUB/link.html")[0] == 404
    (place / "link.html").unlink()


def test_a_second_desk_on_the_folder_only_reads(desk, folder):
    with running_desk_beside(folder) as other:
        text = other.ask("GET", "/berkas")[2]
        assert "hanya untuk membaca" in text
        status, _, text = other.upload("lain.csv", b"a;b\n1;2\n")
        assert status == 409
        assert "meja lain" in text
        assert not (folder / "data" / "raw" / "lain.csv").exists()


def running_desk_beside(folder):
    """Start a desk of another user, who cannot read the first one's private note."""
    from contextlib import contextmanager

    @contextmanager
    def started():
        note = folder / "data" / "raw" / "_meja" / "peladen.json"
        hidden = note.read_bytes()
        note.unlink()
        try:
            with running_desk(folder) as (_, address):
                visitor = Visitor(address)
                status, headers, _ = visitor.ask("GET", address.split(visitor.host, 1)[1])
                assert status == 303
                visitor.cookie = headers["set-cookie"].split(";")[0]
                # Its pages have no form; the sign is taken from the secret, as its own script would.
                import json

                visitor.csrf = Access(frozenset(), json.loads(note.read_text())["secret"]).csrf
                yield visitor
        finally:
            note.write_bytes(hidden)
            note.chmod(0o600)

    return started()


@pytest.mark.skipif(os.name != "posix", reason="the rights of files are a posix matter")
def test_what_the_desk_keeps_is_its_users_alone(desk, folder):
    state = folder / "data" / "raw" / "_meja"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    kept = [path for path in state.rglob("*") if path.is_file()]
    assert kept
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept if path.suffix == ".json")


def test_behind_the_proxy_nobody_gets_in_without_its_secret(tmp_path):
    import subprocess
    import sys

    socket_file = tmp_path / "s"
    env = {**os.environ, "ASN_RESEARCH_DESK_KEY": "the secret of jupyter"}
    command = [sys.executable, "-m", "asn_research", "desk", "--proxied", "--socket", str(socket_file)]
    with subprocess.Popen(command, cwd=tmp_path, env=env) as process:
        try:
            until = time.monotonic() + 120
            while not socket_file.exists():
                assert time.monotonic() < until
                time.sleep(0.2)
            assert ask_socket(socket_file, {})[0] == 403
            assert ask_socket(socket_file, {"x-asn-desk-key": "guess"})[0] == 403
            status, text = ask_socket(
                socket_file,
                {"x-asn-desk-key": "the secret of jupyter", "x-forwarded-context": "/user/a/asn-desk"},
            )
            assert status == 200
            assert 'href="/user/a/asn-desk/berkas"' in text
            status, text = ask_socket(
                socket_file, {"x-asn-desk-key": "the secret of jupyter", "x-forwarded-context": '/"><b>'}
            )
            assert 'href="/berkas"' in text
            root = {"x-asn-desk-key": "the secret of jupyter", "x-forwarded-context": "/user/a/asn-desk"}
            assert ask_socket(socket_file, root, "/statis/meja.css")[0] == 200
            assert ask_socket(socket_file, root, "/statis/../guard.py")[0] == 404
            assert stat.S_IMODE(Path(socket_file).stat().st_mode) & 0o077 == 0
        finally:
            process.terminate()
            process.wait(300)


def ask_socket(place, headers, path="/berkas"):
    import socket

    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(120)
        line.connect(str(place))
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"GET {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n{told}\r\n".encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode("utf-8", "replace")


def test_without_the_proxys_secret_the_proxied_desk_does_not_start(tmp_path):
    import subprocess
    import sys

    env = {name: text for name, text in os.environ.items() if name != "ASN_RESEARCH_DESK_KEY"}
    command = [sys.executable, "-m", "asn_research", "desk", "--proxied"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "jupyter-server-proxy" in done.stderr
