"""What went wrong with an answer that is not the gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from app.draw.numbers import largest
from app.engine.keeping import reading
from app.engine.program import CONSTANT, INPUT, Array, Graph, Shape, below
from app.engine.shapes import say
from app.engine.sketch import Valued
from app.practice.closeness import ROUNDING, all_same, is_fine, is_within, same
from app.practice.diagnosis import Mistake, Search, Signs
from app.practice.located import line_of, made_from, right_part, wrong_mask
from app.practice.reading import Line, Reader, Reading
from app.practice.region import Region, seen
from app.practice.sentences import sentence
from app.practice.speech import Speech
from app.practice.verdict import Diagnosis

NEAR, READABLE = 8, 60
"""So many neighbours of a value are tried, given what a person has before; so many characters of a formula are read in a sentence."""

PLAIN = frozenset(("sign", "factor-missing", "factor-twice", "mask-missing", "transposed", "neighbour"))
"""Mistakes that a single number may give away."""


WORK, EACH = 200_000, 60_000
"""Changed operations that are drawn for all wrong lines of a text together, and for one of them at most."""


class Blame:
    """Names mistakes in what was read by a reader. `shifted` says that a name stood for its neighbour's gradient before."""

    def __init__(self, reader: Reader, own: Mapping[int, str] | None = None, *, shifted: bool = False) -> None:
        self.reader, self.own, self.shifted = reader, own or {}, shifted
        self.left = WORK
        self.inner: Blame | None = None
        self.graph, self.runs, self.limits, self.samples = reader.runs.given.graph, reader.runs, reader.limits, reader.samples

    @cached_property
    def speech(self) -> Speech:
        return Speech(self.graph, self.own)

    def heard(self, reading: Reading) -> Blame:
        """The same, in the person's own names for values."""
        inner = {node: name for name, node in reading.helpers.items() if "." in Speech(self.graph).names.get(node, ".")}
        if not inner:
            return self
        if self.inner is None or self.inner.own != inner:
            self.inner = Blame(self.reader, inner)
        self.inner.shifted = self.shifted
        return self.inner

    def of_fault(self, reading: Reading, line: Line, node: int) -> Diagnosis:
        """Why a line cannot be calculated; where shapes do not fit, how they would."""
        fault = line.fault
        if fault is None:
            first = next((one for one in made_from(reading, line, broken=True) if one.fault is not None), None)
            if first is None or first.gradient not in (None, node):
                return Diagnosis("follows", "This cannot be calculated, since a line before it cannot.", line.line)
            fault = first.fault
            assert fault is not None
        right = self.in_own_names(reading, line, node)
        known = fault.message.startswith("Nothing is called")
        hint = f" {fault.hint}" if fault.hint else ""
        if known:
            return Diagnosis("unreadable", f"{fault.message}{hint}", fault.line, fault=fault)
        message = f"{fault.message}{hint}"
        if 0 < len(right) <= READABLE:
            message = f"{fault.message} Shape work cannot be left out: here it is {right}."
        return Diagnosis("shape", message, fault.line, fault=fault)

    def in_own_names(self, reading: Reading, line: Line, node: int) -> str:
        """The gradient as code, closed over the gradients that the person has already, by the names that they gave them."""
        leaves: dict[int, str] = {}
        for one in reading.lines:
            if one is line or one.broken or one.node > line.node:
                continue
            values = reading.values(one.node)
            for target, gradient in self.graph.gradients.items():
                if gradient == self.graph.gradients[node] or self.graph.shapes[gradient] != np.shape(values[0]) or np.size(values[0]) < 2:
                    continue
                if all_same(values, self.reader.true(target), [0.0] * len(reading.runs)):
                    leaves[gradient] = one.name
        for gradient_of in reading.gradients(line):
            gradient = self.graph.gradients[gradient_of]
            if gradient != self.graph.gradients[node]:
                leaves.setdefault(gradient, self.speech.names.get(gradient, ""))
        return self.speech.formula(self.graph.gradients[node], {index: name for index, name in leaves.items() if name})

    def of_values(self, reading: Reading, line: Line, node: int, values: Sequence[Array]) -> Iterator[Diagnosis]:
        """What an answer's values give away."""
        graph, root = self.graph, self.graph.gradients[node]
        used = {
            graph.gradients[gradient]: (gradient, reading.values(own))
            for gradient, own in reading.gradients(line).items()
            if own not in reading.shaped.broken and graph.gradients[gradient] != root
        }
        fitting = {leaf: item for leaf, item in used.items() if np.shape(item[1][0]) == graph.shapes[leaf]}
        wrong = {leaf: item for leaf, item in fitting.items() if not all_same(item[1], self.reader.true(item[0]), [0.0] * len(values))}
        for leaves in [wrong] if len(wrong) < 2 else [wrong, *({leaf: item} for leaf, item in wrong.items())]:
            region, runs = self.given_that(root, leaves, frozenset(leaves))
            if leaves and self.agree(values, runs, region):
                names = ", ".join(self.spelled(reading, gradient) for gradient, _ in leaves.values())
                yield Diagnosis("follows", f"Right, given your {names}.", line.line)
                return
        if wrong:
            for near in self.near(node):
                region, runs = self.given_that(graph.gradients[near], wrong, frozenset(wrong))
                if self.agree(values, runs, region):
                    about = f"this is {self.speech.gradient(near)}, and not {self.speech.gradient(node)}"
                    yield self.told(Mistake("neighbour", about, near), node, line.line)
                    return
        signs = self.signs(reading, line)
        size = len(Region(graph, root, frozenset()).nodes)
        if self.left <= 0:
            yield Diagnosis(
                "unknown", "This is not the gradient. So many mistakes are looked into at once: mend the first ones.", line.line
            )
            return
        self.left -= 2 * min(300 * size, EACH)
        for taken, ends in ((wrong, frozenset(fitting)), ({}, frozenset[int]())):
            region, runs = self.given_that(root, taken, ends)
            # What overflows tells no mistake from another.
            finite = [number for number, run in enumerate(runs) if np.all(np.isfinite(run.value(root)))] or [*range(len(runs))]
            told = [runs[number] for number in finite]
            search = Search(region, node, self.speech, self.samples, told, self.limits.tensor_elements, signs)
            finding = search.finding([values[number] for number in finite])
            if finding is not None:
                number = line_of(reading, line, finding, search)
                for mistake in finding.mistakes:
                    yield self.told(mistake, node, number)
                return
            if not fitting:
                break
        yield self.unexplained(reading, line, node, values)

    def given_that(
        self, root: int, taken: Mapping[int, tuple[int, tuple[Array, ...]]], ends: frozenset[int]
    ) -> tuple[Region, list[Valued]]:
        """What a gradient is made from, and the runs, down to `ends`, some of them `taken` to be what a person says they are."""
        region = Region(self.graph, root, ends)
        if not taken:
            return region, [*self.runs]
        return region, [seen(run, {leaf: item[1][number] for leaf, item in taken.items()}, region) for number, run in enumerate(self.runs)]

    def agree(self, values: Sequence[Array], runs: Sequence[Valued], region: Region) -> bool:
        """Whether values are the gradient of a region in every run, the last of them looked at first."""
        return all(
            same(value, np.asarray(run.value(region.root)), size_of(run, region))
            for value, run in zip(reversed(values), reversed(runs), strict=True)
        )

    def near(self, node: int) -> list[int]:
        """The values around one whose gradient has its shape, the nearest first."""
        graph = self.graph
        found = [one for one in graph.gradients if graph.shapes[one] == graph.shapes[node]]
        return sorted((one for one in found if graph.gradients[one] != graph.gradients[node]), key=lambda one: abs(one - node))[:NEAR]

    def told(self, mistake: Mistake, node: int, line: int | None) -> Diagnosis:
        link = None if mistake.origin is None or mistake.id == "neighbour" else self.speech.link(mistake.origin, node)
        return Diagnosis(mistake.id, sentence(mistake, link), line, mistake.factor, link)

    def spelled(self, reading: Reading, gradient: int) -> str:
        own = next((line.name for line in reversed(reading.lines) if line.gradient == gradient), None)
        return own or next((item.name for item in reading.program.inputs if reading.inputs.get(item.node) == gradient), "gradient")

    def signs(self, reading: Reading, line: Line) -> Signs:
        """What the way a line is written gives away."""
        nodes = reading.program.nodes
        node = line.node
        while nodes[node].op == "identity":
            node = nodes[node].args[0]
        bare = reading.inputs.get(node) if nodes[node].op == INPUT else None
        parts = [*below(nodes, [line.node])]
        numbers = any(
            nodes[index].op in ("mean", "size") or (nodes[index].op == CONSTANT and abs(nodes[index].number) not in (0.0, 1.0))
            for index in parts
        )
        return Signs(bare, any(nodes[index].op == "mean" for index in parts), numbers or bool(reading.gradients(line)), self.shifted)

    def unexplained(self, reading: Reading, line: Line, node: int, values: Sequence[Array]) -> Diagnosis:
        """What can be said where no mistake is recognised: the shape, and how far it is right."""
        if np.shape(values[0]) != self.graph.shapes[node]:
            return Diagnosis("shape", self.of_shape(node, np.shape(values[0])), line.line)
        whole = Region(self.graph, self.graph.gradients[node], frozenset())
        sizes = [size_of(run, whole) for run in self.runs]
        site = wrong_mask(reading, line, whole, [*self.runs], sizes)
        if site is not None:
            mistake = Mistake(
                "mask-wrong", "what comes back is let through in other places", self.graph.origins[site - len(self.graph.program.nodes)]
            )
            return self.told(mistake, node, line.line)
        part = right_part(reading, line, self.graph, [*self.runs], sizes)
        if part is not None:
            text, target = part
            told = self.speech.gradient(target)
            message = f"{text} is {told}, up to a factor, as it should be; what is done with it then is not the chain rule."
            return Diagnosis("unknown", message, line.line)
        if not any(np.any(value) for value in values):
            return Diagnosis(
                "unknown", f"0 would mean that a change of {self.speech.say(node)} does not change the loss. It does.", line.line
            )
        return Diagnosis("unknown", "This is not the gradient, and no single mistake that is known makes it of the right one.", line.line)

    def of_shape(self, node: int, shape: Shape) -> str:
        name, wanted = self.speech.say(node), say(self.graph.shapes[node])
        return f"This is {say(shape)}, and {name} is {wanted}: a gradient has the shape of its value."

    def of_array(self, node: int, value: Array, slack: Array, place: tuple[int, ...] | None = None) -> tuple[Diagnosis, ...]:
        """What numbers give away: of the whole gradient, or of the element at a place."""
        region = Region(self.graph, self.graph.gradients[node], frozenset())
        true = self.reader.true(node)[0]
        wanted = true if place is None else np.asarray(true[place])
        fine = is_fine(wanted, slack)
        if not fine and np.shape(value) == np.shape(wanted) and is_within(value, wanted, slack):
            return (Diagnosis("rounded", "As far as it goes it is right: write at least three digits."),)
        most = float(np.max(slack)) if fine else 0.0
        search = Search(
            region, node, self.speech, self.samples, [self.runs.given], self.limits.tensor_elements, slack=most / ROUNDING, place=place
        )
        finding = search.finding([value])
        # Nearly anything makes a single number: only plain mistakes are named then.
        if finding is not None and (place is None or (len(finding.mistakes) == 1 and finding.mistakes[0].id in PLAIN)):
            return tuple(self.told(mistake, node, None) for mistake in finding.mistakes)
        if place is None and np.shape(value) != self.graph.shapes[node]:
            return (Diagnosis("shape", self.of_shape(node, np.shape(value))),)
        return (
            Diagnosis("unknown", "These are not the numbers of the gradient." if place is None else "This is not the gradient's number."),
        )


ADDING = frozenset(("add", "subtract", "sum", "sum_to", "mean", "matmul", "dot", "einsum", "cumsum", "var", "std"))
"""Operations in which numbers may cancel, so that rounding is left of them."""
LAST = 40
"""Of the numbers that a gradient is made with, so many are looked at: those nearest to it."""


def size_of(run: Valued, region: Region) -> float:
    """The largest number that a gradient is made with, where rounding may be left of it; 0 where only factors are multiplied."""
    if not _adds(region.graph):
        return 0.0
    return max([largest(run.value(index)) for index in region.nodes[-LAST:]], default=0.0)


@reading()
def _adds(graph: Graph) -> bool:
    """Whether anything that the loss or its gradient is made from is added up."""
    return any(graph.nodes[index].op in ADDING for index in (*graph.reaching, *range(len(graph.program.nodes), len(graph.nodes))))
