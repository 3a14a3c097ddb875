"""The way in from the command line. What stands here is read by every process of the server, so it is little."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status."""
    from app import commands

    return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
