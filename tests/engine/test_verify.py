"""The verdict on a gradient: right ones pass, wrong ones don't, kinks are named and not judged."""

import dataclasses
import math

import numpy as np
import pytest
from seed_network import EXAMPLE, PROGRAM

from app.engine import ops
from app.engine import verify as verification
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.engine.verify import verify
from app.settings import Limits


def judged(text, arrays, epsilon=None, wrt=None, **limits):
    program = parse(text)
    arrays = {name: np.asarray(array, dtype=np.float64) for name, array in (program.literals | arrays).items()}
    graph = differentiate(program, {name: array.shape for name, array in arrays.items()}, wrt)
    return verify(graph, arrays, epsilon, Limits(**limits))


def of(verdict, name):
    return next(one for one in verdict.inputs if one.name == name)


def test_seed_network_passes_at_every_element():
    verdict = judged(PROGRAM, EXAMPLE)
    assert verdict.passed
    assert verdict.reason is None
    assert verdict.max_relative_error < 1e-9
    assert {one.name: one.elements for one in verdict.inputs} == {name: array.size for name, array in EXAMPLE.items()}
    assert all(one.kinks == () and not one.directions for one in verdict.inputs)


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.5, 1.001])
def test_wrong_rule_is_found(monkeypatch, factor):
    right = ops.OPERATIONS["tanh"]
    wrong = dataclasses.replace(right, vjp=(lambda g, out, _: g * (1 - out**2) * factor,))
    monkeypatch.setitem(ops.OPERATIONS, "tanh", wrong)
    verdict = judged("h = tanh(x @ w)\nloss = sum(h * h) + sum(b)", {"x": [[0.3, -0.2]], "w": [[1.0, 2.0], [0.5, -1.0]], "b": [1.0]})
    assert not verdict.passed
    assert verdict.reason == "Finite differences disagree for x, w."
    assert of(verdict, "b").passed
    assert not of(verdict, "w").passed
    assert of(verdict, "w").max_relative_error > 5e-4


def test_wrong_element_among_many_is_found_along_random_directions(monkeypatch):
    right = ops.OPERATIONS["square"]
    wrong = dataclasses.replace(right, vjp=(lambda g, _, a: g * (2 * a + (a > 0.999)),))
    monkeypatch.setitem(ops.OPERATIONS, "square", wrong)
    x = np.linspace(-1, 1, 5000)
    verdict = judged("loss = sum(square(x))", {"x": x}, verify_elements=100)
    assert of(verdict, "x").directions
    assert not verdict.passed


def test_elements_at_a_kink_are_named_and_not_judged():
    verdict = judged("loss = sum(relu(u) * k)", {"u": [[1.0, 0.0], [-1.0, 1e-9]], "k": [[1.0, 2.0], [3.0, 4.0]]}, wrt=["u"])
    assert verdict.passed
    assert of(verdict, "u").kinks == ((0, 1), (1, 1))
    assert (of(verdict, "u").elements, of(verdict, "u").skipped) == (2, 2)


def test_a_smaller_step_comes_closer_to_a_kink():
    arrays = {"u": [0.01, -0.01]}
    assert of(judged("loss = sum(abs(u))", arrays, 0.1), "u").kinks == ((0,), (1,))
    assert of(judged("loss = sum(abs(u))", arrays, 1e-3), "u").kinks == ()


@pytest.mark.parametrize(
    ("call", "at"),
    [
        ("maximum(u, 1)", 1.0),
        ("minimum(0, u)", 0.0),
        ("max(stack([u, v]))", 3.0),
        ("where(u > 2, u, 2 * u)", 2.0),
        ("clip(u, -1, 1)", -1.0),
        ("hardtanh(u)", 1.0),
        ("leaky_relu(u)", 0.0),
        ("floor(u) * v", 2.0),
        ("(u > 0.5) * v", 0.5),
    ],
)
def test_every_kind_of_kink_is_seen(call, at):
    arrays = {"u": at, "v": 3.0}
    assert of(judged(f"loss = {call} + 0 * v", arrays, wrt=["u"]), "u").kinks == ((),)
    beside = judged(f"loss = {call} + 0 * v", arrays | {"u": at + 0.3}, wrt=["u"])
    assert beside.passed
    assert of(beside, "u").kinks == ()


def test_a_kink_that_has_no_part_in_the_loss_is_none():
    verdict = judged("dead = relu(u)\nloss = u ** 2", {"u": 0.0})
    assert of(verdict, "u").kinks == ()


def test_many_elements_are_checked_along_random_directions():
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(400, 20)), "w": rng.normal(size=(20, 3)), "y": rng.normal(size=(400, 3))}
    verdict = judged("loss = mse(tanh(x @ w), y)", arrays, verify_elements=500)
    assert verdict.passed
    assert (of(verdict, "w").directions, of(verdict, "w").elements) == (False, 60)
    assert of(verdict, "x").directions
    assert 0 < of(verdict, "x").elements <= 24


def test_a_loss_that_is_not_finite_is_not_judged():
    verdict = judged("loss = log(x)", {"x": -1.0})
    assert not verdict.passed
    assert math.isnan(verdict.max_relative_error)
    assert "not finite" in verdict.reason


def test_a_gradient_that_is_not_finite_fails():
    verdict = judged("loss = sqrt(x)", {"x": 0.0})
    assert not verdict.passed


def test_constants_are_not_checked():
    assert [one.name for one in judged("loss = a * b", {"a": 2.0, "b": 3.0}, wrt=["a"]).inputs] == ["a"]


def test_stopped_gradients_are_right_although_differences_would_say_otherwise():
    verdict = judged("t = stop_gradient(x * x)\nloss = sum((x * w - t) ** 2)", {"x": [1.0, 2.0], "w": 0.3})
    assert verdict.passed
    assert verdict.max_relative_error < 1e-8


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_the_verdict_does_not_depend_on_the_scale_of_the_loss(scale):
    verdict = judged(f"loss = {scale} * mean((x @ w) ** 3)", {"x": [[1.0, 2.0], [3.0, 4.0]], "w": [[0.5], [-1.0]]})
    assert verdict.passed
    assert verdict.max_relative_error < 1e-8


def test_large_and_small_numbers_get_steps_of_their_own():
    assert judged("loss = sum(x ** 2) + sum(exp(z))", {"x": [1e6, 1e-6], "z": [1e-3, -2.0]}).passed


def test_the_verdict_on_a_long_program_takes_no_longer_than_allowed(monkeypatch):
    text = "\n".join(["h0 = tanh(x * w)", *(f"h{i} = tanh(h{i - 1}) + w" for i in range(1, 300)), "loss = sum(h299)"])
    runs = []
    original = verification.forward

    def counted(*args):
        evaluate = original(*args)

        def once(arrays):
            runs.append(1)
            return evaluate(arrays)

        return once

    monkeypatch.setattr(verification, "forward", counted)
    verdict = judged(text, {"x": np.linspace(-1, 1, 400), "w": 0.5}, verify_steps=100_000)
    assert verdict.passed
    assert len(runs) * 900 < 250_000
    assert of(verdict, "x").directions


def test_very_many_inputs_are_checked_together(monkeypatch):
    names = [f"w{i}" for i in range(60)]
    text = "u = " + " + ".join(f"tanh({name})" for name in names) + "\nloss = sum(u)"
    arrays = {name: np.full(50, 0.1 * i) for i, name in enumerate(names)}
    assert judged(text, arrays, verify_steps=20_000).passed
    right = ops.OPERATIONS["tanh"]
    wrong = dataclasses.replace(right, vjp=(lambda g, out, _: g * (1 - out**2) * 1.01,))
    monkeypatch.setitem(ops.OPERATIONS, "tanh", wrong)
    assert not judged(text, arrays, verify_steps=20_000).passed


@pytest.mark.parametrize(
    ("program", "arrays"),
    [
        ("loss = -log(p)", {"p": 1e-5}),
        ("loss = 1 / x", {"x": 1e-5}),
        ("eps = 1e-8\nloss = -sum(y * log(p + eps))", {"p": [0.0, 1.0], "y": [0.3, 0.7]}),
        ("loss = tanh(1e6 * x)", {"x": 1e-7}),
        ("loss = sqrt(x)", {"x": 1e-9}),
    ],
)
def test_a_step_is_made_smaller_where_the_usual_one_leads_too_far(program, arrays):
    verdict = judged(program, arrays)
    assert verdict.passed, verdict


def test_a_gradient_that_is_nan_at_one_element_is_said_to_be():
    verdict = judged("loss = sum(0 * sqrt(x))", {"x": [0.0, 1.0]})
    assert not verdict.passed
    assert verdict.reason == "The gradient of x is not finite, so there is nothing to compare."
    assert of(judged("loss = sum(where(x > 0, log(x), 0))", {"x": [-1.0, 0.0, 2.0]}), "x").kinks == ((1,),)


def test_what_is_too_small_for_differences_is_not_judged():
    vanished = judged("loss = sum(tanh(x))", {"x": [17.0, -18.0, 16.5]})
    assert vanished.passed
    assert (of(vanished, "x").elements, of(vanished, "x").unmeasured) == (0, 3)
    assert vanished.reason == "There is no derivative that differences could judge."


def test_a_tiny_step_gives_no_false_comfort():
    verdict = judged("loss = sum(tanh(x))", {"x": [0.3, -2.0, 5.0]}, epsilon=1e-12)
    assert of(verdict, "x").unmeasured > 0
    assert judged("loss = sum(tanh(x))", {"x": [0.3, -2.0, 5.0]}).max_relative_error < 1e-7


def test_a_wrong_rule_is_found_where_the_right_derivative_vanishes(monkeypatch):
    right = ops.OPERATIONS["tanh"]
    monkeypatch.setitem(ops.OPERATIONS, "tanh", dataclasses.replace(right, vjp=(lambda g, *_: g,)))
    assert not judged("loss = sum(tanh(x))", {"x": [40.0]}).passed


def test_elements_that_are_not_finite_are_not_judged():
    verdict = judged("loss = sum(tanh(x) * w)", {"x": [np.inf, 0.5], "w": [1.0, 2.0]})
    assert (of(verdict, "x").elements, of(verdict, "x").unmeasured) == (1, 1)
    assert verdict.passed
