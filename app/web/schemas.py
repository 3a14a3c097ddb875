"""What goes over the wire: the contract of the JSON endpoints, as it is documented at /docs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictFloat, StrictInt, WithJsonSchema

from app.draw.graph import Direction, Display, Show
from app.draw.numbers import DIGITS, MAX_DIGITS, MIN_DIGITS, Format
from app.draw.svg import Theme
from app.engine.views import Detail, Kind
from app.examples import FIRST, gallery
from app.explain.derivation import Notation, Order
from app.service import ROLES, Framework, Given, Request

_NUMBER = {"anyOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}]}
NESTED: dict[str, Any] = {
    "description": 'A number, or a rectangular nested list of numbers; NaN and infinities as "NaN", "Infinity", "-Infinity".',
    "anyOf": [*_NUMBER["anyOf"], {"type": "array", "items": {}}],
}
Tensor = Annotated[Any, WithJsonSchema(NESTED)]


def _no_object(value: Any) -> Any:
    return _no_flag(isinstance(value, dict) or value)


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a value is a number or a list of numbers")
    return value


_GIVEN: dict[str, Any] = {
    "description": 'A number, or a rectangular nested list of numbers; NaN and infinities as "NaN", "Infinity", "-Infinity"; null for '
    "none. What the program does not use is not looked at.",
    "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}, {"type": "array", "items": {}}],
}
GivenTensor = Annotated[Any, AfterValidator(_no_object), WithJsonSchema(_GIVEN)]
Number = Annotated[Any, WithJsonSchema(_NUMBER)]
Role = Literal["data", "parameter", "constant"]
MOST_GROUPS = 10_000


class InputValue(BaseModel):
    """An input with its role. Every role but constant gets a gradient."""

    model_config = ConfigDict(extra="forbid")

    value: GivenTensor = Field(default=None, description="Left out where the program's text gives it: a = -4.0.")
    role: Role | None = Field(default=None, description="Where none is given: data for x, y and their like, parameter for the rest.")


class GraphRequest(BaseModel):
    """A program with its inputs; the same for every POST."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"program": gallery()[FIRST].program, "inputs": dict(gallery()[FIRST].inputs)}]},
    )

    program: str = Field(description="One statement a line: name = expression. Names never assigned are inputs.")
    inputs: dict[
        str, Annotated[Any, AfterValidator(_no_flag), WithJsonSchema({"anyOf": [_GIVEN, {"$ref": "#/components/schemas/InputValue"}]})]
    ] = Field(default_factory=dict, description="A value for each input, by name, alone or with its role.")
    loss: str | None = Field(default=None, description="The statement that is differentiated; the last one, if none is given.")
    detail: Detail = Field(default=Detail.STATEMENTS, description="One card for each statement, or for each operation.")
    theme: Theme = Field(default=Theme.AUTO, description="Colours of an SVG: auto follows the reader's system.")
    open: list[str] = Field(
        default_factory=list, max_length=MOST_GROUPS, description="Groups to open, by their id: calls of functions, passes of loops."
    )
    closed: list[str] = Field(default_factory=list, max_length=MOST_GROUPS, description="Groups to close.")
    show: Show = Field(default=Show.BOTH, description="What the cards of a picture hold.")
    digits: int = Field(
        default=DIGITS, strict=True, ge=MIN_DIGITS, le=MAX_DIGITS, description="Significant digits of the numbers in a picture."
    )
    fractions: bool = Field(default=False, strict=True, description="Small rationals in a picture as fractions: 2/3.")
    sample: int | None = Field(default=None, strict=True, ge=0, description="The sample, from 0, whose rows a picture marks.")
    direction: Direction = Field(default=Direction.DOWN, description="Where a picture has the loss: below the inputs, or to their right.")

    limits: dict[str, StrictFloat] = Field(
        default_factory=dict, max_length=64, description="Limits that are to be lower for this request, by name, as at /api/v1/limits."
    )

    def to_request(self) -> Request:
        """The request as the service takes it.

        Raises:
            pydantic.ValidationError: an input given as an object lacks its value, or has a role that does not exist.
        """
        given = {}
        for name, item in self.inputs.items():
            if isinstance(item, dict):
                checked = InputValue.model_validate(item)
                given[name] = Given(checked.value, Kind(checked.role) if checked.role else None)
            else:
                given[name] = Given(item)
        return Request(
            self.program,
            given,
            self.loss,
            self.detail,
            self.theme,
            frozenset(self.open),
            frozenset(self.closed),
            Display(self.show, Format(self.digits, self.fractions), self.sample, self.direction),
        )


class VerifyRequest(GraphRequest):
    """The same, with the step of the differences."""

    epsilon: float | None = Field(
        default=None,
        strict=True,
        ge=1e-12,
        le=1,
        allow_inf_nan=False,
        description="Step of the differences, relative to numbers beyond 1; 0.0001, if none is given.",
    )


class DerivationRequest(GraphRequest):
    """The same, with the value whose gradient is derived."""

    target: str = Field(description="The id of a node: w1, u2, c__2.")
    notation: Notation = Field(default=Notation.MATRIX, description="For the whole batch, or for one sample at a time.")
    order: Order | None = Field(
        default=None,
        description="Factors along the chain, or where the shapes have them; if none is given, along the chain for one sample.",
    )


class NudgeRequest(GraphRequest):
    """The same, with the element that is changed."""

    target: str = Field(description="The id of a node: w1, u2, c__2.")
    index: list[StrictInt] = Field(default_factory=list, max_length=64, description="Of the element, from 0; empty for a single number.")
    epsilon: float = Field(default=0.001, strict=True, ge=-1e6, le=1e6, allow_inf_nan=False, description="By how much it is changed.")


class StepsRequest(GraphRequest):
    """The same, with the step whose formulas are wanted as MathML."""

    step: int | None = Field(default=None, strict=True, ge=0, description="Its number, from 0; none, if none is given.")


class CodeRequest(GraphRequest):
    """The same, with what the program is written for."""

    framework: Framework = Field(default=Framework.NUMPY_STEPS, description="NumPy, one line a gradient, or as one function; PyTorch; JAX.")


class PathsRequest(GraphRequest):
    """The same, with the two values."""

    source: str = Field(description="The id of a node: w1, u2, c__2.")
    target: str = Field(description="The id of a node that it leads to: the loss, or any other.")


assert {role.value for role in ROLES} == set(Role.__args__)  # type: ignore[attr-defined]


class Statistics(BaseModel):
    """Over the finite elements; `nonfinite` counts the others."""

    min: Number | None
    max: Number | None
    mean: Number | None
    norm: Number | None
    nonfinite: int


class NodeStatistics(BaseModel):
    value: Statistics
    gradient: Statistics | None


class Note(BaseModel):
    kind: str
    message: str
    where: list[list[int]]


class PreviewElement(BaseModel):
    index: list[int]
    value: Number


class Preview(BaseModel):
    """The elements a picture shows, where the tensor is too large to be sent whole."""

    value: list[PreviewElement]
    gradient: list[PreviewElement] | None


class Node(BaseModel):
    """One value of the graph with its gradient ∂loss/∂node, of the same shape."""

    id: str
    name: str | None
    kind: Kind
    expression: str | None
    latex: str
    line: int | None
    group: str | None
    shape: list[int]
    value: Tensor | None
    gradient: Tensor | None
    statistics: NodeStatistics
    notes: list[Note]
    preview: Preview | None = None


class LocalDerivative(BaseModel):
    """∂target/∂source: as LaTeX, as code, and as the code of the contribution in terms of g = ∂loss/∂target."""

    latex: str
    code: str | None = Field(description="None where no product of factors says it; the vjp does.")
    vjp: str
    summed_over: list[int]


class Edge(BaseModel):
    """One use of a value. `contribution` is what this use sends back to the source's gradient."""

    source: str
    target: str
    use: int
    local_derivative: LocalDerivative | None
    contribution: Tensor | None


class Loss(BaseModel):
    name: str
    value: Number


class Group(BaseModel):
    """A call of a function that is defined in the language, or a pass of a loop; open where its parts are among the nodes."""

    id: str
    name: str
    kind: Literal["call", "pass"]
    parent: str | None
    line: int
    open: bool


class Cost(BaseModel):
    """What the graph takes: floating-point operations of the two passes, and all numbers and bytes that it holds."""

    forward: float
    backward: float
    elements: int
    bytes: int


class GraphAnswer(BaseModel):
    """Every value, gradient and use; nodes stand in the order of evaluation."""

    loss: Loss
    nodes: list[Node]
    edges: list[Edge]
    groups: list[Group]
    cost: Cost
    notes: list[str]


class VerifiedNode(BaseModel):
    """One input: its gradient against finite differences.

    `elements` differences were compared, element by element or, with `directions`, along random directions. Elements within a step
    of a kink are listed under `kinks` and not judged; `skipped` counts them, or the directions that met one;
    `unmeasured` counts what is too small for differences, or not finite.
    """

    id: str
    max_absolute_error: Number
    max_relative_error: Number
    elements: int
    directions: bool
    kinks: list[list[int]]
    skipped: int
    unmeasured: int
    passed: bool


class Verdict(BaseModel):
    """Whether every gradient agrees with finite differences, to a relative error of 1e-5; `reason` says what does not."""

    passed: bool
    max_relative_error: Number
    epsilon: float
    reason: str | None
    nodes: list[VerifiedNode]


class DerivationStep(BaseModel):
    """One step: in words, as a formula, and as code in our own language over `names`, which gives `value`, of shape `shape`.

    `kind`: words, forward (the loss, with one value after the other folded in), chain, local (∂node/∂source), product (the running
    product, what has come back to `node`), closed (the closed form, step by step), numeric. In the MathML every name carries its
    node's id as `data-node`.
    """

    kind: Literal["words", "forward", "chain", "local", "product", "closed", "numeric"]
    node: str
    source: str | None
    words: str
    latex: str | None
    mathml: str | None
    code: str | None
    shape: list[int] | None
    value: Tensor | None


class ClosedForm(BaseModel):
    """The gradient as one formula; where that would be too long to be read, in terms of the gradients before it. `code` is None where
    even that would be."""

    latex: str | None
    mathml: str | None
    code: str | None


class DerivationNote(BaseModel):
    """Why something is as it is, here: `shares` is what each sample gives, along the first axis; `jacobian` the whole local derivative
    ∂node/∂source as a matrix, elements of the one down and of the other across."""

    kind: Literal["mean", "mask", "sum", "transpose", "twice", "jacobian", "kink", "order", "samples", "zero", "huge", "tiny", "nonfinite"]
    node: str
    source: str | None
    words: str
    latex: str | None
    mathml: str | None
    shares: Tensor | None
    jacobian: Tensor | None
    where: list[list[int]]


class CodeNames(BaseModel):
    """What a node and its gradient are called in code."""

    value: str
    gradient: str | None


class DerivationAnswer(BaseModel):
    """How ∂loss/∂target comes about. `paths` are the first 64 of the `path_count` ways from the loss to the target."""

    target: str
    loss: str
    notation: Notation
    order: Order
    paths: list[list[str]]
    path_count: int
    names: dict[str, CodeNames]
    steps: list[DerivationStep]
    closed_form: ClosedForm
    notes: list[DerivationNote]


class Shows(BaseModel):
    """The nodes whose value, and whose gradient, is known from a step on."""

    values: list[str]
    gradients: list[str]


class StepMathML(BaseModel):
    formula: str | None
    filled: str | None


class PlaybackStep(BaseModel):
    """One step of the two passes: `latex` says it in symbols, `filled` in numbers, where they are few enough.

    `kind`: inputs, value, seed (∂loss/∂loss = 1), contribution (what one node sends back to another), sum (of several contributions).
    `edges` are those it goes along, by the ids that the SVG has; of a contribution `edge` is its own, and the others bring their share to
    data beside it.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    number: int
    phase: Literal["start", "forward", "backward"] = Field(alias="pass")
    kind: Literal["inputs", "value", "seed", "contribution", "sum"]
    node: str | None
    edge: str | None
    edges: list[str]
    origin: str | None = Field(alias="from", description="The node that sends it back.")
    words: str
    latex: str | None
    filled: str | None
    shows: Shows
    mathml: StepMathML | None = Field(description="Of the step that was asked for.")


class StepsAnswer(BaseModel):
    """The steps in order; `forward` is the number of the first of the backward pass."""

    count: int
    forward: int
    steps: list[PlaybackStep]


class NudgedLoss(BaseModel):
    name: str
    predicted: Number
    actual: Number


class NudgedNode(BaseModel):
    """Changes of one value: as the derivative predicts, to first order, and as they are."""

    id: str
    predicted: Tensor | None
    actual: Tensor | None


class NudgeAnswer(BaseModel):
    """What a change of one element does, on the way from it to the loss; what is predicted of the loss is gradient times epsilon."""

    target: str
    index: list[int]
    epsilon: float
    value: Number
    gradient: Number
    loss: NudgedLoss
    nodes: list[NudgedNode]


class CodeLine(BaseModel):
    """Ties a line, counted from 1, to the node whose value, or gradient, it calculates."""

    line: int
    node: str
    gradient: bool


class CodeAnswer(BaseModel):
    """A program that runs as it is, with the inputs' own numbers, and ends by checking itself."""

    framework: Framework
    code: str
    lines: list[CodeLine]


class PathsSum(BaseModel):
    """∂target/∂source, as the sum of the products along all paths."""

    latex: str
    value: Tensor | None


class ValuePath(BaseModel):
    """One path, from the source on: the ids of its nodes and, as they stand in the picture, of its edges; the product along it."""

    nodes: list[str]
    edges: list[str]
    latex: str
    value: Tensor | None


class PathsAnswer(BaseModel):
    """The first 64 of the `path_count` paths. To a single number, such as the loss, values have the shape of the source; to several,
    `shape` is that of a matrix, elements of the target down and of the source across. They are null where they would be too large, or
    too much work."""

    source: str
    target: str
    shape: list[int]
    path_count: int
    paths: list[ValuePath]
    sum: PathsSum
    words: str


class Bound(BaseModel):
    """What may not be exceeded, and where an operator sets it."""

    name: str
    value: float
    about: str
    variable: str


class LimitsAnswer(BaseModel):
    """What a request may cost at most, each of which a request may lower; and how much goes on at once."""

    limits: list[Bound]
    capacity: list[Bound]


class ExampleSummary(BaseModel):
    id: str
    title: str
    summary: str
    source: str


class Example(ExampleSummary):
    """An example of the gallery: `program` and `inputs` can be posted as they are."""

    program: str
    inputs: dict[str, Annotated[Any, WithJsonSchema({"anyOf": [_GIVEN, {"$ref": "#/components/schemas/InputValue"}]})]]


class OperationInput(BaseModel):
    """What a small change of one argument does."""

    name: str
    sentence: str


class Operation(BaseModel):
    """One entry of the table of operations, or (`kind` function) what is written in the language itself, with its source."""

    name: str
    signature: str
    kind: Literal["operation", "function"]
    also: list[str]
    summary: str
    latex: str | None
    derivative: str
    inputs: list[OperationInput]
    differentiable: bool
    convention: str | None
    edges: str | None
    samples: list[str]
    source: str | None


class Health(BaseModel):
    status: Literal["ok"]
    version: str


class Repair(BaseModel):
    """What to write in the program instead of these columns of a line; where `column` is `end_column`, it is inserted."""

    line: int
    column: int
    end_column: int
    text: str = Field(max_length=200, description='May hold line breaks; "" where something is to be deleted.')


class ProblemError(BaseModel):
    line: int | None
    column: int | None
    end_column: int | None
    message: str
    hint: str | None
    repair: Repair | None = Field(description="The hint, ready to be put in: the program has not this fault at this place then.")


class Problem(BaseModel):
    """RFC 9457 problem details, the one shape of every failure."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemError] | None = None
    limit: str | None = None
    value: float | None = None
    maximum: float | None = None
