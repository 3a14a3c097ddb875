"""Symbols: what the rules of the table compute with, so that a derivative is itself nodes of the graph."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from app.engine.program import Node, Shape, Static

Operand: TypeAlias = "Symbol | float"


def turns(node: Node) -> bool:
    """Whether it is a transpose of all axes, of which a second one undoes the first."""
    return node.op == "transpose" and node.parameter("axes") is None


class Recorder(Protocol):
    """Where symbols live: it appends nodes to a graph in the making."""

    def shape(self, index: int) -> Shape: ...
    def literal(self, index: int) -> float | None: ...
    def varies(self, index: int) -> bool: ...
    def constant(self, value: float, shape: Shape = ()) -> int: ...
    def apply(self, op: str, args: tuple[int, ...], **parameters: Static) -> int: ...


class Symbol:
    """A node, with Python's operators: `a * b` appends a node and is its symbol."""

    __slots__ = ("index", "recorder")

    def __init__(self, recorder: Recorder, index: int) -> None:
        self.recorder, self.index = recorder, index

    @property
    def shape(self) -> Shape:
        return self.recorder.shape(self.index)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def number(self) -> float | None:
        """The number itself where the program wrote one, else None."""
        return self.recorder.literal(self.index)

    @property
    def constant(self) -> bool:
        """True where no input that may change has a part in it."""
        return not self.recorder.varies(self.index)

    @property
    def T(self) -> Symbol:  # noqa: N802 (NumPy's name)
        return apply("transpose", self)

    @property
    def mT(self) -> Symbol:  # noqa: N802 (the array API's name)
        """The last two axes exchanged: each matrix of a batch transposed."""
        n = self.ndim
        return self.T if n == 2 else apply("transpose", self, axes=(*range(n - 2), n - 1, n - 2))

    def __neg__(self) -> Symbol:
        return apply("negative", self)

    def __add__(self, other: Operand) -> Symbol:
        return apply("add", self, other)

    def __sub__(self, other: Operand) -> Symbol:
        return apply("subtract", self, other)

    def __rsub__(self, other: float) -> Symbol:
        return apply("subtract", other, self)

    def __mul__(self, other: Operand) -> Symbol:
        return apply("multiply", self, other)

    def __rmul__(self, other: float) -> Symbol:
        return apply("multiply", other, self)

    def __truediv__(self, other: Operand) -> Symbol:
        return apply("divide", self, other)

    def __pow__(self, other: Operand) -> Symbol:
        return self if other == 1 else apply("power", self, other)

    def __matmul__(self, other: Symbol) -> Symbol:
        return apply("matmul", self, other)

    def __gt__(self, other: Operand) -> Symbol:
        return apply("greater", self, other)

    def __ge__(self, other: Operand) -> Symbol:
        return apply("greater_equal", self, other)

    def __lt__(self, other: Operand) -> Symbol:
        return apply("less", self, other)

    def __le__(self, other: Operand) -> Symbol:
        return apply("less_equal", self, other)


def apply(op: str, *args: Operand, **parameters: Static) -> Symbol:
    """The symbol of `op` on symbols and numbers; at least one argument is a symbol."""
    recorder = next(arg.recorder for arg in args if isinstance(arg, Symbol))
    indices = tuple(arg.index if isinstance(arg, Symbol) else recorder.constant(float(arg)) for arg in args)
    return Symbol(recorder, recorder.apply(op, indices, **parameters))


def equal(a: Operand, b: Operand) -> Symbol:
    return apply("equal", a, b)


def log(a: Symbol) -> Symbol:
    return apply("log", a)


def reshape(a: Symbol, shape: Shape) -> Symbol:
    """`a` in another shape; itself where it has it already."""
    return a if a.shape == shape else apply("reshape", a, shape=shape)


def broadcast_to(a: Symbol, shape: Shape) -> Symbol:
    """`a` repeated to a shape; itself where it has it already."""
    return a if a.shape == shape else apply("broadcast_to", a, shape=shape)


def sum_to(a: Symbol, shape: Shape) -> Symbol:
    """`a` summed back to the shape from which it was broadcast; itself where it has it already."""
    return a if a.shape == shape else apply("sum_to", a, shape=shape)
