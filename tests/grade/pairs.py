"""Pairs of expressions, equal and unequal by construction: terms in several spellings, and near misses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One value in spellings that are equal, and spellings of other values that look like it.

    Args:
        same: Spellings with one value, at every point of the domains.
        other: Spellings with another value somewhere.
        domain: What the equality rests on.
    """

    same: tuple[str, ...]
    other: tuple[str, ...] = ()
    domain: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pair:
    """A reference, an answer, and whether they are equal."""

    reference: str
    answer: str
    vars: dict[str, str]
    domain: dict[str, str]
    equal: bool


SCALARS = {"x": "", "y": "", "p": "", "t": ""}
MATRICES = {
    "X": "n d", "w": "d", "v": "d", "y": "n", "u": "n", "A": "d d", "B": "d d", "S": "d d", "s": "",
}  # fmt: skip

NUMBERS = (
    Term(("x**2 - y**2", "(x - y)*(x + y)", "-(y - x)*(y + x)"),
         ("(x - y)**2", "x**2 + y**2", "(y - x)*(x + y)")),
    Term(("1/(1 + exp(-x))", "exp(x)/(1 + exp(x))", "sigmoid(x)", "(1 + tanh(x/2))/2"),
         ("1/(1 + exp(x))", "tanh(x)")),
    Term(("tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)", "2*sigmoid(2*x) - 1"),
         ("arctan(x)", "sin(x)", "erf(x)")),
    Term(("log(1 + exp(x))", "softplus(x)", "x + log(1 + exp(-x))"), ("maximum(x, 0)", "log(1 + exp(-x))")),
    Term(("maximum(x, 0)", "(x + abs(x))/2", "where(x > 0, x, 0)", "relu(x)", "x*(x > 0)"),
         ("x", "abs(x)", "minimum(relu(x), 6)", "(x + sqrt(x**2 + 1e-8))/2", "where(x > 1e-3, x, 0)")),
    Term(("sqrt(x**2)", "abs(x)", "maximum(x, -x)", "x*sign(x)"), ("x", "sqrt(x)**2")),
    Term(("log(x**2)", "2*log(abs(x))"), ("2*log(x)",)),
    Term(("sqrt(x*y)", "exp((log(x) + log(y))/2)", "sqrt(x)*sqrt(y)"), ("sqrt(x) + sqrt(y)",),
         (("x", "pos"), ("y", "pos"))),
    Term(("2*log(x)", "log(x**2)", "log(x) - log(1/x)"), ("log(2*x)", "log(x)**2"), (("x", "pos"),)),
    Term(("(p - y)/(p*(1 - p))", "-y/p + (1 - y)/(1 - p)"), ("(p - y)/p*(1 - p)", "-y/p - (1 - y)/(1 - p)"),
         (("p", "unit"),)),
    Term(("cos(pi*t)", "(-1)**t", "1 - 2*sin(pi*t/2)**2"), ("1", "cos(2*pi*t)", "sin(pi*t)"),
         (("t", "posint"),)),
    Term(("x + sin(pi*t)*x", "x"), ("x + sin(pi*t/2)*x", "cos(pi*t)*x"), (("t", "posint"),)),
    Term(("(1 - p**t)/(1 - p)", "(p**t - 1)/(p - 1)"), ("(1 - p)**t/(1 - p)",),
         (("p", "unit"), ("t", "posint"))),
    Term(("x/3", "x*(1/3)", "2*x/6"), ("0.333333333333333*x", "0.3333333333333333333333333*x")),
    Term(("exp(x + y)", "exp(x)*exp(y)", "exp(x)/exp(-y)"), ("exp(x) + exp(y)", "exp(x*y)")),
    Term(("sin(2*x)", "2*sin(x)*cos(x)"), ("2*sin(x)", "sin(x)**2")),
    Term(("abs(x - y)", "abs(y - x)", "maximum(x, y) - minimum(x, y)"), ("x - y", "abs(x) - abs(y)")),
    Term(("(x + y)**3", "x**3 + 3*x**2*y + 3*x*y**2 + y**3"),
         ("x**3 + y**3", "x**3 + 3*x**2*y + 3*x*y**2 - y**3")),
)  # fmt: skip

VECTORS = (
    Term(("X.T @ (X @ w - y)", "(X @ w - y) @ X", "X.T @ X @ w - X.T @ y", "sum(i, X[i]*(X[i] @ w - y[i]))"),
         ("X.T @ (y - X @ w)", "X.T @ X @ w - w", "sum(X, axis=0)*(w @ w)")),
    Term(("X.T @ y/n", "mean(X*y[:, None], axis=0)", "einsum('ni,n->i', X, y)/n"),
         ("X.T @ y/d", "X.T @ y/(n - 1)", "X.T @ y")),
    Term(("A.T @ w", "w @ A", "einsum('ij,i->j', A, w)"), ("A @ w", "A.T @ v")),
    Term(("(A + A.T) @ w", "A @ w + w @ A"), ("2*A @ w", "2*w @ A")),
    Term(("(S + S.T) @ w", "2*S @ w", "w @ S + S @ w"), ("S @ w", "S @ S @ w"), (("S", "sym"),)),
    Term(("solve(S, w)", "inv(S) @ w", "inv(S.T) @ w"), ("S @ w", "inv(S) @ v"), (("S", "spd"),)),
    Term(("softmax(w)", "exp(w)/sum(exp(w))", "exp(w - logsumexp(w))"), ("exp(w)", "softmax(v)", "w/sum(w)")),
    Term(("softmax(A @ w)*v - softmax(A @ w)*(softmax(A @ w) @ v)",
          "(np.diag(softmax(A @ w)) - np.outer(softmax(A @ w), softmax(A @ w))) @ v"),
         ("softmax(A @ w)*(1 - softmax(A @ w))*v", "softmax(A @ w)*v")),
    Term(("X.T @ maximum(X @ w, 0)", "X.T @ ((X @ w)*(X @ w > 0))"), ("X.T @ (X @ w)", "X.T @ abs(X @ w)")),
    Term(("2*s*w", "s*w + w*s"), ("s*w", "2*s*v", "2*s*abs(w)")),
    Term(("w*norm2(w)", "w*sqrt(w @ w)", "sqrt(sum(w**2))*w"), ("w*norm1(w)", "w*(w @ w)")),
    Term(("X.mean(axis=0)", "X.T @ ones(n)/n", "sum(X, axis=0)/n"), ("X.T @ u/n", "sum(X, axis=0)/d")),
    Term(("np.var(X, axis=0)", "mean(X**2, axis=0) - mean(X, axis=0)**2"),
         ("np.var(X, axis=0, ddof=1)", "mean(X**2, axis=0)")),
    Term(("w*(trace(A @ B))", "w*sum(A*B.T)", "w*trace(B @ A)"), ("w*sum(A*B)", "w*trace(A)*trace(B)")),
    Term(("diag(A @ B)", "sum(A*B.T, axis=1)"), ("diag(A)*diag(B)", "diag(B @ A)")),
    Term(("log(exp(w))", "w"), ("log(w)", "exp(log(w))")),
)  # fmt: skip

PERTURBED = (
    "({0})*(1 + 1e-6)", "({0})*(1 + 1e-12)", "({0}) + 1e-6", "({0}) + 1e-12", "-({0})", "1.0000000001*({0})",
)  # fmt: skip
KEPT = ("({0})", "-(-({0}))", "2*({0})/2", "({0}) + 7 - 7", "1*({0})", "({0})/(1/3)/3")


def pairs(seed: int, count: int) -> Iterator[Pair]:
    """So many pairs, half of them equal."""
    choose = random.Random(seed)
    for number in range(count):
        terms, shapes = ((NUMBERS, SCALARS), (VECTORS, MATRICES))[number % 2]
        yield _pair(choose, terms, shapes, number % 4 < 2)


def _pair(choose: random.Random, terms: tuple[Term, ...], shapes: dict[str, str], equal: bool) -> Pair:
    chosen: list[Term] = []
    domain: dict[str, str] = {}
    for term in choose.sample(terms, choose.choice((1, 1, 2, 3))):
        # Terms that ask for one domain of a name stand together; where they differ, a miss may be none.
        if not chosen or dict(term.domain) == domain:
            chosen.append(term)
            domain = dict(term.domain)
    reference = " + ".join(choose.choice(term.same) for term in chosen)
    spelled = [choose.choice(term.same) for term in chosen]
    if equal:
        choose.shuffle(spelled)
        answer = choose.choice(KEPT).format(" + ".join(choose.choice(KEPT).format(one) for one in spelled))
        return Pair(reference, answer, shapes, domain, True)
    place = choose.randrange(len(chosen))
    if choose.random() < 0.7 and chosen[place].other:
        spelled[place] = choose.choice(chosen[place].other)
        return Pair(reference, " + ".join(spelled), shapes, domain, False)
    if choose.random() < 0.3 and len(spelled) > 1:
        del spelled[place]
        return Pair(reference, " + ".join(spelled), shapes, domain, False)
    answer = choose.choice(PERTURBED).format(" + ".join(spelled))
    return Pair(reference, answer, shapes, domain, False)
