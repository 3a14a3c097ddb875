"""Derivations for tests, and our own parser reading their code."""

import numpy as np
from seed_network import traced

from app.engine.views import Shown, view
from app.explain.derivation import derivation, outline


def figure(value):
    return f"{value:.4g}".replace("-", "−")


def derived(text, arrays, target, *, data=(), wrt=None, shown=None, **more):
    """The derivation of one gradient of a program."""
    trace = traced(text, arrays, wrt)
    cards = view(trace.graph, shown or Shown())
    return derivation(outline(trace.graph, cards, target, data=frozenset(data), **more), trace, figure)


def named(found):
    """Every name that a derivation's code may use, with its number."""
    trace, names = found.trace, found.outline.names
    values = {name: trace.value(node) for node, name in names.values.items()}
    return values | {name: trace.gradient(node) for node, name in names.gradients.items()}


def calculated(code, values):
    """What our own parser and engine make of an expression; each name is assigned first, so that it stands for nothing else."""
    used = [name for name in values if name in code]
    lines = [f"{name} = in{number}" for number, name in enumerate(used)]
    text = "\n".join([*lines, f"result_ = identity({code})", "loss_ = sum(result_)"])
    trace = traced(text, {f"in{number}": values[name] for number, name in enumerate(used)})
    node = next(item.node for item in trace.graph.program.statements if item.name == "result_")
    return trace.value(node)


def check_every_code(found, known=None):
    """Each step's code, read and evaluated, is the engine's number; that of the closed form is the gradient. Says how many there were.

    `known` keeps what is calculated, where more derivations of the same numbers are checked.
    """
    values, count, known = named(found), 0, {} if known is None else known
    gradient = np.asarray(found.trace.gradient(found.outline.ways.target.node))
    for step in (*found.steps, found.outline.closed):
        value = found.value(step)
        assert (step.code is None) == (value is None), (step.kind, step.node)
        if step.code is None:
            assert step.kind == "words" or "nothing comes back" in step.words
            continue
        count += 1
        scale = max(1.0, float(np.max(np.abs(np.nan_to_num(value)), initial=0.0)))
        if step.code not in known:
            known[step.code] = calculated(step.code, values)
        again = known[step.code]
        assert np.shape(again) == np.shape(value), (step.kind, step.node, step.code)
        np.testing.assert_allclose(again, value, rtol=1e-10, atol=1e-12 * scale, err_msg=f"{step.kind} {step.node}: {step.code}")
        if step.kind in ("chain", "closed", "numeric"):
            np.testing.assert_allclose(value, gradient, rtol=1e-10, atol=1e-12 * scale, err_msg=step.code)
    return count
