"""Layer by layer: what each call of a layer hands back gives the gradients of the whole model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.layered import Part, by_layer
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.interpret import interpret
from gradwright.language.tree import Formula, names
from gradwright.model.expand import Copy
from gradwright.model.load import model
from gradwright.verify.case import make_case

Array = Any
CLOSE = 1e-9
LAYERED = [name for name, path in catalog.entries("models").items() if "layers" in catalog.table(path)]


@cache
def _parts(name: str) -> tuple[Part, ...]:
    return by_layer(model(name))


@dataclass
class Backward:
    """Carries out the printed lines of a layered solution, call by call.

    Args:
        values: Every forward value of the model, by its own name.
        sizes: The sizes of the axes.
        gradients: What has been handed back to the model's parameters.
    """

    derivation: Derivation
    parts: tuple[Part, ...]
    values: Mapping[str, Array]
    sizes: Mapping[str, int]
    gradients: dict[str, Array] = field(default_factory=dict)
    finished: set[tuple[str, ...]] = field(default_factory=set)

    def run(self, path: tuple[str, ...], given: Mapping[str, Array]) -> dict[str, Array]:
        """All adjoints of one call (of the model where ``path`` is empty), from those of its outputs."""
        source = self.derivation.model
        copy = next((one for one in source.copies if one.path == path), None)
        part = next(one for one in self.parts if path in one.copies or (not path and one.layer is None))
        actual = {**{own: name for name, own in copy.names.items()}, **copy.inputs} if copy else {}
        values = {**self.values, **{own: self.values[n] for own, n in actual.items() if n in self.values}}
        cut = [one for one in part.formulas if one.target not in values]
        values |= evaluate_formulas(cut, values, self.sizes, source.composites)
        known, waiting = dict(given), part.lines()
        owned = part.layer.parameters if part.layer else source.parameters
        local = copy.names if copy else {}
        while waiting:
            known |= self._from_calls(path, local, known)
            missing = ({one[0].name for one in waiting} | set(part.given)) - known.keys()
            adjoint, _, right = line = next(one for one in waiting if not names(one[2]) & missing)
            waiting.remove(line)
            held = tuple(adjoint.subscript if adjoint.matrix is not None else adjoint.names)
            shape = np.shape(values[adjoint.of])  # that of this call, whose letters may be others
            formula, arrays = Formula("result", held, right), {**values, **known}
            found = evaluate_formulas(
                [formula], arrays, self.sizes, source.composites, extents={"result": shape}
            )
            known[adjoint.name] = found["result"]
            if adjoint.of in owned:
                name = actual.get(adjoint.of, adjoint.of)
                self.gradients[name] = self.gradients.get(name, 0) + found["result"]
        return known | self._from_calls(path, local, known)

    def _from_calls(
        self, path: tuple[str, ...], local: Mapping[str, str], known: Mapping[str, Array]
    ) -> dict[str, Array]:
        """What the calls of one level hand back, each as soon as the adjoints of its outputs are known."""
        found: dict[str, Array] = {}
        for child in self.derivation.model.copies:
            if child.path[:-1] == path:
                found |= self._handed_back(child, local, {**known, **found})
        return found

    def _handed_back(
        self, child: Copy, local: Mapping[str, str], known: Mapping[str, Array]
    ) -> dict[str, Array]:
        """What a call hands back for its inputs, once the adjoints of its outputs are known."""
        outputs = {f"d{child.names[name]}": f"d{local.get(name, name)}" for name in child.outputs}
        called = {one: f"d{one}_{child.path[-1]}" for one in child.inputs}
        if not set(outputs.values()) <= known.keys() or child.path in self.finished:
            return {}
        self.finished.add(child.path)
        back = self.run(child.path, {inside: known[outside] for inside, outside in outputs.items()})
        return {name: back[f"d{one}"] for one, name in called.items() if f"d{one}" in back}


@pytest.mark.parametrize("name", [name for name in LAYERED if _parts(name)])
def test_the_lines_of_each_layer_give_the_gradients_of_the_whole(name: str) -> None:
    derivation = derive(model(name))
    point = make_case(derivation, 0).points[0]
    values = {**point.arrays, **interpret(derivation.assignments(), point.arrays, point.sizes)}
    backward = Backward(derivation, _parts(name), values, point.sizes)
    backward.run((), {})
    right = {one: values[derivation.adjoint_of[one]] for one in derivation.model.parameters}
    largest = max(float(np.abs(one).max()) for one in right.values())
    for parameter, gradient in right.items():
        # That of a bias of keys is 0 and rounding: softmax does not see it.
        assert np.allclose(backward.gradients[parameter], gradient, rtol=0, atol=CLOSE * largest), parameter


def test_a_model_of_layers_that_are_called_once_is_derived_as_a_whole() -> None:
    assert by_layer(model("softmax-regression")) == ()
