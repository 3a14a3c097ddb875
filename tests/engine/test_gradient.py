"""Differentiate and run: contributions, zeros, constants, depth, and where sums come back."""

import math

import numpy as np
import pytest
from seed_network import EXAMPLE, PROGRAM, by_name, gradients, traced, values

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.engine.program import CONSTANT, Use


def sent(trace, source, target):
    """What each use of a name in the operations of a statement sends back, in the order of the uses."""
    names = by_name(trace)
    inside, stack = set(), [names[target]]
    while stack:
        index = stack.pop()
        inside.add(index)
        stack.extend(arg for arg in trace.graph.program.nodes[index].args if arg not in names.values())
    uses = sorted((use for use in trace.graph.contributions if use.node in inside), key=lambda use: (use.node, use.position))
    return [
        trace.value(trace.graph.contributions[use])
        for use in uses
        if trace.graph.program.nodes[use.node].args[use.position] == names[source]
    ]


def backward(graph, op):
    """The nodes of the backward pass that are a given operation."""
    return [index for index in range(len(graph.program.nodes), len(graph.nodes)) if graph.nodes[index].op == op]


# --- depth


def test_chain_of_5000_statements():
    text = "\n".join(["a0 = x * 1.0001", *(f"a{i} = a{i - 1} * 1.0001" for i in range(1, 5_000))])
    found = gradients(text, {"x": 2.0})
    assert found["x"] == pytest.approx(1.0001**5_000, rel=1e-10)
    assert found["a4999"] == 1.0
    assert len(found) == 5_001


def test_expression_of_5000_operations_made_of_statements_of_100():
    lines = ["a0 = tanh(x)"]
    lines += [f"a{i} = " + " + ".join([f"a{i - 1}"] + ["0.0001 * x"] * 50) for i in range(1, 51)]
    text = "\n".join(lines)
    assert len(parse(text).nodes) > 5_000
    assert gradients(text, {"x": 0.5})["x"] == pytest.approx(1 - math.tanh(0.5) ** 2 + 50 * 50 * 0.0001, rel=1e-12)


# --- several uses


def test_value_used_twice_in_one_statement_has_a_contribution_per_use():
    trace = traced("y = x * x", {"x": 3.0})
    assert [float(one) for one in sent(trace, "x", "y")] == [3.0, 3.0]
    assert trace.gradient(by_name(trace)["x"]) == 6.0


def test_both_arguments_of_one_operation_are_uses_of_their_own():
    trace = traced("y = x / x", {"x": 4.0})
    assert [float(one) for one in sent(trace, "x", "y")] == [0.25, -0.25]
    assert trace.gradient(by_name(trace)["x"]) == 0.0
    assert {use for use in trace.graph.contributions if trace.graph.program.nodes[use.node].op == "divide"} == {Use(1, 0), Use(1, 1)}


def test_value_used_in_two_statements_has_a_contribution_from_each():
    trace = traced("a = 2 * x\nb = x ** 2\ny = a * b", {"x": 3.0})
    assert [float(one) for one in sent(trace, "x", "a")] == [18.0]
    assert [float(one) for one in sent(trace, "x", "b")] == [36.0]
    assert trace.gradient(by_name(trace)["x"]) == 54.0


def test_gradient_is_the_sum_of_all_contributions():
    trace = traced(
        "h = tanh(x @ w)\ng = h * h + sum(h) * h\nloss = mean(g @ w.T - x)",
        {"x": np.linspace(-1, 1, 6).reshape(2, 3), "w": np.linspace(-1, 2, 9).reshape(3, 3)},
    )
    program = trace.graph.program
    for index, node in enumerate(program.nodes):
        uses = [use for use in trace.graph.contributions if program.nodes[use.node].args[use.position] == index]
        if uses:
            total = sum(trace.value(trace.graph.contributions[use]) for use in uses)
            np.testing.assert_allclose(trace.gradient(index), total, rtol=1e-14, atol=1e-15, err_msg=node.op)


# --- what has no part in the loss


def test_statement_that_the_loss_does_not_reach_has_zero_gradients():
    arrays = {"x": [1.0, 2.0], "k": [[3.0], [4.0]]}
    trace = traced("a = x * 2\ndead = k * a\nloss = sum(a)", arrays)
    names = by_name(trace)
    np.testing.assert_array_equal(trace.gradient(names["dead"]), np.zeros((2, 2)))
    np.testing.assert_array_equal(trace.gradient(names["k"]), np.zeros((2, 1)))
    np.testing.assert_array_equal(trace.gradient(names["x"]), [2.0, 2.0])
    assert [one.tolist() for one in sent(trace, "a", "dead")] == [[0.0, 0.0]]
    assert names["dead"] not in trace.graph.reaching


def test_nan_does_not_leak_from_a_dead_branch():
    found = gradients("dead = log(x) / 0\nagain = dead * x\nloss = 3 * x", {"x": -1.0})
    assert (found["x"], found["dead"], found["again"]) == (3.0, 0.0, 0.0)


def test_comparison_passes_no_gradient_and_no_nan_on():
    found = gradients("bad = log(x)\nmask = bad > 0\nloss = x * mask + x", {"x": -1.0})
    assert (found["x"], found["bad"]) == (1.0, 0.0)


def test_loss_may_stand_in_the_middle():
    found = gradients("a = x ** 2\nb = a * 3\nc = exp(b)", {"x": 2.0}, loss="b")
    assert (found["x"], found["a"], found["b"], found["c"]) == (12.0, 3.0, 1.0, 0.0)


# --- constants


def test_constants_have_no_gradient():
    trace = traced("k2 = k * 2\nloss = sum(x * k2)", {"x": [1.0, 2.0], "k": [3.0, 4.0]}, wrt=["x"])
    names = by_name(trace)
    assert trace.gradient(names["k"]) is None
    np.testing.assert_array_equal(trace.gradient(names["x"]), [6.0, 8.0])
    assert names["k2"] not in trace.graph.varying


def test_program_without_anything_that_varies():
    trace = traced("a = k * 2\nloss = a + 1", {"k": 3.0}, wrt=[])
    assert trace.value(by_name(trace)["loss"]) == 7.0
    assert trace.gradient(by_name(trace)["k"]) is None


def test_program_without_inputs():
    assert values("a = 2\nloss = a ** 3", {})["loss"] == 8.0


# --- shapes


@pytest.mark.parametrize("shape", [(1, 1), (1,)])
def test_loss_may_be_one_number_of_any_rank(shape):
    found = gradients("loss = a * b", {"a": np.full(shape, 3.0), "b": 4.0})
    np.testing.assert_array_equal(found["loss"], np.ones(shape))
    np.testing.assert_array_equal(found["a"], np.full(shape, 4.0))
    assert found["b"].shape == ()
    assert found["b"] == 3.0


def test_loss_of_one_row_times_one_column():
    found = gradients("loss = a @ b", {"a": [[1.0, 2.0]], "b": [[3.0], [4.0]]})
    np.testing.assert_array_equal(found["a"], [[3.0, 4.0]])
    np.testing.assert_array_equal(found["b"], [[1.0], [2.0]])


def test_gradients_and_contributions_have_the_shapes_of_their_values():
    graph = traced(PROGRAM, EXAMPLE).graph
    assert set(graph.gradients) == graph.varying
    assert all(graph.shapes[back] == graph.shapes[index] for index, back in graph.gradients.items())
    nodes = graph.program.nodes
    assert all(graph.shapes[back] == graph.shapes[nodes[use.node].args[use.position]] for use, back in graph.contributions.items())


def test_values_have_the_shapes_that_the_graph_says():
    trace = traced(PROGRAM, EXAMPLE)
    assert tuple(np.shape(value) for value in trace.values) == trace.graph.shapes
    assert all(np.asarray(value).dtype == np.float64 for value in trace.values)


# --- summing back


def test_sums_come_back_exactly_where_something_was_broadcast():
    graph = traced(PROGRAM, EXAMPLE).graph
    names = {name: node for node, name in graph.program.names().items()}
    assert sorted(backward(graph, "sum_to")) == sorted([graph.gradients[names["b1"]], graph.gradients[names["b2"]]])


@pytest.mark.parametrize(
    ("a", "b", "sums"),
    [((3,), (3,), []), ((2, 3), (3,), ["b"]), ((2, 1), (1, 3), ["a", "b"]), ((), (2,), ["a"]), ((), (), []), ((1, 3), (3,), ["b"])],
)
def test_sum_to_stands_for_each_argument_that_was_broadcast(a, b, sums):
    graph = differentiate(parse("u = a - b\nloss = sum(u)"), {"a": a, "b": b})
    names = {name: node for node, name in graph.program.names().items()}
    assert len(backward(graph, "sum_to")) == len(sums)
    assert all(graph.nodes[graph.gradients[names[name]]].op == "sum_to" for name in sums)


def test_no_sum_to_for_what_is_written_out():
    graph = differentiate(parse("u = broadcast_to(a, (2, 3)) * b\nloss = sum(u)"), {"a": (2, 3), "b": (2, 3)})
    assert backward(graph, "sum_to") == []


# --- the graph


def test_nodes_stand_after_what_they_use_and_the_program_first():
    graph = traced(PROGRAM, EXAMPLE).graph
    assert graph.nodes[: len(graph.program.nodes)] == graph.program.nodes
    assert all(arg < index for index, node in enumerate(graph.nodes) for arg in node.args)
    assert graph.nodes[graph.gradients[graph.loss.node]].op == CONSTANT
    assert graph.loss.name == "MSE"


def test_one_graph_runs_for_any_numbers():
    graph = differentiate(parse("y = x ** 2"), {"x": ()})
    x = graph.program.inputs[0].node
    assert [float(run(graph, {"x": np.float64(value)}).gradient(x)) for value in (3.0, -1.0, 3.0)] == [6.0, -2.0, 6.0]


def test_run_leaves_its_arguments_alone():
    given = {name: array.copy() for name, array in EXAMPLE.items()}
    traced(PROGRAM, given)
    assert all((given[name] == EXAMPLE[name]).all() for name in given)


@pytest.mark.parametrize(
    "program",
    [
        "u1 = x @ w1 + b1\nu2 = maximum(0, u1)\nu3 = u2 @ w2 + b2\nu4 = y - u3\nu5 = u4 ** 2\nMSE = mean(u5)",
        "a = minimum(x, 1) * maximum(y, u3) / abs(u3) * (x > y)\nL = sum(a ** 2 + relu(x) ** y + tanh(x) * sqrt(y), axis=0)\nM = mean(L)",
    ],
)
def test_the_backward_pass_holds_no_node_that_nobody_needs(program):
    parsed = parse(program)
    shapes = {"x": (3, 2), "w1": (2, 4), "b1": (4,), "w2": (4, 2), "b2": (2,), "y": (3, 2), "u3": (3, 2)}
    graph = differentiate(parsed, {item.name: shapes[item.name] for item in parsed.inputs})
    needed = set(range(len(parsed.nodes)))
    stack = [*graph.gradients.values(), *graph.contributions.values()]
    while stack:
        index = stack.pop()
        if index not in needed:
            needed.add(index)
            stack.extend(graph.nodes[index].args)
    assert needed == set(range(len(graph.nodes)))
