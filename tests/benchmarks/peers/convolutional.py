"""Two convolutions with pooling, plain and with batch normalisation and dropout."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.peers.softmax import jax_cross_entropy, labelled
from tests.benchmarks.training_case import Array, Arrays, Case, Layout, Product, Sizes, Variant

Given = Mapping[str, Any]
PICTURE = {"c": 1, "H": 28, "Wd": 28, "Ho": 5, "Wo": 5, "k": 10}
SIZES = {
    "small": {"n": 64, "m": 8, "q": 16, **PICTURE},
    "next": {"n": 128, "m": 16, "q": 32, **PICTURE},
}
EPSILON = 1e-5
KEEP = 0.5
"""Both as in the model file."""


def pictures(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Random pictures and classes."""
    labels = rng.integers(0, sizes["k"], sizes["n"])
    shape = [sizes[axis] for axis in ("n", "c", "H", "Wd")]
    return {"X": rng.normal(size=shape), "Y": np.eye(sizes["k"])[labels]}


def with_mask(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """The same, and which features a dropout keeps, drawn once for all to use."""
    mask = rng.random([sizes[axis] for axis in ("n", "q", "Ho", "Wo")]) < KEEP
    return {**pictures(sizes, rng), "D": mask.astype(np.float64)}


def products(sizes: Sizes) -> Sequence[Product]:
    """Of the places that the pooling reads: the odd row and column of the second layer are not."""
    first, second = 2 * ((sizes["H"] - 2) // 2), 2 * sizes["Ho"]
    return [
        Product(sizes["n"] * first**2, sizes["m"], 9 * sizes["c"], left=False),
        Product(sizes["n"] * second**2, sizes["q"], 9 * sizes["m"]),
        Product(sizes["n"], sizes["k"], sizes["q"] * sizes["Ho"] * sizes["Wo"]),
    ]


def flat(order: tuple[int, int, int], params: Mapping[str, Array]) -> Arrays:
    """The last layer's weights as a matrix whose rows are channel, height and width in an order."""
    W = params["W"]
    return {**params, "W": W.transpose(*order, 3).reshape(-1, W.shape[-1])}


def whole(order: tuple[int, int, int], params: Mapping[str, Array]) -> Arrays:
    """The way back."""
    q = len(params["b2"]) if "b2" in params else len(params["beta2"])
    side = math.isqrt(len(params["W"]) // q)
    extents = [(q, side, side)[axis] for axis in order]
    W = params["W"].reshape(*extents, -1).transpose(*np.argsort(order), 3)
    return {**params, "W": W}


ROWS = Layout(lambda params: flat((0, 1, 2), params), lambda params: whole((0, 1, 2), params))
CHANNELS_LAST = Layout(lambda params: flat((1, 2, 0), params), lambda params: whole((1, 2, 0), params))
KERNELS = ("K1", "K2")


def hwio(params: Mapping[str, Array]) -> Arrays:
    """JAX's kernels have height and width first, channels last."""
    return {
        name: np.transpose(value, (2, 3, 1, 0)) if name in KERNELS else value
        for name, value in CHANNELS_LAST.pack(params).items()
    }


def oihw(params: Mapping[str, Array]) -> Arrays:
    """The way back."""
    return CHANNELS_LAST.unpack(
        {
            name: np.transpose(value, (3, 2, 0, 1)) if name in KERNELS else value
            for name, value in params.items()
        }
    )


def torch_plain(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    return F.cross_entropy(
        torch_features(params, data).flatten(1) @ params["W"] + params["b"], data["labels"]
    )


def torch_plain_last(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    features = torch_features(params, data).permute(0, 2, 3, 1).flatten(1)
    return F.cross_entropy(features @ params["W"] + params["b"], data["labels"])


def torch_features(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    hidden = F.max_pool2d(F.relu(F.conv2d(data["X"], params["K1"], params["b1"])), 2)
    return F.max_pool2d(F.relu(F.conv2d(hidden, params["K2"], params["b2"])), 2)


def torch_normalised(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    features = torch_dropped(params, data).flatten(1)
    return F.cross_entropy(features @ params["W"] + params["b"], data["labels"])


def torch_normalised_last(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    features = torch_dropped(params, data).permute(0, 2, 3, 1).flatten(1)
    return F.cross_entropy(features @ params["W"] + params["b"], data["labels"])


def torch_dropped(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    hidden = data["X"]
    for layer in ("1", "2"):
        hidden = F.batch_norm(
            F.conv2d(hidden, params[f"K{layer}"]),
            None,
            None,
            params[f"gamma{layer}"],
            params[f"beta{layer}"],
            training=True,
            eps=EPSILON,
        )
        hidden = F.max_pool2d(F.relu(hidden), 2)
    return hidden * data["D"]


def jax_plain(params: Given, data: Given) -> Any:
    import jax

    hidden = data["X"]
    for layer in ("1", "2"):
        hidden = jax_pool(jax.nn.relu(jax_convolution(hidden, params[f"K{layer}"]) + params[f"b{layer}"]))
    features = hidden.reshape(len(hidden), -1)
    return jax_cross_entropy(features @ params["W"] + params["b"], data["labels"])


def jax_normalised(params: Given, data: Given) -> Any:
    import jax

    hidden = data["X"]
    for layer in ("1", "2"):
        hidden = jax_convolution(hidden, params[f"K{layer}"])
        mean = hidden.mean((0, 1, 2))
        spread = hidden.var((0, 1, 2))
        hidden = (hidden - mean) * jax.lax.rsqrt(spread + EPSILON)
        hidden = jax_pool(jax.nn.relu(params[f"gamma{layer}"] * hidden + params[f"beta{layer}"]))
    features = (hidden * data["D"]).reshape(len(hidden), -1)
    return jax_cross_entropy(features @ params["W"] + params["b"], data["labels"])


def jax_convolution(x: Any, kernel: Any) -> Any:
    """Channels last, which XLA is quickest at on CPUs."""
    from jax import lax

    return lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def jax_pool(x: Any) -> Any:
    """The maxima of 2x2 windows, by a reshape: quicker than a window reduction's gradient."""
    n, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max((2, 4))


def torch_data(data: Mapping[str, Array]) -> Arrays:
    """Labels, and a mask that holds the dropout's factor."""
    return {name: value / KEEP if name == "D" else value for name, value in labelled(data).items()}


def jax_data(data: Mapping[str, Array]) -> Arrays:
    """The same, channels last."""
    return {
        name: np.transpose(value, (0, 2, 3, 1)) if value.ndim == 4 else value
        for name, value in torch_data(data).items()
    }


def channels_last(tensor: Any) -> Any:
    """A tensor of pictures or kernels with the channels last in memory."""
    import torch

    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def case(name: str, model: str, data: Any, torch_losses: tuple[Any, Any], jax_loss: Any) -> Case:
    return Case(
        name=name,
        model=model,
        sizes=SIZES,
        data=data,
        torch_loss=torch_losses[0],
        jax_loss=jax_loss,
        products=products,
        torch_data=torch_data,
        jax_data=jax_data,
        torch_layout=ROWS,
        jax_layout=Layout(hwio, oihw),
        variants=(Variant("channels-last", torch_losses[1], channels_last, CHANNELS_LAST),),
    )


CASES = (
    case("cnn", "two-convolutions", pictures, (torch_plain, torch_plain_last), jax_plain),
    case(
        "cnn-norm-dropout",
        "normalised-convolutions",
        with_mask,
        (torch_normalised, torch_normalised_last),
        jax_normalised,
    ),
)
