"""Forward and backward pass of the seed network."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.engine.program import Trace
from benchmarks.harness import medians, table
from benchmarks.networks import INPUTS, PEERS, arrays

SIZES = {
    "one number each (N = d = h = o = 1)": ((1, 1, 1, 1), 300, 20),
    "tiny (N = 3, d = 2, h = 3, o = 1)": ((3, 2, 3, 1), 300, 20),
    "small (N = 64, d = 32, h = 64, o = 10)": ((64, 32, 64, 10), 150, 5),
    "large (N = 10,000, d = 100, h = 100, o = 10)": ((10_000, 100, 100, 10), 25, 1),
}


def main() -> None:
    """Prints a table for each size; peers that are not installed are left out."""
    print("## Forward and backward pass\n")
    for title, (size, rounds, repeat) in SIZES.items():
        given = arrays(*size)
        calls = {name: call for name, make in PEERS.items() if (call := make(given)) is not None}
        _agree({name: call() for name, call in calls.items()})
        table(title[:1].upper() + title[1:], medians(calls, rounds, repeat), "NumPy by hand")


def _agree(results: dict[str, Any]) -> None:
    """No time is printed of a peer that calculates something else."""
    for name, result in results.items():
        for key in INPUTS:
            got, want = (_gradient(found, key) for found in (result, results["NumPy by hand"]))
            np.testing.assert_allclose(np.reshape(got, np.shape(want)), want, rtol=1e-9, atol=1e-12, err_msg=f"{name}: {key}")


def _gradient(result: Any, key: str) -> Any:
    if isinstance(result, Trace):
        names = {item.name: item.node for item in result.graph.program.inputs}
        return result.gradient(names[key])
    return result[key]
