"""What the parts of a program are written from: the run, the plan of its lines, and the dialect."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from app.engine.digest import digest
from app.engine.program import Array, Trace
from app.explain.frameworks.layout import STEP, WIDTH, Text, array_lines, table
from app.explain.frameworks.plan import Plan, Step
from app.explain.frameworks.tolerance import rounding, said
from app.explain.frameworks.writing import Dialect, expression


@dataclass(frozen=True, eq=False)
class Draft:
    """A program that is to be written. `judged` as of `listing`."""

    trace: Trace
    plan: Plan
    dialect: Dialect
    judged: bool

    @property
    def loss(self) -> Array:
        return self.trace.value(self.trace.graph.loss.node)

    @cached_property
    def finite(self) -> bool:
        """Whether every number of the run is."""
        return digest(self.trace).finite

    @cached_property
    def rounding(self) -> dict[int, float]:
        """How far rounding may move the loss and each gradient, by node."""
        return rounding(self.trace, {self.trace.graph.loss.node, *(step.node for step in self.plan.backward)})

    @property
    def names(self) -> list[str]:
        """Those of all inputs."""
        return [item.name for item in self.plan.inputs]

    def expression(self, step: Step) -> str:
        """What a line calculates; of a value that is there already under another name, this name."""
        known = self.plan.names[step.node]
        return expression(self.dialect, self.trace, step.node, self.plan.names) if known == step.name else known

    def array(self, node: int, head: str = "", more: str = "", tail: str = "", width: int = WIDTH) -> list[str]:
        """Numbers of the run as literals: `head`, an array with `more` as further arguments, and `tail`."""
        before, after = self.dialect.array.split("{}")
        return array_lines(self.trace.value(node).tolist(), self.literal, head + before, more + after + tail, width)

    def literal(self, number: float) -> str:
        return repr(number) if math.isfinite(number) else self.dialect.number(number).text

    # what every program is made of

    def inputs(self, text: Text, more: str = "") -> None:
        """The numbers that were given; `more` stands behind those that get a gradient."""
        for item in self.plan.inputs:
            varies = item.gradient is not None
            comment = f"{self.trace.graph.shapes[item.node]}, {'given' if varies else 'given, a constant'}"
            lines = self.array(item.node, f"{item.name} = ", more if varies else "")
            text.put(lines, comment, (item.card, False) if item.card is not None else None)

    def forward(self, text: Text, steps: Iterable[Step], *, tied: bool = True) -> None:
        """One line for each value; only where they are `tied` they belong to their cards."""
        for step in steps:
            comment = f"{self.plan.shape(step)}" if step.card is not None else f"{self.plan.shape(step)}, a part of what follows"
            text.assign(step.name, self.expression(step), comment, (step.card, False) if tied and step.card is not None else None)

    def backward(self, text: Text) -> None:
        """One line for each gradient, from the loss to the inputs."""
        for step in self.plan.backward:
            what = "a part of what follows" if step.of is None else f"gradient of {self.plan.names[step.of]}"
            comment = f"{what}, {self.plan.shape(step)}"
            text.assign(step.name, self.expression(step), comment, (step.card, True) if step.card is not None else None)

    def shown(self, text: Text) -> None:
        """The gradients of the inputs as they were shown, and how far rounding may move them."""
        gradients = self.trace.graph.gradients
        text.add("SHOWN = {")
        for item in self.plan.differentiated:
            text.add(*(STEP + line for line in self.array(gradients[item.node], f'"{item.name}": ', tail=",", width=WIDTH - len(STEP))))
        text.add("}")
        near = ((item.name, said(self.rounding[gradients[item.node]])) for item in self.plan.differentiated)
        text.add(*table(near, "ROUNDING = "))

    def compared(self, text: Text, call: str, loss: str) -> None:
        """The loss against the one that was shown."""
        node = self.trace.graph.loss.node
        (shown,) = self.array(node)
        text.add(f"{call}({loss}, {shown}, rtol=1e-9, atol={said(self.rounding[node])})")

    def agreement(self, loss: str, *, apart: bool = False) -> str:
        """The line that a program prints in the end; `apart` where it may have told of disagreements before."""
        count = len(self.plan.differentiated)
        agree = {0: "no input has a gradient", 1: "its gradient agrees"}.get(count, f"all {count} gradients agree")
        if apart:
            agree = f"{{'the rest agrees' if APART else '{agree}'}}"
        return f'print(f"loss {{float({loss}):.6g}}, {agree}")'
