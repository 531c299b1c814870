"""Requests that no honest client sends, byte for byte: answered or hung up on, never 500."""

import contextlib
import json
import re
import select
import socket

import pytest

from mlsd_kit.deployment import ModelServer
from mlsd_kit.deployment.limits import Limits

ROW = json.dumps({"shop": 3, "city": "Oslo", "hour": 14, "price": None}).encode()
LIMITS = Limits(row_bytes=2000, batch_bytes=50_000, read_seconds=0.4, answer_seconds=1.0)
DEADLINE = 20


@pytest.fixture(scope="module")
def hardened(bundle):
    with ModelServer(bundle, limits=LIMITS) as server:
        yield server


@pytest.fixture
def connect(hardened):
    """Connections to the service; afterwards it still answers, and all of them are closed."""
    host, port = hardened.url.removeprefix("http://").split(":")
    opened = []

    def new():
        opened.append(socket.create_connection((host, int(port)), timeout=DEADLINE))
        return opened[-1]

    yield new
    for one in opened:
        one.close()
    assert hardened.post("/predict", json.loads(ROW))["version"]


def post(body, *headers, path="/predict", length=None):
    """A request as bytes."""
    told = f"Content-Length: {len(body) if length is None else length}"
    lines = [f"POST {path} HTTP/1.1", "Host: x", told, *headers]
    if any(line.lower().startswith("transfer-encoding") for line in headers):
        lines.remove(told)
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers(connection):
    """All that comes until the service hangs up: the statuses, and the text."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    text = received.decode("latin-1")
    assert "Traceback" not in text
    statuses = [int(status) for status in re.findall(r"HTTP/1.1 (\d{3}) ", text)]
    assert 500 not in statuses
    return statuses, text


def exchange(connect, *parts):
    connection = connect()
    for part in parts:
        connection.sendall(part)
    return answers(connection)[0]


CLOSE = "Connection: close"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (post(ROW, CLOSE), 200),
        (post(b'{"price": NaN}', CLOSE), 422),
        (post(b'{"price": -Infinity}', CLOSE), 422),
        (post(b"[" * 1500, CLOSE), 422),
        (post(b'{"a":' * 300, CLOSE), 422),
        (post(b'{"city": "\xff\xfe"}', CLOSE), 422),
        (post(b"\x00" * 100, CLOSE), 422),
        (post(ROW, CLOSE, "Content-Type: text/xml"), 415),
        (post(ROW, CLOSE, "Content-Type: multipart/form-data; boundary=x"), 415),
        (post(b" " * 3000, CLOSE), 413),
        (post(b" " * 60_000, CLOSE, path="/predict/batch"), 413),
        (post(b"{}", length=10**15), 413),  # refused by what it says, before any of it is read
        (post(b"{}", length=-1), 400),
        (post(b"{}", length="1e3"), 400),
        (post(b"{}", "Content-Length: 7", CLOSE), 400),
        (post(b"", CLOSE, path="/predict/../model"), 404),
        (post(b"", CLOSE, path="/%ff%00"), 404),
        (b"BREW /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        (b"GET /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: close\r\n\r\n", 200),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # TLS to a port without it
        (b"GET /health HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_is_odd_gets_the_status_that_says_so(connect, request_bytes, status):
    assert exchange(connect, request_bytes) in ([status], [status, 400])


def test_a_body_in_chunks_is_measured_as_it_comes(connect):
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    head = post(b"", "Transfer-Encoding: chunked")
    assert exchange(connect, head, chunk) == [413]
    small = b"%x\r\n" % len(ROW) + ROW + b"\r\n0\r\n\r\n"
    assert exchange(connect, post(b"", "Transfer-Encoding: chunked", CLOSE), small) == [200]


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /predict HT",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        post(b"", length=50),
        post(b'{"shop":', length=50),
        post(b"5\r\n{    \r\n", "Transfer-Encoding: chunked"),
    ],
)
def test_half_a_request_is_not_waited_for_long(connect, beginning):
    statuses = exchange(connect, beginning)
    assert statuses == ([408] if beginning else [])


def test_a_head_that_trickles_is_cut_off(connect):
    """A byte now and then would reset a timeout of the socket; the time is of the whole head."""
    connection = connect()
    connection.sendall(b"GET /health HTTP/1.1\r\n")
    connection.settimeout(0.05)
    received = b""
    for _ in range(400):
        try:
            connection.sendall(b"X: y\r\n")
            received = connection.recv(1000)
            break
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            break
    else:
        pytest.fail("the connection was kept for 20 s")
    assert received in (b"",) or b" 408 " in received


def test_a_head_without_end_is_cut_off(connect):
    connection = connect()
    statuses = []
    try:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        for number in range(200):
            connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1000))
        statuses, _ = answers(connection)
    except (BrokenPipeError, ConnectionResetError):
        statuses = [431]
    assert statuses in ([400], [431])


def test_requests_in_a_pipeline_are_answered_in_their_order(connect):
    wrong = post(b"{}")
    statuses = exchange(connect, post(ROW) + wrong + post(ROW) + post(b"[]", CLOSE))
    assert statuses == [200, 422, 200, 422]


def test_a_body_that_nobody_reads_does_not_keep_the_connection(connect):
    head = b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    connection = connect()
    try:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b" " * 4096)
    except (BrokenPipeError, ConnectionResetError):
        return
    statuses, _ = answers(connection)
    assert statuses[0] == 200


def test_an_answer_that_nobody_reads_does_not_keep_the_connection(hardened, connect):
    """Answers pile up in the sockets until the service cannot write; then it hangs up."""
    connection = connect()
    connection.setblocking(False)
    request = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.suppress(BlockingIOError):
        while True:
            connection.send(request * 1000)
    hung_up = select.poll()
    hung_up.register(connection, 0)
    (_, event), *_ = hung_up.poll(1000 * DEADLINE)
    assert event & select.POLLHUP
    assert hardened.get("/health") == {"status": "alive"}


def test_a_client_that_leaves_before_its_answer_is_no_error(hardened, connect):
    for _ in range(20):
        connection = connect()
        connection.sendall(post(ROW))
        connection.close()
    connection = connect()
    connection.sendall(post(b'{"shop":', length=50))
    connection.close()
    assert "Traceback" not in hardened.log.read_text()
