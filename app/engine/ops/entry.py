"""What an entry of the table is: everything that is known of one operation, in one place.

A derivative rule (`vjp`, one per argument) takes `g`, the gradient of the loss with respect to the result, the result `out`, then the
operation's own arguments, and returns what the argument gets back. It computes with symbols, so that the same line is
read as numbers, as a formula and as code. Summing back over broadcast axes is not a rule's business: `differentiate` does it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from app.engine import shapes
from app.engine.program import Array, Parameters, Shape, Static
from app.engine.symbol import Symbol
from app.engine.syntax import CALL, Form

Rule: TypeAlias = Callable[..., Symbol]
Compute: TypeAlias = Callable[..., Any]
CostRule: TypeAlias = Callable[..., float]
REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A static argument, such as an axis: part of the program, not a value.

    `kind` says what it may be: axis (a whole number, several, or None), places (the same, but not None), flag, shape (whole numbers),
    whole, number, word (one of `choices`, or any text where there are none), index (what stands in brackets) or widths (pairs of whole
    numbers).
    `also` are other names for it, as PyTorch has them.
    """

    name: str
    kind: str
    default: object = REQUIRED
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kink:
    """Where a function has no derivative, and which one we take there.

    `side` says, from the arguments' values, on which side of each kink they are: it is the same for two runs exactly where no
    kink lies between them. `at` is True where they sit on one.
    """

    at: Callable[..., Any]
    convention: str
    side: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """Where a unit lets nothing through: `kind` is dead (it gave 0) or saturated (it is nearly flat). `at` takes out and the arguments."""

    kind: str
    at: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """One call to test an entry with, arguments named a, b, c…, and their shapes."""

    call: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry."""

    name: str
    arguments: tuple[str, ...]
    summary: str
    """What it is, in one sentence."""
    words: tuple[str, ...]
    """For each argument a sentence on what a small change of it does; {a}, {b} and {out} stand for their names."""
    compute: Compute
    """The arrays' function; of an operation with parameters, what makes it from the arguments' shapes and the parameters."""
    shape: shapes.ShapeRule
    vjp: tuple[Rule, ...]
    form: Form = CALL
    parameters: tuple[Parameter, ...] = ()
    cost: CostRule | None = None
    """Floating-point operations, from the result's shape, the arguments' shapes and the parameters; one for each element, if None."""
    kink: Kink | None = None
    edges: str = ""
    """What happens at the edges of its domain, in one sentence, where there is something to say."""
    watch: Watch | None = None
    samples: tuple[Sample, ...] = ()
    domain: tuple[str, ...] = ("any",)
    """Of each argument (or of all), a name in DOMAINS: where the samples' numbers come from."""
    variadic: bool = False
    """It takes a list of any length; the one rule gets every argument, and `position` says whose turn it is."""
    shares: bool = False
    """Its result may lie in the memory of its argument, which nothing may overwrite then."""
    holds: bool = False
    """Its value counts as fixed, so that finite differences have to hold it too."""
    analytic: bool = False
    """`compute` takes complex numbers too, so that the tests can check its derivative by a complex step."""
    also: tuple[str, ...] = ()
    """Other names that people know it by."""

    @property
    def signature(self) -> str:
        """The call as one would write it: sum(a, axis=None, keepdims=False)."""
        static = (p.name if p.default is REQUIRED else f"{p.name}={p.default!r}" for p in self.parameters)
        listed = ("[a, b, …]",) if self.variadic else self.arguments
        return f"{self.name}({', '.join((*listed, *static))})"

    @property
    def differentiable(self) -> bool:
        """Whether any of its arguments gets anything back."""
        return any(rule is not flat for rule in self.vjp)

    def completed(self, parameters: Mapping[str, Static]) -> Parameters:
        """All static arguments, those that are not given by their defaults."""
        return tuple(({p.name: p.default for p in self.parameters} | dict(parameters)).items())

    def sentences(self, names: Mapping[str, str]) -> list[str]:
        """What a small change of each argument does, told with these names for the arguments and, as out, for the result."""
        told = [sentence.format(**names) for sentence in self.words]
        return [text[:1].upper() + text[1:] if raw.startswith("{out}") else text for raw, text in zip(self.words, told, strict=True)]

    @property
    def derivative(self) -> str:
        """The sentences of its arguments, with the arguments' own names; each once."""
        return " ".join(dict.fromkeys(self.sentences(self.plain_names)))

    @property
    def plain_names(self) -> dict[str, str]:
        """The arguments by their own names."""
        return {name: name for name in self.arguments} | {"out": "the result"}

    @property
    def moves(self) -> bool:
        """Whether it only moves numbers, and changes none."""
        return self.cost is free

    def rule(self, position: int) -> Rule:
        """The derivative rule of an argument."""
        return self.vjp[0 if self.variadic else position]

    def flops(self, out: Shape, *arguments: Shape, **parameters: Static) -> float:
        """How many floating-point operations one evaluation takes."""
        return float(math.prod(out)) if self.cost is None else self.cost(out, *arguments, **parameters)


def flat(g: Symbol, out: Symbol, *args: Symbol, **parameters: Static) -> Symbol:
    """The rule of what moves in steps: its derivative is 0 wherever it has one. Stated, never assumed."""
    return Symbol(g.recorder, g.recorder.constant(0.0, g.shape))


def each(flops: float) -> CostRule:
    """So many operations for each element of the result."""
    return lambda out, *args, **parameters: flops * math.prod(out)


def over(flops: float) -> CostRule:
    """So many operations for each element of the first argument: what a reduction costs."""
    return lambda out, a, *args, **parameters: flops * math.prod(a)


def free(out: Shape, *args: Shape, **parameters: Static) -> float:
    """The cost of what only moves numbers."""
    return 0.0


def _uniform(low: float, high: float) -> Callable[[np.random.Generator, Shape], Array]:
    return lambda rng, shape: rng.uniform(low, high, shape)


def _definite(rng: np.random.Generator, shape: Shape) -> Array:
    """Symmetric matrices with eigenvalues well above 0."""
    a = rng.uniform(-1, 1, shape)
    return a @ a.swapaxes(-1, -2) + np.eye(shape[-1])


def _invertible(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.uniform(-0.4, 0.4, shape) + 1.5 * np.eye(shape[-1])


def _mask(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.integers(0, 2, shape).astype(np.float64)


def _indices(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.integers(0, 2, shape).astype(np.float64)


DOMAINS: dict[str, Callable[[np.random.Generator, Shape], Array]] = {
    "any": _uniform(-2.0, 2.0),
    "positive": _uniform(0.5, 2.0),
    "unit": _uniform(-0.9, 0.9),
    "above one": _uniform(1.2, 3.0),
    "wide": _uniform(-8.0, 8.0),
    "definite": _definite,
    "invertible": _invertible,
    "mask": _mask,
    "indices": _indices,
}
"""Where the numbers of samples come from, by name: for random arrays of a shape."""
