"""The use cases, called by the web and the command line alike: a request in; numbers, words and a picture out."""

from app.service.analysis import ROLES, Analysis, Given, Request, analyse, default_role, inputs_of
from app.service.answer import answer, groups
from app.service.inspect import inspect, selected
from app.service.picture import Picture, loss_text, picture, ready, to_dot, to_svg
from app.service.reference import example, examples, operations

__all__ = [
    "ROLES", "Analysis", "Given", "Picture", "Request", "analyse", "answer", "default_role", "example", "examples", "groups", "inputs_of",
    "inspect", "loss_text", "operations", "picture", "ready", "selected", "to_dot", "to_svg",
]  # fmt: skip
