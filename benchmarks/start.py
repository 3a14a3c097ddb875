"""How long a server takes from its start to its first answer, against a bare FastAPI app with one route."""

from __future__ import annotations

import random
import socket
import statistics
import subprocess
import sys
import time

from benchmarks.harness import duration
from benchmarks.requests import GRAPH, ROOT, SVG, bodies, free_port, our_command, posted

ROUNDS = 9
PATIENCE = 60.0
"""Seconds after which a server will not answer any more."""
PAUSE = 0.002
"""Seconds between two attempts to connect."""
BARE = "a bare app"
AIM = 1.0
BARE_APP = """
import sys, uvicorn
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
async def root() -> dict[str, str]:
    return {"status": "ok"}

uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_config=None)
"""
"""An app with one route. It is a text, so that its process loads nothing that belongs to the benchmarks."""


def get(path: str) -> bytes:
    """A question without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def first_answer(command: list[str], port: int, question: bytes) -> float:
    """Seconds from starting a process until the first answer is there in full. The process is ended afterwards."""
    begin = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                try:
                    end = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                    break
                except ConnectionRefusedError:
                    if process.poll() is not None or time.perf_counter() - begin > PATIENCE:
                        raise
                    time.sleep(PAUSE)
            with end:
                end.sendall(question)
                answer = b"".join(iter(lambda: end.recv(1 << 16), b""))
            assert answer.startswith(b"HTTP/1.1 200"), answer[:2000]
            return time.perf_counter() - begin
        finally:
            process.terminate()


def main() -> None:
    """Prints the table. Each start is asked one question only; one start of each kind goes before, for what the disk has to give."""
    asked = bodies()[0]
    closing = b"\r\nConnection: close\r\n"
    questions = {
        BARE: get("/"),
        "/healthz": get("/healthz"),
        "/": get("/"),
        GRAPH: posted(GRAPH, asked).replace(b"\r\n", closing, 1),
        SVG: posted(SVG, asked).replace(b"\r\n", closing, 1),
    }
    times: dict[str, list[float]] = {name: [] for name in questions}
    shuffled = random.Random(0)
    order = list(questions)
    for turn in range(ROUNDS + 1):
        shuffled.shuffle(order)
        for name in order:
            port = free_port()
            command = [sys.executable, "-c", BARE_APP, str(port)] if name == BARE else our_command(port)
            seconds = first_answer(command, port, questions[name])
            if turn:
                times[name].append(seconds)
    base = statistics.median(times[BARE])
    print("## Start\n\n### From the start of the process to the first answer\n")
    print(f"| | median | longest | × {BARE} | aim |\n|---|---:|---:|---:|---:|")
    for name, taken in times.items():
        middle, aim = statistics.median(taken), "" if name == BARE else f"under {duration(AIM)}"
        print(f"| {name} | {duration(middle)} | {duration(max(taken))} | {middle / base:.2f} | {aim} |")
    print()


if __name__ == "__main__":
    main()
