"""Requests a second: the seed network as numbers and as a picture, against a bare endpoint that checks the same body and sends it back."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from app.examples import FIRST, gallery
from benchmarks.harness import duration, medians_waiting
from benchmarks.networks import INPUTS, VALUES, by_hand

ROOT = Path(__file__).parent.parent
ROUNDS = 15
AT_ONCE = (1, 4, 16)
BODIES = 512
"""So many requests, no two with the same weights: each server gets them in the same order."""
BURST = 0.25
"""Seconds that a turn takes, about."""
BARE, GRAPH, SVG = "A bare endpoint", "/api/v1/graph", "/api/v1/graph.svg"
AIMS = {GRAPH: 0.6, SVG: 0.5}


class Echo(BaseModel):
    """A request as the seed network sends it, with the types of its numbers."""

    model_config = ConfigDict(extra="forbid")

    program: str
    inputs: dict[str, float | list[float] | list[list[float]]]


def bare() -> FastAPI:
    """An app that does nothing but check and send back."""
    app = FastAPI()

    @app.post("/echo")
    async def echo(body: Echo) -> Echo:
        return body

    return app


def bare_command(port: int) -> list[str]:
    """What serves it, with the settings with which `curlyd serve` runs uvicorn."""
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning", "--timeout-keep-alive", "25"]
    return [sys.executable, "-m", "uvicorn", "benchmarks.requests:bare", "--factory", "--host", "127.0.0.1", "--port", str(port), *quiet]


def our_command(port: int) -> list[str]:
    """What serves ours."""
    return [sys.executable, "-m", "app.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


@contextlib.contextmanager
def started(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens, and is ended afterwards."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 60
            while not listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{' '.join(command[1:4])} does not listen")
                time.sleep(0.05)
            yield process
        finally:
            process.terminate()


def listens(port: int) -> bool:
    """Whether anybody does."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def ready(port: int) -> bool:
    """Whether all processes of ours stand ready: while they start they take the processor from whoever is measured."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200


def bodies() -> list[dict[str, Any]]:
    """The seed network with other weights each time."""
    make = np.random.default_rng(0).normal
    example = gallery()[FIRST]
    fixed = dict(example.inputs)
    return [
        {"program": example.program, "inputs": fixed | {name: make(size=np.shape(fixed[name])).round(3).tolist() for name in ("w1", "w2")}}
        for _ in range(BODIES)
    ]


def posted(path: str, body: Mapping[str, Any]) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


class Connection(asyncio.Protocol):
    """A connection that is kept. It knows no more of HTTP than it must: the head ends at an empty line, and says how long the body is."""

    def __init__(self) -> None:
        self.arrived = bytearray()
        self.length = 0
        """Bytes of the whole answer, once its head has arrived."""
        self.waiting: asyncio.Future[bytes] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        if not self.length:
            end = self.arrived.find(b"\r\n\r\n")
            if end < 0:
                return
            place = self.arrived.index(b"content-length: ", 0, end) + 16
            self.length = end + 4 + int(self.arrived[place : self.arrived.index(b"\r\n", place)])
        if len(self.arrived) >= self.length and self.waiting:
            answer, waiting = bytes(self.arrived), self.waiting
            self.arrived.clear()
            self.length, self.waiting = 0, None
            waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(exc or ConnectionError("the server closed the connection"))

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        """The answer to a request, head and body."""
        assert self.transport
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.waiting


@dataclass(slots=True)
class Client:
    """Asks one server one question over and over, with other numbers each time, over several connections."""

    port: int
    requests: list[bytes]
    connections: list[Connection] = field(default_factory=list)
    next: int = 0
    busy: float = 0.0
    """Seconds of the processor that the client's own process took."""
    lasted: float = 0.0

    async def connect(self, count: int) -> None:
        """Opens that many connections, and closes those that there were."""
        self.close()
        loop = asyncio.get_running_loop()
        self.connections = [(await loop.create_connection(Connection, "127.0.0.1", self.port))[1] for _ in range(count)]

    def close(self) -> None:
        """Closes all connections."""
        for connection in self.connections:
            if connection.transport:
                connection.transport.close()
        self.connections = []

    async def ask(self, number: int) -> bytes:
        """The body of the answer to one of the requests."""
        answer = await self.connections[0].ask(self.requests[number])
        assert answer.startswith(b"HTTP/1.1 200"), answer[:2000]
        return answer.partition(b"\r\n\r\n")[2]

    async def burst(self, count: int) -> None:
        """So many requests, each connection with the next as soon as it has its answer."""
        begin, before = time.perf_counter(), time.process_time()
        left = count

        async def asking(connection: Connection) -> None:
            nonlocal left
            while left > 0:
                left -= 1
                self.next = (self.next + 1) % len(self.requests)
                answer = await connection.ask(self.requests[self.next])
                assert answer.startswith(b"HTTP/1.1 200"), answer[:2000]

        await asyncio.gather(*map(asking, self.connections))
        self.busy += time.process_time() - before
        self.lasted += time.perf_counter() - begin


def main() -> None:
    """Prints the tables. The client runs in this process, in the same kind of event loop as the servers. Its requests are written
    beforehand, and of an answer it reads the length only; that it holds nobody up is seen from how little of a core it needs.
    """
    factory = None
    if find_spec("uvloop"):
        import uvloop

        factory = uvloop.new_event_loop
    print("## Requests a second\n")
    ports = free_port(), free_port()
    with (
        started(bare_command(ports[0]), ports[0]),
        started(our_command(ports[1]), ports[1]),
        asyncio.Runner(loop_factory=factory) as runner,
    ):
        runner.run(_main(*ports))


async def _main(bare_port: int, our_port: int) -> None:
    while not ready(our_port):
        await asyncio.sleep(0.2)
    wanted = bodies()
    clients = {
        BARE: Client(bare_port, [posted("/echo", body) for body in wanted]),
        GRAPH: Client(our_port, [posted(GRAPH, body) for body in wanted]),
        SVG: Client(our_port, [posted(SVG, body) for body in wanted]),
    }
    sizes = await _agree(clients, wanted)
    for at_once in AT_ONCE:
        for client in clients.values():
            await client.connect(at_once)
        counts = {name: await _count(client, at_once) for name, client in clients.items()}
        for client in clients.values():
            client.busy = client.lasted = 0.0
        calls = {name: _burst(client, counts[name]) for name, client in clients.items()}
        found = await medians_waiting(calls, ROUNDS)
        rates = {name: counts[name] / seconds for name, seconds in found.items()}
        print(f"### {at_once} at once\n\n| | requests a second | one takes | × {BARE} | aim | answer | client busy |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for name, client in clients.items():
            rate, aim = rates[name], AIMS.get(name, "")
            cells = [f"{rate:,.0f}", duration(at_once / rate), f"{rate / rates[BARE]:.2f}", f"{aim}", f"{sizes[name]:,} B"]
            print(f"| {name} | {' | '.join(cells)} | {client.busy / client.lasted:.0%} |")
        print()
    for client in clients.values():
        client.close()


def _burst(client: Client, count: int) -> Callable[[], Awaitable[object]]:
    return lambda: client.burst(count)


async def _count(client: Client, at_once: int) -> int:
    """How many requests fill a turn."""
    most = 20 * at_once
    await client.burst(most)
    begin = time.perf_counter()
    await client.burst(most)
    return max(at_once, round(most * BURST / (time.perf_counter() - begin)))


async def _agree(clients: Mapping[str, Client], wanted: list[dict[str, Any]]) -> dict[str, int]:
    """The sizes of the answers. Nothing is timed before the numbers are those of NumPy by hand, the echo says what was sent, and
    the picture shows the loss that belongs to its weights."""
    sizes = {}
    for client in clients.values():
        await client.connect(1)
    for number in range(0, BODIES, BODIES // 8):
        body = wanted[number]
        answers = {name: await client.ask(number) for name, client in clients.items()}
        sizes = {name: len(answer) for name, answer in answers.items()}
        assert json.loads(answers[BARE]) == body
        network = by_hand({name: np.asarray(value, dtype=float) for name, value in body["inputs"].items()})
        want = network.read(network.both())
        nodes = {node["id"]: node for node in json.loads(answers[GRAPH])["nodes"]}
        for name in (*VALUES, *INPUTS):
            if name in VALUES:
                np.testing.assert_allclose(nodes[name]["value"], want[name], rtol=1e-9, err_msg=name)
            np.testing.assert_allclose(nodes[name]["gradient"], want[f"∂{name}"], rtol=1e-9, atol=1e-12, err_msg=f"∂{name}")
        drawn = "".join(ElementTree.fromstring(answers[SVG].decode()).itertext())
        assert f"{float(want['MSE']):.3g}".rstrip("0") in drawn, f"the picture lacks {want['MSE']}"
    return sizes


if __name__ == "__main__":
    main()
