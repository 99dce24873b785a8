"""Small models for the tests of pages, questions and homework."""

from __future__ import annotations

from functools import cache

from gradwright.derive.derivation import Derivation, derive
from gradwright.model.load import from_text

SOFTMAX = '''
name = "small-softmax"
title = { en = "Softmax regression", ko = "소프트맥스 회귀" }
[axes]
n = "examples"
d = "features"
k = "classes"
[data]
X = "n d"
Y = { axes = "n k", is = "one-hot" }
[parameters]
W = { axes = "d k", init = "xavier" }
b = { axes = "k", init = "zeros" }
[forward]
formulas = """
Z = X @ W + b
P = softmax(Z)
L = -sum(Y * log(P)) / n
"""
minimise = "L"
'''

SHARED = '''
name = "shared-weight"
title = { en = "A weight that is used twice", ko = "두 번 쓰인 가중치" }
[axes]
n = "examples"
d = "features"
[data]
X = "n d"
[parameters]
W = "d d"
[forward]
formulas = """
A = X @ W
H = tanh(A)
R = H @ W + X
L = sum(R ** 2) / n
"""
minimise = "L"
'''

RECURRENT = '''
name = "small-rnn"
title = { en = "A recurrent net", ko = "순환 신경망" }
[axes]
n = "examples"
T = "time"
d = "features"
h = "hidden units"
[data]
x = "T n d"
[parameters]
Wx = "d h"
Wh = "h h"
[forward]
formulas = """
s[t] = tanh(x[t] @ Wx + s[t-1] @ Wh)
L = sum(s[T-1] ** 2) / n
"""
minimise = "L"
'''

TEXTS = {"softmax": SOFTMAX, "shared": SHARED, "recurrent": RECURRENT}


@cache
def derivation(name: str) -> Derivation:
    """The derivation of one of the models above."""
    return derive(from_text(TEXTS[name], name))
