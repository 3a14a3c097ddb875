"""Programs in NumPy: line by line, or as one function. They are checked by finite differences."""

from __future__ import annotations

from app.explain.frameworks.draft import Draft
from app.explain.frameworks.layout import Text, table
from app.explain.frameworks.tolerance import DIFFERENCE, DIRECTIONS, Slope, seed_of, slopes

CHECK = '''

def check():
    """Compares every gradient with the one that Curly d showed."""
    for name, gradient in GRADIENTS.items():
        assert gradient.shape == SHOWN[name].shape, name
        atol = ROUNDING[name]
        np.testing.assert_allclose(gradient, SHOWN[name], rtol=1e-9, atol=atol, err_msg=name)
'''
MEASURE = f'''

def slope_along(name, direction, step):
    """How fast the loss grows along a direction of one input: central differences, extrapolated."""

    def rise(length):
        ends = [{{**GIVEN, name: GIVEN[name] + way * direction}} for way in (length, -length)]
        return float(np.sum(loss_of(**ends[0]) - loss_of(**ends[1]))) / (2 * length)

    return (4 * rise(step / 2) - rise(step)) / 3


def check_by_differences():
    """Compares every gradient with differences of the loss, along random directions."""
    for name, (seed, step, atol) in STEPS.items():
        gradient, rng = GRADIENTS[name], np.random.default_rng(seed)
        for _ in range(min(gradient.size, {DIRECTIONS})):
            direction = rng.choice([-1.0, 1.0], gradient.shape)
            found, slope = np.sum(gradient * direction), slope_along(name, direction, step)
            np.testing.assert_allclose(found, slope, rtol={DIFFERENCE}, atol=atol, err_msg=name)
'''


def steps(draft: Draft, text: Text) -> None:
    """One line after the other."""
    plan = draft.plan
    text.add("# The forward pass", "")
    draft.forward(text, plan.forward)
    text.add("", "# The backward pass: the derivative of the loss for each value", "")
    draft.backward(text)
    found = measured(draft)
    _tables(draft, text, found)
    text.add(*table(((item.name, str(item.gradient)) for item in plan.differentiated), "GRADIENTS = "))
    text.add(*CHECK.rstrip().split("\n"))
    if found:
        text.function("loss_of", draft.names, "The loss alone, for finite differences.")
        held = {step.node for step in plan.held}
        draft.forward(text, (step for step in plan.forward if step.node in plan.graph.reaching and step.node not in held), tied=False)
        text.add(f"return {plan.loss}")
        text.end()
    _ending(draft, text, found, plan.loss)


def function(draft: Draft, text: Text) -> None:
    """One function from the inputs to the loss and its gradients."""
    plan = draft.plan
    holds = bool(plan.held)
    summary = f"The loss and the gradients of the inputs by name{', and the values that differences hold' if holds else ''}."
    text.function("loss_and_gradients", [*draft.names, "held=None"] if holds else draft.names, summary)
    text.add("# forward")
    held = {step.node for step in plan.held}
    for step in plan.forward:
        draft.forward(text, [step])
        if step.node in held:
            text.add(f'{step.name} = {step.name} if held is None else held["{step.name}"]')
    text.add("# backward")
    draft.backward(text)
    gradients = table(((item.name, str(item.gradient)) for item in plan.differentiated), "gradients = ")
    kept = table(((step.name, step.name) for step in plan.held), "values = ")
    text.add("")
    for line in (gradients, kept) if holds else (gradients,):
        text.add(*line)
    text.add(f"return {plan.loss}, gradients, values" if holds else f"return {plan.loss}, gradients")
    text.end()
    text.add("")
    found = measured(draft)
    _tables(draft, text, found, given=True)
    text.add(f"LOSS, GRADIENTS{', HELD' if holds else ''} = loss_and_gradients(**GIVEN)")
    text.add(*CHECK.rstrip().split("\n"))
    if found:
        text.function("loss_of", ["**given"], "The loss alone, for finite differences.")
        text.add(f"return loss_and_gradients(**given{', held=HELD' if holds else ''})[0]")
        text.end()
    _ending(draft, text, found, "LOSS")


def measured(draft: Draft) -> dict[str, Slope]:
    """The inputs whose gradient finite differences can judge, and how."""
    if not draft.judged:
        return {}
    names = {item.node: item.name for item in draft.plan.inputs}
    return slopes(draft.trace, {step.node for step in draft.plan.held}, names)


def _tables(draft: Draft, text: Text, found: dict[str, Slope], *, given: bool = False) -> None:
    """What there is to compare."""
    text.add("", "# The check: the gradients that Curly d showed, and how far rounding may move them", "")
    draft.shown(text)
    if given or found:
        text.add(*table(((name, name) for name in draft.names), "GIVEN = "))
    if found:
        text.add("# For finite differences: a seed, a step, and how far they may be off")
        text.add(*table(((name, f"({seed_of(name)}, {one.step!r}, {one.atol!r})") for name, one in found.items()), "STEPS = "))


def _ending(draft: Draft, text: Text, found: dict[str, Slope], loss: str) -> None:
    """The checks are run."""
    if found:
        text.add(*MEASURE.rstrip().split("\n"))
    text.add("", "")
    draft.compared(text, "np.testing.assert_allclose", loss)
    text.add("check()")
    if found:
        text.add("check_by_differences()")
    left = [item.name for item in draft.plan.differentiated if item.name not in found]
    if left and draft.judged:
        text.add(f"# Not measured: too small beside the loss, too near a kink, or too costly: {', '.join(left)}")
    elif left:
        text.add("# A kink is near, or a number is not finite: finite differences would say nothing here")
    text.add(draft.agreement(f"np.sum({loss})"))
