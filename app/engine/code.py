"""Nodes as code in our own language: what is printed here is parsed by `parser.parse` again, to the same nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Node, Program, fold
from app.engine.syntax import Fraction, Infix, Negation, Power, Precedence, Product, Raised

Written: TypeAlias = tuple[str, Precedence]


def code(nodes: Sequence[Node], root: int, names: Mapping[int, str], *, opened: bool = True) -> str:
    """The expression of `root`, closed over the nodes that have a name; `opened` says not to use a name of the root itself."""
    return fold(nodes, root, leaf(names, root if opened else None), lambda index, args: written(nodes[index], args))[0]


READABLE = 1000
"""A formula of more symbols is not written out."""


def lengths(nodes: Sequence[Node], short: Collection[int]) -> list[int]:
    """How many symbols each node takes, written out down to the nodes of `short`; counted up to just above `READABLE`."""
    found: list[int] = []
    for index, node in enumerate(nodes):
        length = 1 if index in short else 1 + sum(found[arg] for arg in node.args)
        found.append(min(length, READABLE + 1))
    return found


def leaf(names: Mapping[int, str], root: int | None = None) -> Callable[[int], Written | None]:
    def named(index: int) -> Written | None:
        name = names.get(index) if index != root else None
        return None if name is None else (name, Precedence.ATOM)

    return named


def number(value: float) -> Written:
    """A literal that reads back as the very same number."""
    plain = value.is_integer() and abs(value) < 1e16 and str(value) != "-0.0"
    text = repr(int(value)) if plain else repr(value)
    return text, Precedence.SIGN if text.startswith("-") else Precedence.ATOM


def enclose(part: Written, least: Precedence) -> str:
    """The text, in parentheses where it binds more loosely than `least`."""
    text, precedence = part
    return text if precedence >= least else f"({text})"


def written(node: Node, args: list[Written]) -> Written:
    """One operation, from its arguments as they are written."""
    if node.op == CONSTANT:
        shape = dict(node.parameters).get("shape")
        return (f"broadcast_to({number(node.number)[0]}, shape={shape})", Precedence.ATOM) if shape else number(node.number)
    operation = OPERATIONS[node.op]
    match operation.form:
        case Infix(sign=sign, precedence=level):
            left = Precedence(level + 1) if level is Precedence.COMPARISON else level
            return f"{enclose(args[0], left)} {sign} {enclose(args[1], Precedence(level + 1))}", level
        case Product() | Fraction():
            sign = "*" if operation.name == "multiply" else "/"
            return f"{enclose(args[0], Precedence.PRODUCT)} {sign} {enclose(args[1], Precedence.SIGN)}", Precedence.PRODUCT
        case Power():
            return f"{enclose(args[0], Precedence.ATOM)} ** {enclose(args[1], Precedence.SIGN)}", Precedence.POWER
        case Negation():
            return f"-{enclose(args[0], Precedence.SIGN)}", Precedence.SIGN
        case Raised(code=str() as attribute) if all(value is None for _, value in node.parameters):
            inner = enclose(args[0], Precedence.ATOM)
            return f"({inner}).{attribute}" if inner[0].isdigit() else f"{inner}.{attribute}", Precedence.ATOM
    defaults = {p.name: p.default for p in operation.parameters}
    static = [f"{name}={value}" for name, value in node.parameters if value != defaults[name]]
    return f"{operation.name}({', '.join([text for text, _ in args] + static)})", Precedence.ATOM


def operand_code(program: Program, index: int, node: Node | None = None) -> str:
    """An argument as a message names it: closed over the program's names, in parentheses unless it stands by itself."""
    names = program.names()
    if node is None:
        return enclose(fold(program.nodes, index, leaf(names), lambda i, args: written(program.nodes[i], args)), Precedence.ATOM)
    args = [fold(program.nodes, arg, leaf(names), lambda i, parts: written(program.nodes[i], parts)) for arg in node.args]
    return written(node, args)[0]
