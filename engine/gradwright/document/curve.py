"""The curve of an activation and of its derivative as a picture."""

from __future__ import annotations

import io

import numpy as np
import sympy
from matplotlib import rc_context
from matplotlib.figure import Figure

from gradwright.derive.activation import Activation
from gradwright.derive.branches import Branch, Piecewise

REACH = 4.0
"""How far the picture goes beyond the outermost kinks."""
_POINTS = 400
_COLOURS = ("#1f5a92", "#b5541c")


def draw(found: Activation, kind: str = "svg") -> bytes:
    """The two curves, a branch at a time, so that a jump stays a gap; ``kind`` is ``svg`` or ``png``."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.axvline(0, color="#999999", linewidth=0.8)
    far = max([REACH, *(abs(float(place)) + REACH for place in found.function.kinks)])
    curves = ((found.function, "-", "$y$"), (found.slope, "--", "$dy/dx$"))
    for (curve, style, label), colour in zip(curves, _COLOURS, strict=True):
        for number, branch in enumerate(curve.branches):
            places, values = _points(curve, branch, far)
            axes.plot(places, values, style, color=colour, label=label if number == 0 else None)
    for kink in found.kinks:
        if not kink.continuous:
            axes.plot([float(kink.place)], [float(kink.value)], "o", color=_COLOURS[0], markersize=5)
    axes.set(xlabel="$x$", xlim=(-far, far))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": found.name}):
        figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def _points(curve: Piecewise, branch: Branch, far: float) -> tuple[np.ndarray, np.ndarray]:
    low = -far if branch.low.is_infinite else float(branch.low)
    high = far if branch.high.is_infinite else float(branch.high)
    places = np.linspace(low, high, _POINTS)
    value = sympy.lambdify(curve.x, branch.formula, ["scipy", "numpy"])
    return places, np.broadcast_to(np.asarray(value(places), dtype=float), places.shape)
