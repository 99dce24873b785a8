"""What one case of the training benchmark is: a model, its sizes and data, and the same loss by its peers.

A family of cases is a file of ``tests/benchmarks/peers`` that holds ``Case`` records at its top level. Such a
file is imported without PyTorch and JAX too, so it imports them inside its functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
Arrays = dict[str, Array]
Sizes = Mapping[str, int]
Loss = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Product:
    """Products of a matrix (m, k) and a matrix of parameters (k, n) in a forward pass.

    Args:
        m: Rows of the result: examples, or examples times places.
        n: Columns of the result.
        k: What the product sums over; for a convolution its input channels times the window.
        times: How many such products one after the other (time steps, heads, layers).
        left: Whether the backward pass needs the gradient by the left factor (not where it is data).
        joined: Whether the gradient by the right factor is one product over all times (a recurrence).
    """

    m: int
    n: int
    k: int
    times: int = 1
    left: bool = True
    joined: bool = False

    @property
    def step(self) -> list[tuple[int, int, int, int]]:
        """The products of a whole step as (times, m, n, k): the forward ones and those of the gradients."""
        forward = [(self.times, self.m, self.n, self.k)]
        left = [(self.times, self.m, self.k, self.n)] if self.left else []
        if self.joined:
            return [*forward, *left, (1, self.k, self.n, self.m * self.times)]
        return [*forward, *left, (self.times, self.k, self.n, self.m)]


def as_it_is(arrays: Mapping[str, Array]) -> Arrays:
    """The arrays themselves."""
    return dict(arrays)


@dataclass(frozen=True)
class Layout:
    """A peer's own layout of the parameters, such as the stacked gates of ``nn.LSTM``.

    Args:
        pack: NumPy arrays by the model's names to arrays by the peer's names.
        unpack: The way back, which the gradients take.
    """

    pack: Callable[[Mapping[str, Array]], Arrays] = as_it_is
    unpack: Callable[[Mapping[str, Array]], Arrays] = as_it_is


@dataclass(frozen=True)
class Variant:
    """Another way in which PyTorch does the same, shown as ``torch eager NAME``.

    Args:
        name: Such as ``channels-last``.
        loss: Instead of the case's ``torch_loss``.
        prepare: What is done with each tensor of the parameters and the data, once, before the first step.
        layout: Instead of the case's ``torch_layout``.
        compiled: Whether ``torch.compile`` takes this way too, as ``torch.compile NAME``.
        sparse: Whether gradients are sparse tensors, which the fused optimizers do not take.
    """

    name: str
    loss: Loss | None = None
    prepare: Callable[[Any], Any] | None = None
    layout: Layout | None = None
    compiled: bool = False
    sparse: bool = False


def no_products(sizes: Sizes) -> Sequence[Product]:
    """Of a model whose work is not in products."""
    return ()


@dataclass(frozen=True)
class Case:
    """One model of the benchmark.

    Args:
        name: What the table calls it.
        model: A model of the catalogue, or the name of a file of ``tests/benchmarks/models`` without
            ``.toml``, which goes first.
        sizes: By the size's name (``small``, ``next``) the sizes of the model's axes; other names may be
            among them, for ``data``.
        data: NumPy arrays by the names of the model's data, from sizes and a generator; float64 and int64,
            which the harness casts.
        torch_loss: The scalar loss from tensors of parameters and data. It may run under ``torch.compile``.
        jax_loss: The same from JAX arrays; it is jitted with its gradient and the update.
        optimizer: ``sgd`` or ``adam``.
        learning_rate: Small enough that some ten thousand steps on one batch stay finite.
        products: The matrix products and convolutions of the forward pass, from sizes.
        peer_data: What the peers get in place of the data, such as labels for one-hot rows.
        torch_data: The same for PyTorch alone, if it wants another.
        jax_data: The same for JAX alone.
        torch_layout: PyTorch's own layout of the parameters.
        jax_step: A whole step of plain gradient descent in JAX from parameters, data and the learning rate to
            the parameters and the loss, where that is faster than the gradient and then the update, as when
            the data name the rows that change.
        jax_layout: JAX's own layout of the parameters.
        variants: Other ways of PyTorch.
    """

    name: str
    model: str
    sizes: Mapping[str, Sizes]
    data: Callable[[Sizes, np.random.Generator], Arrays]
    torch_loss: Loss
    jax_loss: Loss
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    products: Callable[[Sizes], Sequence[Product]] = no_products
    peer_data: Callable[[Mapping[str, Array]], Arrays] = as_it_is
    torch_data: Callable[[Mapping[str, Array]], Arrays] | None = None
    jax_data: Callable[[Mapping[str, Array]], Arrays] | None = None
    torch_layout: Layout = Layout()
    jax_step: Callable[[Any, Any, float], tuple[Any, Any]] | None = None
    jax_layout: Layout = Layout()
    variants: tuple[Variant, ...] = ()
