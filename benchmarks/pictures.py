"""From a request to an SVG, and where its time goes."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.util import find_spec
from typing import Any

import anyio
import anyio.to_process
import graphviz
import numpy as np

from app import service
from app.draw import font, layout, svg
from app.draw.svg import Theme
from app.engine.arrays import array_of
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.language.prelude import prelude
from app.engine.parser import parse
from app.examples import gallery
from app.service import Analysis, Given, Request, default_role
from app.settings import Limits
from app.work.caches import store
from benchmarks.harness import Waiting, duration, medians_waiting, middle, table
from benchmarks.networks import micrograd

LIMITS = Limits()
EXAMPLE = gallery()["seed-network"]
ROUNDS = 100
LASTING = (gallery, prelude, font.path, font._face, font._for_formulas, svg.stylesheet)
"""What is made once for a process, whatever it is asked."""


def request(step: int = 0) -> Request:
    """The seed network; another step is another number, in the same structure."""
    inputs = {name: Given(value) for name, value in EXAMPLE.inputs.items()} | {"b2": Given([0.05 + step / 1000])}
    return Request(EXAMPLE.program, inputs)


def forget() -> None:
    """Empties every cache of the app, as for a program that was never seen by a server that drew none; the layout's process goes on."""
    store.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("app."):
            for kept in vars(module).values():
                if hasattr(kept, "cache_clear") and kept not in LASTING:
                    kept.cache_clear()


def main() -> None:
    """Prints the tables. All of it is one task in one event loop, the server's kind where it is installed: AnyIO ends the layout's
    process with the task that was the first to ask for it."""
    anyio.run(_main, backend_options={"use_uvloop": find_spec("uvloop") is not None})


async def _main() -> None:
    print("## From a request to a picture\n")
    steps = iter(range(10**9))

    async def ours() -> str:
        drawn = service.picture(service.analyse(request(next(steps)), LIMITS))
        return await service.to_svg(drawn, LIMITS, Theme.LIGHT)

    calls: dict[str, Waiting] = {"Curly d, cold": ours, "Curly d, warm": ours}
    peer = torchviz()
    if peer is None:
        print("torchviz, PyTorch or Graphviz's dot is not installed: torchviz is left out.\n")
    else:
        calls = {"torchviz": peer} | calls
    found = await medians_waiting(calls, ROUNDS, before={"Curly d, cold": forget})
    table("The seed network as SVG", found, next(iter(calls)))
    if find_spec("micrograd") and shutil.which("dot"):
        await _single(steps)
    await _shares()
    await _floor()
    answered = await medians_waiting({"JSON": _answer}, ROUNDS, before={"JSON": forget})
    print(f"A cold request for plain data, ready for JSON: {duration(answered['JSON'])}.\n")


async def _single(steps: Iterator[int]) -> None:
    """The network of single numbers, against micrograd's way of drawing: a box for each number, with its value and gradient."""
    shapes = {"x": (1, 1), "w1": (1, 1), "b1": (1,), "w2": (1, 1), "b2": (1,), "y": (1, 1)}

    def asked() -> Request:
        return Request(EXAMPLE.program, {name: Given(np.full(shape, 0.5 + next(steps) / 1000).tolist()) for name, shape in shapes.items()})

    async def ours() -> str:
        return await service.to_svg(service.picture(service.analyse(asked(), LIMITS)), LIMITS, Theme.LIGHT)

    network = micrograd({name: np.full(shape, 0.5) for name, shape in shapes.items()})

    async def theirs() -> bytes:
        values, _ = network.both()
        return _boxes(values[-1])

    calls: dict[str, Waiting] = {"micrograd, drawn by dot": theirs, "Curly d, cold": ours, "Curly d, warm": ours}
    found = await medians_waiting(calls, ROUNDS, before={"Curly d, cold": forget})
    table("The network of single numbers as SVG", found, next(iter(calls)))


def _boxes(loss: Any) -> bytes:
    """micrograd's graph as SVG: a record for each value, a circle for each operation."""
    drawn = graphviz.Digraph(graph_attr={"rankdir": "LR"})
    seen: set[int] = set()
    stack = [loss]
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        drawn.node(str(id(value)), label=f"{{ value {value.data:.4f} | grad {value.grad:.4f} }}", shape="record")
        if value._op:
            drawn.node(f"{id(value)}{value._op}", label=value._op)
            drawn.edge(f"{id(value)}{value._op}", str(id(value)))
        for child in value._prev:
            drawn.edge(str(id(child)), f"{id(value)}{value._op}")
            stack.append(child)
    return bytes(drawn.pipe("svg"))


def torchviz() -> Callable[[], Awaitable[bytes]] | None:
    """PyTorch's forward pass and torchviz's picture of it, structure only."""
    if not (find_spec("torchviz") and find_spec("torch") and shutil.which("dot")):
        return None
    import torch
    from torchviz import make_dot

    leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in EXAMPLE.inputs.items()}

    async def draw() -> bytes:
        x, y, w1, b1, w2, b2 = (leaves[name] for name in ("x", "y", "w1", "b1", "w2", "b2"))
        loss = ((y - (torch.relu(x @ w1 + b1) @ w2 + b2)) ** 2).mean()
        return bytes(make_dot(loss, params=leaves).pipe("svg"))

    return draw


async def _shares() -> None:
    """A cold request, stopped at each step: the steps are those of `service.analyse`, `picture` and `to_svg`."""
    times: dict[str, list[float]] = {}
    for turn in range(ROUNDS + 1):
        forget()
        taken = await _steps(request(turn))
        if turn:
            for name, seconds in taken.items():
                times.setdefault(name, []).append(seconds)
    found = middle(times)
    table("Where the time of a cold request goes", found | {"all of these": sum(found.values())}, "all of these")


async def _steps(asked: Request) -> dict[str, float]:
    """Seconds of each step of one request."""
    taken: dict[str, float] = {}
    begin = time.perf_counter()

    def done(name: str) -> None:
        nonlocal begin
        taken[name] = time.perf_counter() - begin
        begin = time.perf_counter()

    program = parse(asked.program, LIMITS)
    done("parse")
    given = {name: array_of(name, one.value, LIMITS) for name, one in asked.inputs.items()}
    roles = tuple((item.name, default_role(item.name)) for item in program.inputs)
    done("read the numbers")
    graph = differentiate(program, {name: array.shape for name, array in given.items()}, [name for name, _ in roles], None, LIMITS)
    done("differentiate")
    trace = run(graph, given)
    done("plan and run")
    drawn = service.picture(Analysis(program, graph, trace, asked.shown, roles, (), LIMITS))
    done("cards and labels")
    stand = await layout.positions(drawn.frame, LIMITS.layout_seconds)
    done("layout")
    svg.svg(drawn.frame, stand, drawn.painted, drawn.told, Theme.LIGHT)
    done("paint")
    return taken


async def _floor() -> None:
    """What a layout costs whoever asks for it: the way to a process and back, Graphviz itself, and a `dot` process instead."""
    text = layout.dot(service.picture(service.analyse(request(), LIMITS)).frame)

    async def here() -> object:
        return layout._graphviz(text)

    async def started() -> object:
        return graphviz.Source(text).pipe(format="plain")

    kept = "Graphviz in the kept process"
    calls: dict[str, Waiting] = {
        kept: lambda: anyio.to_process.run_sync(layout._graphviz, text, cancellable=True),
        "Graphviz without a process of its own": here,
        "the way to the kept process and back": lambda: anyio.to_process.run_sync(len, text, cancellable=True),
    }
    if shutil.which("dot"):
        calls["a dot process, started for it"] = started
    table("The floor of a layout", await medians_waiting(calls, ROUNDS), kept)


async def _answer() -> dict[str, Any]:
    return service.answer(service.analyse(request(), LIMITS))
