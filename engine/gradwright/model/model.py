"""A model as data: axes, data, parameters, constants and named formulas; nothing in it is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr, Symbol

from gradwright.language.scope import Composite, Scope, Value
from gradwright.language.tree import Call, Formula, Tree
from gradwright.model.expand import Copy
from gradwright.tensor.nodes import Tensor


@dataclass(frozen=True)
class Definition:
    """One named value of the forward pass.

    Args:
        name: The value's name.
        tree: Its formula's right-hand side, as written or as cut.
        tensor: The same, lowered, in entries of other named values. For a call of a function it is the
            function's own formulas, inlined; for an opaque one (``inv``) an ``Apply`` node.
        call: The call, where the right-hand side is one function of named values (``softmax(Z)``), else None.
        formula: The line of the model that it comes from.
        written: Whether the author named it (else the cut did).
    """

    name: str
    tree: Tree
    tensor: Tensor
    call: Call | None
    formula: Formula
    written: bool = True

    @property
    def equation(self) -> Formula:
        """The value's own formula, as it was written or cut."""
        return Formula(self.name, self.formula.indices if self.written else (), self.tree)


@dataclass(frozen=True)
class Parameter:
    """A trained value.

    Args:
        value: Its shape.
        init: How it starts, such as ``xavier``, ``zeros``, ``normal 0.02``.
        decay: Whether a decay of the weights is applied to it.
    """

    value: Value
    init: str = "xavier"
    decay: bool = True


PERPLEXITY, EXACT_MATCH = METRICS = ("perplexity", "exact_match")
"""What a model may ask to be told of test examples beside its loss and the share of right answers."""


@dataclass(frozen=True)
class Training:
    """How a model is trained unless told otherwise.

    Args:
        schedule: How the learning rate changes from step to step.
        warm_up: Over so many first steps the rate grows from 0.
        clip: The greatest norm that the whole gradient keeps (0: it is not clipped).
        clip_value: The greatest number that an entry of the gradient keeps (0: it is not clipped).
        weight_decay: How strongly the parameters are pulled towards 0; None where the optimizer says it.
        early_stop: After so many epochs without a lower loss of the test examples training ends (0: never).
        augment: How the examples of training are changed at random, such as ``shift 1``.
        settings: Other settings of the optimizer.
        vectors: Which parameters are the vectors of words, with ``+`` between those that are added.
    """

    data: str = ""
    optimizer: str = "adam"
    learning_rate: float = 0.01
    epochs: int = 20
    batch: int = 32
    predict: str = ""
    metric: str = ""
    vectors: str = ""
    schedule: str = "constant"
    warm_up: int = 0
    clip: float = 0.0
    clip_value: float = 0.0
    weight_decay: float | None = None
    early_stop: int = 0
    augment: tuple[str, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A model file, read and checked.

    Args:
        definitions: The named values in an order in which each uses only earlier ones, or, in a
            recurrence, itself and its group at an earlier time.
        minimise: The name of the loss, a scalar.
        facts: Equations that hold for the data, as (left, right) trees, such as ``sum(Y, axis=1) = 1``.
        sizes: Default sizes of axes that the data does not fix.
        closed_form: The parameter that has a closed form at the stationary point ("" if none is asked for).
        equations: Sizes that follow from others, such as ``Ho = H - kh + 1``.
        copies: The layers that its formulas were written out of.
        running: Of values that an average over the steps of training stands for in predictions, the share
            of it that stays at a step.
    """

    name: str
    title: Mapping[str, str]
    family: str
    axes: Mapping[str, str]
    data: Mapping[str, Value]
    parameters: Mapping[str, Parameter]
    constants: Mapping[str, float]
    formulas: tuple[Formula, ...]
    definitions: tuple[Definition, ...]
    minimise: str
    facts: tuple[tuple[Tree, Tree], ...] = ()
    composites: Mapping[str, Composite] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    training: Training = Training()
    closed_form: str = ""
    source: str = ""
    equations: tuple[tuple[Symbol, Expr], ...] = ()
    copies: tuple[Copy, ...] = ()
    running: Mapping[str, float] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """The declared values: data, parameters, constants."""
        values = dict(self.data)
        values.update({name: parameter.value for name, parameter in self.parameters.items()})
        values.update({name: Value(()) for name in self.constants})
        return Scope(values, self.composites)

    @property
    def given(self) -> Mapping[str, Value]:
        """The data that is given in a training step; the rest is drawn."""
        return {name: value for name, value in self.data.items() if value.drawn is None}

    @property
    def shapes(self) -> Mapping[str, Value]:
        """Every value's shape: the declared and the defined ones."""
        shapes = dict(self.scope.values)
        shapes.update({d.name: Value(d.tensor.shape) for d in self.definitions})
        return shapes
