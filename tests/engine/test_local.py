"""Local derivatives: read off the backward pass, and true when they are multiplied out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seed_network import EXAMPLE, PROGRAM, traced

from app.engine.local import Factor, LocalDerivative, Side, local_derivative
from app.engine.views import Detail, Shown, view
from app.explain.notation import code_local


def locals_of(trace, detail=Detail.STATEMENTS):
    """The local derivative of every edge, by the edge's id."""
    return {edge.id: local_derivative(trace.graph, edge.target_node, edge.use) for edge in view(trace.graph, Shown(detail)).edges}


def read(trace, detail=Detail.STATEMENTS):
    """The same, as code."""
    names = trace.graph.program.names()
    return {key: None if local is None else code_local(trace.graph, local, names) for key, local in locals_of(trace, detail).items()}


def test_seed_network():
    trace = traced(PROGRAM, EXAMPLE)
    assert read(trace) == {
        "x-u1-0": "w1.T",
        "w1-u1-0": "x.T",
        "b1-u1-0": "1",
        "u1-u2-0": "u1 > 0",
        "u2-u3-0": "w2.T",
        "w2-u3-0": "u2.T",
        "b2-u3-0": "1",
        "y-u4-0": "1",
        "u3-u4-0": "-1",
        "u4-u5-0": "2 * u4",
        "u5-MSE-0": "1 / 3",
    }
    found = locals_of(trace)
    assert {key: local.summed for key, local in found.items() if local.summed} == {"b1-u1-0": ((0, (3, 3)),), "b2-u3-0": ((0, (3, 1)),)}
    assert [found["x-u1-0"].factors[0].side, found["w1-u1-0"].factors[0].side] == [Side.RIGHT, Side.LEFT]
    assert found["u3-u4-0"] == LocalDerivative((Factor(None, Side.EACH),))
    assert found["b1-u1-0"] == LocalDerivative((), ((0, (3, 3)),))


def test_seed_network_by_single_operations():
    found = read(traced(PROGRAM, EXAMPLE), Detail.OPERATIONS)
    assert found["x-u1.1-0"] == "w1.T"
    assert found["w1-u1.1-0"] == "x.T"
    assert found["u1.1-u1-0"] == "1"
    assert found["b1-u1-0"] == "1"
    assert found["u2-u3.1-0"] == "w2.T"
    assert found["u4-u5-0"] == "2 * u4"


def test_each_use_has_its_own():
    assert read(traced("y = x * x", {"x": 3.0})) == {"x-y-0": "x", "x-y-1": "x"}
    assert read(traced("y = x / k + x", {"x": 3.0, "k": 2.0})) == {"x-y-0": "1 / k", "k-y-0": "-x / k ** 2", "x-y-1": "1"}


def test_name_stands_for_its_value_and_is_not_opened():
    assert read(traced("u = tanh(x)\ny = u * w", {"x": 1.0, "w": 2.0}))["w-y-0"] == "u"
    assert read(traced("u = tanh(x)\ny = exp(u)", {"x": 1.0}))["u-y-0"] == "y"


def test_chain_within_one_statement():
    found = read(traced("y = sum(relu(x @ w + b) ** 2)", {"x": np.ones((2, 3)), "w": np.ones((3, 4)), "b": np.ones(4)}))
    assert found["x-y-0"] == "(2 * relu(x @ w + b)) * (x @ w + b > 0) @ w.T"
    assert found["b-y-0"] == "(2 * relu(x @ w + b)) * (x @ w + b > 0)"


@pytest.mark.parametrize("comparison", [">", ">=", "<", "<=", "==", "!="])
def test_comparison_is_zero_throughout(comparison):
    trace = traced(f"m = u {comparison} 0\nloss = sum(m * u)", {"u": [1.0, -1.0]})
    assert locals_of(trace)["u-m-0"] == LocalDerivative((), zero=True)
    assert read(trace)["u-m-0"] == "0"


def test_nothing_is_read_where_the_loss_does_not_depend_on_the_target():
    found = locals_of(traced("a = x * 2\ndead = a ** 2\nloss = a + 1", {"x": 1.0}))
    assert found["a-dead-0"] is None
    assert found["x-a-0"] is not None


def test_nothing_is_read_of_a_constant():
    assert locals_of(traced("y = x * k", {"x": 1.0, "k": 2.0}, wrt=["x"]))["k-y-0"] is None


def test_zero_that_comes_from_further_on_is_not_said_of_the_way_there():
    found = locals_of(traced("u = 2 * x\nm = u > 0\nloss = sum(m)", {"x": [1.0, 2.0]}))
    assert found["u-m-0"] == LocalDerivative((), zero=True)
    assert found["x-u-0"] is None or not found["x-u-0"].zero


def test_what_is_summed_over_names_axis_and_shape():
    trace = traced("u = a * b\nloss = sum(u)", {"a": np.ones((2, 1)), "b": np.ones((4, 1, 3))})
    found = locals_of(trace)
    assert found["a-u-0"].summed == ((0, (4, 2, 3)), (2, (4, 2, 3)))
    assert found["b-u-0"].summed == ((1, (4, 2, 3)),)


def test_axis_of_size_one_is_not_said_to_be_summed():
    found = locals_of(traced("u = x + b\nloss = sum(u)", {"x": np.ones((1, 3)), "b": np.ones(3)}))
    assert found["b-u-0"].summed == ()


# --- multiplied out


def multiplied(trace, edge, local):
    """The target's gradient, times the factors, summed over what was broadcast."""
    back = trace.gradient(edge.target_node)
    for factor in local.factors:
        value = -1.0 if factor.node is None else trace.value(factor.node)
        match factor.side:
            case Side.EACH:
                back = back * value
            case Side.UNDER:
                back = back / value
            case Side.RIGHT:
                back = back @ value
            case Side.LEFT:
                back = value @ back
    source = trace.value(edge.source_node)
    wide = np.broadcast_to(back, np.broadcast_shapes(np.shape(back), np.shape(source)))
    lead = wide.ndim - source.ndim
    axes = (*range(lead), *(lead + i for i, size in enumerate(source.shape) if size == 1 and wide.shape[lead + i] > 1))
    return np.sum(wide, axis=axes).reshape(source.shape)


def check(trace):
    """Every edge of both levels; returns how many there were."""
    count = 0
    for detail in Detail:
        for edge in view(trace.graph, Shown(detail)).edges:
            local = local_derivative(trace.graph, edge.target_node, edge.use)
            if local is not None and not local.compound:
                expected = trace.value(trace.graph.contributions[edge.use])
                found = 0.0 * expected if local.zero else multiplied(trace, edge, local)
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12, err_msg=f"{edge.id} in\n{trace.graph.program.text}")
                count += 1
    return count


@pytest.mark.parametrize(
    "text",
    [
        PROGRAM,
        "u = -(x @ w1) / 2 - b1\nloss = mean(u * u)",
        "h = tanh(x @ w1 + b1) @ w2\nloss = mean((h - y) ** 2)",
        "loss = mean((y - (relu(x @ w1 + b1) @ w2 + b2)) ** 2) + 0.1 * sum(w1 ** 2)",
        "p = sigmoid(x @ w1 + b1)\nloss = -mean(y * log(p @ w2 ** 2) + (1 - y) * log(1 + p @ w2 ** 2))",
        "u = y / (b1 + 3) * b2\nloss = sum(u ** y)",
        "s = sum(x)\nloss = s * s - s",
        "loss = sum(maximum(x @ w1, b1) - minimum(x @ w1, b2))",
    ],
)
def test_factors_multiplied_out_give_the_contribution(text):
    given_names = {name: array for name, array in EXAMPLE.items() if name in text}
    assert check(traced(text, {name: abs(array) if "log" in text or "** y" in text else array for name, array in given_names.items()})) > 4


LEAVES = ["a", "b", "c", "d", "2", "0.5"]
ARRAYS = {
    "a": np.array(0.7),
    "b": np.array([0.5, -1.25, 2.0]),
    "c": np.array([[0.25], [-0.75]]),
    "d": np.array([[1.0, 0.5, -2.0], [0.1, -0.3, 3.0]]),
}
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]} / (2 + {parts[1]} ** 2))"),
        st.tuples(inner, inner).map(lambda parts: f"maximum({parts[0]}, {parts[1]})"),
        st.tuples(st.sampled_from(["relu", "tanh", "sigmoid", "abs", "-", "square"]), inner).map(lambda parts: f"{parts[0]}({parts[1]})"),
        st.tuples(inner, st.sampled_from([">", "<="]), inner).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(EXPRESSIONS, EXPRESSIONS)
def test_factors_of_any_elementwise_statement_multiply_out_to_the_contribution(first, second):
    text = f"u = {first}\nv = u * {second} + u\nloss = mean(v) + sum(u)"
    check(traced(text, {name: array for name, array in ARRAYS.items() if name in text.replace("tanh", "").replace("abs", "")}))
