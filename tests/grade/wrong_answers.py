"""Wrong answers as students give them, to questions about an LSTM and about attention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gradwright.ask.question import Request, question_type
from gradwright.ask.variant import generator
from gradwright.grade.key import Expected
from gradwright.messages import messages


@dataclass(frozen=True)
class Asked:
    """A question and wrong answers to it, each by what its author did."""

    title: str
    type: str
    options: dict[str, Any]
    wrong: dict[str, str] = field(default_factory=dict)

    def expected(self) -> Expected:
        """The key, in the model's own letters."""
        rng = generator(b"a secret of enough length", "set", "q1", "s1")
        options = {**self.options, "rename": False}
        request = Request("q1", options, 4.0, rng, messages("en"))
        return question_type(self.type).make(request).expected


GATE = Asked(
    "lstm-gate",
    "gradient_of_parameter",
    {"model": "lstm-classifier", "parameter": "W_f", "given": "c"},
    {
        "the gate's local derivative forgotten": "sum(t, x[t].T @ (dc[t]*c[t-1]))",
        "the gate for its derivative": "sum(t, x[t].T @ (dc[t]*c[t-1]*f[t]))",
        "the derivative taken at the gate's value": (
            "sum(t, x[t].T @ (dc[t]*c[t-1]*sigmoid(f[t])*(1 - sigmoid(f[t]))))"
        ),
        "the derivative of tanh for that of the sigmoid": "sum(t, x[t].T @ (dc[t]*c[t-1]*(1 - f[t]**2)))",
        "the cell one time late": "sum(t, x[t].T @ (dc[t]*c[t]*f[t]*(1 - f[t])))",
        "the sum over time forgotten": "x[t].T @ (dc[t]*c[t-1]*f[t]*(1 - f[t]))",
        "only the last time": "x[T-1].T @ (dc[T-1]*c[T-2]*f[T-1]*(1 - f[T-1]))",
        "the transpose on the wrong factor": "sum(t, (dc[t]*c[t-1]*f[t]*(1 - f[t])).T @ x[t])",
        "the input gate for the forget gate": "sum(t, x[t].T @ (dc[t]*c[t-1]*i[t]*(1 - i[t])))",
        "two mistakes: sign, and the cell one time late": ("-sum(t, x[t].T @ (dc[t]*c[t]*f[t]*(1 - f[t])))"),
    },
)

CELL = Asked(
    "lstm-cell",
    "adjoint_of_value",
    {"model": "lstm-classifier", "value": "c"},
    {
        "the path through time forgotten": "dh[t]*o[t]*(1 - tanh(c[t])**2)",
        "the path through the hidden state forgotten": "dc[t+1]*f[t+1]",
        "the gate of the same time": "dc[t+1]*f[t] + dh[t]*o[t]*(1 - tanh(c[t])**2)",
        "forwards for backwards in time": "dc[t-1]*f[t-1] + dh[t]*o[t]*(1 - tanh(c[t])**2)",
        "tanh for its derivative": "dc[t+1]*f[t+1] + dh[t]*o[t]*tanh(c[t])",
        "the derivative of tanh as if c were its value": "dc[t+1]*f[t+1] + dh[t]*o[t]*(1 - c[t]**2)",
        "the derivative of tanh at the hidden state": "dc[t+1]*f[t+1] + dh[t]*o[t]*(1 - tanh(h[t])**2)",
        "a plus in the derivative of tanh": "dc[t+1]*f[t+1] + dh[t]*o[t]*(1 + tanh(c[t])**2)",
        "the output gate forgotten": "dc[t+1]*f[t+1] + dh[t]*(1 - tanh(c[t])**2)",
        "two mistakes: the gate of the same time, no output gate": (
            "dc[t+1]*f[t] + dh[t]*(1 - tanh(c[t])**2)"
        ),
    },
)

QUERY = Asked(
    "attention-query",
    "gradient_of_parameter",
    {"model": "attention-classifier", "parameter": "Wq", "given": "A"},
    {
        "only the diagonal of the softmax's Jacobian": (
            "sum(i, H[i].T @ (dA[i]*A[i]*(1 - A[i])) @ K[i])/sqrt(q)"
        ),
        "the softmax's sum forgotten": "sum(i, H[i].T @ (dA[i]*A[i]) @ K[i])/sqrt(q)",
        "the softmax passed over": "sum(i, H[i].T @ dA[i] @ K[i])/sqrt(q)",
        "the scaling forgotten": (
            "sum(i, H[i].T @ ((dA[i] - sum(A[i]*dA[i], axis=1, keepdims=True))*A[i]) @ K[i])"
        ),
        "the scaling without its root": (
            "sum(i, H[i].T @ ((dA[i] - sum(A[i]*dA[i], axis=1, keepdims=True))*A[i]) @ K[i])/q"
        ),
        "the softmax along the wrong axis": (
            "sum(i, H[i].T @ ((dA[i] - sum(A[i]*dA[i], axis=0, keepdims=True))*A[i]) @ K[i])/sqrt(q)"
        ),
        "the scores transposed": (
            "sum(i, H[i].T @ ((dA[i] - sum(A[i]*dA[i], axis=1, keepdims=True))*A[i]).T @ K[i])/sqrt(q)"
        ),
        "queries for keys": (
            "sum(i, H[i].T @ ((dA[i] - sum(A[i]*dA[i], axis=1, keepdims=True))*A[i]) @ Q[i])/sqrt(q)"
        ),
        "the sum over the examples forgotten": (
            "swapaxes(H, 1, 2) @ ((dA - sum(A*dA, axis=2, keepdims=True))*A) @ K/sqrt(q)"
        ),
        "two mistakes: the diagonal only, and no scaling": "sum(i, H[i].T @ (dA[i]*A[i]*(1 - A[i])) @ K[i])",
    },
)

HIDDEN = Asked(
    "attention-hidden",
    "adjoint_of_value",
    {"model": "attention-classifier", "value": "H"},
    {
        "the residual path forgotten": "dQ @ Wq.T + dK @ Wk.T + dU @ Wv.T",
        "the path through the values forgotten": "dR + dQ @ Wq.T + dK @ Wk.T",
        "the path through the keys forgotten": "dR + dQ @ Wq.T + dU @ Wv.T",
        "a missing transpose": "dR + dQ @ Wq.T + dK @ Wk.T + dU @ Wv",
        "weights exchanged": "dR + dQ @ Wk.T + dK @ Wq.T + dU @ Wv.T",
        "a sign": "dR - dQ @ Wq.T + dK @ Wk.T + dU @ Wv.T",
        "scaled a second time": "dR + (dQ @ Wq.T + dK @ Wk.T)/sqrt(q) + dU @ Wv.T",
        "queries' weights twice": "dR + dQ @ Wq.T + dK @ Wq.T + dU @ Wv.T",
        "only the residual path": "dR",
        "two mistakes: no residual, and a sign": "dQ @ Wq.T + dK @ Wk.T - dU @ Wv.T",
    },
)

QUESTIONS = (GATE, CELL, QUERY, HIDDEN)
