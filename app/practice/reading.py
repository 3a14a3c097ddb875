"""What a person wrote, calculated: every line's value, for the numbers that were given and for others."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from app.engine import weights
from app.engine.language.grammar import Source
from app.engine.listing import Shaped, listing, shaped
from app.engine.program import Array, Program, Trace, below
from app.errors import Fault
from app.practice.rewriting import rewritten
from app.practice.spelling import Vocabulary, bases
from app.practice.trials import Trials
from app.settings import Limits
from app.work.weight import weigh

DEEPEST = 200
"""How deeply an answer may be nested: whoever rewrites it goes as deep."""

MOST = 2_000
"""So many values of a program are compared with a helper's."""


@dataclass(frozen=True, eq=False)
class Given:
    """A gradient that a person has given: one array for each run, as they say it is; and whether it is right."""

    values: tuple[Array, ...]
    right: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One named line. `node` is its node in the person's own program; `gradient` the graph's node whose gradient its name says."""

    name: str
    line: int
    node: int
    gradient: int | None
    fault: Fault | None
    """Why it cannot be calculated; None where it can, or where a line before it cannot."""
    broken: bool


@dataclass(frozen=True, eq=False)
class Reading:
    """Lines with their values. `inputs` says of the names that they use and do not give which gradient of the graph each is, or None
    for a value of the program."""

    shaped: Shaped
    runs: tuple[Trace, ...]
    lines: tuple[Line, ...]
    helpers: Mapping[str, int]
    """Names of the person's own that stand for a value of the program, with its node."""
    faults: tuple[Fault, ...]
    inputs: Mapping[int, int | None]

    @property
    def program(self) -> Program:
        return self.shaped.graph.program

    def values(self, node: int) -> tuple[Array, ...]:
        """The value of a node of the person's program in each run."""
        return tuple(np.asarray(run.value(node)) for run in self.runs)

    def gradients(self, line: Line) -> dict[int, int]:
        """The gradients that a line is made from and that have a name: by the graph's node, the node of the person's program. What
        these are made from in turn is not among them."""
        named = {one.node: one.gradient for one in self.lines if one.gradient not in (None, line.gradient) and one.node < line.node}
        named |= {node: gradient for node, gradient in self.inputs.items() if gradient is not None}
        found = below(self.program.nodes, [line.node], lambda node: node in named and node != line.node)
        return {gradient: node for node in found if node != line.node and (gradient := named.get(node)) is not None}


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads what people write about one program. `samples` is N, or 0 where the data does not say."""

    words: Vocabulary
    runs: Trials
    samples: int
    limits: Limits

    def read(self, text: str, given: Mapping[int, Given], *, answer: bool) -> Reading:
        """The lines of a text, calculated. `given` are the gradients that the person has given before, by node; with `answer`, the
        last line need not name its value.

        Raises:
            ProgramError: it cannot be read at all.
            LimitError: it would take too much.
        """
        source, words = Source(text), self.words
        shapes = self.runs.given.graph.shapes
        known_shapes = {name: shapes[node] for name, node in words.values.items()}
        tree = source.module(replace(self.limits, nesting=min(self.limits.nesting, DEEPEST)))
        module = rewritten(tree, known_shapes, self.samples, answer=answer)
        targets = {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        known = {"N": self.samples} if self.samples and "N" not in words.values else {}
        found = listing(source, module, self.limits, known)
        arrays: list[dict[str, Array]] = [{} for _ in self.runs]
        inputs: dict[int, int | None] = {}
        unknown: dict[str, Fault] = {}
        for item in found.program.inputs:
            gradient = words.gradient(item.name, {})
            if item.literal is not None:
                values: Sequence[Array] = [np.array(item.literal, dtype=np.float64)] * len(arrays)
            elif item.name in words.values:
                values = [run.value(words.values[item.name]) for run in self.runs]
            elif gradient is not None and gradient in self.runs.given.graph.gradients:
                inputs[item.node] = gradient
                values = given[gradient].values if gradient in given else self.true(gradient)
            else:
                unknown[item.name] = self.unknown(item.name, gradient)
                continue
            inputs.setdefault(item.node, None)
            for array, value in zip(arrays, values, strict=True):
                array[item.name] = np.asarray(value)
        made = shaped(found, {name: value.shape for name, value in arrays[0].items()}, unknown, self.limits)
        for array in arrays:
            array.update(dict.fromkeys(unknown, np.asarray(np.nan)))
        weigh(len(arrays) * weights.of_run(made.graph))
        traces = tuple(made.values(array) for array in arrays)
        lines, helpers = self.lines(made, traces, targets)
        return Reading(made, traces, tuple(lines), helpers, found.faults, inputs)

    def true(self, node: int) -> tuple[Array, ...]:
        """∂loss/∂node in each run."""
        return tuple(np.asarray(run.value(run.graph.gradients[node])) for run in self.runs)

    def lines(self, made: Shaped, traces: Sequence[Trace], targets: set[str]) -> tuple[list[Line], dict[str, int]]:
        """The named lines; a gradient may be that of a helper, which is known by its values."""
        helpers: dict[str, int] = {}
        lines = []
        wanted = {base for item in made.graph.program.statements for base in bases(item.name.partition("__")[0])} - self.words.values.keys()
        for item in made.graph.program.statements:
            name = item.name.partition("__")[0]
            if name not in targets:
                continue
            broken = item.node in made.broken
            gradient = self.words.gradient(name, helpers)
            if name in wanted and not broken:
                node = self.value([np.asarray(trace.value(item.node)) for trace in traces])
                helpers |= {} if node is None else {name: node}
            lines.append(Line(name, item.place.line, item.node, gradient, _fault(made, item.node) if broken else None, broken))
        return lines, helpers

    def value(self, values: Sequence[Array]) -> int | None:
        """The value of the program that some values are, in every run."""
        graph, shape = self.runs.given.graph, values[0].shape
        for node in sorted(graph.gradients)[:MOST]:
            if graph.shapes[node] == shape and all(
                np.allclose(run.value(node), value, rtol=1e-9, atol=1e-12) for run, value in zip(self.runs, values, strict=True)
            ):
                return node
        return None

    def unknown(self, name: str, gradient: int | None) -> Fault:
        if gradient is not None:
            return Fault(f"{name}: this value is a constant, and has no gradient.", hint="Give it another role.")
        words = self.words
        near = get_close_matches(name, [*words.values, *words.gradients], 1, 0.7)
        some = ", ".join([*words.values][:12])
        hint = f"Did you mean {near[0]}?" if near else f"There are {some}, N, and gradients such as {next(iter(words.gradients), 'w_g')}."
        return Fault(f"Nothing is called {name[:60]}.", hint=hint)


def _fault(made: Shaped, node: int) -> Fault | None:
    """The first fault that a node is made from, unless it stands in a named line before."""
    named = {item.node for item in made.graph.program.statements if item.node != node}
    for index in sorted(below(made.graph.program.nodes, [node], lambda one: one in named)):
        fault = made.broken.get(index)
        if fault is not None and index not in named:
            return fault
    return None
