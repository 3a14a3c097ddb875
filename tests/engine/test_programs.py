"""Whole random programs: differentiated here, and by HIPS autograd executing the same text as Python."""

import numpy as np
import pytest
from autograd import value_and_grad
from random_programs import BROAD, DEFINITIONS, NAMES, ONE, TWO, WITH_INPUTS, Writer
from seed_network import gradients, values


def by_autograd(text, arrays):
    """The loss, and its gradient with respect to each input."""
    code = compile(text, "program", "exec")

    def loss(*given):
        space = NAMES | dict(zip(arrays, given, strict=True))
        exec(code, space)
        return space["loss"]

    value, found = value_and_grad(loss, tuple(range(len(arrays))))(*arrays.values())
    return value, dict(zip(arrays, found, strict=True))


@pytest.mark.parametrize("seed", range(250))
def test_a_random_program_has_the_gradients_that_autograd_finds(seed):
    writer = Writer(seed)
    text = writer.write(3 + seed % 38)
    loss, expected = by_autograd(text, writer.arrays)
    np.testing.assert_allclose(float(values(text, writer.arrays)["loss"]), float(loss), rtol=1e-10)
    found = gradients(text, writer.arrays)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-8, atol=1e-8 * np.max(np.abs(array)), err_msg=f"{name} in\n{text}")


def test_random_programs_hold_everything():
    texts = [Writer(seed).write(3 + seed % 38) for seed in range(250)]
    whole = "\n".join(text.removeprefix(DEFINITIONS) for text in texts)
    for one in (*ONE, *TWO, *BROAD, *WITH_INPUTS):
        start = one.replace("{v}", "v").split("{")
        assert all(part in whole for part in start[0].split("}")), one
    assert max(text.count("\n") for text in texts) > 40
    for word in ("for i in", ".append(", " += ", " *= ", ", q", "cross("):
        assert word in whole
