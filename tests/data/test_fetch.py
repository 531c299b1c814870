import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from mlsd_kit.data import cache_folder, fetch
from mlsd_kit.errors import UserError

CONTENT = np.random.default_rng(0).bytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Server(ThreadingHTTPServer):
    """Serves one file over loopback, with Range; cuts the connection where it is told to."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.etag, self.status = CONTENT, '"v1"', None
        self.cuts: list[int] = []
        self.ranges: list[str | None] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/files/data.bin"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        if server.status is not None:
            self.send_error(server.status)
            return
        start = 0
        if asked and server.etag and self.headers.get("If-Range") == server.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            size = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        else:
            self.send_response(200)
        body = server.content[start:]
        self.send_header("Content-Length", str(len(body)))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        if server.cuts:
            self.wfile.write(body[: server.cuts.pop(0)])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_is_checked_and_kept(server, tmp_path):
    seen = []
    path = fetch(server.url, SHA256, folder=tmp_path, on_progress=lambda *done: seen.append(done))
    assert path == tmp_path / "data.bin"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert fetch(server.url, SHA256.upper(), folder=tmp_path) == path
    assert server.ranges == [None]
    assert [p.name for p in tmp_path.iterdir()] == ["data.bin"]


def test_a_cut_connection_is_resumed_where_it_broke(server, tmp_path):
    server.cuts = [1_000_000, 500_000]
    assert fetch(server.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    first, second, third = server.ranges
    assert first is None
    assert 0 < int(second[6:-1]) <= 1_000_000
    assert int(second[6:-1]) < int(third[6:-1]) <= 1_500_000


def test_a_later_call_resumes_what_an_earlier_one_left(server, tmp_path):
    server.cuts = [2_000_000, 0, 0]
    with pytest.raises(UserError, match=r"broke off after [\d,]+ bytes .* call again") as caught:
        fetch(server.url, SHA256, folder=tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "data.bin").exists()
    kept = (tmp_path / "data.bin.part").stat().st_size
    assert 0 < kept <= 2_000_000
    server.ranges.clear()
    assert fetch(server.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert server.ranges == [f"bytes={kept}-"]


def test_a_file_that_changed_in_between_starts_over(server, tmp_path):
    server.cuts = [2_000_000, 0, 0]
    with pytest.raises(UserError):
        fetch(server.url, folder=tmp_path)
    server.content, server.etag = CONTENT[::-1], '"v2"'
    assert fetch(server.url, folder=tmp_path).read_bytes() == CONTENT[::-1]


def test_a_server_without_tags_starts_over(server, tmp_path):
    server.etag, server.cuts = "", [1_000_000]
    assert fetch(server.url, SHA256, folder=tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, None]


def test_another_checksum_is_one_line_and_keeps_nothing(server, tmp_path):
    with pytest.raises(UserError, match="another SHA-256 than the one given") as caught:
        fetch(server.url, "0" * 64, folder=tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_checksum_the_first_download_is_trusted(server, tmp_path):
    path = fetch(server.url, folder=tmp_path)
    assert (tmp_path / "data.bin.sha256").read_text() == f"{SHA256}  data.bin\n"
    assert fetch(server.url, folder=tmp_path) == path
    assert len(server.ranges) == 1
    path.write_bytes(b"damaged")
    assert fetch(server.url, folder=tmp_path).read_bytes() == CONTENT
    path.write_bytes(b"damaged")
    server.content = b"something else"
    with pytest.raises(UserError, match="than the one of the first download"):
        fetch(server.url, folder=tmp_path)


def test_a_refusal_is_one_line(server, tmp_path):
    server.status = 404
    with pytest.raises(UserError, match="answered 404 Not Found"):
        fetch(server.url, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_one_line(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/data.bin"
        with pytest.raises(UserError, match=r"cannot reach http.*refused") as caught:
            fetch(url, folder=tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_host_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"cannot reach http://nowhere\.invalid"):
        fetch("http://nowhere.invalid/data.bin", folder=tmp_path)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/data.bin", "data.bin", "http://127.0.0.1/"])
def test_wrong_addresses_are_one_line(tmp_path, url):
    with pytest.raises(UserError) as caught:
        fetch(url, folder=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_line(server, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(UserError, match="cannot write"):
        fetch(server.url, folder=taken / "below")


def test_the_cache_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("MLSD_DATA", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("MLSD_DATA")
    assert cache_folder().name == "mlsd"
