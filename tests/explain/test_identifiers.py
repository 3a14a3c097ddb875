"""Names of values and gradients in code."""

import keyword

import numpy as np
from seed_network import EXAMPLE, PROGRAM, by_name, traced

from app.engine.views import Detail, Shown, view
from app.explain.identifiers import identifiers


def of(text, arrays, shown=None):
    trace = traced(text, arrays)
    return identifiers(trace.graph, view(trace.graph, shown or Shown())), by_name(trace)


def test_names_stay_as_they_are_and_gradients_get_a_g():
    found, node = of(PROGRAM, EXAMPLE)
    assert found.values[node["u4"]] == "u4"
    assert found.gradients[node["u4"]] == "u4_g"


def test_versions_parts_and_dotted_names_become_plain_ones():
    found, node = of("c = a * 2\nc = c * c\nL = mse(c, a)", {"a": np.ones(3)}, Shown(Detail.OPERATIONS))
    assert found.values[node["c__2"]] == "c_2"
    names = [*found.values.values(), *found.gradients.values()]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.isidentifier()
        assert "__" not in name
        assert "." not in name
        assert not keyword.iskeyword(name)


def test_a_name_that_is_taken_is_not_given_again():
    found, node = of("u_g = a * 2\nu = u_g + 1\nu_g_g = u * 3\nL = sum(u_g_g)", {"a": np.ones(2)})
    names = [*found.values.values(), *found.gradients.values()]
    assert len(set(names)) == len(names)
    assert found.values[node["u_g"]] == "u_g"
    assert found.gradients[node["u"]] != "u_g"


def test_letters_that_are_not_ascii_stay():
    found, node = of("θ2 = θ1 * 2\nL = sum(θ2)", {"θ1": np.ones(2)})
    assert found.values[node["θ1"]] == "θ1"
    assert found.gradients[node["θ2"]] == "θ2_g"
