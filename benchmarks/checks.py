"""Judging a derived gradient of the seed network: read, tried on twenty-five sets of numbers, its mistake found."""

from __future__ import annotations

from app.examples import FIRST, gallery
from app.service import Expression, Given, Request, analyse, judged
from app.settings import Limits
from benchmarks.harness import medians, table

GRAPH = "the two passes alone"
ANSWERS = {
    "right": "2/N * x.T @ ((u3 - y) @ w2.T * (u1 > 0))",
    "a mask missing": "2/N * x.T @ ((u3 - y) @ w2.T)",
    "sign and mask": "2/N * x.T @ ((y - u3) @ w2.T)",
    "the wrong mask, told by its parts": "x.T @ maximum(0, u2_g)",
    "nothing that is known": "sin(x).T @ cos(u1_g)",
}


def main() -> None:
    """Prints the table."""
    example = gallery()[FIRST]
    request = Request(example.program, {name: Given.of(value) for name, value in example.inputs.items()})
    found = analyse(request, Limits())
    calls = {GRAPH: lambda: analyse(request, Limits())}
    for name, text in ANSWERS.items():
        calls[name] = lambda text=text: judged(found, {"w1": Expression(text)}, None)  # type: ignore[misc]
    print("## A check\n")
    table("∂MSE/∂w1 of the seed network", medians(calls, 20, 1), GRAPH)
