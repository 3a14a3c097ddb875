"""The use cases, called by the web and the command line alike: a request in; numbers, words and a picture out."""

from app.explain.derivation import Derivation
from app.explain.frameworks import Framework, Listing
from app.service.analysis import ROLES, Analysis, Given, Request, analyse, default_role, inputs_of
from app.service.answer import answer, foldable
from app.service.arrays import FileArrays, arrays_of
from app.service.check import verdict, verdict_text, verified
from app.service.code import code_answer, program_code
from app.service.derive import derivation_answer, derivation_latex, derivation_markdown, derivation_text, derived, nudged
from app.service.exercises import exercises_answer, hints_answer, lessons_answer, paper_number, worksheet
from app.service.facts import plain, sample_count
from app.service.inspect import inspect, selected
from app.service.lesson import EPSILON, lesson, listed, tried
from app.service.moved import Moved, Since, moved, moved_answer
from app.service.paths import Paths, paths, paths_answer, paths_told
from app.service.picture import Picture, loss_text, picture, prepare, to_dot, to_svg, warm
from app.service.playback import steps_answer
from app.service.practice import Answer, Expression, Judged, answers_of, half_units, judged, judged_answer
from app.service.reference import example, examples, operations, operations_page
from app.service.table import table

__all__ = [
    "EPSILON",
    "ROLES",
    "Analysis",
    "Answer",
    "Derivation",
    "Expression",
    "FileArrays",
    "Framework",
    "Given",
    "Judged",
    "Listing",
    "Moved",
    "Paths",
    "Picture",
    "Request",
    "Since",
    "analyse",
    "answer",
    "answers_of",
    "arrays_of",
    "code_answer",
    "default_role",
    "derivation_answer",
    "derivation_latex",
    "derivation_markdown",
    "derivation_text",
    "derived",
    "example",
    "examples",
    "exercises_answer",
    "foldable",
    "half_units",
    "hints_answer",
    "inputs_of",
    "inspect",
    "judged",
    "judged_answer",
    "lesson",
    "lessons_answer",
    "listed",
    "loss_text",
    "moved",
    "moved_answer",
    "nudged",
    "operations",
    "operations_page",
    "paper_number",
    "paths",
    "paths_answer",
    "paths_told",
    "picture",
    "plain",
    "prepare",
    "program_code",
    "sample_count",
    "selected",
    "steps_answer",
    "table",
    "to_dot",
    "to_svg",
    "tried",
    "verdict",
    "verdict_text",
    "verified",
    "warm",
    "worksheet",
]
