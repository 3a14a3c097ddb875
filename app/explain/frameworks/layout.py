"""How the text of a program is broken into lines that can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

WIDTH = 100
STEP = "    "
OPEN, CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Line:
    """Ties a line of the text to its card."""

    line: int
    """Counted from 1."""
    node: str
    gradient: bool
    """The line calculates the gradient of that card, not its value."""


@dataclass(slots=True)
class Text:
    """A program in the making."""

    lines: list[str] = field(default_factory=list)
    ties: list[Line] = field(default_factory=list)
    indent: str = ""

    def add(self, *texts: str) -> None:
        """Whole lines, or several in one text."""
        for text in texts:
            self.lines.extend(f"{self.indent}{line}" if line else "" for line in text.split("\n"))

    def assign(self, name: str, value: str, comment: str = "", tie: tuple[str, bool] | None = None) -> None:
        """`name = value  # comment`, broken where it is too long."""
        self.put(broken(f"{name} = ", value, WIDTH - len(self.indent)), comment, tie)

    def put(self, lines: Sequence[str], comment: str = "", tie: tuple[str, bool] | None = None) -> None:
        """A statement that is broken already; its comment stands behind the first line, or above where there is no room."""
        first, *others = lines
        if comment and len(self.indent) + len(first) + len(comment) + 3 > WIDTH:
            self.add(f"# {comment}")
        elif comment:
            first = f"{first}  # {comment}"
        if tie is not None:
            self.ties.append(Line(len(self.lines) + 1, *tie))
        self.add(first, *others)

    def extend(self, other: Text) -> None:
        """Another text behind this one, with its ties."""
        self.ties.extend(replace(tie, line=tie.line + len(self.lines)) for tie in other.ties)
        self.lines.extend(other.lines)

    def function(self, name: str, parameters: Sequence[str], summary: str) -> None:
        """The head of a function, and what it gives; what is added from here on is its body."""
        *others, last = broken(f"def {name}", f"({', '.join(parameters)})", WIDTH - 1)
        self.add(*(("", "") if self.lines else ()), *others, f"{last}:")
        self.indent = STEP
        self.add(f'"""{summary}"""')

    def end(self) -> None:
        """The end of a function, or of what else is indented."""
        self.indent = ""

    @property
    def code(self) -> str:
        return "\n".join(self.lines) + "\n"


def broken(head: str, value: str, width: int) -> list[str]:
    """`head` and an expression on one line, or on as many as it takes."""
    if len(head) + len(value) <= width:
        return [head + value]
    named = re.match(r'"\w+": |\w+=(?!=)', value)
    if named:
        head, value = head + named[0], value[named.end() :]
    group = _group(value)
    if group is None:
        return [f"{head}(", *(STEP + line for line in _terms(value, width - len(STEP))), ")"]
    start, end = group
    items = split(value[start + 1 : end], ",")
    lines = [head + value[: start + 1]]
    for item in items:
        alone = _group(item) is not None or re.match(r'"\w+": |\w+=(?!=)', item)
        *first, last = broken("", item, width - len(STEP) - 1) if alone else _terms(item, width - len(STEP) - 1)
        lines.extend(STEP + line for line in (*first, f"{last}," if len(items) > 1 else last))
    return [*lines, value[end:]]


def _terms(value: str, width: int) -> list[str]:
    """An expression within brackets, broken before its loosest signs."""
    parts = _at_signs(value)
    if len(value) <= width or len(parts) == 1:
        return [value]
    return [line for sign, part in parts for line in broken(f"{sign} " if sign else "", part, width)]


def _at_signs(value: str) -> list[tuple[str, str]]:
    """The operands of the loosest signs outside of all brackets, each with the sign before it."""
    for signs in ((" < ", " <= ", " > ", " >= ", " == ", " != "), (" + ", " - "), (" * ", " / ", " @ ", " // ", " % "), (" ** ",)):
        found: list[tuple[str, str]] = []
        depth, start, sign = 0, 0, ""
        for i, letter in enumerate(value):
            depth += (letter in OPEN) - (letter in CLOSE)
            hit = next((one for one in signs if value.startswith(one, i)), None) if depth == 0 and letter == " " else None
            if hit:
                found.append((sign, value[start:i]))
                sign, start = hit.strip(), i + len(hit)
        if found:
            return [*found, (sign, value[start:])]
    return [("", value)]


def _group(value: str) -> tuple[int, int] | None:
    """The longest of the brackets that an expression without a sign outside of them has: where it opens, and where it closes."""
    found: list[tuple[int, int]] = []
    depth, start = 0, 0
    for i, letter in enumerate(value):
        if letter in OPEN:
            start = start if depth else i
            depth += 1
        elif letter in CLOSE:
            depth -= 1
            if depth == 0:
                found.append((start, i))
        elif letter == " " and depth == 0:
            return None
    return max(found, key=lambda one: one[1] - one[0], default=None)


def split(text: str, sign: str) -> list[str]:
    """The parts of a text between signs outside of all brackets and quotes."""
    parts, depth, start, quoted = [], 0, 0, False
    for i, letter in enumerate(text):
        quoted ^= letter == '"'
        depth += (letter in OPEN) - (letter in CLOSE)
        if letter == sign and depth == 0 and not quoted:
            parts.append(text[start:i].strip())
            start = i + 1
    rest = text[start:].strip()
    return [*parts, rest] if rest else parts


def array_lines(nested: Any, number: Callable[[float], str], before: str, after: str, width: int = WIDTH) -> list[str]:
    """Nested lists of numbers between two texts: on one line, or each row on its own, plain numbers as many on a line as fit."""
    if not isinstance(nested, list):
        return [f"{before}{number(nested)}{after}"]
    # A number takes 3 characters at least, with what stands between it and the next.
    if not isinstance(nested[0], list) and 3 * len(nested) <= 4 * width:
        whole = f"[{', '.join(map(number, nested))}]"
        if len(before) + len(whole) + len(after) <= width:
            return [f"{before}{whole}{after}"]
    lines: list[str] = []
    if isinstance(nested[0], list):
        inner = [array_lines(item, number, "", ",", width - len(STEP)) for item in nested]
        if all(len(rows) == 1 for rows in inner):
            whole = f"[{', '.join(rows[0][:-1] for rows in inner)}]"
            if len(before) + len(whole) + len(after) <= width:
                return [f"{before}{whole}{after}"]
        lines = [line for rows in inner for line in rows]
    else:
        row = ""
        for item in map(number, nested):
            if row and len(row) + len(item) + len(STEP) + 2 > width:
                lines.append(row)
                row = ""
            row += f"{' ' if row else ''}{item},"
        lines.append(row)
    return [f"{before}[", *(f"{STEP}{line}" for line in lines), f"]{after}"]


def table(entries: Iterable[tuple[str, str]], head: str) -> list[str]:
    """`head` and a dictionary of expressions, by names."""
    items = [f'"{name}": {value}' for name, value in entries]
    return broken(head, f"{{{', '.join(items)}}}", WIDTH)


def tuple_of(names: Sequence[str]) -> str:
    """Names as a tuple."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
