"""The server as it is started, in a process of its own: how it ends, what it says, whom it turns away."""

import asyncio
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from websockets.asyncio.client import connect as opened
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ROOT = Path(__file__).parent.parent
QUESTION = {"program": "u = 7 + x ** 2\ny = 3 * u", "inputs": {"x": 2}}
SLOW = {"program": "L = sum((x[:, None] * y[None, :]) ** 1.5)", "inputs": {"x": [1.5] * 40, "y": [0.5] * 2000}}
"""Held against finite differences, it takes a process of its own a second or more."""


def free_port():
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return end.getsockname()[1]


class Server:
    """The app, as `curlyd serve` starts it."""

    def __init__(self, log, **settings):
        self.port, self.log = free_port(), log
        environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(self.port)}
        environment |= {f"CURLYD_{name.upper()}": str(value) for name, value in settings.items()}
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve"], cwd=ROOT, env=environment, stdout=stream, stderr=stream
            )
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        raise AssertionError(log.read_text())

    def ask(self, method, path, data=None, headers=None):
        """Status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            body = None if data is None else json.dumps(data).encode()
            connection.request(method, path, body, {"Host": "localhost", "Content-Type": "application/json"} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def children(self):
        """The processes that it has started, by id, with their state."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == self.process.pid:
                    found[int(entry.name)] = fields[0]
        return found

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextlib.contextmanager
def running(directory, **settings):
    server = Server(directory / "log", **settings)
    try:
        yield server
    finally:
        server.end()


def soon(condition, seconds=5.0):
    """Waits until something is so; how long that took."""
    begin = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - begin < seconds, "that did not come to pass"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all that can share it, with bounds that are soon reached."""
    settings = {
        "hosts": "localhost,example.org", "connections": 2, "idle_seconds": 1, "messages_per_second": 5,
        "origins": "https://school.example",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("serving"), **settings) as found:
        yield found


# what it answers


def test_nothing_says_which_server_it_is(server):
    for path in ("/healthz", "/", "/nothing", "/static/palette.css"):
        _, headers, _ = server.ask("GET", path)
        assert "Server" not in headers
        assert "X-Powered-By" not in headers


def test_a_line_in_the_log_has_the_id_of_the_answer_and_no_address(server):
    given = {"X-Request-Id": "from-the-test-1234", "X-Forwarded-For": "203.0.113.77", "User-Agent": "secret-agent"}
    cases = [
        ("POST", "/api/v1/graph", QUESTION, given),
        ("GET", "/nothing/here?secret=query", None, {}),
        ("GET", "/api/v1/limits", None, {}),
    ]
    ids = [server.ask(*case)[1]["X-Request-Id"] for case in cases]
    assert ids[0] == "from-the-test-1234"
    assert len(set(ids)) == 3
    soon(lambda: {line.get("id") for line in server.lines()} >= set(ids))
    found = {line["id"]: line for line in server.lines() if line.get("id") in ids}
    assert [(found[id_]["method"], found[id_]["route"], found[id_]["status"]) for id_ in ids] == [
        ("POST", "/api/v1/graph", 200), ("GET", "other", 404), ("GET", "/api/v1/limits", 200),
    ]  # fmt: skip
    for line in found.values():
        assert {"time", "level", "message", "ms"} <= set(line)
    assert found[ids[0]]["parts"].keys() >= {"parse", "run"}


def test_no_line_in_the_log_tells_who_asked_or_what(server):
    server.ask("POST", "/api/v1/graph", QUESTION | {"program": "secret_word = 1 +"}, {"X-Forwarded-For": "203.0.113.77"})
    server.ask("GET", "/nothing?secret=query")
    before = len(server.lines())
    with line(server, additional_headers={"X-Forwarded-For": "203.0.113.77"}, query="?secret=query") as found:
        found.send(message(1))
        found.recv(timeout=10)
    soon(lambda: any(said.get("route") == "/api/v1/live" for said in server.lines()[before:]))
    # Where it listens, a server says when it starts.
    said = [one for one in server.lines() if not one["message"].startswith("Curly d serves on")]
    text = json.dumps(said)
    assert not re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text)
    assert not re.findall(r"secret|localhost|websockets/", text)


def test_names_that_are_not_its_own_are_refused_but_health_is_told(server):
    status, headers, body = server.ask("GET", "/", headers={"Host": "evil.example"})
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(body)["type"] == "/problems#host"
    assert headers["X-Request-Id"]
    for host in ("localhost", "LOCALHOST:80", f"example.org:{server.port}"):
        assert server.ask("GET", "/", headers={"Host": host})[0] == 200
    for path in ("/healthz", "/readyz"):
        assert server.ask("GET", path, headers={"Host": "10.1.2.3"})[0] == 200


def test_figures_stand_on_their_own_port_and_stay_few(tmp_path):
    port = free_port()
    # A server of its own: each route that was ever asked for has its series, and here only random paths shall count.
    with running(tmp_path, metrics_port=port) as server:
        for number in range(300):
            server.ask("GET" if number % 3 else "POST", f"/{os.urandom(6).hex()}/{number}")
        server.ask("GET", "/api/v1/examples/neuron")
        server.ask("GET", "/api/v1/examples/chain-rule")
        server.ask("GET", "/static/palette.css")
        assert server.ask("GET", "/metrics")[0] == 404
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    series = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(series) < 200
    assert 'curlyd_requests_total{method="GET",route="/api/v1/examples/{name}",status="200"} 2.0' in text
    (other,) = (float(line.split()[-1]) for line in series if 'requests_total{method="POST",route="other",status="404"' in line)
    assert other == 100
    assert set(re.findall(r'route="([^"]*)"', text)) == {"/api/v1/examples/{name}", "/readyz", "/static", "other"}


# the live channel


def address(server):
    return f"ws://127.0.0.1:{server.port}/api/v1/live"


def message(number, x=2):
    return json.dumps({"id": number, "request": QUESTION | {"inputs": {"x": x}}})


def line(server, query="", **more):
    """A page's connection; what it is called by comes with it."""
    port = server.port
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    return connect(f"ws://localhost:{port}/api/v1/live{query}", sock=plain, proxy=None, **more)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil.example"])
def test_pages_of_others_cannot_open_a_line(server, origin):
    with pytest.raises(InvalidStatus) as caught:
        line(server, origin=origin)
    assert caught.value.response.status_code == 403


def test_pages_of_its_own_and_scripts_can(server):
    for origin in (f"http://localhost:{server.port}", "https://school.example", None):
        with line(server, origin=origin) as found:
            found.send(message(7))
            answer = json.loads(found.recv(timeout=10))
            assert (answer["id"], "svg" in answer) == (7, True)


def test_a_line_by_another_name_is_refused(server):
    with pytest.raises(InvalidStatus) as caught:
        connect(address(server), proxy=None)
    assert caught.value.response.status_code == 403


def test_there_are_no_more_lines_than_are_allowed(server):
    with line(server), line(server):
        with pytest.raises(InvalidStatus) as caught:
            line(server)
        assert caught.value.response.status_code in (403, 503)
    # Whoever leaves makes room.
    soon(lambda: _opens(server))


def _opens(server):
    with contextlib.suppress(InvalidStatus), line(server):
        return True
    return False


def test_a_line_on_which_nothing_is_said_is_closed(server):
    with line(server) as found:
        found.send(message(1))
        found.recv(timeout=10)
        begin = time.monotonic()
        with pytest.raises(Exception, match="1001"):
            found.recv(timeout=10)
        assert 0.8 < time.monotonic() - begin < 3


def test_messages_that_come_too_fast_wait_and_none_is_lost(server):
    async def talk():
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        async with opened(f"ws://localhost:{server.port}/api/v1/live", sock=plain, proxy=None) as found:
            begin = time.monotonic()
            for number in range(15):
                await found.send(message(number, number))
            answers = [json.loads(await found.recv()) for _ in range(15)]
            return answers, time.monotonic() - begin

    answers, seconds = asyncio.run(asyncio.wait_for(talk(), 20))
    assert [answer["id"] for answer in answers] == [*range(15)]
    assert not any("problem" in answer for answer in answers)
    assert answers[14]["title"] == "y = 609"
    # Five go through at once, ten wait for a fifth of a second each.
    assert 1.8 < seconds < 4


# how it ends, and what it outlives


def test_a_worker_that_is_killed_is_replaced(server):
    workers = soon(lambda: len(found := server.children()) >= 4 and found)
    for victim in workers:
        os.kill(victim, signal.SIGKILL)
    begin = time.monotonic()
    # A structure that nobody has asked for yet: it has to be laid out.
    for number in range(3):
        program = "\n".join(f"k{number}_{i} = x * {i + 2}" for i in range(4)) + f"\nL = k{number}_0 + k{number}_1 + k{number}_2"
        status, _, body = server.ask("POST", "/api/v1/graph.svg", {"program": program, "inputs": {"x": 1}})
        assert status == 200
        assert body.startswith(b"<svg")
    soon(lambda: len([pid for pid, state in server.children().items() if pid not in workers and state != "Z"]) >= len(workers))
    assert time.monotonic() - begin < 8
    soon(lambda: not set(workers) & set(server.children()))
    assert server.ask("GET", "/readyz")[0] == 200


def test_it_drains_and_ends_with_0_and_leaves_nobody(tmp_path):
    with running(tmp_path) as server:
        workers = soon(lambda: len(found := server.children()) >= 4 and found)
        found = []
        slow = threading.Thread(target=lambda: found.append(server.ask("POST", "/api/v1/verify", SLOW)))
        slow.start()
        time.sleep(0.3)
        assert slow.is_alive(), "it was not slow"
        server.process.send_signal(signal.SIGTERM)
        soon(lambda: _refuses(server.port), 2.0)
        assert not found, "new requests were turned away only after the slow one"
        slow.join(timeout=20)
        assert found[0][0] == 200
        assert "passed" in json.loads(found[0][2])
        assert server.process.wait(timeout=10) == 0
        assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
        assert not [line for line in server.lines() if line["level"] == "error"]


def _refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except (ConnectionRefusedError, ConnectionResetError):
        # Reset is who came in the moment in which it closed.
        return True
    return False


def test_an_open_line_does_not_hold_up_the_end(tmp_path):
    with running(tmp_path) as server, line(server) as found:
        found.send(message(1))
        found.recv(timeout=10)
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(Exception, match=r"1012|1001|1006|no close"):
            found.recv(timeout=10)
        assert server.process.wait(timeout=10) == 0
        assert time.monotonic() - begin < 5


def test_workers_do_not_outlive_a_server_that_is_killed(tmp_path):
    with running(tmp_path) as server:
        workers = soon(lambda: len(found := server.children()) >= 4 and found)
        server.process.kill()
        server.process.wait()
        soon(lambda: not [pid for pid in workers if _lives(pid)])


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
