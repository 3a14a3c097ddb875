"""Jacobians and changes carried forward, read off the rules: against differences, for every entry of the table."""

import numpy as np
import pytest
from engine.test_table import CASES, IDS, away_from_kinks
from seed_network import EXAMPLE, PROGRAM, by_name, traced
from table import NAMES, graph_of, value_of

from app.engine.evaluate import run
from app.engine.linear import between, carried, jacobian, pushed, sent
from app.engine.program import Use

HELD = {"stop_gradient"}
"""Their derivative is not that of their value."""


def table_trace(operation, sample, rng):
    args, parameters = away_from_kinks(operation, sample, rng)
    out = value_of(operation, args, parameters)
    weights = rng.uniform(0.5, 1.5, np.shape(out))
    graph = graph_of(operation, sample.shapes, parameters, np.shape(out))
    return run(graph, dict(zip([*NAMES[: len(args)], "k"], [*args, weights], strict=True))), args, parameters


@pytest.mark.parametrize(("operation", "sample"), CASES, ids=IDS)
def test_a_change_is_pushed_forward_as_differences_have_it(operation, sample):
    rng = np.random.default_rng(len(sample.call))
    trace, args, parameters = table_trace(operation, sample, rng)
    target = len(args) + 1
    for position, arg in enumerate(args):
        change = rng.uniform(-1, 1, np.shape(arg))

        def moved(step, position=position, change=change):
            return value_of(operation, [*args[:position], args[position] + step * change, *args[position + 1 :]], parameters)

        found = pushed(trace, target, Use(target, position), change)
        assert np.shape(found) == trace.graph.shapes[target]
        if operation.name not in HELD:
            np.testing.assert_allclose(found, (moved(1e-6) - moved(-1e-6)) / 2e-6, rtol=1e-5, atol=1e-6)
        if np.size(found) * np.size(arg) <= 400:
            matrix = jacobian(trace, target, [Use(target, position)])
            assert matrix.shape == (np.size(found), np.size(arg))
            np.testing.assert_allclose(matrix @ np.ravel(change), np.ravel(found), rtol=1e-9, atol=1e-9)


def test_the_jacobians_of_a_chain_multiply_to_the_gradient():
    trace = traced(PROGRAM, EXAMPLE)
    node = by_name(trace)
    product = np.ones((1, 1))
    for over, under in (("MSE", "u5"), ("u5", "u4"), ("u4", "u3"), ("u3", "u2"), ("u2", "u1"), ("u1", "w1")):
        uses = [use for use in trace.graph.contributions if trace.graph.nodes[use.node].args[use.position] == node[under]]
        product = product @ jacobian(trace, node[over], [use for use in uses if use.node <= node[over]])
    np.testing.assert_allclose(product.reshape(2, 3), trace.gradient(node["w1"]), rtol=1e-12)


def test_uses_of_one_value_are_added_in_its_jacobian():
    trace = traced("v = u * u + u\nL = sum(v)", {"u": np.array([2.0, 3.0])})
    node = by_name(trace)
    uses = [use for use in trace.graph.contributions if trace.graph.nodes[use.node].args[use.position] == node["u"]]
    assert len(uses) == 3
    np.testing.assert_array_equal(jacobian(trace, node["v"], uses), np.diag([5.0, 7.0]))


def test_what_is_sent_back_is_linear_in_what_arrives():
    trace = traced(PROGRAM, EXAMPLE)
    node = by_name(trace)
    start = trace.graph.gradients[node["u1"]]
    end = trace.graph.gradients[node["w1"]]
    g = np.asarray(trace.value(start))
    rows = [sent(trace, start, end, np.where(np.arange(3)[:, None] == i, g, 0.0)) for i in range(3)]
    np.testing.assert_allclose(sum(rows), trace.value(end), rtol=1e-14)
    np.testing.assert_allclose(sent(trace, start, end, 2 * g), 2 * trace.value(end), rtol=1e-14)
    assert between(trace.graph, start, start) == ()
    assert sent(trace, start, start, g) is g


def test_changes_are_carried_through_a_whole_program():
    trace = traced(PROGRAM, EXAMPLE)
    node = by_name(trace)
    change = np.zeros((2, 3))
    change[0, 0] = 1.0
    found = dict(carried(trace, node["w1"], change))
    np.testing.assert_allclose(found[node["MSE"]], trace.gradient(node["w1"])[0, 0], rtol=1e-13)
    assert node["u1"] in found
    assert node["b1"] not in found
