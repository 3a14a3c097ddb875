"""The use cases, called by the web and the command line alike: a request in; numbers, words and a picture out."""

from app.explain.derivation import Derivation
from app.explain.frameworks import Framework, Listing
from app.service.analysis import ROLES, Analysis, Given, Request, analyse, default_role, inputs_of
from app.service.answer import answer, foldable
from app.service.check import verdict, verdict_text, verified
from app.service.code import code_answer, program_code
from app.service.derive import derivation_answer, derivation_latex, derivation_markdown, derivation_text, derived, nudged
from app.service.facts import plain
from app.service.inspect import inspect, selected
from app.service.lesson import EPSILON, lesson, listed, tried
from app.service.picture import Picture, loss_text, picture, ready, to_dot, to_svg
from app.service.reference import example, examples, operations, operations_page

__all__ = [
    "EPSILON",
    "ROLES",
    "Analysis",
    "Derivation",
    "Framework",
    "Given",
    "Listing",
    "Picture",
    "Request",
    "analyse",
    "answer",
    "code_answer",
    "default_role",
    "derivation_answer",
    "derivation_latex",
    "derivation_markdown",
    "derivation_text",
    "derived",
    "example",
    "examples",
    "foldable",
    "inputs_of",
    "inspect",
    "lesson",
    "listed",
    "loss_text",
    "nudged",
    "operations",
    "operations_page",
    "picture",
    "plain",
    "program_code",
    "ready",
    "selected",
    "to_dot",
    "to_svg",
    "tried",
    "verdict",
    "verdict_text",
    "verified",
]
