import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from mlsd_kit.deployment import LoadResult, load_table, load_test, plot_latency
from mlsd_kit.errors import UserError


class Service(BaseHTTPRequestHandler):
    """A service that answers what its server's ``answer`` says: a status, or None to hang up."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen += 1
        status = self.server.answer(self.server.seen)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that has gone before its answer is what some tests are about."""


@pytest.fixture
def service():
    server = QuietServer(("127.0.0.1", 0), Service)
    server.seen, server.answer = 0, lambda number: 200
    server.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_service_sees_every_request_that_is_counted(service):
    result = load_test(service.url, {"x": 1}, connections=3, max_requests=200, seconds=30)
    assert result.requests == 200
    assert result.errors == 0
    assert service.seen == 200 + 3  # each connection is warmed up with one


def test_the_load_on_the_model_server_is_counted_there_too(server, fresh):
    labels = {"path": "/predict", "status": "200"}

    def counted():
        families = text_string_to_metric_families(server.get("/metrics"))
        samples = [one for f in families for one in f.samples if one.name.endswith("_total")]
        return sum(one.value for one in samples if one.labels == labels)

    before = counted()
    bodies = server.row_bodies(fresh[0].iloc[:50])
    result = load_test(server.url + "/predict", bodies, connections=4, max_requests=300)
    assert result.errors == 0
    assert counted() - before == result.requests + 4


def test_an_open_loop_sends_at_its_rate(service):
    result = load_test(service.url, {}, connections=4, rate=200, seconds=1)
    assert result.requests == 200
    assert result.elapsed_s > 0.9


def test_random_arrivals_are_those_of_independent_users(service):
    sent = load_test(service.url, {}, connections=8, rate=400, poisson_seed=1, seconds=1)
    again = load_test(service.url, {}, connections=8, rate=400, poisson_seed=1, seconds=1)
    due, due_again = (np.sort(one.spans_s[:, 0]) for one in (sent, again))
    assert np.allclose(due, due_again)
    gaps = np.diff(due)
    assert gaps.mean() == pytest.approx(1 / 400, rel=0.15)
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.15)  # exponential: as its mean


def test_requests_in_flight_are_counted_and_obey_littles_law():
    # three requests of 2 s, 1 s apart, within 4 s: 1, 2, 2, 1 under way in the four seconds
    spans = np.array([[0.0, 2.0], [1.0, 3.0], [2.0, 4.0]])
    result = LoadResult(3, None, 4.0, 0, np.full(3, 2.0), spans_s=spans)
    assert result.mean_in_flight() == pytest.approx(1.5, abs=0.01)
    assert result.throughput * result.latency_s.mean() == 1.5


def test_refused_and_lost_are_told_apart(service):
    service.answer = lambda number: {2: 503, 3: None}.get(number % 5, 200)
    result = load_test(service.url, {}, max_requests=100)
    assert (result.requests, result.refused, result.lost) == (60, 20, 20)
    assert result.errors == 40
    assert len(result.spans_s) == 80


def test_errors_are_counted_apart(service):
    service.answer = lambda number: 500 if number % 4 == 0 else 200
    result = load_test(service.url, {}, max_requests=100)
    assert result.requests + result.errors == 100
    assert result.errors == 25


def test_a_lost_connection_is_an_error_and_is_opened_again(service):
    service.answer = lambda number: None if number == 50 else 200
    result = load_test(service.url, {}, max_requests=100)
    assert (result.requests, result.errors) == (99, 1)


def test_a_stall_counts_for_all_who_would_have_met_it(service):
    """Closed loop, a stall is one slow request; open loop, it is all that were due meanwhile."""

    def stall(number):
        if number == 100:
            time.sleep(0.6)  # the stall itself is what is measured
        return 200

    service.answer = stall
    closed = load_test(service.url, {}, max_requests=400)
    service.seen = 0
    opened = load_test(service.url, {}, rate=400, seconds=1)
    assert (closed.latency_s > 0.2).sum() == 1
    # 0.6 s at 400 requests/s: those due in the first 0.4 s wait longer than 0.2 s
    assert (opened.latency_s > 0.2).sum() > 100


def test_what_is_never_answered_is_an_error(service):
    hold = threading.Event()

    def answer(number):
        if number > 10:
            hold.wait(60)
        return 200

    service.answer = answer
    result = load_test(service.url, {}, connections=2, rate=100, seconds=0.5, timeout=0.5)
    hold.set()
    assert result.requests == 8
    assert result.errors == 50 - 8


def test_a_service_that_is_not_there_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(UserError, match=f"load test failed: 127.0.0.1:{port}: .*refused"):
        load_test(f"http://127.0.0.1:{port}/", {})
    with pytest.raises(UserError, match="address like"):
        load_test("127.0.0.1:80", {})


@pytest.mark.parametrize(
    "wrong", [{"connections": 0}, {"connections": 501}, {"rate": 0}, {"seconds": 0}]
)
def test_impossible_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        load_test("http://127.0.0.1:1/", {}, **wrong)
    with pytest.raises(ValueError, match="at least one body"):
        load_test("http://127.0.0.1:1/", [])


def test_the_figures_are_percentiles_of_what_was_measured():
    result = LoadResult(2, None, 2.0, 1, np.arange(1, 101) / 1000)
    assert result.p50_ms == pytest.approx(50.5)
    assert result.p99_ms == pytest.approx(99.01)
    assert result.throughput == 50
    table = load_table({"a": result, "b": result})
    assert table.index.tolist() == ["a", "b"]
    assert table.loc["a", "errors"] == 1
    assert np.isnan(LoadResult(1, None, 1.0, 3, np.array([])).p99_ms)
    assert len(load_table([result, result])) == 2


def test_the_plot_has_a_line_for_each_result():
    result = LoadResult(2, None, 2.0, 0, np.random.default_rng(0).lognormal(size=2000) / 1000)
    ax = plot_latency({"one": result, "two": result})
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["one", "two"]
    assert [t.get_text() for t in ax.get_xticklabels()][:4] == ["0 %", "50 %", "90 %", "99 %"]
    assert ax.get_ylabel() == "latency (ms)"
