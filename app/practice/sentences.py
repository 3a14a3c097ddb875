"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.practice.diagnosis import Mistake
from app.practice.speech import Link

WHY: Mapping[str, str] = {
    "sign": "Follow the minus signs from the loss down: each one turns it once.",
    "factor-missing": "Every constant that a step brings in stays in the product.",
    "factor-twice": "Each step of the chain rule comes in once.",
    "mean-for-sum": "The 1/N of the loss is in what comes back already.",
    "mask-missing": "Where the condition does not hold, a small change changes nothing, and nothing comes back.",
    "mask-wrong": "What comes back passes exactly where the value of the forward pass passed.",
    "link-missing": "Every step between the value and the loss gives a factor.",
    "upstream-missing": "A local derivative is no gradient yet: it is multiplied with what comes back from the step above.",
    "not-differentiated": "The step is multiplied with the derivative, not with the value.",
    "transpose-missing": "What multiplied from one side going forward comes back transposed, on the same side.",
    "transposed": "A gradient has the shape of its value, rows as rows.",
    "order": "A matrix product has an order: the shapes say which factor stands first.",
    "elementwise": "A matrix product comes back as a matrix product, which sums over what both factors share.",
    "not-summed": "A value that is used for every sample gets the sum of what all of them send back.",
    "axis": "The axis that the value was spread along is the one to sum along.",
    "all-summed": "Only what was spread is summed back; the result has the shape of the value.",
    "over-summed": "Each sample has a value of its own here: there is nothing to sum.",
    "kept-axis": "The numbers are right; the shape is not that of the value.",
    "path-missing": "Along every path from the value to the loss something comes back, and all of it is added up.",
    "neighbour": "",
    "wrong-value": "The other factor of a product is the value that stood there going forward.",
    "updated": "All gradients belong to the values of the forward pass: update when the backward pass is done.",
    "factor": "",
}  # fmt: skip


OPENINGS = frozenset(("the", "it", "this", "what", "a", "of", "each", "only", "everything"))
"""Words, and no names: these begin with a capital where a sentence begins."""


def sentence(mistake: Mistake, link: Link | None) -> str:
    """What went wrong, where, and why it is so."""
    said = mistake.about
    if said.partition(" ")[0] in OPENINGS:
        said = said[:1].upper() + said[1:]
    if mistake.id == "neighbour" or link is None:
        return " ".join(filter(None, (f"{said}.", WHY[mistake.id])))
    step = f"∂{link.node}/∂{link.source}" if link.source else f"the step through {link.node}"
    line = f", line {link.line} of the program" if link.line else ""
    return " ".join(filter(None, (f"{said}: at {step}, where {link.equation}{line}.", WHY[mistake.id])))
