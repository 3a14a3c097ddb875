"""One element nudged: what is predicted, and what comes about."""

import numpy as np
import pytest
from random_programs import Writer
from seed_network import EXAMPLE, PROGRAM, by_name, forward, traced

from app.engine.nudge import nudge


def test_the_prediction_is_the_gradient_times_the_step_and_the_actual_change_is_that_of_a_second_run():
    trace = traced(PROGRAM, EXAMPLE)
    node = by_name(trace)
    changes = nudge(trace, node["w1"], (1, 0), 0.01)
    moved = EXAMPLE | {"w1": EXAMPLE["w1"].copy()}
    moved["w1"][1, 0] += 0.01
    before, after = forward(EXAMPLE), forward(moved)
    assert float(changes[node["MSE"]].predicted) == pytest.approx(0.01 * trace.gradient(node["w1"])[1, 0], rel=1e-12)
    for name in ("u1", "u2", "u3", "u4", "u5", "MSE"):
        np.testing.assert_allclose(changes[node[name]].actual, after[name] - before[name], rtol=1e-12, atol=1e-15)
    assert set(changes) == {node[name] for name in ("w1", "u1", "u2", "u3", "u4", "u5", "MSE")} | set(changes) - set(node.values())


def test_an_intermediate_value_is_nudged_by_itself():
    trace = traced(PROGRAM, EXAMPLE)
    node = by_name(trace)
    changes = nudge(trace, node["u4"], (0, 0), 0.5)
    before = float(trace.value(node["u4"])[0, 0])
    assert changes[node["u5"]].actual[0, 0] == pytest.approx((before + 0.5) ** 2 - before**2)
    assert changes[node["u5"]].predicted[0, 0] == pytest.approx(before)
    assert node["u3"] not in changes


def test_beyond_a_kink_the_two_part():
    trace = traced("u = maximum(0, x)\nL = sum(u)", {"x": np.array([-0.1, 1.0])})
    node = by_name(trace)
    changes = nudge(trace, node["x"], (0,), 0.2)
    assert float(changes[node["L"]].predicted) == 0.0
    assert float(changes[node["L"]].actual) == pytest.approx(0.1)


@pytest.mark.parametrize("seed", range(12))
def test_a_small_nudge_of_a_random_program_is_predicted(seed):
    writer = Writer(seed)
    trace = traced(writer.write(4 + seed), writer.arrays)
    for name, array in writer.arrays.items():
        node = by_name(trace)[name]
        place = tuple(0 for _ in array.shape)
        changes = nudge(trace, node, place, 1e-6)
        loss = changes.get(trace.graph.loss.node)
        if loss is not None:
            assert float(loss.actual) == pytest.approx(float(loss.predicted), rel=1e-3, abs=1e-10)


def test_what_the_loss_takes_nothing_from_is_predicted_too():
    trace = traced("z = 2 * w\nm = z > 1\nL = sum(m * x)", {"w": np.array([1.0, 0.1]), "x": np.array([1.0, 2.0])})
    node = by_name(trace)
    changes = nudge(trace, node["w"], (0,), 0.01)
    np.testing.assert_allclose(changes[node["z"]].predicted, [0.02, 0.0], atol=1e-15)
    np.testing.assert_allclose(changes[node["z"]].actual, [0.02, 0.0], atol=1e-12)
    np.testing.assert_array_equal(changes[node["m"]].predicted, [0.0, 0.0])


def test_numbers_that_are_none_raise_no_warning():
    trace = traced("u = x * 1e200 * 1e200\nL = u - u", {"x": 1.0})
    changes = nudge(trace, by_name(trace)["x"], (), 1e-3)
    assert np.isnan(changes[trace.graph.loss.node].actual)
