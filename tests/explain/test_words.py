"""Sentences: what a contribution is summed over; cards and edges."""

import numpy as np
import pytest
from seed_network import traced

from app.engine.local import LocalDerivative, local_derivative
from app.engine.views import Detail, Kind, Shown, view
from app.explain import words


def test_aside_says_what_is_summed_over():
    trace = traced("u = x @ w + b\nv = u * c + d\nloss = sum(v)", {
        "x": np.ones((3, 2)), "w": np.ones((2, 4)), "b": np.ones(4), "c": np.ones((3, 1)), "d": np.ones(()),
    })  # fmt: skip
    edges = {
        edge.id: local_derivative(trace.graph, edge.target_node, edge.use) for edge in view(trace.graph, Shown(Detail.STATEMENTS)).edges
    }
    assert words.aside(edges["b-u-0"]) == "Σ over 3 rows"
    assert words.aside(edges["c-v-0"]) == "Σ over 4 columns"
    assert words.aside(edges["d-v-0"]) == "Σ over all 12 elements"
    assert words.aside(edges["x-u-0"]) == ""
    assert words.aside(None) == ""


@pytest.mark.parametrize(
    ("summed", "said"),
    [(((0, (5,)),), "Σ over 5 elements"), (((0, (4, 2, 3)), (2, (4, 2, 3))), "Σ over 4 along axis 0 and 3 columns")],
)
def test_aside_of_vectors_and_of_higher_tensors(summed, said):
    assert words.aside(LocalDerivative((), summed)) == said


def test_card_sentence():
    assert words.card_sentence("u2 = relu(u1)", Kind.INTERMEDIATE, (3, 2), "[1, 2]", "[3, 4]") == (
        "u2 = relu(u1): intermediate value, (3, 2); value [1, 2]; gradient [3, 4]"
    )
    assert words.card_sentence("k", Kind.CONSTANT, (), "3", None) == "k: constant, a single number; value 3"
    assert words.card_sentence("MSE", Kind.LOSS, (), "3", "1") == "MSE: the loss, a single number; value 3; gradient 1"


def test_edge_sentence():
    assert words.edge_sentence("x", "u", "2", "", "3") == "The derivative of u with respect to x is 2. It sends back 3."
    said = words.edge_sentence("b", "u", "1", "Σ over 3 rows", "0.5 1")
    assert said == "The derivative of u with respect to b is 1, Σ over 3 rows. It sends back 0.5 1."
    assert words.edge_sentence("x", "u", None, "", None) == "u uses x; nothing comes back this way."


def test_picture_sentence():
    assert words.picture_sentence(12, "MSE", "0.64") == "Computation graph of 12 values with their gradients. The loss MSE is 0.64."
