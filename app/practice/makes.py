"""What is drawn instead of a node of the backward pass, from its arguments."""

from __future__ import annotations

from app.engine.program import Node, Shape, Static
from app.engine.sketch import Sketch
from app.practice.region import Make


def only(position: int) -> Make:
    """The argument itself, without what is done to it."""

    def make(_: Sketch, args: tuple[int, ...]) -> int:
        return args[position]

    return make


def just(one: int) -> Make:
    """Another node altogether."""

    def make(_: Sketch, args: tuple[int, ...]) -> int:  # noqa: ARG001
        return one

    return make


def constant(value: float, shape: Shape) -> Make:
    def make(s: Sketch, args: tuple[int, ...]) -> int:  # noqa: ARG001
        return s.constant(value, shape)

    return make


def times(factor: int) -> Make:
    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.apply("multiply", (*args, factor))

    return make


def divided_by(factor: int) -> Make:
    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.apply("divide", (*args, factor))

    return make


def replaced_by(node: Node, position: int, value: float) -> Make:
    """The same operation, with a number for an argument."""

    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.again(node, put(args, position, s.constant(value)))

    return make


def opposite_second(s: Sketch, args: tuple[int, ...]) -> int:
    return s.apply("negative", args[1:])


def doing(op: str, **static: Static) -> Make:
    """Another operation on the same arguments."""

    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.apply(op, args, **static)

    return make


def through(node: Node, position: int, make: Make, args: tuple[int, ...]) -> Make:
    """The same operation, with an argument that is made anew of `args`."""

    def made(s: Sketch, given: tuple[int, ...]) -> int:
        return s.again(node, put(given, position, make(s, args)))

    return made


def put(args: tuple[int, ...], position: int, one: int) -> tuple[int, ...]:
    return (*args[:position], one, *args[position + 1 :])


def on_ones(node: Node, position: int) -> Make:
    """The same operation on ones instead of what comes from the loss."""

    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.again(node, put(args, position, s.constant(1.0, s.shapes[args[position]])))

    return make


def replaced(node: Node, position: int, one: int) -> Make:
    """The same operation, with another argument."""

    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.again(node, put(args, position, one))

    return make


def along(node: Node, axis: int) -> Make:
    """The same operation along another axis."""

    def make(s: Sketch, args: tuple[int, ...]) -> int:
        return s.apply(node.op, args, **(dict(node.parameters) | {"axis": axis}))

    return make
