"""Judges answers: expressions, arrays, single numbers, signs, shapes, and whole backward passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from app.draw.numbers import largest
from app.engine.evaluate import run
from app.engine.program import Array, Shape, Trace, below
from app.engine.shapes import say
from app.engine.views import Kind
from app.errors import Fault, InputError, ProgramError
from app.practice.blame import Blame, size_of
from app.practice.closeness import ROUNDING, all_same, near_enough, same
from app.practice.reading import Given, Line, Reader, Reading
from app.practice.region import Region
from app.practice.spelling import SUFFIXES, bases, vocabulary
from app.practice.trials import trials
from app.practice.verdict import Diagnosis, Verdict
from app.settings import Limits

SMOOTH = 1e-4
"""So much, in relation to its largest element, a gradient may change where there is no kink."""
NUDGE = 1e-6
"""So much, for numbers up to 1, the inputs are moved to see on which side of a kink an answer stands."""

KINK = Diagnosis("kink", "It is right. At a kink of these numbers it takes another side's derivative than Curly d does: both are in use.")


class Judge:
    """Judges answers to one request, one after the other: a later one may use those before it."""

    def __init__(self, trace: Trace, roles: Mapping[str, Kind], limits: Limits) -> None:
        self.graph, self.trace, self.limits = trace.graph, trace, limits
        self.runs = trials(trace, roles, limits)
        self.words = vocabulary(self.graph)
        self.samples = samples_of(trace, roles)
        # An answer is calculated in every run: all of them together are held against the limits.
        count = len([*self.runs])
        each = replace(limits, total_bytes=limits.total_bytes // count, flops=limits.flops / count)
        self.reader = Reader(self.words, self.runs, self.samples, each)
        self.blame = Blame(self.reader)
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
            hint = "Write an expression over the program's names."
            return self.unread(variable, node, Fault("There is no gradient here yet.", 1, 1, 1, hint))
        last = next((line for line in reversed(reading.lines) if line.gradient == node), reading.lines[-1])
        claims = [line for line in reading.lines if line.node < last.node and line.gradient not in (None, node)]
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

    def backward(self, text: str) -> tuple[list[Verdict], list[Fault]]:
        """The verdicts on every gradient that a whole backward pass names, in the order of its lines, and what could not be read.

        A name that is used again, as where a mask is put on in place, is judged by the line that makes it right.

        Raises:
            ProgramError: it cannot be read at all, or names no gradient.
        """
        reading = self.reader.read(text, self.given, answer=False)
        faults = [*reading.faults, *self.unheard(reading)]
        versions: dict[int, list[Line]] = {}
        for line in reading.lines:
            if line.gradient is not None and line.gradient in self.graph.gradients:
                versions.setdefault(line.gradient, []).append(line)
        if not versions:
            hint = "Give each gradient its name: w1.g = x.T @ u1.g, or w1_g, w1.grad, dw1."
            raise ProgramError(*(faults or [Fault("No line names a gradient.", 1, 1, 1, hint)]))
        verdicts = []
        for node, lines in sorted(versions.items(), key=lambda item: item[1][-1].node):
            *earlier, last = lines
            name = self.called(last, node)
            verdict = self.of_line(reading, last, name, node)
            # A mask that is put on in place makes another value of the same name; a second guess does not.
            made = set(below(reading.program.nodes, [last.node]))
            others = (self.of_line(reading, line, name, node) for line in earlier if not verdict.correct and line.node in made)
            before = next((one for one in others if one.correct), None)
            if before is not None:
                message = f"It is right. From line {last.line} on, {last.name} stands for something else."
                verdict = replace(before, diagnoses=(Diagnosis("reused", message, last.line),))
            self.keep(reading, last, node, verdict)
            self.blame.shifted = self.blame.shifted or any(one.id == "neighbour" for one in verdict.diagnoses)
            verdicts.append(verdict)
        return verdicts, faults

    def unheard(self, reading: Reading) -> Iterator[Fault]:
        """Lines that are called like a gradient, of nothing that has one."""
        for line in reading.lines:
            if line.gradient not in self.graph.gradients and line.name.endswith(SUFFIXES) and line.name not in self.words.values:
                base = bases(line.name)[0]
                constant = self.words.values.get(base) is not None
                why = "it is a constant, and has no gradient" if constant else "the program has no value of that name"
                yield Fault(f"{line.name} is calculated, and not judged: {why}.", line.line, 1, 1 + len(line.name))

    def array(self, variable: str, value: Array, slack: Array) -> Verdict:
        """The verdict on numbers, for the numbers that were given; `slack` is how far rounding may have moved each of them."""
        node = self.target(variable)
        expected, fits = self.expected(node), np.shape(value) == self.graph.shapes[node]
        right = fits and near_enough(value, expected, slack)
        if fits and not right and self.lies_between(node, value):
            return Verdict(variable, node, True, np.shape(value), value, expected, (KINK,))
        if fits:
            self.given[node] = Given((expected if right else value, *self.reader.true(node)[1:]), right)
        found = () if right else self.blame.of_array(node, value, slack)
        return Verdict(variable, node, right, np.shape(value), value, expected, found)

    def number(self, variable: str, place: tuple[int, ...], value: float, slack: Array) -> Verdict:
        """The verdict on one element, for the numbers that were given."""
        node = self.target(variable)
        expected = np.asarray(self.expected(node)[place])
        right = near_enough(np.asarray(value), expected, slack)
        if not right and self.lies_between(node, np.asarray(value), place):
            return Verdict(variable, node, True, (), np.asarray(value), expected, (KINK,))
        found = () if right else self.blame.of_array(node, np.asarray(value), slack, place)
        return Verdict(variable, node, right, (), np.asarray(value), expected, found)

    def sign(self, variable: str, place: tuple[int, ...], sign: int) -> Verdict:
        """The verdict on a sign, −1, 0 or 1, of one element, for the numbers that were given. What rounding leaves of 0 is 0."""
        node = self.target(variable)
        region = Region(self.graph, self.graph.gradients[node], frozenset())
        value = float(self.expected(node)[place])
        expected = 0 if abs(value) <= ROUNDING * size_of(self.trace, region) else int(np.sign(value))
        if sign != expected and sign in {int(np.sign(side[place])) for side in self.sides(node)}:
            return Verdict(variable, node, True, (), np.asarray(float(sign)), np.asarray(float(expected)), (KINK,))
        found = () if sign == expected else (Diagnosis("sign", f"It is not {('negative', '0', 'positive')[sign + 1]}."),)
        return Verdict(variable, node, sign == expected, (), np.asarray(float(sign)), np.asarray(float(expected)), found)

    def shape(self, variable: str, shape: Shape) -> Verdict:
        """The verdict on a shape."""
        node = self.target(variable)
        expected = self.graph.shapes[node]
        right = shape == expected
        found = () if right else (Diagnosis("shape", f"{variable} is {say(expected)}, and a gradient has the shape of its value."),)
        return Verdict(variable, node, right, shape, None, self.expected(node), found)

    def called(self, line: Line, node: int) -> str:
        """The variable whose gradient a line names, as the person calls it."""
        known = [base for base in bases(line.name) if self.words.values.get(base) == node]
        return (known or bases(line.name))[0]

    def expected(self, node: int) -> Array:
        return np.asarray(self.trace.value(self.graph.gradients[node]))

    def keep(self, reading: Reading, line: Line, node: int, verdict: Verdict) -> None:
        """Remembers an answer for those after it."""
        if not line.broken and verdict.shape_ok:
            self.given[node] = Given(reading.values(line.node), verdict.correct)

    # lines

    def unread(self, variable: str, node: int, fault: Fault) -> Verdict:
        message = f"{fault.message} {fault.hint}" if fault.hint else fault.message
        found = Diagnosis("unreadable", message, fault.line, fault=fault)
        return Verdict(variable, node, False, None, None, self.expected(node), (found,), fault.line)

    def of_line(self, reading: Reading, line: Line, variable: str, node: int) -> Verdict:
        expected = self.expected(node)
        if line.broken:
            why = self.blame.heard(reading).of_fault(reading, line, node)
            return Verdict(variable, node, False, None, None, expected, (why,), line.line)
        values = reading.values(line.node)
        if any(reading.inputs.get(one) == node for one in below(reading.program.nodes, [line.node])):
            why = Diagnosis("asked", "This is made from the gradient that is asked for: write what that is made from.", line.line)
            return Verdict(variable, node, False, np.shape(values[0]), values[0], expected, (why,), line.line)
        true = self.reader.true(node)
        region = Region(self.graph, self.graph.gradients[node], frozenset())
        sizes = [size_of(run, region) for run in self.runs]
        elsewhere = all_same(values[1:], true[1:], sizes[1:])
        here = same(values[0], true[0], sizes[0]) or (elsewhere and not np.all(np.isfinite(true[0])))
        found: tuple[Diagnosis, ...] = ()
        correct = elsewhere and here
        given = (self.given.get(gradient) for gradient in reading.gradients(line))
        if elsewhere and not here and all(one is None or one.right for one in given) and self.stands_on_kink(reading, line, node):
            correct = True
            found = (replace(KINK, line=line.line),)
        elif not correct:
            found = (*self.blame.heard(reading).of_values(reading, line, node, values), *self.of_luck(here=here))
        return Verdict(variable, node, correct, np.shape(values[0]), values[0], expected, found, line.line)

    def of_luck(self, *, here: bool) -> Iterator[Diagnosis]:
        if here:
            yield Diagnosis("coincidence", "For the numbers given it comes out right; for others of the same shapes it does not.")

    def stands_on_kink(self, reading: Reading, line: Line, node: int) -> bool:
        """Whether an answer that differs for the given numbers is right as soon as these are moved a little, to either side, and lies
        between what it is there."""
        for beside in self.beside:
            value = self.moved(reading, line, beside)
            if not same(value, np.asarray(beside.value(self.graph.gradients[node])), largest(value)):
                return False
        return self.lies_between(node, reading.values(line.node)[0])

    @cached_property
    def beside(self) -> tuple[Trace, ...]:
        """Runs with the given numbers moved a little, to either side."""
        rng = np.random.default_rng(0)
        found = []
        for way in (NUDGE, -NUDGE):
            arrays = {}
            for item in self.graph.program.inputs:
                a = self.trace.value(item.node)
                step = way * np.maximum(np.abs(a), 1.0) * rng.uniform(0.5, 1.0, np.shape(a))
                arrays[item.name] = a + step if item.node in self.graph.gradients else a
            found.append(run(self.graph, arrays))
        return tuple(found)

    def sides(self, node: int) -> list[Array]:
        """The gradient of a value at the given numbers, and on either side of a kink there; the first alone where there is none."""
        here = self.expected(node)
        others = [np.asarray(one.value(self.graph.gradients[node])) for one in self.beside]
        size = max(map(largest, (here, *others)))
        kinked = any(np.any(np.abs(one - here) > SMOOTH * size) for one in others)
        return [here, *others] if kinked else [here]

    def lies_between(self, node: int, value: Array, place: tuple[int, ...] = ()) -> bool:
        """Whether numbers lie between what a gradient is on the two sides of a kink; of all elements, or of one."""
        sides = [side[place] for side in self.sides(node)]
        if len(sides) == 1:
            return False
        least, most = np.minimum.reduce(sides), np.maximum.reduce(sides)
        room = SMOOTH * max(map(largest, sides))
        return bool(np.all((value >= least - room) & (value <= most + room)))

    def moved(self, reading: Reading, line: Line, run_: Trace) -> Array:
        """The value of a line in another run."""
        found = {}
        for item in reading.program.inputs:
            if item.literal is not None:
                found[item.name] = np.array(item.literal, dtype=np.float64)
            elif item.name in self.words.values:
                found[item.name] = np.asarray(run_.value(self.words.values[item.name]))
            else:
                gradient = reading.inputs.get(item.node)
                found[item.name] = np.asarray(np.nan if gradient is None else run_.value(self.graph.gradients[gradient]))
        return np.asarray(reading.shaped.values(found).value(line.node))


def samples_of(trace: Trace, roles: Mapping[str, Kind]) -> int:
    """N: the length of the first axis of the data; 0 where there is no data, or where it does not agree."""
    graph = trace.graph
    data = [item for item in graph.program.inputs if roles[item.name] is Kind.DATA and graph.shapes[item.node]]
    sizes = {graph.shapes[item.node][0] for item in data if item.node in graph.reaching}
    return sizes.pop() if len(sizes) == 1 else 0
