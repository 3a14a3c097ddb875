"""From a request to an SVG, and where its time goes."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from importlib.util import find_spec

from app import service
from app.draw import layout, svg
from app.draw.svg import Theme
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.examples import gallery
from app.service import Given, Request, analysis, facts
from app.service.picture import _frame, _readings
from app.settings import Limits
from benchmarks.harness import medians, table

LIMITS = Limits()
EXAMPLE = gallery()["seed-network"]


def request(step: int = 0) -> Request:
    """The seed network; another step is another number, in the same structure."""
    inputs = {name: Given(value) for name, value in EXAMPLE.inputs.items()} | {"b2": Given([0.05 + step / 1000])}
    return Request(EXAMPLE.program, inputs)


def forget() -> None:
    """Empties every cache, as for a program that was never seen; the layout's process goes on."""
    layout._cache.clear()
    for kept in (analysis._program, analysis._graph, analysis.view, facts.cards, facts.edges, facts.locals_of, _frame, _readings):
        kept.cache_clear()


def main() -> None:
    """Prints the tables."""
    print("## From a request to a picture\n")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        steps = iter(range(10**9))

        def draw(asked: Request) -> str:
            return runner.run(service.to_svg(service.picture(service.analyse(asked, LIMITS)), LIMITS, Theme.LIGHT))

        def ours() -> str:
            return draw(request(next(steps)))

        calls: dict[str, Callable[[], object]] = {"Curly d, cold": ours, "Curly d, warm": ours}
        peer = torchviz()
        if peer is None:
            print("torchviz, PyTorch or Graphviz's dot is not installed: Curly d alone.\n")
        else:
            calls = {"torchviz": peer} | calls
        table("The seed network as SVG", medians(calls, 60, before={"Curly d, cold": forget}), next(iter(calls)))
        shares(runner)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The event loop that the server runs on: uvloop, where there is one."""
    if not find_spec("uvloop"):
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop  # type: ignore[no-any-return]


def torchviz() -> Callable[[], bytes] | None:
    """PyTorch's forward pass and torchviz's picture of it, structure only."""
    if not (find_spec("torchviz") and find_spec("torch") and shutil.which("dot")):
        return None
    import torch
    from torchviz import make_dot

    leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in EXAMPLE.inputs.items()}

    def draw() -> bytes:
        x, y, w1, b1, w2, b2 = (leaves[name] for name in ("x", "y", "w1", "b1", "w2", "b2"))
        loss = ((y - (torch.relu(x @ w1 + b1) @ w2 + b2)) ** 2).mean()
        return make_dot(loss, params=leaves).pipe("svg")  # type: ignore[no-any-return]

    return draw


def shares(runner: asyncio.Runner) -> None:
    """The steps of a cold request, each by itself."""
    program = parse(EXAMPLE.program)
    found = service.analyse(request(), LIMITS)
    shapes = {item.name: found.graph.shapes[item.node] for item in program.inputs}
    given = {item.name: found.trace.value(item.node) for item in found.program.inputs}
    drawn = service.picture(found)
    stand = runner.run(layout.positions(drawn.frame, 10.0))

    taken = medians(
        {
            "parse": lambda: parse(EXAMPLE.program),
            "differentiate": lambda: differentiate(program, shapes),
            "run": lambda: run(found.graph, given),
            "cards and labels": lambda: service.picture(found),
            "layout": lambda: runner.run(layout.positions(drawn.frame, 10.0)),
            "paint": lambda: svg.svg(drawn.frame, stand, drawn.painted, drawn.told, Theme.LIGHT),
        },
        60,
        before={"cards and labels": forget, "layout": layout._cache.clear},
    )
    table("Where the time of a cold request goes", taken | {"all of these": sum(taken.values())}, "all of these")
    begin = time.perf_counter()
    service.answer(found)
    print(f"The same as plain data for JSON: {(time.perf_counter() - begin) * 1e3:.2g} ms.\n")
