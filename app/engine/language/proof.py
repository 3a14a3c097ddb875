"""A repair is offered where it has been tried: the program that it makes is read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.engine.language.grammar import Source
from app.engine.language.misread import LONGEST
from app.errors import CurlydError, Fault, GrammarError, ProgramError, Repair


def mended(text: str, repair: Repair) -> str:
    """A program with a repair put in."""
    lines = Source(text).lines
    line = lines[repair.line - 1]
    lines[repair.line - 1] = line[: repair.column - 1] + repair.text + line[repair.end_column - 1 :]
    return "\n".join(lines)


def proven(error: ProgramError, text: str, read: Callable[[str], object]) -> ProgramError:
    """The error, its repairs only where the program that they make is not at fault at that place.

    `read` raises what is at fault there. Of grammar nothing before the place may be at fault in that line either, and what was read
    must still be read.
    """

    def stays(fault: Fault, repair: Repair) -> bool:
        try:
            read(mended(text, repair))
        except GrammarError as again:
            here = [one.column or 1 for one in again.faults if one.line == fault.line]
            return not isinstance(error, GrammarError) or any(column <= (fault.column or 1) for column in here)
        except CurlydError as again:
            return any((one.line, one.column) == (fault.line, fault.column) for one in again.faults)
        return False

    def tried(fault: Fault) -> Fault:
        repair = fault.repair
        if repair is None or (len(repair.text) <= LONGEST and not stays(fault, repair)):
            return fault
        return replace(fault, repair=None)

    return type(error)(*map(tried, error.faults))
