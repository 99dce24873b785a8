"""Derivatives that are written as names: fractions, strokes and gradients."""

from __future__ import annotations

import re

_BELOW = r"(?:_(?:\{[^{}]*\}|\w))?"
_MARKED = r"\\(?:mathcal|mathbf|boldsymbol|bm|hat|bar|tilde)\s*\{?\\?\w+\}?"
_VALUE = rf"(?:\\?[A-Za-z]+{_BELOW}(?:\^(?:\{{[^{{}}]*\}}|\w))?|{_MARKED}{_BELOW})"
_D = r"(?:\\partial|∂|\\mathrm\s*\{d\}|d)"
_TOP = r"\\mathcal\s*\{?\w\}?|\\ell|[LJECl](?:\([^()]*\))?"

DERIVATIVE = re.compile(
    rf"\\[dtc]?frac\s*\{{\s*{_D}\s*(?P<top>{_VALUE})\s*\}}\s*\{{\s*{_D}\s*(?P<bottom>{_VALUE})\s*\}}"
)
r"""``\frac{\partial L}{\partial W}``"""
SLASHED = re.compile(rf"(?:\\partial|∂)\s*(?P<top>{_VALUE})\s*/\s*(?:\\partial|∂)\s*(?P<bottom>{_VALUE})")
r"""``\partial L/\partial W``"""
GRADIENT = re.compile(
    r"(?:\\nabla|∇)\s*_\s*(?P<bottom>\{(?P<brace>[^{}]*)\}|\\[A-Za-z]+|\w)\s*(?:\\!|\s)*"
    rf"(?P<top>{_TOP})?(?![A-Za-z_^])"
)
r"""``\nabla_W L``"""
DIFFERENTIAL = re.compile(r"\\[dtc]?frac\s*\{\s*d\s*\}\s*\{\s*d\s*\\?[A-Za-z]+\s*\}")
r"""``\frac{d}{dx}`` of something, which is no name."""
