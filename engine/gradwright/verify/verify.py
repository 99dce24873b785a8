"""A model's derived gradients, held against every route that there is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from gradwright.derive.derivation import Derivation, derive
from gradwright.model.model import Model
from gradwright.registry import collect
from gradwright.verify.case import Finding, Route, make_case


@dataclass(frozen=True)
class Report:
    """What the routes found.

    Args:
        model: The model's name.
        findings: Each route's finding, by its name.
        seconds: The time that it took, the derivation included.
    """

    model: str
    findings: Mapping[str, Finding]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether no route disagrees and at least one agrees."""
        verdicts = [finding.ok for finding in self.findings.values()]
        return False not in verdicts and True in verdicts

    def row(self) -> dict[str, object]:
        """The report as ``gradwright verify --json`` prints it."""
        routes = {name: finding.figure for name, finding in self.findings.items()}
        return {"model": self.model, "ok": self.ok, "routes": routes, "seconds": round(self.seconds, 3)}

    def to_json(self) -> str:
        """The row as JSON text."""
        return json.dumps(self.row(), ensure_ascii=False)


def verify(model: Model | Derivation, seed: int = 0) -> Report:
    """Hold the derived gradients of a model (or a derivation of it) against every route.

    Args:
        model: The model; all its parameters are verified. A derivation is taken as it is.
        seed: Where the random numbers begin.
    """
    begin = time.perf_counter()
    derivation = model if isinstance(model, Derivation) else derive(model)
    case = make_case(derivation, seed)
    findings = {name: route.run(case) for name, route in routes().items()}
    return Report(derivation.model.name, findings, time.perf_counter() - begin)


def routes() -> Mapping[str, Route]:
    """Every route by its name: the records of ``verify/routes``."""
    return collect("gradwright.verify.routes", Route)
