"""Runs every benchmark and prints its tables as Markdown."""

from __future__ import annotations

import os
import platform
import warnings

import numpy

from benchmarks import checks, derivations, growth, passes, pictures, requests, scrubbing, start


def main() -> None:
    """Prints the machine, then the tables."""
    warnings.simplefilter("ignore", DeprecationWarning)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, NumPy {numpy.__version__}, one thread for each library"
    print(f"Measured on {machine}.\n")
    passes.main()
    pictures.main()
    growth.main()
    derivations.main()
    checks.main()
    requests.main()
    start.main()
    scrubbing.main()


if __name__ == "__main__":
    main()
