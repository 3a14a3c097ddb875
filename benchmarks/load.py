"""What the server holds out against: too much at once, the worst inputs, killed processes, a long day.

`python -m benchmarks.load [overload] [worst] [kill] [soak]`, all of them if none is named; `--requests` says how long the day is.
Clients are processes of their own. Where a promise is broken it is said, and the status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import itertools
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from uvloop import new_event_loop
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from benchmarks.slow_clients import configuration, free_port, percentile

ROOT = Path(__file__).parent.parent
SPAWN = multiprocessing.get_context("spawn")
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What the benchmarks set for themselves; the server gets its usual ones."""
SEED = (
    "u1 = x @ w1 + b1\nu2 = maximum(0, u1)\nu3 = u2 @ w2 + b2\nu4 = y - u3\nu5 = u4 ** 2\nMSE = mean(u5)",
    {"x": [[1, 2], [3, -1], [0.5, 2]], "y": [[1], [0], [2]], "w1": [[0.5, -1, 2], [1, 0.3, -0.7]], "b1": [0.1, 0.2, -0.3],
     "w2": [[1], [-2], [0.5]], "b2": [0.1]},
)  # fmt: skip
PATIENCE = 40.0
"""Seconds after which a client gives up; then the request has failed."""
REFUSED = (429, 503)
MEGABYTE = 1024 * 1024
broken: list[str] = []
"""The promises that did not hold."""


def promise(holds: bool, text: str) -> None:
    """Prints whether a promise holds."""
    print(f"- {'held' if holds else '**BROKEN**'}: {text}", flush=True)
    if not holds:
        broken.append(text)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a table; all columns but the first stand to the right."""
    print(f"| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")
    print(flush=True)


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


# the server


@dataclass
class Server:
    """The app in a process of its own."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def errors(self) -> list[str]:
        """The errors that it has logged, by their ends."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [json.loads(line).get("error", line)[-300:] for line in lines if '"level": "error"' in line]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                # What hangs in a thread holds up the end, too.
                for child in children(self.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
                self.process.kill()
                self.process.wait(timeout=20)


def start(directory: Path, host: str = "127.0.0.1", port: int = 0, settings: Mapping[str, object] | None = None) -> Server:
    """A server that answers."""
    port = port or free_port()
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    environment |= {"HOST": host, "PORT": str(port)} | {f"CURLYD_{name.upper()}": str(value) for name, value in (settings or {}).items()}
    log = directory / f"server-{host}-{port}-{time.monotonic_ns()}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], cwd=ROOT, env=environment, stdout=stream, stderr=stream)
    server = Server(process, host, port, log)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if asked(host, port, "GET", "/readyz")[0] == 200:
                return server
        time.sleep(0.05)
    server.stop()
    raise RuntimeError(f"The server does not get ready: {log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def served(**settings: object) -> Iterator[Server]:
    """A server for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        server = start(Path(name), settings=settings)
        try:
            yield server
        finally:
            server.stop()


def asked(host: str, port: int, method: str, path: str, body: bytes | None = None, timeout: float = 10.0) -> tuple[int, bytes]:
    """Status and body of an answer."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# what /proc says


def stat(pid: int) -> list[str] | None:
    """The fields after the name: state, parent, …; None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def children(pid: int) -> dict[int, str]:
    """The processes that a process has started and not yet taken leave of, with their state."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = stat(int(entry.name))
        if fields and int(fields[1]) == pid:
            found[int(entry.name)] = fields[0]
    return found


def family(pid: int) -> list[int]:
    """A process and all that stem from it."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used, without its children."""
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def memory(pid: int) -> tuple[int, int]:
    """RSS and PSS of a process and all that stem from it, in bytes. What they share RSS counts for each, PSS once."""
    rss = pss = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            rss += 1024 * int(re.findall(r"^Rss:\s+(\d+)", text, re.M)[0])
            pss += 1024 * int(re.findall(r"^Pss:\s+(\d+)", text, re.M)[0])
    return rss, pss


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


class Watch(threading.Thread):
    """Looks at the memory of a server again and again, and remembers the most."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.rss, self.pss, self.done = pid, 0, 0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.1):
            rss, pss = memory(self.pid)
            self.rss, self.pss = max(self.rss, rss), max(self.pss, pss)

    def stop(self) -> None:
        self.done.set()
        self.join()


# the clients


@dataclass(frozen=True)
class Answer:
    """What came back: a status of 0 stands for no answer at all. Times are those of `time.monotonic`, which all processes share."""

    status: int
    begin: float
    end: float
    retry_after: bool = False
    error: str = ""
    size: int = 0

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Line:
    """One connection over plain sockets, opened anew where it was closed. Reads as little of HTTP as it needs."""

    def __init__(self, host: str, port: int, local: str | None = None) -> None:
        self.host, self.port, self.local = host, port, local
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, message: bytes, patience: float = PATIENCE) -> Answer:
        """The answer to a request."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                status, headers, size = await self._exchange(message)
            return Answer(status, begin, time.monotonic(), b"retry-after" in headers, size=size)
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            self.close()
            return Answer(0, begin, time.monotonic(), error=type(error).__name__)

    async def _exchange(self, message: bytes) -> tuple[int, dict[bytes, bytes], int]:
        fresh = self.streams is None or self.streams[0].at_eof()
        if fresh:
            self.close()
            local = (self.local, 0) if self.local else None
            self.streams = await asyncio.open_connection(self.host, self.port, limit=2**20, local_addr=local)
        assert self.streams
        reader, writer = self.streams
        writer.write(message)
        # A large body may be refused before it has been sent: so it is not waited for.
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        status = int(first.split()[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        size = 0
        if headers.get(b"transfer-encoding") == b"chunked":
            while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                await self._skip(reader, length + 2)
                size += length
            await reader.readuntil(b"\r\n")
        else:
            size = int(headers.get(b"content-length", b"0"))
            await self._skip(reader, size)
        if headers.get(b"connection") == b"close" or status in (408, 413):
            self.close()
        return status, headers, size

    @staticmethod
    async def _skip(reader: asyncio.StreamReader, size: int) -> None:
        while size:
            part = await reader.read(min(size, 2**18))
            if not part:
                raise EOFError
            size -= len(part)

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def request(method: str, path: str, body: bytes = b"", kind: str = JSON, **more: str) -> bytes:
    """An HTTP request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name.replace('_', '-')}: {value}" for name, value in more.items())]
    if method == "POST":
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def packed(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def small(rng: random.Random, new: bool = False) -> bytes:
    """The seed network with other weights: parsed and laid out once, calculated and painted each time. As a `new` program, that no cache
    has seen, it is laid out once, and all else is done each time."""
    program, inputs = SEED
    if new:
        program = f"{program}\n# {rng.random()}"
    changed = inputs | {"w1": [[round(rng.uniform(-2, 2), 3) for _ in range(3)] for _ in range(2)]}
    return request("POST", "/api/v1/graph.svg", packed({"program": program, "inputs": changed}))


HEALTH = request("GET", "/healthz")


async def closed_loop(host: str, port: int, clients: int, seconds: float, local: bool = False, new: bool = False) -> list[Answer]:
    """Small requests of so many clients, each asking as soon as it is answered."""
    until = time.monotonic() + seconds
    found: list[Answer] = []

    async def client(number: int) -> None:
        line, rng = Line(host, port, f"127.0.7.{1 + number}" if local else None), random.Random(number)
        while time.monotonic() < until:
            answer = await line.ask(small(rng, new))
            found.append(answer)
            if answer.status != 200:
                await asyncio.sleep(0.01)
            elif local:
                # Each address is allowed a hundred in a second.
                await asyncio.sleep(0.02)
        line.close()

    await asyncio.gather(*map(client, range(clients)))
    return found


async def open_loop(host: str, port: int, rate: float, seconds: float, new: bool = False) -> list[Answer]:
    """Small requests that come as they come, whether others have been answered or not."""
    rng = random.Random(1)
    messages = [small(rng, new) for _ in range(int(rate * seconds) if new else 200)]
    idle: list[Line] = []
    tasks: list[asyncio.Task[Answer]] = []

    async def one(number: int) -> Answer:
        line = idle.pop() if idle else Line(host, port)
        answer = await line.ask(messages[number % len(messages)])
        idle.append(line)
        return answer

    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(one(number)))
    found = await asyncio.gather(*tasks)
    for line in idle:
        line.close()
    return found


async def pulse(host: str, port: int, seconds: float, every: float = 0.05) -> list[Answer]:
    """How /healthz answers meanwhile, over a connection of its own."""
    line, until = Line(host, port), time.monotonic() + seconds
    found = []
    while time.monotonic() < until:
        found.append(await line.ask(HEALTH))
        await asyncio.sleep(every)
    line.close()
    return found


def apart(function: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """Begins a coroutine function in a process of its own; what it returns is called for what comes of it."""
    here, there = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_apart, args=(there, function, args), daemon=True)
    process.start()
    there.close()

    def found() -> Any:
        result = here.recv()
        process.join()
        return result

    return found


def _apart(there: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    # The client shall not be what is measured: it has the faster event loop, too.
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        there.send(runner.run(function(*args)))


def good(answers: Sequence[Answer]) -> int:
    return sum(answer.status == 200 for answer in answers)


def counted(answers: Sequence[Answer]) -> str:
    """How often which status, or which failure."""
    found = Counter(str(answer.status or answer.error) for answer in answers)
    return ", ".join(f"{count} × {name}" for name, count in sorted(found.items())) or "none"


# too much at once

SHARE, REFUSAL, HEALTHY = 0.9, 0.1, 0.25
"""Of the peak's goodput what has to be left, and the seconds for a refusal and for /healthz."""


def overload() -> None:
    """Three times as much as can be done: of programs that nobody has asked for before, and of one whose numbers change."""
    print("## Overload\n")
    _overload("Always another program", new=True)
    _overload("One program, always with other numbers", new=False)


def _overload(title: str, *, new: bool) -> None:
    print(f"### {title}\n")
    with served() as server:
        where = server.host, server.port
        apart(closed_loop, *where, 4, 2.0, False, new)()
        rows, peak = [], 0.0
        for clients in (1, 2, 4, 8, 16, 32):
            answers = apart(closed_loop, *where, clients, 4.0, False, new)()
            rate = good(answers) / 4.0
            peak = max(peak, rate)
            times = [answer.seconds for answer in answers]
            rows.append((clients, f"{rate:.0f}/s", milliseconds(statistics.median(times)), milliseconds(percentile(times, 0.99))))
        print("Small requests in a closed loop:\n")
        table(("clients", "goodput", "median", "p99"), rows)
        seconds = 20.0
        beating = apart(pulse, *where, seconds)
        answers = apart(open_loop, *where, 3 * peak, seconds, new)()
        beats: list[Answer] = beating()
    refusals = [answer for answer in answers if answer.status in REFUSED]
    took = max(answer.end for answer in answers) - min(answer.begin for answer in answers)
    rate = good(answers) / took
    late = percentile([answer.seconds for answer in refusals], 0.99) if refusals else 0.0
    health = [beat.seconds for beat in beats]
    print(f"Offered: {3 * peak:.0f}/s for {seconds:.0f} s. Answers: {counted(answers)}.\n")
    promise(rate >= SHARE * peak, f"goodput {rate:.0f}/s, {rate / peak:.0%} of the peak of {peak:.0f}/s (at least {SHARE:.0%})")
    promise(bool(refusals) and all(answer.retry_after for answer in refusals), "every refusal says Retry-After")
    promise(bool(refusals) and late <= REFUSAL, f"refusals come within {milliseconds(late)} (p99; at most {milliseconds(REFUSAL)})")
    others = [answer for answer in answers if answer.status not in (200, *REFUSED)]
    promise(not others, f"nothing is answered otherwise: {counted(others)}")
    high, most = percentile(health, 0.99), max(health)
    promise(
        all(beat.status == 200 for beat in beats) and high <= HEALTHY,
        f"/healthz answers within {milliseconds(high)} (p99; at most {milliseconds(HEALTHY)}), the slowest {milliseconds(most)}",
    )
    print()


# the worst inputs


@dataclass(frozen=True)
class Attack:
    """A request that is allowed and costs much. `socket` are messages of a WebSocket instead."""

    name: str
    message: bytes = b""
    socket: tuple[str, ...] = field(default=())

    @property
    def path(self) -> str:
        return "/api/v1/live" if self.socket else self.message.split(b" ", 2)[1].decode()


def posted(name: str, path: str, program: str, inputs: Mapping[str, Any], **more: Any) -> Attack:
    """One of the requests of the API."""
    return Attack(name, request("POST", path, packed({"program": program, "inputs": inputs} | more)))


def form(name: str, path: str, fields: Sequence[tuple[str, str]]) -> Attack:
    """A form, as the page without scripts sends it."""
    return Attack(name, request("POST", path, urllib.parse.urlencode(fields, safe=":,").encode(), FORM))


def everything_uses_everything(count: int) -> str:
    return "a0 = x * 1\n" + "\n".join(f"a{i} = {' + '.join(f'a{j}' for j in range(i))}" for i in range(1, count))


def attacks() -> dict[str, list[Attack]]:
    """The worst inputs, by what they are aimed at. Where one would last for minutes it is smaller than is allowed, so that this ends."""
    one = {"x": 1}
    api = "/api/v1/"
    halves = "\n".join(["h0 = x * 1", *(f"h{i} = tanh(h{i - 1}) * sin(h{i - 1})" for i in range(1, 25)), "L = sum(h24)"])
    squares = "\n".join(["h0 = x * 1", *(f"h{i} = h{i - 1} * h{i - 1}" for i in range(1, 15)), "L = sum(h14)"])
    grids = " + ".join(f"sum(a{i})" for i in range(150))
    grid_inputs = {f"a{i}": [1] * 320 for i in range(150)}
    plane = "u = x[:, None] * y[None, :]\n"
    tall = {"x": [i * 0.37 % 1 for i in range(1000)], "y": [0.5] * 1000}
    wide = "\n".join(f"a{i} = {'a' + str(i - 1) if i else 'x'} * y" for i in range(12)) + "\nL = mean(a11)"
    boxes = everything_uses_everything(22)
    huge = 8 * MEGABYTE - 200
    table_of = ("1.5," * 9 + "2.5\n") * 99_000  # a little less than the million numbers of a tensor
    chunks = packed({"program": "L = x * 2", "inputs": one}) + b" " * 300_000
    chunked = request("POST", api + "graph", b"", Transfer_Encoding="chunked").replace(b"Content-Length: 0\r\n", b"")
    bomb = json.dumps({"request": {"program": "L = x * 2", "inputs": one}}) + " " * huge
    return {
        "text": [
            posted("names nearly alike", api + "graph", "L = " + " + ".join(f"{'ab' * 28}_z{'bcdefghi'[i]}" for i in range(8)),
                   {f"{'ab' * 35}{i:04}": 1 for i in range(1400)}),
            posted("a list summed 2,000 times", api + "graph",
                   "h = []\nfor i in range(4000):\n    h.append(i)\nfor i in range(2000):\n    s = sum(h)\nL = x * s", one),
            posted("a list doubled", api + "graph", "h = [1, 2]\nfor i in range(25):\n    h = h + h\nL = x * len(h)", one),
            posted("a list cut 900 times", api + "graph",
                   "h = []\nfor i in range(9000):\n    h.append(1)\nfor i in range(900):\n    g = h[1:]\nL = x * 2", one),
            posted("19,000 passes of nothing", api + "graph", "for i in range(100):\n  for j in range(190):\n    k = i\nL = x * k", one),
            posted("550 unknown calls", api + "graph", "\n".join(f"a{i} = maximun(x, {i})" for i in range(500)), one),
            posted("a thousand calls in calls", api + "graph", "def f0(a):\n    return a + a\n"
                   + "".join(f"def f{i}(a):\n    return f{i - 1}(f{i - 1}(a))\n" for i in range(1, 11)) + "L = f10(x)", one),
            posted("arange of a million", api + "graph", "L = x * sum(arange(999999))", one),
        ],
        "forms": [
            # 9,000 such fields fit into a light form.
            form("1,500 grids of 320 cells", "/", [("program", ""), *((f"shape:a{i}", "320") for i in range(1500))]),
            form("3,000 grids for a picture", "/graph.svg", [("program", "L = x * 2"), *((f"shape:a{i}", "320") for i in range(3000))]),
            # 120,000 digits fit; the time grows with their square.
            form("a cell of 12,000 digits", "/", [("program", "L = x * 2"), ("shape:x", ""), ("cell:x:0,0", "9" * 12_000 + "e")]),
            form("8,000 blocks", "/", [("program", ""), *((f"block:x{i}", "1") for i in range(7000))]),
            form("a block of 59,000 numbers", "/", [("program", "L = x * 2"), ("block:x", "1," * 59_000)]),
        ],
        "answers": [
            posted("check: exp of many ones", api + "check", "L = x * x", {"x": 2}, answers={"x": "sum(exp(ones((600, 400)) * x))"}),
            posted("check: a large product", api + "check", "L = x * x", {"x": 2},
                   answers={"x": "sum(ones((1000, 400)) @ ones((400, 10)))"}),
            posted("check: 2,000 lines in one", api + "check", "L = x * x", {"x": 2},
                   backward=";".join(f"a{i} = x * 2" for i in range(1500)) + "; x_g = a1 * 3"),
            posted("check: 3,000 helpers", api + "check", "L = x * x", {"x": 2}, answers={"x": "a = x\n" + "b = a + 1\n" * 2500 + "2 * b"}),
            posted("check: 9,000 numbers", api + "check", "L = sum(x)", {"x": [1.5] * 9000}, answers={"x": [1.25] * 9000}),
            posted("verify: determinants", api + "verify", "L = sum(det(x))",
                   {"x": [[i * j % 7 + 0.5 for i in range(40)] for j in range(40)]}),
            posted("verify: to the limit", api + "verify", "L = sum((x[:, None] * y[None, :]) ** 1.5)",
                   {"x": [1.5] * 30, "y": [0.5] * 1200}),
        ],
        "telling": [
            posted("paths: 2 to the 24, a page", "/paths", halves, {"x": [1.0] * 24}, source="x", target="h24"),
            posted("paths: 2 to the 24", api + "paths", halves, {"x": [1.0] * 24}, source="x", target="h24", detail="operations"),
            posted("paths: of 9,000 numbers", api + "paths", squares, {"x": [1.0] * 9000}, source="x", target="L"),
            posted("steps: 45 uses", api + "steps", f"L = sum({' + '.join(['x * x'] * 45)})", {"x": [1.5] * 12}, detail="operations"),
            posted("steps: 500 of them", api + "steps", boxes + "\nL = a21 * 1", one),
            posted("derivation: a long product", api + "derivation", f"L = sum({' * '.join(['x'] * 200)})", {"x": [1.5] * 12}, target="x"),
            posted("code: 49,000 numbers", api + "code", "L = sum(x * 0 + 1.0)", {"x": {"value": [1.25] * 24_000, "role": "constant"}}),
            posted("nudge: a million products", api + "nudge", plane + "L = mean(tanh(u))", tall, target="x", index=[0]),
            *(Attack(f"worksheet: {name}, {seed}", request("GET", f"/api/v1/worksheet?example={name}&seed={seed}&format=html"))
              for name, seed in (("convolution", 3), ("convolution", 7), ("vanishing-relu", 5), ("attention", 2))),
        ],
        "pictures": [
            posted("22 cards that use each other", api + "graph.svg", boxes, one),
            posted("54 cards that use each other", api + "graph.svg", everything_uses_everything(54), one),
            posted("140 cards of 64 numbers", api + "graph.svg", "a0 = x * 1\n" + "\n".join(f"a{i} = a{i - 1} * x" for i in range(1, 140))
                   + "\nL = sum(a139)", {"x": [[1.0123456] * 8] * 8}, digits=8),
            posted("142 cards with four uses each", api + "graph.svg", "a0 = x * 1\n" + "\n".join(
                f"a{i} = {' + '.join(f'a{j}' for j in range(max(0, i - 4), i))}" for i in range(1, 140)) + "\nL = sum(a139)",
                {"x": [[1.5] * 6] * 6}),
            posted("a picture of a million", api + "graph.svg", plane + "L = mean(relu(u))", tall),
        ],
        "memory": [
            posted("12 planes of a million", api + "graph", wide, {"x": [[1.5] * 1000] * 600, "y": [0.5] * 1000}),
            posted("7 planes of a million, verified", api + "verify", plane.replace("u", "a0", 1)
                   + "\n".join(f"a{i} = tanh(a{i - 1})" for i in range(1, 7)) + "\nL = mean(a6)", tall),
            posted("150 arrays of 10,000", api + "graph", "a0 = x * 1\n" + "\n".join(f"a{i} = a{i - 1} * 1.0000001" for i in range(1, 52))
                   + "\nL = sum(a51)", {"x": [0.123456789012345] * 10_000}),
            Attack("a table of 8 MB", request("POST", api + "arrays?filename=x.csv", table_of.encode(), "text/csv")),
            Attack("8 MB of empty objects", request("POST", api + "graph", b'{"program":"L=x","inputs":{"x":1,"z":['
                   + b"{}," * (huge // 3) + b"{}]}}")),
            Attack("8 MB of numbers", request("POST", api + "graph", b'{"program":"L=x","inputs":{"x":1,"z":['
                   + b"1," * (huge // 2) + b"1]}}")),
            Attack("8 MB in a program", request("POST", api + "graph", packed({"program": "L=" + "x+" * (huge // 2)}))),
        ],
        "loop": [
            Attack("300,000 chunks of a byte", chunked + b"".join(b"1\r\n%c\r\n" % byte for byte in chunks) + b"0\r\n\r\n"),
            Attack("a file pressed anew", request("GET", "/docs/assets/swagger-ui-bundle.js", Accept_Encoding="gzip")),
            Attack("a font pressed anew", request("GET", "/fonts/stix-two-math.woff", Accept_Encoding="gzip")),
            Attack("580,000 numbers told, and pressed", request("POST", api + "paths", packed({
                "program": squares, "inputs": {"x": [1.0] * 9000}, "source": "x", "target": "L"}), Accept_Encoding="gzip")),
            Attack("120,000 numbers of a table", request("POST", api + "arrays?filename=x.csv", b"1\n" * 59_000, "text/csv",
                                                        Accept_Encoding="gzip")),
        ],
        "sockets": [
            Attack("150 grids at each message", socket=tuple(json.dumps({"request": {"program": f"L = {grids} + zz[5] + {i}",
                                                                                    "inputs": grid_inputs}}) for i in range(3))),
            Attack("8 messages of 8 MB that shrink to 8 kB", socket=(bomb,) * 8),
        ],
    }  # fmt: skip


async def strike(host: str, port: int, attack: Attack, line: Line) -> Answer:
    """Sends an attack; of a WebSocket's messages all at once, as fast as they go."""
    if not attack.socket:
        return await line.ask(attack.message)
    begin = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE), connect(f"ws://{host}:{port}/api/v1/live", max_size=None, compression="deflate") as socket_:
            for message in attack.socket:
                await socket_.send(message)
            for _ in attack.socket:
                await socket_.recv()
        return Answer(200, begin, time.monotonic())
    except (OSError, TimeoutError, WebSocketException) as error:
        return Answer(0, begin, time.monotonic(), error=type(error).__name__)


async def besieged(host: str, port: int, name: str, clients: int, seconds: float) -> dict[str, list[Answer]]:
    """So many clients that send one attack after the other."""
    rooms = attacks()
    chosen = rooms[name] if name in rooms else list(itertools.chain.from_iterable(rooms.values()))
    found: dict[str, list[Answer]] = {attack.name: [] for attack in chosen}
    until = time.monotonic() + seconds

    async def client(number: int) -> None:
        line, rng = Line(host, port), random.Random(number)
        while True:
            for attack in rng.sample(chosen, len(chosen)):
                if time.monotonic() > until:
                    line.close()
                    return
                answer = await strike(host, port, attack, line)
                found[attack.name].append(answer)
                if answer.status in REFUSED:
                    # Whoever is turned away asks again soon, not in a tight loop: that is measured elsewhere.
                    await asyncio.sleep(0.05)

    await asyncio.gather(*map(client, range(clients)))
    return found


async def ordinary(host: str, port: int, seconds: float) -> list[Answer]:
    """One client that sends a small request ten times a second, or as often as it is answered."""
    line, rng, until = Line(host, port), random.Random(7), time.monotonic() + seconds
    found = []
    while time.monotonic() < until:
        found.append(await line.ask(small(rng)))
        await asyncio.sleep(max(0.0, 0.1 - found[-1].seconds))
    line.close()
    return found


async def alone(host: str, port: int, name: str, number: int) -> tuple[Answer, float]:
    """One attack on an idle server, and the longest that /healthz took meanwhile."""
    attack, done = attacks()[name][number], asyncio.Event()
    beats: list[float] = [0.0]

    async def beat() -> None:
        line = Line(host, port)
        while not done.is_set():
            beats.append((await line.ask(HEALTH)).seconds)
            await asyncio.sleep(0.005)
        line.close()

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.05)
    line = Line(host, port)
    answer = await strike(host, port, attack, line)
    line.close()
    done.set()
    await beating
    return answer, max(beats)


async def weighed() -> dict[str, tuple[float, float, bool]]:
    """For each attack what is said of it in the light lane, what it takes of a thread there, both in milliseconds, and whether it is
    found too heavy. Runs the app in this process, with its light lane alone."""
    from starlette.testclient import TestClient

    from app.errors import BusyError
    from app.main import create_app
    from app.work import desk, weight

    record: list[tuple[float, float, bool]] = []

    def lightly(allowed: float, job: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        with weight.allowance(allowed):
            left, begin, heavy = weight._left.get(), time.thread_time(), False
            assert left is not None
            try:
                return job(*args)
            except weight.TooHeavy:
                heavy = True
                raise
            finally:
                record.append((allowed - left[0], 1000 * (time.thread_time() - begin), heavy))

    async def heavily(*_: Any) -> Any:
        raise BusyError("heavy", 1)

    desk._lightly = lightly  # type: ignore[assignment]
    desk.Desk.heavily = heavily  # type: ignore[method-assign, assignment]
    found = {}
    # Without its lifespan, so that no processes are started.
    client = TestClient(create_app(), raise_server_exceptions=False)
    for attack in itertools.chain.from_iterable(attacks().values()):
        if attack.socket or b"Transfer-Encoding" in attack.message[:300]:
            continue
        head, _, body = attack.message.partition(b"\r\n\r\n")
        method, path, *_ = head.decode().split()
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        record.clear()
        await asyncio.to_thread(client.request, method, path, content=body or None, headers=headers)
        if record:
            found[attack.name] = record[0]
    return found


CLIENTS, SMALL, MEMORY = 10, 1.0, 1_500_000_000
"""Who attacks, the seconds within which 95 of 100 small requests have to be answered meanwhile, and the bytes that all of it may take."""
LIGHT = 60.0
"""Milliseconds of estimated work up to which the server's own process does it."""


def _is_bad(answer: Answer) -> bool:
    """No answer, or a failure of ours. A connection on which somebody says more at once than is allowed is closed: that is the answer."""
    return answer.status == 500 or (answer.status == 0 and answer.error != "ConnectionClosedError")


def worst() -> None:
    """Ten clients that send the worst there is, beside one that does not."""
    print("## The worst inputs\n")
    weights: dict[str, tuple[float, float, bool]] = apart(weighed)()
    rows = []
    for name, chosen in attacks().items():
        for number, attack in enumerate(chosen):
            # A server for each: none finds what the one before has left in the caches, or in threads that nobody can stop.
            with served() as server:
                before = processor(server.pid)
                watch = Watch(server.pid)
                watch.start()
                answer, gap = apart(alone, server.host, server.port, name, number)()
                watch.stop()
                own = 1000 * (processor(server.pid) - before)
            said, true, heavy = weights.get(attack.name, (0.0, 0.0, False))
            light = [f"{said:,.1f} ms", f"{true:,.0f} ms{', in vain' if heavy else ''}", f"{true / max(said, 1.0):.1f}"]
            rows.append((own, [
                attack.name, attack.path.partition("?")[0], answer.status or answer.error, milliseconds(answer.seconds), f"{own:,.0f} ms",
                *(light if attack.name in weights else ["–"] * 3), milliseconds(gap), f"{watch.pss / MEGABYTE:,.0f} MB",
            ]))  # fmt: skip
    print("One by one, on an idle server of its own; the most of the server's own processor time first:\n")
    head = ("input", "to", "status", "answer", "own CPU", "estimated", "in the light lane", "true/estimated", "/healthz waited", "PSS")
    table(head, [row for _, row in sorted(rows, key=lambda item: -item[0])])
    over = [attack for attack, (said, true, heavy) in weights.items() if true > 2 * LIGHT]
    promise(not over, f"nothing takes more than twice {LIGHT:.0f} ms in the light lane: {', '.join(over) or 'none'}")
    print()
    besides: list[Sequence[object]] = []
    for name in [*attacks(), "all together"]:
        seconds = 20.0 if name == "all together" else 8.0
        with served() as server:
            where = server.host, server.port
            apart(ordinary, *where, 1.0)()
            watch = Watch(server.pid)
            watch.start()
            attacking = apart(besieged, *where, name, CLIENTS, seconds)
            beating = apart(pulse, *where, seconds)
            answers: list[Answer] = apart(ordinary, *where, seconds)()
            sent: dict[str, list[Answer]] = attacking()
            beats: list[Answer] = beating()
            watch.stop()
            errors = server.errors()
        times = [answer.seconds for answer in answers]
        high, failed = percentile(times, 0.95), [answer for answer in answers if answer.status != 200]
        every = [answer for some in sent.values() for answer in some]
        besides.append((
            name, len(answers), milliseconds(statistics.median(times)), milliseconds(high), counted(failed),
            milliseconds(max(beat.seconds for beat in beats)), f"{watch.rss / MEGABYTE:,.0f} MB", f"{watch.pss / MEGABYTE:,.0f} MB",
            counted(every),
        ))  # fmt: skip
        bad = {attack: counted(odd) for attack, some in sent.items() if (odd := [one for one in some if _is_bad(one)])}
        first = f" {errors[0]}" if errors else ""
        promise(not bad, f"{name}: the ten are answered, too, and none by 500: {bad or 'none'}{first}")
        promise(high < SMALL, f"{name}: small requests are answered within {milliseconds(high)} (p95; less than {milliseconds(SMALL)})")
        promise(not failed, f"{name}: no small request fails: {counted(failed)}")
        taken = f"RSS {watch.rss / 1e9:.2f} GB, PSS {watch.pss / 1e9:.2f} GB"
        promise(watch.pss < MEMORY, f"{name}: all processes together take {taken} (PSS less than {MEMORY / 1e9:.1f} GB)")
    print("\nTen clients at once:\n")
    table(("inputs", "small", "median", "p95", "failed", "/healthz at most", "RSS", "PSS", "answers to the ten"), besides)


# killed processes

REPLACED = 2.0
"""Seconds within which there is another."""


@dataclass(frozen=True)
class Kill:
    """When a process was killed, and when it was gone: the system takes a moment."""

    at: float
    gone: float


def outside(answers: Sequence[Answer], kills: Sequence[Kill]) -> list[Answer]:
    """The failures that were not in flight while a process was killed."""
    failed = [answer for answer in answers if answer.status != 200]
    return [answer for answer in failed if not any(answer.begin <= kill.gone and kill.at <= answer.end for kill in kills)]


async def mixed_loop(host: str, port: int, seconds: float) -> list[Answer]:
    """Small requests, pictures that have to be laid out, and heavy work, as fast as they are answered."""
    until, found, numbers = time.monotonic() + seconds, [], itertools.count(os.getpid())
    heavy = posted("", "/api/v1/verify", "L = sum((x[:, None] * y[None, :]) ** 1.5)", {"x": [1.5] * 20, "y": [0.5] * 300}).message

    async def client(number: int) -> None:
        line, rng = Line(host, port), random.Random(number)
        while time.monotonic() < until:
            if number < 2:
                message = heavy
            elif number < 4:
                ends = "\n".join(f"a{i} = x * {i + 1}" for i in range(1 + next(numbers) % 40))
                message = posted("", "/api/v1/graph.svg", f"{ends}\nL{next(numbers)} = a0 + {number}", {"x": 1}).message
            else:
                message = small(rng)
            found.append(await line.ask(message))
            if found[-1].status != 200:
                await asyncio.sleep(0.01)
        line.close()

    await asyncio.gather(*map(client, range(8)))
    return found


def kill() -> None:
    """kill -9, of workers and of whole servers."""
    print("## Killed processes\n")
    with served() as server:
        workers = children(server.pid)
        seconds = 2.0 * len(workers) + 4.0
        asking = apart(mixed_loop, server.host, server.port, seconds)
        time.sleep(2.0)
        kills, waits, zombies = [], [], 0
        for first in 2 * list(workers):
            alive = [pid for pid, state in children(server.pid).items() if state != "Z"]
            # Those that were there in the beginning go first, then those that came for them.
            victim = first if first in alive else alive[0]
            at = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            while (fields := stat(victim)) and fields[0] != "Z":
                time.sleep(0.002)
            kills.append(Kill(at, time.monotonic()))
            while time.monotonic() - at < 5.0:
                now = children(server.pid)
                if victim not in now and sum(state != "Z" for state in now.values()) >= len(workers):
                    break
                time.sleep(0.02)
            waits.append(time.monotonic() - at)
            time.sleep(max(0.0, at + 1.0 - time.monotonic()))
            zombies = max(zombies, sum(state == "Z" for state in children(server.pid).values()))
        answers: list[Answer] = asking()
        time.sleep(1.0)
        left = sum(state == "Z" for state in children(server.pid).values())
        ready, errors = asked(server.host, server.port, "GET", "/readyz")[0], server.errors()
    strays = outside(answers, kills)
    failed = [answer for answer in answers if answer.status != 200]
    print(f"{len(kills)} workers of {len(workers)} killed, one a second: {len(answers)} answers, {counted(answers)}.\n")
    promise(not strays, f"only requests in flight fail: {len(failed)} failed, {len(strays)} of them were not in flight ({counted(strays)})")
    promise(not errors, f"nothing is logged as an error of ours: {len(errors)}{' ' + errors[0] if errors else ''}")
    promise(max(waits) <= REPLACED, f"a replacement stands within {milliseconds(max(waits))} (at most {milliseconds(REPLACED)})")
    promise(not zombies and not left, f"no zombie: at most {zombies} a second after a kill, {left} at the end")
    promise(ready == 200, f"the server is ready at the end: {ready}")
    print()
    replicas()


class Names(asyncio.DatagramProtocol):
    """A name server that knows one name: so the nginx.conf is tried as it is, with replicas behind a name."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        question = data[12:]
        answers = b"".join(struct.pack(">HHHIH", 0xC00C, 1, 1, 5, 4) + socket.inet_aton(address) for address in self.addresses)
        head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, len(self.addresses), 0, 0)
        self.transport.sendto(head + question + answers, addr)


@contextlib.contextmanager
def named(addresses: Sequence[str]) -> Iterator[int]:
    """The port of a name server that answers with these addresses."""
    loop, port, ready = asyncio.new_event_loop(), free_port(), threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(loop.create_datagram_endpoint(lambda: Names(addresses), ("127.0.0.1", port)))
        ready.set()
        loop.run_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class Replica(threading.Thread):
    """A server that is started again whenever it ends, as an orchestrator does it."""

    def __init__(self, directory: Path, host: str, port: int) -> None:
        super().__init__(daemon=True)
        self.directory, self.host, self.port, self.done = directory, host, port, threading.Event()
        self.server = start(directory, host, port)

    def run(self) -> None:
        while not self.done.wait(0.05):
            if self.server.process.poll() is not None:
                with contextlib.suppress(RuntimeError):
                    self.server = start(self.directory, self.host, self.port)

    def stop(self) -> None:
        self.done.set()
        self.join()
        self.server.stop()


def replicas() -> None:
    """Two replicas behind the nginx.conf as shipped, one of which is killed now and then."""
    nginx = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))
    if nginx is None:
        promise(False, "replicas need nginx: apt-get install nginx-light")
        return
    hosts = ["127.0.0.2", "127.0.0.3"]
    port, app = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="load-") as name, named(hosts) as names:
        directory = Path(name)
        directory.chmod(0o755)  # nginx started by root works as another user
        text = configuration(port, app, directory).replace(f"127.0.0.1:{app}", f"curlyd:{app}")
        text, count = re.subn(r"\bresolver 127\.0\.0\.11\b", f"resolver 127.0.0.1:{names}", text)
        assert count, "nginx.conf has no resolver"
        (directory / "nginx.conf").write_text(text, encoding="utf-8")
        both: list[Replica] = []
        with (directory / "log").open("wb") as log:
            front = subprocess.Popen([nginx, "-c", str(directory / "nginx.conf"), "-g", "daemon off;"], stdout=log, stderr=log)
            try:
                both = [Replica(directory, host, app) for host in hosts]
                for replica in both:
                    replica.start()
                orphans: list[int] = []
                answers, kills, waits = _while_killed(port, both, orphans)
                time.sleep(2.0)
                left = [pid for pid in orphans if (fields := stat(pid)) and fields[0] != "Z"]
            finally:
                for replica in both:
                    replica.stop()
                front.terminate()
                front.wait(timeout=20)
    failed, strays = [answer for answer in answers if answer.status != 200], outside(answers, kills)
    print(f"\n{len(kills)} servers of two behind nginx killed: {len(answers)} answers, {counted(answers)}.\n")
    promise(not strays, f"only requests in flight fail: {len(failed)} failed, {len(strays)} of them were not in flight ({counted(strays)})")
    print(f"A server that was killed was ready again within {milliseconds(max(waits))}; the other one answered meanwhile.\n")
    promise(not left, f"the workers of a killed server end with it: {len(left)} of {len(orphans)} are left after 2 s")
    print()


def _while_killed(port: int, both: Sequence[Replica], orphans: list[int]) -> tuple[list[Answer], list[Kill], list[float]]:
    """Small requests over nginx, meanwhile one replica after the other is killed: what was answered, when that was, how long it took
    until it was ready again; the workers that they leave are added to `orphans`."""
    kills, waits = [], []
    asking = apart(closed_loop, "127.0.0.1", port, 4, 26.0, True)
    time.sleep(2.0)
    for replica in (*both, *both):
        victim = replica.server
        orphans += children(victim.pid)
        at = time.monotonic()
        victim.process.kill()
        victim.process.wait()
        kills.append(Kill(at, time.monotonic()))
        while replica.server is victim and time.monotonic() - at < 20.0:
            time.sleep(0.02)
        waits.append(time.monotonic() - at)
        time.sleep(1.0)
    return asking(), kills, waits


# a long day

REQUESTS, WARM, GROWTH = 50_000, 5_000, 1.05
CACHE = 16 * MEGABYTE
"""Bytes of the caches for it: so few that they are full after the beginning, and what grows later is something else."""


KINDS = {
    "small": 30, "graph": 15, "new program": 10, "derivation": 5, "page": 2, "get": 15, "bad JSON": 5, "bad program": 6, "nothing": 4,
    "form": 2, "socket": 4, "new picture": 2,
}  # fmt: skip
"""What is asked, and how often of a hundred times."""


async def day(host: str, port: int, count: int, first: int) -> Counter[str]:
    """So many requests of all kinds, eight at a time."""
    numbers, found = iter(range(first, first + count)), Counter[str]()

    async def client(number: int) -> None:
        line, rng = Line(host, port), random.Random(first + number)
        for at in numbers:
            kind, message = one_of_many(rng, at)
            if kind == "socket":
                status = await visit(host, port, rng)
            else:
                status = (await line.ask(message)).status
            found[f"{kind} {status}"] += 1
        line.close()

    await asyncio.gather(*map(client, range(8)))
    return found


def one_of_many(rng: random.Random, number: int) -> tuple[str, bytes]:
    """A request of some kind."""
    program, inputs = SEED
    body = {"program": program, "inputs": inputs | {"b2": [rng.uniform(-1, 1)]}}
    kind = rng.choices([*KINDS], [*KINDS.values()])[0]
    match kind:
        case "small":
            return kind, small(rng)
        case "graph":
            return kind, request("POST", "/api/v1/graph", packed(body))
        case "new program":
            text = f"a{number} = x * {number}\n" + "".join(f"b{i} = a{number} + {i}\n" for i in range(number % 5)) + f"L = a{number} ** 2"
            return kind, posted("", "/api/v1/graph", text, {"x": rng.random()}).message
        case "new picture":
            return kind, posted("", "/api/v1/graph.svg", f"a{number} = x * {number}\nL = a{number} ** 2", {"x": rng.random()}).message
        case "derivation":
            return kind, request("POST", "/api/v1/derivation", packed(body | {"target": rng.choice(("w1", "w2", "b1", "u1"))}))
        case "page":
            return kind, request("GET", f"/?example={rng.choice(('chain-rule', 'seed-network', 'neuron'))}")
        case "get":
            paths = ("/healthz", "/readyz", "/static/js/page.js", "/api/v1/examples", "/api/v1/limits", "/problems", "/docs")
            return kind, request("GET", rng.choice(paths), Accept_Encoding=rng.choice(("gzip", "identity")))
        case "bad JSON":
            return kind, request("POST", "/api/v1/graph", packed(body)[: rng.randrange(200)])
        case "bad program":
            return kind, posted("", "/api/v1/graph", f"L{number} = x @ y{number} +* 2", {"x": 1}).message
        case "nothing":
            return kind, request("GET", f"/nothing/{number}")
        case "form":
            fields = {"program": "L = x * 2", "shape:x": "", "cell:x:0,0": str(number)}
            return kind, request("POST", "/", urllib.parse.urlencode(fields).encode(), FORM)
    return kind, b""


async def visit(host: str, port: int, rng: random.Random) -> int:
    """A page that is opened, says a few things, and is closed, or breaks off."""
    try:
        async with asyncio.timeout(PATIENCE), connect(f"ws://{host}:{port}/api/v1/live") as socket_:
            for _ in range(rng.randrange(4)):
                await socket_.send(json.dumps({"id": 1, "request": {"program": "L = x * 2", "inputs": {"x": rng.random()}}}))
                await socket_.recv()
            if rng.random() < 0.3:
                socket_.transport.abort()
        return 101
    except (OSError, TimeoutError, WebSocketException):
        return 0


def settled(pid: int) -> tuple[float, int, int]:
    """PSS, descriptors and children of a server that rests: the middle of a few looks."""
    time.sleep(3.0)
    looks = []
    for _ in range(5):
        looks.append(memory(pid)[1])
        time.sleep(0.5)
    return statistics.median(looks), descriptors(pid), len(children(pid))


def soak(count: int) -> None:
    """So many requests of all kinds: nothing grows."""
    print(f"## {count:,} requests\n")
    warm = min(WARM, count // 2)
    kinds: Counter[str] = Counter()
    with served(cache_bytes=CACHE) as server:
        begin, done = time.monotonic(), 0
        rows, first = [], (0.0, 0, 0)
        last = first
        for size in (warm, *([(count - warm) // 4] * 4)):
            kinds += apart(day, server.host, server.port, size, done)()
            done += size
            last = settled(server.pid)
            first = first if first[0] else last
            own = f"{processor(server.pid):.0f} s"
            rows.append((f"{done:,}", f"{last[0] / MEGABYTE:.1f} MB", last[1], last[2], own, f"{time.monotonic() - begin:.0f} s"))
    table(("requests", "PSS", "descriptors", "children", "own CPU", "after"), rows)
    print(f"{', '.join(f'{number:,} × {name}' for name, number in sorted(kinds.items()))}.\n")
    grown = last[0] / first[0]
    promise(grown <= GROWTH, f"PSS is {grown:.3f} times what it was after the first {warm:,} (at most {GROWTH})")
    promise(last[1] <= first[1], f"descriptors: {first[1]} before, {last[1]} after")
    promise(last[2] == first[2], f"children: {first[2]} before, {last[2]} after")
    odd = {name: number for name, number in kinds.items() if name.endswith((" 0", " 500", " 503"))}
    promise(not odd, f"every request is answered, and none by 500 or 503: {odd or 'none'}")
    print()


def main() -> int:
    """Prints the tables, and what was promised."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="overload|worst|kill|soak", help="what is tried; everything, if nothing is named")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="how many there are in the soak (%(default)s)")
    options = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {"overload": overload, "worst": worst, "kill": kill, "soak": lambda: soak(options.requests)}
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    for name in options.parts or parts:
        parts[name]()
    if broken:
        print(f"{len(broken)} promises are broken:\n")
        for text in broken:
            print(f"- {text}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
