"""What names stand for while a program is read."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from app.engine.language.grammar import Source
from app.engine.program import Nested, Place, Static


@dataclass(frozen=True, slots=True)
class Tensor:
    """A node. `static` is its number too, where the structure may depend on it: n - 1 for a literal n, which is among `literals`."""

    node: int
    static: Static = None
    literals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A static value: the number of a loop's pass, a size, a flag, or a tuple of these."""

    value: Static


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, or nested tuples of numbers, that the text gives a name: an input as soon as it is calculated with."""

    name: str
    value: Nested
    place: Place


@dataclass(slots=True)
class Listed:
    """A list that collects values, or several values at once."""

    items: list[Value]


Value: TypeAlias = Tensor | Known | Literal | Listed


@dataclass(frozen=True, slots=True)
class Definition:
    """A def: inlined at each of its calls."""

    name: str
    tree: ast.FunctionDef
    source: Source
    defaults: Mapping[str, Value]
    prelude: bool = False

    @property
    def parameters(self) -> list[str]:
        return [argument.arg for argument in (*self.tree.args.posonlyargs, *self.tree.args.args)]

    @property
    def signature(self) -> str:
        """The call as one would write it: lin(x, w, b)."""
        arguments, defaults = self.parameters, self.tree.args.defaults
        plain = len(arguments) - len(defaults)
        shown = [f"{name}={self.source.said(defaults[i - plain])}" if i >= plain else name for i, name in enumerate(arguments)]
        return f"{self.name}({', '.join(shown)})"


@dataclass(slots=True)
class Scope:
    """Names within one call, or of the program itself. `id` addresses the call, and is "" for the program."""

    id: str = ""
    names: dict[str, Value] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    """How many values each name has had."""
    calls: dict[str, int] = field(default_factory=dict)
    """How many groups of each name there are."""
