"""What can go wrong, in the words of the project. Nothing here knows of HTTP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repair:
    """What to write in the program instead of these columns of a line: nothing, where `text` is empty; where `column` is `end_column`
    it is inserted. Columns count as those of a fault; `text` may hold line breaks."""

    line: int
    column: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend, and where: lines and columns count from 1, `end_column` is the first column after it."""

    message: str
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    hint: str | None = None
    repair: Repair | None = None
    """What the hint says, ready to be put in: the program has not this fault at this place then."""


class CurlydError(Exception):
    """Any failure that the person who asked can do something about."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "; ".join(fault.message for fault in self.faults)


class ProgramError(CurlydError):
    """The program text is at fault: its grammar, its names, its shapes or its loss."""


class GrammarError(ProgramError):
    """The program's text cannot be read: it has been looked at up to this place."""


class InputError(CurlydError):
    """The value or the role given to an input is at fault."""


class FileError(CurlydError):
    """The file that was sent is at fault; of a table, `line` is the row and `column` the cell in it."""


class LimitError(CurlydError):
    """A bound of `settings.Limits` would be exceeded."""

    def __init__(self, limit: str, value: float, maximum: float, fault: Fault) -> None:
        super().__init__(fault)
        self.limit, self.value, self.maximum = limit, value, maximum
        self.args = (limit, value, maximum, fault)


class LayoutError(CurlydError):
    """The graph could not be laid out, or not in time."""


class UnknownExampleError(CurlydError):
    """The gallery holds no example of that name."""


class BusyError(CurlydError):
    """Too many wait already: to be asked again after so many seconds."""

    def __init__(self, lane: str, retry_after: int) -> None:
        super().__init__(Fault("The server has more to do than it can do at once.", hint=f"Ask again in {retry_after} s."))
        self.lane, self.retry_after = lane, retry_after
        self.args = (lane, retry_after)


class LostError(CurlydError):
    """The process that worked on it has ended."""

    def __init__(self) -> None:
        super().__init__(Fault("The process that worked on this has ended.", hint="Ask again: another has taken its place."))
        self.args = ()
