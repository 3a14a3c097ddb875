"""What the steps of a derivation say in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.engine.code import number, operand_code
from app.engine.keeping import reading
from app.engine.local import LocalDerivative
from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Graph, Node, Program, Use
from app.engine.shapes import axes_of
from app.engine.views import Card, Edge
from app.explain import words
from app.explain.derivation.ways import MOST_COUNTED, Path, Ways

TOLD, STOPS = 4, 10
"""So many ways are told one by one, and of a longer one so many stops."""
ZERO = Node(CONSTANT, (), (("value", 0.0), ("shape", ())))
STEPS, PASSED = 3, 20
"""Operations within one statement that are told one by one, and so many additions that are passed over."""


def story(found: Ways, plain: Mapping[str, str]) -> str:
    """How a change of the target comes to change the loss."""
    target, loss = plain[found.target.id], plain[found.loss.id]
    if found.target is found.loss:
        return f"{loss} is the loss itself: a change of it is the change."
    if not found.count:
        return f"Changing {target} does not change {loss}, since nothing leads from one to the other: the gradient is 0."
    if found.count == 1:
        (path,) = found.paths
        if len(path) == 2:
            return f"Changing {target} changes {loss} directly."
        stops = _stops(path, plain)
        return f"Changing {target} does not change {loss} directly. It changes {', which changes '.join(stops)}."
    opening = f"Changing {target} changes {loss} in {_counted(found)} ways"
    if found.count > TOLD:
        through = words.listing([plain[name] for name in found.consumers(found.target.id)][:STOPS])
        return f"{opening}: it changes {through}, and each of these what it is used in. What the ways give is added."
    told = [("directly" if len(path) == 2 else "through " + ", then ".join(_stops(path, plain)[:-1])) for path in found.paths]
    return f"{opening}: {'; '.join(told)}. What the ways give is added."


def _counted(found: Ways) -> str:
    return f"{'more than ' if found.count == MOST_COUNTED else ''}{found.count:,}"


def _stops(path: Path, plain: Mapping[str, str]) -> list[str]:
    """What is changed on the way, from the target on."""
    stops = [plain[name] for name in path[-2::-1]]
    if len(stops) > STOPS:
        stops = [*stops[: STOPS // 2], f"{len(stops) - STOPS + 1} more values one after the other", *stops[1 - STOPS // 2 :]]
    return stops


def chain(found: Ways, plain: Mapping[str, str]) -> str:
    """What the chain rule does here."""
    target, loss = plain[found.target.id], plain[found.loss.id]
    if found.target is found.loss:
        return f"{loss} changes as much as itself."
    if found.count == 1:
        if len(found.paths[0]) == 2:
            return f"There is one step from {target} to {loss}, so its derivative is all."
        return "The chain rule: the derivatives of the single steps are multiplied."
    return (
        f"The chain rule: along each of the {_counted(found)} ways the derivatives of the steps are multiplied, and the products are added."
    )


def seed(loss: str, name: str) -> str:
    return (
        f"The backward pass begins at {loss}, with {name} = 1: a name that ends in _g is the gradient of {loss} with respect to that value."
    )


def link(graph: Graph, edge: Edge, source: Card, target: Card, *, plain: Mapping[str, str], local: LocalDerivative | None) -> str:
    """What a small change of the source does to the target, operation by operation."""
    if edge.bundled:
        return f"{plain[target.id]} uses {plain[source.id]} in many places; what they send back is added."
    if any(group.start <= edge.use.node < group.stop and group.id in target.opens for group in graph.program.groups):
        opened = words.listing([name.partition("__")[0] for name in target.opens if "." not in name])
        return (
            f"{plain[source.id]} goes into {opened}: what comes back is calculated within, step by step. Opened, {opened} shows each step."
        )
    told: list[str] = []
    names = {source.id: plain[source.id], target.id: plain[target.id]}
    index, position = edge.use.node, edge.use.position
    for _ in range(STEPS + PASSED):
        if len(told) == STEPS:
            break
        if not told or not _passes(graph, Use(index, position)):
            told.append(_sentence(graph, Use(index, position), source, target, names))
        if index == target.node:
            break
        following = _following(graph, index, target.node)
        if following is None:
            break
        index, position = following
    said = " ".join(told)
    aside = words.aside(local)
    return f"{said} {aside[:1].upper()}{aside[1:]}." if aside else said


def _passes(graph: Graph, use: Use) -> bool:
    """Whether a use only adds its argument to something: nothing to be told of."""
    op = graph.nodes[use.node].op
    return op == "add" or (op == "subtract" and use.position == 0)


@reading()
def _readers(program: Program) -> dict[int, list[tuple[int, int]]]:
    """Where each value is used: node and position."""
    found: dict[int, list[tuple[int, int]]] = {}
    for node, item in enumerate(program.nodes):
        for position, arg in enumerate(item.args):
            found.setdefault(arg, []).append((node, position))
    return found


def _following(graph: Graph, index: int, end: int) -> tuple[int, int] | None:
    """Where, within a statement, the result of an operation is used; None if not just once."""
    uses = [use for use in _readers(graph.program).get(index, ()) if use[0] <= end]
    return uses[0] if len(uses) == 1 else None


def _sentence(graph: Graph, use: Use, source: Card, target: Card, plain: Mapping[str, str]) -> str:
    """The sentence that the table has for one argument of an operation, with the names that stand here."""
    node = graph.nodes[use.node]
    operation = OPERATIONS[node.op]
    names = {**_names(graph.program), source.node: plain[source.id], target.node: plain[target.id]}
    said = [_short(graph, names, arg) for arg in node.args]
    ranks = [len(graph.shapes[arg]) for arg in node.args]
    if node.op in ("matmul", "dot") and min(ranks) < 2:
        one, other = said[use.position], said[1 - use.position]
        return f"{one} is multiplied with {other}: a small change of an element counts as often as the elements of {other} that it meets."
    if node.op == "maximum" and graph.nodes[node.args[1 - use.position]] == ZERO:
        one = said[use.position]
        return f"Where {one} is above 0, a small change of it counts once; elsewhere not at all."
    if node.op == "power" and use.position == 0 and graph.nodes[node.args[1]].op == CONSTANT:
        return _power(said[0], graph.nodes[node.args[1]].number)
    told = dict(zip(operation.arguments, said, strict=False)) | {"out": _short(graph, names, use.node)}
    if operation.variadic:
        told["a"] = said[use.position]
    sentence = operation.sentences(told)[0 if operation.variadic else use.position]
    if node.op == "mean":
        shape = graph.shapes[node.args[0]]
        count = 1
        for axis in axes_of(node.parameter("axis"), len(shape)):
            count *= shape[axis]
        many = f"The mean is over {count} elements of {said[0]}, so a small change of one of them counts 1/{count} times."
        sentence = many if count > 1 else f"The mean is over one element of {said[0]}, and is that element."
    return sentence


@reading()
def _names(program: Program) -> dict[int, str]:
    """The names of values outside of calls, in running text."""
    return {index: words.plain_name(name) for index, name in program.names().items() if "." not in name}


def _power(base: str, exponent: float) -> str:
    plain = base.removeprefix("(").removesuffix(")") if base.startswith("(") else base
    if exponent == 2:
        return f"{plain} is squared, so a small change of {plain} counts 2·{base} times."
    n, lower = (number(value)[0].replace("-", "−") for value in (exponent, exponent - 1))
    rest = base if lower == "1" else f"{base}^{lower}"
    return f"{plain} is raised to the power {n}, so a small change of {plain} counts {n}·{rest} times."


def _short(graph: Graph, names: Mapping[int, str], index: int) -> str:
    """A value as a sentence names it; what is too long for one by what it is."""
    text = names.get(index) or operand_code(graph.nodes, names, index)
    if len(text) <= 40:
        return text
    node = graph.nodes[index]
    return f"the result of {node.op}"


def product(card: Card, consumers: Sequence[Card], spoken: Mapping[str, tuple[str, str]], *, uses: int, others: Sequence[str]) -> str:
    """Where a gradient comes from, and for what else it is used; `spoken` has the names of values and of their gradients."""
    plain, name = spoken[card.id]
    back = words.listing([spoken[one.id][1] for one in consumers])
    if uses > 1:
        said = f"{plain} is used {uses} times: what comes back from the uses, by way of {back}, is added, and gives {name}."
    else:
        said = f"{name} is {back}, which has come this far already, times the derivative of this step."
    if len(others) > 1:
        said += f" Once calculated, it is used again for {words.listing([spoken[other][0] for other in others])}."
    return said
