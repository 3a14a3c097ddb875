"""A thousand slow clients before the nginx as shipped, how many hold on, and what others notice: `python -m benchmarks.slow_clients`."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import duration

CLIENTS, PATIENCE = 1000, 20.0
"""How many slow clients there are, and the seconds after which none may be left."""
DROP, PROBE = 1.0, 0.1
"""Seconds between two bytes of a slow client, and between two of the questions that are asked meanwhile."""
SLOWEST = 1.0
"""Seconds within which 95 of 100 of these have to be answered."""
ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "docs" / "deploy" / "nginx.conf"
QUESTION = json.dumps({"program": "u = 7 + x ** 2\ny = 3 * u", "inputs": {"x": 2}})
HEAD = "Host: localhost\r\nContent-Type: application/json\r\n"
FILE = "/fonts/stix-two-math.woff"
KINDS = {
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "bodies": f"POST /api/v1/graph HTTP/1.1\r\n{HEAD}Content-Length: 4096\r\n\r\n".encode(),
    # Asked for so often in one go that no buffer of the system holds the answers.
    "readers": f"GET {FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 40,
}
"""What each kind sends at once. Headers and bodies then go on byte by byte; readers read nothing."""
ESTABLISHED = 1


@dataclass(slots=True)
class Client:
    """One slow connection, from an address of its own."""

    kind: str
    socket: socket.socket

    @classmethod
    def connect(cls, number: int, port: int) -> Client:
        """Connects from 127.0.x.y, so that no limit for one address stands in the way of what is measured."""
        kind = list(KINDS)[number % len(KINDS)]
        end = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if kind == "readers":
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        end.bind((f"127.0.{1 + number // 250}.{1 + number % 250}", 0))
        end.settimeout(10)
        end.connect(("127.0.0.1", port))
        end.sendall(KINDS[kind])
        end.setblocking(False)
        return cls(kind, end)

    def is_open(self) -> bool:
        """Whether the system takes the connection for established: neither side has closed it."""
        return self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED

    def drop(self) -> None:
        """One more byte."""
        if self.kind != "readers":
            with contextlib.suppress(OSError):
                self.socket.send(b"1")


class Probe(threading.Thread):
    """A client like any other, who notices how long everything takes."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.done = port, threading.Event()
        self.times: list[float] = []
        self.failures: Counter[str] = Counter()

    def run(self) -> None:
        """Asks until it is done."""
        while not self.done.wait(PROBE):
            begin = time.perf_counter()
            try:
                status = ask(self.port, "POST", "/api/v1/graph", QUESTION)
            except (OSError, http.client.HTTPException) as error:
                self.failures[type(error).__name__] += 1
            else:
                if status != 200:
                    self.failures[str(status)] += 1
            self.times.append(time.perf_counter() - begin)


def ask(port: int, method: str, path: str, body: str | None = None) -> int:
    """The status of the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


def configuration(port: int, app: int, directory: Path) -> str:
    """The nginx.conf as shipped, but for where it listens, where it writes, and where the app is."""
    found = CONFIGURATION.read_text(encoding="utf-8")
    for pattern, text in (
        (r"\bcurlyd:8000\b", f"127.0.0.1:{app}"),
        (r"\blisten 8080\b", f"listen 127.0.0.1:{port}"),
        (r"/tmp/nginx", f"{directory}/nginx"),
    ):
        found, count = re.subn(pattern, text, found)
        assert count, f"nginx.conf has no {pattern}"
    return found


@contextlib.contextmanager
def served(nginx: str) -> Iterator[int]:
    """The app, and nginx before it: the port of the latter."""
    port, app = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="slow-clients-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # nginx started by root works as another user
        path = directory / "nginx.conf"
        path.write_text(configuration(port, app, directory), encoding="utf-8")
        commands = (
            [sys.executable, "-m", "app.cli", "serve", "--host", "127.0.0.1", "--port", str(app)],
            [nginx, "-c", str(path), "-g", "daemon off;"],
        )
        with (directory / "log").open("wb") as log:
            started = [subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) for command in commands]
            try:
                wait(port, started)
                yield port
            except RuntimeError:
                print((directory / "log").read_text(encoding="utf-8", errors="replace")[-2000:], file=sys.stderr)
                raise
            finally:
                for process in reversed(started):
                    process.terminate()
                for process in started:
                    process.wait(timeout=30)


def wait(port: int, started: list[subprocess.Popen[bytes]]) -> None:
    """Waits until a question is answered, and the file is there that the readers ask for.

    Raises:
        RuntimeError: that does not come to pass.
    """
    until = time.monotonic() + 60
    while time.monotonic() < until and all(process.poll() is None for process in started):
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ask(port, "POST", "/api/v1/graph", QUESTION) == ask(port, "GET", FILE) == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the app does not answer through nginx")


def percentile(times: list[float], share: float) -> float:
    """The time within which that share of all was done."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main() -> int:
    """Prints a table of who is left after how long, and what the probe noticed; 1 if any is left, or the probe was hindered."""
    nginx = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))
    if nginx is None:
        print("This needs nginx: apt-get install nginx-light", file=sys.stderr)
        return 1
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients: list[Client] = []
    with served(nginx) as port:
        probe = Probe(port)
        probe.start()
        try:
            clients = [Client.connect(number, port) for number in range(CLIENTS)]
            begin = time.monotonic()
            print(f"### {CLIENTS:,} slow clients: how many are connected\n")
            print(f"| after | {' | '.join(KINDS)} | all |\n|---:|{'---:|' * (len(KINDS) + 1)}")
            left: Counter[str] = Counter()
            for tick in range(round(PATIENCE / DROP) + 1):
                time.sleep(max(0.0, begin + tick * DROP - time.monotonic()))
                left = Counter(client.kind for client in clients if client.is_open())
                if tick % 5 == 0:
                    counts = " | ".join(str(left[kind]) for kind in KINDS)
                    print(f"| {tick * DROP:.0f} s | {counts} | {left.total()} |", flush=True)
                for client in clients:
                    client.drop()
        finally:
            probe.done.set()
            probe.join()
            for client in clients:
                client.socket.close()
    high = percentile(probe.times, 0.95)
    middle, most = percentile(probe.times, 0.5), max(probe.times)
    print(f"\nMeanwhile {len(probe.times)} questions, {probe.failures.total()} of them in vain:", end=" ")
    print(f"{duration(middle)} (median), {duration(high)} (95th percentile), {duration(most)} (longest).")
    for name, count in probe.failures.items():
        print(f"{count} × {name}")
    return 1 if left.total() or probe.failures or high > SLOWEST else 0


if __name__ == "__main__":
    sys.exit(main())
