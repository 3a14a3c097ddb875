"""Verdicts: is this the gradient, and if not, what went wrong on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.engine.evaluate import run
from app.engine.program import INPUT, Array, Shape, Trace, below
from app.engine.shapes import say
from app.engine.sketch import Valued
from app.engine.views import Kind
from app.errors import Fault, InputError, ProgramError
from app.practice.closeness import ROUNDING, agreeing, all_same, largest, same
from app.practice.diagnosis import Mistake, Search, Signs
from app.practice.located import line_of, right_part
from app.practice.reading import Given, Line, Reader, Reading
from app.practice.region import Region, seen
from app.practice.sentences import sentence
from app.practice.speech import Link, Speech
from app.practice.spelling import vocabulary
from app.practice.trials import trials
from app.settings import Limits

NUDGE = 1e-6
"""So much, for numbers up to 1, the inputs are moved to see on which side of a kink an answer stands."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One mistake, named: `line` is the line of the answer, from 1, `link` the step of the chain rule; a fault of the text has its
    columns. `factor` is what the answer has too much, as a number."""

    id: str
    message: str
    line: int | None = None
    factor: float | None = None
    link: Link | None = None
    fault: Fault | None = None


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether an answer is the gradient of a variable. The differences are of the given numbers; None where the shapes differ."""

    variable: str
    node: int
    correct: bool
    shape: Shape | None
    value: Array | None
    expected: Array
    diagnoses: tuple[Diagnosis, ...] = ()
    line: int | None = None

    @property
    def shape_ok(self) -> bool:
        return self.shape == np.shape(self.expected)

    @cached_property
    def wrong(self) -> tuple[tuple[int, ...], ...]:
        """The places of the elements that differ, for the given numbers."""
        if self.value is None or not self.shape_ok or self.correct:
            return ()
        return tuple(tuple(int(i) for i in place) for place in np.argwhere(~agreeing(self.value, self.expected)))

    def difference(self) -> tuple[float, float] | None:
        """The largest difference, and the largest in relation to the largest element of the gradient."""
        if self.value is None or not self.shape_ok:
            return None
        with np.errstate(all="ignore"):
            apart = np.abs(self.value - self.expected)
            apart = np.where((self.value == self.expected) | (np.isnan(self.value) & np.isnan(self.expected)), 0.0, apart)
            most, size = float(np.max(apart)), largest(self.expected)
            return most, most / size if size else (0.0 if most == 0 else np.inf)


class Judge:
    """Judges answers to one request, one after the other: a later one may use those before it."""

    def __init__(self, trace: Trace, roles: Mapping[str, Kind], limits: Limits) -> None:
        self.graph, self.trace, self.limits = trace.graph, trace, limits
        self.runs = trials(trace, roles, limits)
        self.words = vocabulary(self.graph)
        self.samples = samples_of(trace, roles)
        self.reader = Reader(self.words, self.runs, self.samples, limits)
        self.given: dict[int, Given] = {}

    def target(self, variable: str) -> int:
        """The node whose gradient is asked for.

        Raises:
            InputError: there is no such value, or it is a constant.
        """
        node = self.words.values.get(variable)
        if node is None:
            some = ", ".join([*self.words.values][:20])
            raise InputError(Fault(f"There is no value called {variable[:60]}.", hint=f"There are {some}."))
        if node not in self.graph.gradients:
            raise InputError(Fault(f"{variable} is a constant: it gets no gradient.", hint="Give it another role, or answer another one."))
        return node

    # answers

    def expression(self, variable: str, text: str) -> Verdict:
        """The verdict on an expression, with helper lines before it or not."""
        node = self.target(variable)
        try:
            reading = self.reader.read(text, self.given, answer=True)
        except ProgramError as error:
            return self.unread(variable, node, error.faults[0])
        if reading.faults:
            return self.unread(variable, node, reading.faults[0])
        if not reading.lines:
            return self.unread(variable, node, Fault("There is no gradient here yet.", 1, 1, 1, "Write an expression: u3_g @ w2.T."))
        *helpers, last = reading.lines
        claims = [line for line in helpers if line.gradient is not None and line.gradient != node]
        return self.followed(reading, last, variable, node, claims)

    def followed(self, reading: Reading, line: Line, variable: str, node: int, claims: Sequence[Line]) -> Verdict:
        """The verdict on a line; where it follows from a gradient in a line before that is wrong, what is wrong with that."""
        verdict = self.of_line(reading, line, variable, node)
        self.keep(reading, line, node, verdict)
        if verdict.correct or not any(one.id == "follows" for one in verdict.diagnoses):
            return verdict
        for claim in claims:
            assert claim.gradient is not None
            first = self.of_line(reading, claim, claim.name, claim.gradient)
            if not first.correct and not any(one.id == "follows" for one in first.diagnoses):
                kept = (*first.diagnoses, *verdict.diagnoses)
                return Verdict(variable, node, False, verdict.shape, verdict.value, verdict.expected, kept, verdict.line)
        return verdict

    def backward(self, text: str) -> list[Verdict]:
        """The verdicts on every gradient that a whole backward pass names, each by its last line.

        Raises:
            ProgramError: it cannot be read.
        """
        reading = self.reader.read(text, self.given, answer=False)
        last = {line.gradient: line for line in reading.lines if line.gradient is not None}
        verdicts = []
        for line in reading.lines:
            if line.gradient is None or last[line.gradient] is not line:
                continue
            if line.gradient not in self.graph.gradients:
                continue
            verdict = self.of_line(reading, line, self.called(line), line.gradient)
            self.keep(reading, line, line.gradient, verdict)
            verdicts.append(verdict)
        if reading.faults:
            raise ProgramError(*reading.faults)
        if not verdicts:
            hint = "Give each gradient its name: w1.g = x.T @ u1.g, or w1_g, w1.grad, dw1."
            raise ProgramError(Fault("No line names a gradient.", 1, 1, 1, hint))
        return verdicts

    def array(self, variable: str, value: Array, slack: float) -> Verdict:
        """The verdict on numbers, for the numbers that were given; `slack` is how far rounding may have moved them."""
        node = self.target(variable)
        expected = self.expected(node)
        right = same(value, expected) or (
            np.shape(value) == np.shape(expected)
            and slack <= 0.005 * largest(expected)
            and bool(np.all(np.abs(value - expected) <= slack * (1 + 1e-9)))
        )
        self.given[node] = Given(
            variable, (value if np.shape(value) == np.shape(expected) and not right else expected, *self.reader.true(node)[1:]), right
        )
        found = () if right else self.of_array(node, value, slack)
        return Verdict(variable, node, right, np.shape(value), value, expected, found)

    def called(self, line: Line) -> str:
        """The variable whose gradient a line names, as the person calls it."""
        for name, node in self.words.values.items():
            if node == line.gradient and self.words.gradient(line.name, {}) == node:
                return name
        return next(
            (base for base in (line.name[: -len(end)] for end in (".grad", "_grad", ".g", "_g") if line.name.endswith(end))), line.name
        )

    def expected(self, node: int) -> Array:
        return np.asarray(self.trace.value(self.graph.gradients[node]))

    def keep(self, reading: Reading, line: Line, node: int, verdict: Verdict) -> None:
        """Remembers an answer for those after it."""
        if not line.broken and np.shape(verdict.value) == np.shape(verdict.expected):
            self.given[node] = Given(line.name, reading.values(line.node), verdict.correct)

    # lines

    def unread(self, variable: str, node: int, fault: Fault) -> Verdict:
        message = f"{fault.message} {fault.hint}" if fault.hint else fault.message
        found = Diagnosis("unreadable", message, fault.line, fault=fault)
        return Verdict(variable, node, False, None, None, self.expected(node), (found,), fault.line)

    def of_line(self, reading: Reading, line: Line, variable: str, node: int) -> Verdict:
        expected = self.expected(node)
        if line.broken:
            return Verdict(variable, node, False, None, None, expected, (self.of_fault(reading, line, node),), line.line)
        values = reading.values(line.node)
        true = self.reader.true(node)
        region = Region(self.graph, self.graph.gradients[node], frozenset())
        sizes = [_size(run, region) for run in self.runs]
        elsewhere = all_same(values[1:], true[1:], sizes[1:])
        here = same(values[0], true[0], sizes[0]) or (elsewhere and not np.all(np.isfinite(true[0])))
        found: tuple[Diagnosis, ...] = ()
        correct = elsewhere and here
        if elsewhere and not here and self.stands_on_kink(reading, line, node):
            correct = True
            message = (
                "It is right. At a kink of these numbers it takes the derivative of the other side than Curly d does: both are in use."
            )
            found = (Diagnosis("kink", message, line.line),)
        elif not correct:
            found = (*self.of_values(reading, line, node, values), *self.of_luck(here=here))
        return Verdict(variable, node, correct, np.shape(values[0]), values[0], expected, found, line.line)

    def of_luck(self, *, here: bool) -> Iterator[Diagnosis]:
        if here:
            yield Diagnosis("coincidence", "For the numbers given it comes out right; for others of the same shapes it does not.")

    def stands_on_kink(self, reading: Reading, line: Line, node: int) -> bool:
        """Whether an answer that differs for the given numbers is right as soon as these are moved a little."""
        rng = np.random.default_rng(0)
        arrays = {}
        for item in self.graph.program.inputs:
            a = self.trace.value(item.node)
            arrays[item.name] = (
                a + NUDGE * np.maximum(np.abs(a), 1.0) * rng.uniform(0.5, 1.0, np.shape(a)) if item.node in self.graph.gradients else a
            )
        moved = run(self.graph, arrays)
        found = {}
        for item in reading.program.inputs:
            if item.literal is not None:
                found[item.name] = np.array(item.literal, dtype=np.float64)
            elif item.name in self.words.values:
                found[item.name] = np.asarray(moved.value(self.words.values[item.name]))
            else:
                gradient = reading.inputs.get(item.node)
                found[item.name] = np.asarray(moved.value(self.graph.gradients[gradient])) if gradient is not None else np.asarray(np.nan)
        value = np.asarray(reading.shaped.values(found).value(line.node))
        return same(value, np.asarray(moved.value(self.graph.gradients[node])), largest(value))

    # mistakes

    def of_fault(self, reading: Reading, line: Line, node: int) -> Diagnosis:
        """Why a line cannot be calculated; where shapes do not fit, how they would."""
        fault = line.fault
        if fault is None:
            return Diagnosis("follows", "This cannot be calculated, since a line before it cannot.", line.line)
        right = self.in_own_names(reading, line, node)
        known = fault.message.startswith("Nothing is called")
        hint = f" {fault.hint}" if fault.hint else ""
        if known:
            return Diagnosis("unreadable", f"{fault.message}{hint}", fault.line, fault=fault)
        message = f"{fault.message}{hint} Shape work cannot be left out: here it is {right}." if right else f"{fault.message}{hint}"
        return Diagnosis("shape", message, fault.line, fault=fault)

    def in_own_names(self, reading: Reading, line: Line, node: int) -> str:
        """The gradient as code, closed over the gradients that the person has already, by the names that they gave them."""
        leaves: dict[int, str] = {}
        for one in reading.lines:
            if one is line or one.broken or one.node > line.node:
                continue
            values = reading.values(one.node)
            for target, gradient in self.graph.gradients.items():
                if target != node and gradient != self.graph.gradients[node] and self.graph.shapes[gradient] == np.shape(values[0]):
                    if np.size(values[0]) > 1 and all_same(values, [run.value(gradient) for run in self.runs], [0.0] * len(reading.runs)):
                        leaves[gradient] = one.name
        for gradient_of in reading.gradients(line):
            gradient = self.graph.gradients[gradient_of]
            if gradient != self.graph.gradients[node]:
                leaves.setdefault(gradient, self.speech.names.get(gradient, ""))
        return self.speech.formula(self.graph.gradients[node], {index: name for index, name in leaves.items() if name})

    @cached_property
    def speech(self) -> Speech:
        return Speech(self.graph, {})

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
        signs = self.signs(reading, line)
        region = Region(graph, root, frozenset(fitting))
        runs: list[Valued] = [
            seen(run, {leaf: item[1][number] for leaf, item in wrong.items()}, region) if wrong else run
            for number, run in enumerate(self.runs)
        ]
        if wrong and all_same(values, [run.value(root) for run in runs], [_size(run, region) for run in runs]):
            names = ", ".join(self.spelled(reading, gradient) for gradient, _ in wrong.values())
            yield Diagnosis("follows", f"Right, given your {names}.", line.line)
            return
        finding, search = None, None
        for one, seen_by in ((region, runs), (Region(graph, root, frozenset()), [*self.runs])):
            search = Search(one, node, self.speech, self.samples, seen_by, self.limits.tensor_elements, signs)
            finding = search.finding(values)
            if finding is not None:
                break
            if not fitting:
                break
        assert search is not None
        if finding is None:
            yield self.unexplained(reading, line, node, values, search)
            return
        number = line_of(reading, line, finding, search)
        for mistake in finding.mistakes:
            yield self.told(mistake, node, number)

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
        return Signs(bare, any(nodes[index].op == "mean" for index in below(nodes, [line.node])))

    def unexplained(self, reading: Reading, line: Line, node: int, values: Sequence[Array], search: Search) -> Diagnosis:
        """What can be said where no mistake is recognised: the shape, and how far it is right."""
        expected = self.expected(node)
        if np.shape(values[0]) != np.shape(expected):
            message = f"This is {say(np.shape(values[0]))}, and {self.speech.say(node)} is {say(np.shape(expected))}: a gradient has the shape of its value."
            return Diagnosis("shape", message, line.line)
        part = right_part(reading, line, self.graph, [*self.runs], search.sizes)
        if part is not None:
            text, target = part
            message = f"{text} is {self.speech.gradient(target)}, up to a factor, as it should be; what is done with it then is not the chain rule."
            return Diagnosis("unknown", message, line.line)
        if not any(np.any(value) for value in values):
            return Diagnosis(
                "unknown", f"0 would mean that a change of {self.speech.say(node)} does not change the loss. It does.", line.line
            )
        return Diagnosis("unknown", "This is not the gradient, and no single mistake that is known makes it of the right one.", line.line)

    def of_array(self, node: int, value: Array, slack: float) -> tuple[Diagnosis, ...]:
        """What numbers give away."""
        region = Region(self.graph, self.graph.gradients[node], frozenset())
        search = Search(region, node, self.speech, self.samples, [self.trace], self.limits.tensor_elements, slack=slack / ROUNDING)
        finding = search.finding([value])
        if finding is not None:
            return tuple(self.told(mistake, node, None) for mistake in finding.mistakes)
        expected = self.expected(node)
        if np.shape(value) != np.shape(expected):
            message = f"This is {say(np.shape(value))}, and {self.speech.say(node)} is {say(np.shape(expected))}: a gradient has the shape of its value."
            return (Diagnosis("shape", message),)
        return (Diagnosis("unknown", "These are not the numbers of the gradient."),)


def _size(run: Valued, region: Region) -> float:
    """The largest number that a gradient is made with."""
    return max([largest(run.value(index)) for index in region.nodes[-400:]], default=0.0)


def samples_of(trace: Trace, roles: Mapping[str, Kind]) -> int:
    """N: the length of the first axis of the data; 0 where there is no data, or where it does not agree."""
    graph = trace.graph
    data = [item for item in graph.program.inputs if roles[item.name] is Kind.DATA and graph.shapes[item.node]]
    sizes = {graph.shapes[item.node][0] for item in data if item.node in graph.reaching}
    return sizes.pop() if len(sizes) == 1 else 0
