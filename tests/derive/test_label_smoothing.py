"""Label smoothing: its gradient is (P - S)/n, by a fact that follows; its numbers are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest

import gradwright as gw
from gradwright.derive.knowledge import knowledge
from gradwright.language.text import to_text
from gradwright.model.load import from_text

MODEL = """
name = "smoothed"
title = { en = "Smoothed labels", ko = "레이블 스무딩" }
[axes]
n = "examples"
d = "features"
k = "classes"
[data]
X = "n d"
Y = { axes = "n k", is = "one-hot" }
[parameters]
W = "d k"
[constants]
a = 0.2
[forward]
formulas = '''
Z = X @ W
S = label_smoothing(Y, a)
P = softmax(Z)
L = -sum(S*log(P))/n
'''
minimise = "L"
"""
OF_LOGITS = MODEL.replace("P = softmax(Z)\nL = -sum(S*log(P))/n", "L = sum(cross_entropy(Z, S))/n")


def test_the_gradient_is_clean_and_says_why() -> None:
    derivation = gw.derive(from_text(MODEL))
    assert "dZ = (P - S)/n" in derivation.text()
    assert [step.rule for step in derivation.steps].count("fact") == 1
    assert [fact.text for fact in knowledge(derivation.model).facts if fact.value == "S"] == [
        "sum(S, axis=1) = 1"
    ]
    trees = {one.name: to_text(one.tree) for one in derivation.model.definitions}
    assert trees["S"] == "(1 - a)*Y + a/k"


@pytest.mark.parametrize("text", [MODEL, OF_LOGITS], ids=["of probabilities", "of logits"])
def test_loss_and_gradient_are_pytorchs(text: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    rng = np.random.default_rng(3)
    X, W, which = rng.normal(size=(7, 4)), rng.normal(size=(4, 5)), rng.integers(0, 5, 7)
    program = gw.compile(from_text(text), backend="numpy")
    loss, gradients = program.loss_and_gradients({"W": W}, {"X": X, "Y": np.eye(5)[which]})
    weights = torch.tensor(W, requires_grad=True)
    peer = torch.nn.functional.cross_entropy(
        torch.tensor(X) @ weights, torch.tensor(which), label_smoothing=0.2
    )
    peer.backward()
    assert loss == pytest.approx(peer.item(), rel=1e-12)
    np.testing.assert_allclose(gradients["W"], weights.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_a_smoothing_that_does_not_keep_the_sum_is_no_fact() -> None:
    found = knowledge(from_text(MODEL.replace("label_smoothing(Y, a)", "(1 - a)*Y + a")))
    assert not [fact for fact in found.facts if fact.value == "S"]
