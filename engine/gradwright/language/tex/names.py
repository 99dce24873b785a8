"""The names that a text uses, where nothing is declared: for a reference whose names are scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradwright.language.scope import Scope
from gradwright.language.tex.labels import gradient_names, label_of, written
from gradwright.language.tex.layout import read_node
from gradwright.language.tex.nodes import (
    Applied,
    Big,
    Derivative,
    Fenced,
    Grid,
    Negated,
    Node,
    Postfix,
    Product,
    Quotient,
    Relation,
    Script,
    Scripted,
    Symbol,
    Total,
)
from gradwright.language.tex.prose import mathematics
from gradwright.language.tex.spelled import Declared
from gradwright.language.tex.spoken import labels_of
from gradwright.language.tex.target import sides_of
from gradwright.language.words import ACCENTS

MATRIX = re.compile(
    r"\^\s*\{?\s*-?\s*(?:\\top|\\intercal|T(?![A-Za-z])|\\mathsf\s*\{?T|\\mathrm\s*\{?T)|⊤|ᵀ|\\odot|\\circ(?![A-Za-z])"
    r"|\\\||\\lVert|‖|\\(?:operatorname|mathrm|text)\*?\s*\{\s*(?:tr|Tr|trace|diag|softmax|vec)\s*\}"
    r"|\\(?:tr|diag|det|softmax)(?![A-Za-z])|\\(?:sum|prod|max|min)\s*(?:\\limits\s*)?_|\\mathbf\s*\{?1|\\otimes|\\langle"
    r"|\([A-Z]\s*[A-Z]\)\s*\^|[A-Z]\s*\^\s*\{\s*-1\s*\}\s*[A-Z(]|\(\s*I\s*[-+]|[-+]\s*(?:\\[a-z]+\s*)?I\s*(?:\\right)?\)"
    r"|\\delta_\{\s*[a-z]\s*,?\s*[a-z]\s*\}"
)
"""What a text with matrices, vectors or indices holds."""
_CURRENT = re.compile(r"(?<![A-Za-z\\])I(?![A-Za-z_])")
_MARKS = frozenset({"⊤", "†", "′", "e", "I"})


def names_in(text: str, scope: Scope | None = None) -> tuple[str, ...]:
    r"""The names of the values that a text uses, in the order of their first use.

    A letter with a subscript that no sum binds is one name, unless the letter has other indices elsewhere
    or is declared as an array.

    Args:
        text: The LaTeX.
        scope: What is declared already; its names are left out.

    Raises:
        ReadError: The text can't be read.

    >>> names_in(r"\sum_{i=1}^{n} \alpha x_i + b_1")
    ('n', 'alpha', 'x', 'b_1')
    """
    plain = mathematics(text)
    known = {} if scope is None else {name: len(value.shape) for name, value in scope.values.items()}
    labels = () if scope is None else labels_of(scope.composites)
    declared = Declared(known.keys() or None, (), labels)
    node = read_node(plain, declared)
    if _is_sigma_value(node):
        declared = Declared({*known, "sigma"}, (), labels)
        node = read_node(plain, declared)
    found = list(_names(sides_of(node)[1], frozenset()))
    if MATRIX.search(plain) is None and _CURRENT.search(plain) is not None:
        found.append("I")
    arrays = {name[:-1] for name in found if name.endswith("[")} | {
        name for name, rank in known.items() if rank
    }
    plain_names = (name.rstrip("[") for name in found)
    return tuple(
        dict.fromkeys(
            name
            for name in plain_names
            if declared.find((name,)) not in known and not _is_entry(name, arrays)
        )
    )


def _is_entry(name: str, arrays: set[str]) -> bool:
    """Whether a name is an array, or the small letter of one, with indices."""
    head, _, index = name.partition("_")
    if not index or (head not in arrays and head.upper() not in arrays):
        return False
    return all(letter.isalpha() and len(letter) == 1 for letter in index.split("_")[:1]) or (
        index.isalpha() and len(index) <= 3 and index not in ACCENTS.values()
    )


def _is_sigma_value(node: Node) -> bool:
    return any(name == "sigma" for name in _names(sides_of(node)[1], frozenset()))


def _names(node: Node, bound: frozenset[str]) -> Iterator[str]:
    """The names under a node; each level of nesting is bounded when the node is made."""
    match node:
        case Symbol():
            if node.name not in bound and node.name not in _MARKS and node.name.isidentifier():
                yield node.name
        case Derivative():
            yield gradient_names(node)[0]
        case Scripted():
            yield from _scripted(node, bound)
        case Big() | Applied():
            yield from _headed(node, bound)
        case _:
            for part in _parts(node):
                yield from _names(part, bound)


def _parts(node: Node) -> Iterator[Node]:
    match node:
        case Fenced():
            yield from node.items
        case Grid():
            for row in node.rows:
                yield from (cell for cell in row if not (isinstance(cell, Symbol) and cell.word))
        case Negated() | Postfix():
            if node.operand is not None:
                yield node.operand
        case Total():
            yield from (part for _, part in node.terms)
        case Product():
            yield from (part for _, part, _ in node.factors)
        case Relation():
            yield from node.sides
        case Quotient():
            yield from (part for part in (node.top, node.bottom) if part is not None)


def _headed(node: Big | Applied, bound: frozenset[str]) -> Iterator[str]:
    head = node.head
    assert head is not None
    inner = bound
    indexed = isinstance(node, Big) or head.name in ("max", "min")
    if head.below is not None and head.below.node is not None and indexed:
        letters = {name for name in _names(head.below.node, bound) if len(name) == 1}
        inner = bound | _bound(head.below.node, letters)
        yield from (name for name in _names(head.below.node, inner))
    elif head.below is not None and head.below.node is not None:
        yield from _names(head.below.node, bound)
    if head.above is not None and head.above.node is not None:
        yield from _names(head.above.node, bound)
    bodies = [node.body] if isinstance(node, Big) else node.arguments
    for body in bodies:
        if body is not None:
            yield from _names(body, inner)


def _bound(node: Node, letters: set[str]) -> frozenset[str]:
    """The letters below a sign that it binds: those left of an equals sign."""
    if isinstance(node, Relation) and "=" in node.signs:
        return frozenset(_names(node.sides[0], frozenset()))
    if isinstance(node, Fenced):
        parts = [
            _bound(item, {name for name in _names(item, frozenset()) if len(name) == 1})
            for item in node.items
        ]
        return frozenset().union(*parts)
    return frozenset(letters)


def _scripted(node: Scripted, bound: frozenset[str]) -> Iterator[str]:
    base = node.base
    below, above = node.below, node.above
    if isinstance(base, Symbol) and base.name not in bound and base.name != "e":
        label, upper = written(below), label_of(above)
        if upper:
            above = None
        if below is not None and label and not _is_index(below, bound):
            yield f"{base.name}_{label}{upper}"
            below = None
        else:
            indexed = "[" if below is not None and _is_index(below, bound) else ""
            yield f"{base.name}_{upper}" if upper else f"{base.name}{indexed}"
    elif base is not None:
        yield from _names(base, bound)
        below = below if not isinstance(base, Fenced) else None
    for script in (below, above):
        if script is not None and script.node is not None and not _is_mark(script):
            yield from _names(script.node, bound)


def _is_index(below: Script, bound: frozenset[str]) -> bool:
    """Whether a subscript holds a bound index."""
    return below.node is not None and any(name in bound for name in _names(below.node, frozenset()))


def _is_mark(script: Script) -> bool:
    return script.text in ("⊤", "T", "-⊤", "-T", "†", "′", "*")
