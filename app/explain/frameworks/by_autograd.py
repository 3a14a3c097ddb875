"""Programs in PyTorch and JAX: the gradients by hand, and against them the framework's own."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.ops import OPERATIONS, flat
from app.engine.program import INPUT, Graph
from app.explain.frameworks.draft import Draft
from app.explain.frameworks.layout import STEP, WIDTH, Text, broken, table, tuple_of
from app.explain.frameworks.tolerance import said

PYTORCH, JAX, BY_HAND = "PyTorch's derivative", "JAX's derivative", "the number found here"


# --- PyTorch

AGREE_IN_TORCH = '''

def gradient_of(value):
    """PyTorch's gradient of a value: zeros where none came back."""
    return torch.zeros_like(value) if value.grad is None else value.grad


def check(name, found, expected, rounding):
    """Refuses two tensors that differ by more than rounding."""
    options = {"rtol": 1e-9, "atol": rounding, "equal_nan": True}
    torch.testing.assert_close(found, expected, msg=lambda text: f"{name}: {text}", **options)
'''
APART_IN_TORCH = '''

APART = []

def apart(name, found, expected, rounding, what):
    """Tells where two tensors differ."""
    same = torch.isclose(found, expected, rtol=1e-9, atol=rounding, equal_nan=True)
    places = torch.nonzero(~same).tolist()
    if places:
        APART.append(name)
        print(f"{name}: {what} is another one in {len(places)} of {same.numel()} elements,")
        print(f"    where a number is at a kink or not finite: {places[:10]}")
'''


def torch(draft: Draft, text: Text) -> None:
    """Line by line, then by autograd."""
    plan, graph = draft.plan, draft.plan.graph
    attached = _attached(graph)
    inner = attached - {item.node for item in plan.inputs}
    between = [(plan.names[step.of], step) for step in plan.backward if step.of is not None and step.of in inner]
    text.add("# The forward pass", "")
    draft.forward(text, plan.forward)
    if between:
        text.add("", "# PyTorch is to keep the gradients of these, too", "")
        text.add(*broken("for value in ", tuple_of([name for name, _ in reversed(between)]), WIDTH - 1))
        text.lines[-1] += ":"
        text.add(f"{STEP}value.retain_grad()")
    text.add("", "# The backward pass by hand: the derivative of the loss for each value", "", "with torch.no_grad():")
    text.indent = STEP
    draft.backward(text)
    text.end()
    if graph.loss.node in attached:
        text.add("", "# The backward pass by PyTorch", "")
        text.add(f"{plan.loss}{'' if graph.shapes[graph.loss.node] == () else '.reshape(())'}.backward()")
    text.add("", "# The check: the gradients that Curly d showed, and how far rounding may move them", "")
    draft.shown(text)
    rows = ((item.name, f"({item.name}, {item.gradient})") for item in plan.differentiated)
    text.add(*table(rows, "GRADIENTS = "))
    if between:
        kept = ((name, f"({name}, {step.name}, {said(draft.rounding[step.node])})") for name, step in between)
        text.add("# Those of the values between", *table(kept, "VALUES = "))
    text.add(*AGREE_IN_TORCH.rstrip().split("\n"))
    if not draft.judged:
        text.add(*APART_IN_TORCH.rstrip().split("\n"))
    text.add("", "")
    (loss,) = draft.array(graph.loss.node)
    numbers, derivatives = _comparisons(draft, PYTORCH)
    text.add(numbers(f'"the loss", {plan.loss}.detach(), {loss}, {said(draft.rounding[graph.loss.node])}'))
    text.add("for name, (value, by_hand) in GRADIENTS.items():")
    text.add(STEP + numbers("name, by_hand, SHOWN[name], ROUNDING[name]"))
    text.add(STEP + derivatives("name, gradient_of(value), by_hand, ROUNDING[name]"))
    if between:
        text.add("for name, (value, by_hand, rounding) in VALUES.items():")
        text.add(STEP + derivatives("name, gradient_of(value), by_hand, rounding"))
    text.add(draft.agreement(f"{plan.loss}.detach().sum()", apart=not draft.judged))


def _comparisons(draft: Draft, derivative: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """How numbers are compared with those that were shown, and the framework's derivatives with those by hand.

    At a kink a framework may take another derivative. With infinities and NaN the order of the arithmetic shows: 0 times infinity
    is NaN, and what is added to nothing is not.
    """

    def call(what: str, *, strict: bool) -> Callable[[str], str]:
        return lambda args: f"check({args})" if strict else f'apart({args}, "{what}")'

    return call(BY_HAND, strict=draft.finite), call(derivative, strict=draft.judged)


def _attached(graph: Graph) -> set[int]:
    """The values through which a gradient can come back to an input: what PyTorch calls requiring a gradient."""
    found: set[int] = set()
    for index, node in enumerate(graph.program.nodes):
        if node.op == INPUT:
            passes = index in graph.varying
        else:
            passes = any(arg in found and _sends(graph, index, position) for position, arg in enumerate(node.args))
        if passes:
            found.add(index)
    return found


def _sends(graph: Graph, index: int, position: int) -> bool:
    """Whether a node ever sends anything back to an argument."""
    node = graph.nodes[index]
    if node.op == "class_targets":  # of class numbers it sends nothing back
        return graph.shapes[node.args[0]] == graph.shapes[index]
    return OPERATIONS[node.op].rule(position) is not flat


# --- JAX

AGREE_IN_JAX = '''

def check(name, found, expected, rounding):
    """Refuses two arrays that differ by more than rounding."""
    assert found.shape == expected.shape, name
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=rounding, err_msg=name)
'''
APART_IN_JAX = '''

APART = []

def apart(name, found, expected, rounding, what):
    """Tells where two arrays differ."""
    same = np.isclose(found, expected, rtol=1e-9, atol=rounding, equal_nan=True)
    places = np.argwhere(~same).tolist()
    if places:
        APART.append(name)
        print(f"{name}: {what} is another one in {len(places)} of {same.size} elements,")
        print(f"    where a number is at a kink or not finite: {places[:10]}")
'''


def jax(draft: Draft, text: Text) -> None:
    """The forward pass as a function, which JAX differentiates; the backward pass line by line."""
    plan, graph = draft.plan, draft.plan.graph
    text.function("forward", draft.names, "The loss, and every value on the way.")
    draft.forward(text, plan.forward)
    values = [step.name for step in plan.forward]
    text.add("", *broken("values = ", tuple_of(values), WIDTH - len(STEP)))
    text.add(f"return {plan.loss}{'' if graph.shapes[graph.loss.node] == () else '.reshape(())'}, values")
    text.end()
    given = f"({', '.join(draft.names)})"
    text.add("", "")
    text.add(*broken("LOSS, VALUES = forward", given, WIDTH))
    text.add(*broken("", tuple_of(values), WIDTH - len(" = VALUES")))
    text.lines[-1] += " = VALUES"
    text.add("", "# The backward pass by hand: the derivative of the loss for each value", "")
    draft.backward(text)
    wanted = [position for position, item in enumerate(plan.inputs) if item.gradient is not None]
    if wanted:
        text.add("", "# The backward pass by JAX", "")
        text.add(f"gradients = jax.grad(forward, argnums={tuple_of([str(i) for i in wanted])}, has_aux=True)")
        text.add(*broken("AUTOGRAD, _ = gradients", given, WIDTH))
    text.add("", "# The check: the gradients that Curly d showed, and how far rounding may move them", "")
    draft.shown(text)
    rows = ((item.name, str(item.gradient)) for item in plan.differentiated)
    text.add(*table(rows, "GRADIENTS = "))
    text.add(*AGREE_IN_JAX.rstrip().split("\n"))
    if not draft.judged:
        text.add(*APART_IN_JAX.rstrip().split("\n"))
    text.add("", "")
    (loss,) = draft.array(graph.loss.node)
    numbers, derivatives = _comparisons(draft, JAX)
    text.add(numbers(f'"the loss", {plan.loss}, {loss}, {said(draft.rounding[graph.loss.node])}'))
    if wanted:
        text.add("for (name, by_hand), autograd in zip(GRADIENTS.items(), AUTOGRAD):")
        text.add(STEP + numbers("name, by_hand, SHOWN[name], ROUNDING[name]"))
        text.add(STEP + derivatives("name, autograd, by_hand, ROUNDING[name]"))
    text.add(draft.agreement("LOSS", apart=not draft.judged))
