"""Which expressions are one formula everywhere: if two of them agree in one region, they agree in all.

By the identity theorem that holds for what is made of meromorphic functions: rational ones, ``exp``, ``tanh``
and the like. A maximum, an absolute value, a root or a logarithm may be another formula elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Call, Compare, Negate, Number, Tree, walk
from gradwright.language.words import ALIASES, listed

RATIONAL = listed(
    "sum mean trace transpose swapaxes moveaxis reshape ravel expand_dims squeeze outer inner dot vdot matmul"
    " tensordot einsum kron diag diagonal inv solve det square reciprocal negative add subtract multiply"
    " divide ones zeros ones_like zeros_like full eye arange shape size concatenate stack array astype real"
    " conj prod var average cumsum cov mpow corr convfull conv2d avg_pool"
)
"""Functions that are rational in the entries of their arguments."""
_MEROMORPHIC = RATIONAL | listed(
    "exp expm1 sin cos tan sec csc cot sinh cosh tanh sech csch coth erf erfc gamma expm softmax sigmoid silu"
)
_CONTINUOUS = listed("real pos unit nonzero away0 small wide sym spd wellcond prob")


def is_smooth(tree: Tree) -> bool:
    """Whether a tree is one meromorphic formula."""
    for node in walk(tree):
        match node:
            case Call():
                name = ALIASES.get(node.function, node.function)
                if name not in _MEROMORPHIC:
                    return False
            case Compare():
                return False
            case Binary(operator="**") if not is_whole(node.right):
                return False
            case _:
                pass
    return True


def is_whole(exponent: Tree) -> bool:
    """Whether an exponent is a whole number as it stands."""
    if isinstance(exponent, Negate):
        exponent = exponent.operand
    return isinstance(exponent, Number) and exponent.value.denominator == 1


def is_continuous(values: Iterable[Value]) -> bool:
    """Whether the values are drawn from regions, not from single numbers."""
    return all(value.domain in _CONTINUOUS for value in values)
