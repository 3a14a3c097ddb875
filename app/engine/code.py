"""Nodes as code in our own language: what is printed here is parsed by `parser.parse` again, to the same nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, Nested, Node, Span, Static, fold
from app.engine.syntax import As, Call, Fraction, Index, Infix, Power, Precedence, Prefix, Product, Raised, Sized

Written: TypeAlias = tuple[str, Precedence]


def code(nodes: Sequence[Node], root: int, names: Mapping[int, str], *, opened: bool = True) -> str:
    """The expression of `root`, closed over the nodes that have a name; `opened` says not to use a name of the root itself."""
    return fold(nodes, root, leaf(names, root if opened else None), lambda index, args: written(nodes[index], args))[0]


READABLE = 1000
"""A formula of more symbols is not written out."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many symbols each node takes, counted up to just above `READABLE`: `used` within another's expression, where the name of a
    named one is enough, and `opened` with its own expression written out."""

    used: Sequence[int]
    opened: Sequence[int]


def lengths(nodes: Sequence[Node], short: Collection[int], calls: Mapping[int, Sequence[int]] | None = None) -> Lengths:
    """The lengths of nodes that are written out down to those of `short`; what `calls` holds is written as a call of these arguments."""
    used: list[int] = []
    opened: list[int] = []
    calls = calls or {}
    for index, node in enumerate(nodes):
        opened.append(min(1 + sum([used[arg] for arg in calls.get(index, node.args)]), READABLE + 1))
        used.append(1 if index in short else opened[-1])
    return Lengths(used, opened)


def leaf(names: Mapping[int, str], root: int | None = None) -> Callable[[int], Written | None]:
    def named(index: int) -> Written | None:
        name = names.get(index) if index != root else None
        return None if name is None else (name, Precedence.ATOM)

    return named


def number(value: float) -> Written:
    """A literal that reads back as the very same number."""
    if not math.isfinite(value):
        return {math.inf: ("inf", Precedence.ATOM), -math.inf: ("-inf", Precedence.SIGN)}.get(value, ("nan", Precedence.ATOM))
    plain = value.is_integer() and abs(value) < 1e16 and str(value) != "-0.0"
    text = repr(int(value)) if plain else repr(value)
    return text, Precedence.SIGN if text.startswith("-") else Precedence.ATOM


def enclose(part: Written, least: Precedence) -> str:
    """The text, in parentheses where it binds more loosely than `least`."""
    text, precedence = part
    return text if precedence >= least else f"({text})"


def written(node: Node, args: list[Written]) -> Written:
    """One operation, from its arguments as they are written."""
    if node.op == ARRAY:
        return listed(node.parameter("value")), Precedence.ATOM
    if node.op == CONSTANT:
        shape = dict(node.parameters).get("shape")
        return (f"broadcast_to({number(node.number)[0]}, shape={shape})", Precedence.ATOM) if shape else number(node.number)
    operation = OPERATIONS[node.op]
    form = operation.form
    match form.code or form if isinstance(form, As) else form:
        case Infix(sign=str() as sign, precedence=level):
            # Comparisons cannot be chained.
            left = Precedence(level + 1) if level is Precedence.COMPARISON else level
            if sign == "+" and args[0][0].startswith("[") and args[1][0].startswith("["):
                # Between two lists + puts one behind the other.
                return f"{operation.name}({args[0][0]}, {args[1][0]})", Precedence.ATOM
            return f"{enclose(args[0], left)} {sign} {enclose(args[1], Precedence(level + 1))}", level
        case Product() | Fraction():
            sign = "*" if operation.name == "multiply" else "/"
            return f"{enclose(args[0], Precedence.PRODUCT)} {sign} {enclose(args[1], Precedence.SIGN)}", Precedence.PRODUCT
        case Power():
            return f"{enclose(args[0], Precedence.ATOM)} ** {enclose(args[1], Precedence.SIGN)}", Precedence.POWER
        case Prefix(sign=str() as sign):
            return f"{sign}{enclose(args[0], Precedence.SIGN)}", Precedence.SIGN
        case Raised(code=str() as attribute) if all(value is None for _, value in node.parameters):
            return f"{_attributed(args[0])}.{attribute}", Precedence.ATOM
        case Index() if not args[0][0].startswith("["):
            return f"{_attributed(args[0])}[{index_text(node.parameter('index'))}]", Precedence.ATOM
        case Sized() if not args[0][0][0].isdigit():
            axis = node.parameter("axis")
            return f"{_attributed(args[0])}.{'size' if axis is None else f'shape[{axis}]'}", Precedence.ATOM
    always = form.always if isinstance(form, Call) else ()
    usual = {p.name: p.default for p in operation.parameters if p.name not in always}
    static = [f"{name}={static_text(value)}" for name, value in node.parameters if name not in usual or value != usual[name]]
    texts = [text for text, _ in args]
    if operation.variadic:
        texts = [f"[{', '.join(texts)}]"]
    return f"{operation.name}({', '.join(texts + static)})", Precedence.ATOM


def _attributed(part: Written) -> str:
    """What stands before a dot or a bracket."""
    inner = enclose(part, Precedence.ATOM)
    return f"({inner})" if inner[0].isdigit() else inner


def listed(value: Nested) -> str:
    """A number, or nested lists of numbers."""
    return f"[{', '.join(map(listed, value))}]" if isinstance(value, tuple) else number(float(value))[0]


def static_text(value: Static) -> str:
    """A static argument as one writes it."""
    match value:
        case Span(start=start, stop=stop, step=step):
            return f"slice({start}, {stop}, {step})"
        case tuple():
            inner = ", ".join(map(static_text, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
    return "..." if value is ... else repr(value)


def index_text(index: Static) -> str:
    """What stands between brackets: 0, 1:3, [0, 2], None, ...."""

    def one(item: Static) -> str:
        if isinstance(item, Span):
            ends = ":".join("" if end is None else str(end) for end in (item.start, item.stop))
            return ends if item.step is None else f"{ends}:{item.step}"
        return f"[{', '.join(map(str, item))}]" if isinstance(item, tuple) else static_text(item)

    return ", ".join(map(one, index if isinstance(index, tuple) else (index,))) or "()"


def operand_code(nodes: Sequence[Node], names: Mapping[int, str], index: int, node: Node | None = None) -> str:
    """An argument as a message names it: closed over the program's names, in parentheses unless it stands by itself, and not too long."""

    def short(part: int) -> Written:
        return fold(nodes, part, leaf(names), lambda i, args: _shortened(written(nodes[i], args)))

    if node is None:
        return enclose(short(index), Precedence.ATOM)
    return written(node, [short(arg) for arg in node.args])[0]


def _shortened(part: Written) -> Written:
    return part if len(part[0]) <= 200 else ("…", Precedence.ATOM)
