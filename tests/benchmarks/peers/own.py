"""Models that are in no catalogue: gated convolutions over time, and a mixture of experts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.training_case import Arrays, Case, Layout, Product, Sizes

Given = Mapping[str, Any]
SHARING = 0.01
"""As in the model file."""


def to_predict(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Random features, a sequence of them where there are time steps, and numbers."""
    shape = [sizes[axis] for axis in "nTd" if axis in sizes]
    return {"X": rng.normal(size=shape), "y": rng.normal(size=(sizes["n"], sizes["p"]))}


def turned(params: Mapping[str, Any]) -> Arrays:
    """Kernels (3, in, out) as PyTorch has them: (out, in, 3); what is seen and what passes are one kernel."""
    found = {name: params[name] for name in ("We", "be", "R1", "R2", "V", "c")}
    for i in "12":
        found[f"K{i}"] = np.concatenate([params[f"F{i}"], params[f"G{i}"]], axis=-1).transpose(2, 1, 0)
        found[f"k{i}"] = np.concatenate([params[f"f{i}"], params[f"g{i}"]])
    return found


def turned_back(params: Mapping[str, Any]) -> Arrays:
    """The way back."""
    found = {name: value for name, value in params.items() if name[0] not in "Kk"}
    for i in "12":
        found[f"F{i}"], found[f"G{i}"] = np.split(params[f"K{i}"].transpose(2, 1, 0), 2, axis=-1)
        found[f"f{i}"], found[f"g{i}"] = np.split(params[f"k{i}"], 2)
    return found


def torch_convolutions(params: Given, data: Given) -> Any:
    import torch
    import torch.nn.functional as F

    x = torch.tanh(data["X"] @ params["We"] + params["be"]).transpose(1, 2)
    for i, apart in (("1", 1), ("2", 2)):
        seen, passes = F.conv1d(x, params[f"K{i}"], params[f"k{i}"], dilation=apart).chunk(2, dim=1)
        gated = (torch.tanh(seen) * torch.sigmoid(passes)).transpose(1, 2) @ params[f"R{i}"]
        x = torch.tanh(x[:, :, 2 * apart :] + gated.transpose(1, 2))
    return F.huber_loss(x.mean(2) @ params["V"] + params["c"], data["y"])


def jax_huber(difference: Any) -> Any:
    """The mean Huber loss with its bend at 1."""
    import jax.numpy as jnp

    size = jnp.abs(difference)
    return jnp.where(size <= 1, difference**2 / 2, size - 0.5).mean()


def jax_convolutions(params: Given, data: Given) -> Any:
    import jax
    import jax.numpy as jnp

    x = jnp.tanh(data["X"] @ params["We"] + params["be"])
    for i, apart in (("1", 1), ("2", 2)):
        kernel = params[f"K{i}"].transpose(2, 1, 0)
        steps = x.shape[1] - 2 * apart
        both = sum(x[:, apart * at : apart * at + steps] @ kernel[at] for at in range(3)) + params[f"k{i}"]
        seen, passes = jnp.split(both, 2, axis=-1)
        x = jnp.tanh(x[:, 2 * apart :] + (jnp.tanh(seen) * jax.nn.sigmoid(passes)) @ params[f"R{i}"])
    return jax_huber(x.mean(1) @ params["V"] + params["c"] - data["y"])


def convolution_products(sizes: Sizes) -> Sequence[Product]:
    n, T, d, u, p = (sizes[axis] for axis in "nTdup")
    found = [Product(n * T, u, d, left=False), Product(n, p, u)]
    for left in (T - 2, T - 6):
        found += [Product(n * left, 2 * u, 3 * u), Product(n * left, u, u)]
    return found


def torch_experts(params: Given, data: Given) -> Any:
    import torch
    import torch.nn.functional as F

    heard = torch.softmax(data["X"] @ params["G"] + params["g"], dim=-1)
    several = data["X"].expand(len(params["W"]), -1, -1)
    hidden = F.silu(torch.baddbmm(params["b"][:, None], several, params["W"]))
    told = torch.baddbmm(params["c"][:, None], hidden, params["V"])
    mixed = torch.einsum("ne,enp->np", heard, told)
    return F.huber_loss(mixed, data["y"]) + SHARING * (heard.mean(0) ** 2).sum()


def jax_experts(params: Given, data: Given) -> Any:
    import jax
    import jax.numpy as jnp

    heard = jax.nn.softmax(data["X"] @ params["G"] + params["g"])
    hidden = jax.nn.silu(jnp.einsum("nd,edh->enh", data["X"], params["W"]) + params["b"][:, None])
    told = jnp.einsum("enh,ehp->enp", hidden, params["V"]) + params["c"][:, None]
    mixed = jnp.einsum("ne,enp->np", heard, told)
    return jax_huber(mixed - data["y"]) + SHARING * (heard.mean(0) ** 2).sum()


def expert_products(sizes: Sizes) -> Sequence[Product]:
    n, d, e, h, p = (sizes[axis] for axis in "ndehp")
    return [
        Product(n, e, d, left=False),
        Product(n, h, d, times=e, left=False),
        Product(n, p, h, times=e),
    ]


SHARED: dict[str, Any] = {"data": to_predict, "optimizer": "adam", "learning_rate": 0.001}

CASES = (
    Case(
        name="own-gated-convolution",
        model="own-gated-convolution",
        sizes={
            "small": {"n": 32, "T": 32, "d": 16, "u": 32, "p": 4},
            "next": {"n": 64, "T": 64, "d": 32, "u": 64, "p": 4},
        },
        torch_loss=torch_convolutions,
        jax_loss=jax_convolutions,
        products=convolution_products,
        torch_layout=Layout(turned, turned_back),
        jax_layout=Layout(turned, turned_back),
        **SHARED,
    ),
    Case(
        name="own-experts",
        model="own-experts",
        sizes={
            "small": {"n": 128, "d": 32, "e": 8, "h": 64, "p": 4},
            "next": {"n": 256, "d": 64, "e": 8, "h": 128, "p": 4},
        },
        torch_loss=torch_experts,
        jax_loss=jax_experts,
        products=expert_products,
        **SHARED,
    ),
)
