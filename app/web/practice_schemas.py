"""What goes over the wire where answers are judged."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, WithJsonSchema, model_validator

from app.web.schemas import NESTED, GraphRequest, Number, Tensor

MOST_ANSWERS = 64


class ElementNumber(BaseModel):
    """The number of one element, counted from 0; for a single number the element is []."""

    model_config = ConfigDict(extra="forbid")

    element: list[StrictInt] = Field(max_length=64)
    number: float = Field(strict=True, allow_inf_nan=False)


class ElementSign(BaseModel):
    """The sign of one element: −1, 0 or 1."""

    model_config = ConfigDict(extra="forbid")

    element: list[StrictInt] = Field(max_length=64)
    sign: Literal[-1, 0, 1]


class AnsweredShape(BaseModel):
    """The shape of the gradient."""

    model_config = ConfigDict(extra="forbid")

    shape: list[Annotated[int, Field(strict=True, ge=0)]] = Field(max_length=64)


_ANSWER = {
    "description": "An expression over the program's names, N, and gradients such as u4_g, with helper lines before it or not; or numbers; "
    "or of one element its number or sign; or the shape.",
    "anyOf": [
        {"type": "string"},
        *NESTED["anyOf"],
        *({"$ref": f"#/components/schemas/{name}"} for name in ("ElementNumber", "ElementSign", "AnsweredShape")),
    ],
}


class CheckRequest(GraphRequest):
    """The same, with the gradients that somebody derived: by variable, or as a whole backward pass."""

    answers: dict[str, Annotated[Any, WithJsonSchema(_ANSWER)]] = Field(
        default_factory=dict,
        max_length=MOST_ANSWERS,
        description="By the variable whose gradient each is; a later one may use those before it.",
    )
    backward: str | None = Field(
        default=None,
        description="Lines that give gradients their names: w1.g = x.T @ u1.g, or w1_g, w1.grad, dw1; NumPy's and PyTorch's words.",
    )

    @model_validator(mode="after")
    def something(self) -> CheckRequest:
        """There is something to judge, and every answer that is an object is of one of the three forms."""
        if not self.answers and self.backward is None:
            raise ValueError("answers or backward: nothing is answered")
        for name, answer in self.answers.items():
            if isinstance(answer, dict):
                model = AnsweredShape if "shape" in answer else ElementSign if "sign" in answer else ElementNumber
                self.answers[name] = model.model_validate(answer).model_dump()
            elif answer is None or isinstance(answer, bool):
                raise ValueError(f"answers: {name[:60]} is no answer")
        return self


class AnswerLink(BaseModel):
    """The step of the chain rule: ∂node/∂source, and the line of the program that calculates the node."""

    node: str
    source: str | None
    line: int | None


class AnswerDiagnosis(BaseModel):
    """One mistake, named: `line` is the line of the answer, from 1; columns, if something cannot be read. `factor` is what it multiplies
    the gradient with, or of an update its step.

    Beside mistakes there are: follows (right, given a wrong gradient before it), coincidence (right for these numbers alone), kink and
    reused (right, with a remark), shape, unreadable, and unknown.
    """

    id: str
    message: str
    line: int | None
    column: int | None
    end_column: int | None
    factor: float | None
    link: AnswerLink | None


class AnswerVerdict(BaseModel):
    """Whether one answer is the gradient. An expression has to be right for these numbers and for four others; numbers for these.
    Differences are of these numbers, the relative one in relation to the largest element; null where the shapes differ. Values beyond
    the limit for JSON are null."""

    variable: str
    correct: bool
    shape_ok: bool
    line: int | None
    shape: list[int] | None
    expected_shape: list[int]
    max_absolute_difference: Number | None
    max_relative_difference: Number | None
    wrong_elements: list[list[int]]
    value: Tensor | None
    expected: Tensor | None
    diagnoses: list[AnswerDiagnosis]


class UnreadLine(BaseModel):
    """A line of a backward pass that could not be read, or judged."""

    line: int | None
    column: int | None
    end_column: int | None
    message: str
    hint: str | None


class CheckAnswer(BaseModel):
    """One verdict for each answer, and for each gradient that a backward pass names."""

    correct: bool
    verdicts: list[AnswerVerdict]
    errors: list[UnreadLine]


class ExercisesRequest(GraphRequest):
    """The same, with what chooses the elements that are asked for."""

    seed: int = Field(default=0, strict=True, ge=0, le=2**32 - 1, description="The same seed asks for the same elements.")


class Exercise(BaseModel):
    """One question about ∂loss/∂variable; `element` is asked for a sign or a number. `level` counts the steps from the loss."""

    id: str
    variable: str
    task: Literal["shape", "sign", "number", "formula"]
    question: str
    level: int
    element: list[int] | None


class HintsRequest(GraphRequest):
    """The same, with the value whose gradient is asked for."""

    variable: str = Field(description="The id of a node: w1, u2, c__2.")


class Hint(BaseModel):
    """One hint, in words, and as a formula where there is one. Only the last kind has the gradient as code."""

    kind: Literal["path", "local", "shapes", "formula"]
    words: str
    latex: str | None
    mathml: str | None
    code: str | None


class Lesson(BaseModel):
    """A lesson: `program` and `inputs` can be posted as they are; `exercises` are ids of those for the program, in their order."""

    id: str
    title: str
    words: str
    program: str
    inputs: dict[str, Any]
    worked: str
    exercises: list[str]


class WorksheetValue(BaseModel):
    """One value of the program with its gradient; `name` is what expressions call it, `given` says that it is an input."""

    id: str
    name: str
    equation: str
    shape: list[int]
    given: bool
    value: Tensor
    gradient: Tensor | None


class WorksheetKey(BaseModel):
    variable: str
    code: str | None


class Worksheet(BaseModel):
    """A program with small whole numbers, what is asked, and the key. `program` and `inputs` can be posted as they are."""

    example: str
    title: str
    seed: int
    program: str
    inputs: dict[str, Any]
    values: list[WorksheetValue]
    exercises: list[Exercise]
    key: list[WorksheetKey]
