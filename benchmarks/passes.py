"""Forward and backward pass of the seed network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.harness import medians, table
from benchmarks.networks import HAND, Network, arrays, missing, networks

SIZES = {
    "One number each (N = d = h = o = 1)": ((1, 1, 1, 1), 300, 20),
    "Tiny (N = 3, d = 2, h = 3, o = 1)": ((3, 2, 3, 1), 300, 20),
    "Small (N = 64, d = 32, h = 64, o = 10)": ((64, 32, 64, 10), 200, 5),
    "Large (N = 10,000, d = 100, h = 100, o = 10)": ((10_000, 100, 100, 10), 41, 1),
}
"""The sizes, the rounds, and how often a call is made at each of its turns."""


def main() -> None:
    """Prints a table for each size."""
    print("## Forward and backward pass\n")
    for name in missing():
        print(f"{name} is not installed and is left out.\n")
    for title, (size, rounds, repeat) in SIZES.items():
        found = networks(arrays(*size))
        agree(found)
        table(title, medians({name: network.both for name, network in found.items()}, rounds, repeat), HAND)


def agree(found: Mapping[str, Network]) -> None:
    """No time is printed of a peer that calculates something else."""
    results = {name: network.read(network.both()) for name, network in found.items()}
    for name, result in results.items():
        for key, got in result.items():
            want = results[HAND][key]
            np.testing.assert_allclose(np.reshape(got, np.shape(want)), want, rtol=1e-9, atol=1e-12, err_msg=f"{name}: {key}")
