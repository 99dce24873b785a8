"""Transformers: an encoder that classifies, an encoder-decoder, BERT's masked words, a Vision Transformer.

The peers join the weights of queries, keys and values to one product, as ``nn.MultiheadAttention`` does, and
call the fused attention of PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tests.benchmarks.peers.softmax import jax_cross_entropy
from tests.benchmarks.training_case import Arrays, Case, Layout, Product, Sizes

Params = Mapping[str, Any]
SELF, CROSS = "qkv", "kv"


# Weights: the model's d a q, the peers' (rows of all heads' features) d. ---------------------------------


def joined(arrays: Params, groups: Mapping[str, Sequence[str]]) -> Arrays:
    """Weights of shape (d, a, q) as rows (a*q, d), several under one name; biases (a, q) as one vector."""
    made: Arrays = {}
    grouped = {name for names in groups.values() for name in names}
    for name, array in arrays.items():
        if name not in grouped:
            made[name] = array.T if _is_linear(name, array) else array
    for whole, names in groups.items():
        parts = [arrays[name] for name in names]
        if parts[0].ndim == 3 and not whole.endswith("o"):
            made[whole] = np.concatenate([part.reshape(len(part), -1).T for part in parts])
        else:
            made[whole] = np.concatenate([part.reshape(-1, *part.shape[2:]) for part in parts])
            made[whole] = made[whole].T if made[whole].ndim == 2 else made[whole]
    return made


def parted(arrays: Params, groups: Mapping[str, Sequence[str]], heads: int) -> Arrays:
    """The way back."""
    made: Arrays = {}
    for name, array in arrays.items():
        names = groups.get(name)
        if names is None:
            made[name] = array.T if _is_linear(name, array) else array
        elif array.ndim == 1:
            for one, part in zip(names, np.split(array, len(names)), strict=True):
                made[one] = part.reshape(heads, -1)
        elif name.endswith("o"):
            made[names[0]] = array.T.reshape(heads, -1, array.shape[0])
        else:
            for one, part in zip(names, np.split(array, len(names)), strict=True):
                made[one] = part.T.reshape(array.shape[1], heads, -1)
    return made


def _is_linear(name: str, array: Any) -> bool:
    """Whether a matrix is that of a linear layer; a table of vectors stays as it is."""
    return array.ndim == 2 and (name[0] in "WV")


def layout(attentions: Mapping[str, str], biased: bool, heads: int) -> Layout:
    """Of a model whose attentions are called ``W1`` or ``R1``; ``qkv`` are joined, or ``kv`` alone."""
    groups: dict[str, tuple[str, ...]] = {}
    for name, together in attentions.items():
        for letters in (together, *(letter for letter in "qo" if letter not in together)):
            groups[name + letters] = tuple(name + letter for letter in letters)
            if biased and letters != "o":
                short = name.replace("W", "b")
                groups[short + letters] = tuple(short + letter for letter in letters)
    return Layout(partial(joined, groups=groups), partial(parted, groups=groups, heads=heads))


# What PyTorch does. -------------------------------------------------------------------------------------


def torch_self_attention(
    params: Params, name: str, x: Any, heads: int, causal: bool = False, bias: str = ""
) -> Any:
    import torch.nn.functional as F

    n, t = x.shape[:2]
    both = F.linear(x, params[f"{name}qkv"], params.get(f"{bias}qkv") if bias else None)
    q, k, v = both.view(n, t, 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).reshape(n, t, -1)
    return F.linear(mixed, params[f"{name}o"], params.get(f"{bias}o") if bias else None)


def torch_cross_attention(params: Params, name: str, x: Any, memory: Any, heads: int) -> Any:
    import torch.nn.functional as F

    n, t = x.shape[:2]
    q = F.linear(x, params[f"{name}q"]).view(n, t, heads, -1).transpose(1, 2)
    both = F.linear(memory, params[f"{name}kv"])
    k, v = both.view(n, memory.shape[1], 2, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, -1)
    return F.linear(mixed, params[f"{name}o"])


def torch_norm(params: Params, gain: str, shift: str, x: Any) -> Any:
    import torch.nn.functional as F

    return F.layer_norm(x, x.shape[-1:], params[gain], params[shift])


def torch_forward(params: Params, name: str, x: Any, gelu: bool = False) -> Any:
    import torch.nn.functional as F

    hidden = F.linear(x, params[f"W{name}a"], params[f"b{name}a"])
    return F.linear(F.gelu(hidden) if gelu else F.relu(hidden), params[f"W{name}b"], params[f"b{name}b"])


def torch_encoder(params: Params, x: Any, heads: int) -> Any:
    for i in "12":
        x = torch_norm(params, f"g{i}", f"h{i}", x + torch_self_attention(params, f"W{i}", x, heads))
        x = torch_norm(params, f"m{i}", f"r{i}", x + torch_forward(params, i, x))
    return x


def torch_classifier(params: Params, data: Params) -> Any:
    import torch.nn.functional as F

    x = torch_encoder(params, F.embedding(data["tokens"], params["E"]) + params["B"], HEADS)
    return F.cross_entropy(F.linear(x.mean(1), params["V"], params["c"]), data["y"])


def torch_translation(params: Params, data: Params) -> Any:
    import torch.nn.functional as F

    memory = torch_encoder(params, F.embedding(data["source"], params["E"]) + params["B"], HEADS)
    y = F.embedding(data["before"], params["G"]) + params["H"]
    for i in "34":
        own = torch_self_attention(params, f"W{i}", y, HEADS, causal=True)
        y = torch_norm(params, f"g{i}", f"h{i}", y + own)
        across = torch_cross_attention(params, f"R{i}", y, memory, HEADS)
        y = torch_norm(params, f"e{i}", f"l{i}", y + across)
        y = torch_norm(params, f"m{i}", f"r{i}", y + torch_forward(params, i, y))
    logits = F.linear(y, params["V"], params["c"])
    return F.cross_entropy(logits.flatten(0, 1), data["after"].flatten())


def torch_bert(params: Params, data: Params) -> Any:
    import torch
    import torch.nn.functional as F

    x = torch_norm(params, "g0", "h0", F.embedding(data["tokens"], params["E"]) + params["B"])
    for i in "12":
        mixed = torch_self_attention(params, f"W{i}", x, HEADS, bias=f"b{i}")
        x = torch_norm(params, f"g{i}", f"h{i}", x + mixed)
        x = torch_norm(params, f"m{i}", f"r{i}", x + torch_forward(params, i, x, gelu=True))
    x = x[torch.arange(len(x))[:, None], data["places"]]
    x = torch_norm(params, "g3", "h3", F.gelu(F.linear(x, params["Wh"], params["bh"])))
    logits = F.linear(x, params["E"], params["c"])
    return F.cross_entropy(logits.flatten(0, 1), data["words"].flatten())


def torch_vit(params: Params, data: Params) -> Any:
    import torch
    import torch.nn.functional as F

    x = F.linear(data["X"], params["We"], params["be"])
    x = torch.cat([params["token"].expand(len(x), 1, -1), x], dim=1) + params["B"]
    for i in "12":
        normal = torch_norm(params, f"g{i}", f"h{i}", x)
        x = x + torch_self_attention(params, f"W{i}", normal, HEADS, bias=f"b{i}")
        x = x + torch_forward(params, i, torch_norm(params, f"m{i}", f"r{i}", x), gelu=True)
    told = torch_norm(params, "g3", "h3", x[:, 0])
    return F.cross_entropy(F.linear(told, params["V"], params["c"]), data["y"])


# What JAX does. -----------------------------------------------------------------------------------------


def jax_attention(q: Any, k: Any, v: Any, causal: bool = False) -> Any:
    """Attention of (n, a, t, q) to (n, a, s, q), the heads side by side in the end."""
    import jax
    import jax.numpy as jnp

    scores = jnp.einsum("natq,nasq->nats", q, k) / q.shape[-1] ** 0.5
    if causal:
        t = scores.shape[-1]
        scores = jnp.where(jnp.tri(t, dtype=bool), scores, -jnp.inf)
    mixed = jnp.einsum("nats,nasq->ntaq", jax.nn.softmax(scores), v)
    return mixed.reshape(*mixed.shape[:2], -1)


def jax_heads(x: Any, weight: Any, bias: Any, parts: int) -> Any:
    """Queries, keys and values of all heads by one product, as (parts, n, a, t, q)."""
    both = x @ weight.T + (0 if bias is None else bias)
    return both.reshape(*x.shape[:2], parts, HEADS, -1).transpose(2, 0, 3, 1, 4)


def jax_self_attention(params: Params, name: str, x: Any, causal: bool = False, bias: str = "") -> Any:
    q, k, v = jax_heads(x, params[f"{name}qkv"], params[f"{bias}qkv"] if bias else None, 3)
    made = jax_attention(q, k, v, causal) @ params[f"{name}o"].T
    return made + params[f"{bias}o"] if bias else made


def jax_cross_attention(params: Params, name: str, x: Any, memory: Any) -> Any:
    (q,) = jax_heads(x, params[f"{name}q"], None, 1)
    k, v = jax_heads(memory, params[f"{name}kv"], None, 2)
    return jax_attention(q, k, v) @ params[f"{name}o"].T


def jax_norm(params: Params, gain: str, shift: str, x: Any) -> Any:
    import jax
    import jax.numpy as jnp

    centred = x - x.mean(-1, keepdims=True)
    spread = jnp.square(centred).mean(-1, keepdims=True)
    return params[gain] * (centred * jax.lax.rsqrt(spread + 1e-5)) + params[shift]


def jax_forward(params: Params, name: str, x: Any, gelu: bool = False) -> Any:
    import jax

    hidden = x @ params[f"W{name}a"].T + params[f"b{name}a"]
    hidden = jax.nn.gelu(hidden, approximate=False) if gelu else jax.nn.relu(hidden)
    return hidden @ params[f"W{name}b"].T + params[f"b{name}b"]


def jax_encoder(params: Params, x: Any) -> Any:
    for i in "12":
        x = jax_norm(params, f"g{i}", f"h{i}", x + jax_self_attention(params, f"W{i}", x))
        x = jax_norm(params, f"m{i}", f"r{i}", x + jax_forward(params, i, x))
    return x


def jax_classifier(params: Params, data: Params) -> Any:
    x = jax_encoder(params, params["E"][data["tokens"]] + params["B"])
    return jax_cross_entropy(x.mean(1) @ params["V"].T + params["c"], data["y"])


def jax_translation(params: Params, data: Params) -> Any:
    memory = jax_encoder(params, params["E"][data["source"]] + params["B"])
    y = params["G"][data["before"]] + params["H"]
    for i in "34":
        y = jax_norm(params, f"g{i}", f"h{i}", y + jax_self_attention(params, f"W{i}", y, causal=True))
        y = jax_norm(params, f"e{i}", f"l{i}", y + jax_cross_attention(params, f"R{i}", y, memory))
        y = jax_norm(params, f"m{i}", f"r{i}", y + jax_forward(params, i, y))
    return jax_cross_entropy(y @ params["V"].T + params["c"], data["after"])


def jax_bert(params: Params, data: Params) -> Any:
    import jax
    import jax.numpy as jnp

    x = jax_norm(params, "g0", "h0", params["E"][data["tokens"]] + params["B"])
    for i in "12":
        x = jax_norm(params, f"g{i}", f"h{i}", x + jax_self_attention(params, f"W{i}", x, bias=f"b{i}"))
        x = jax_norm(params, f"m{i}", f"r{i}", x + jax_forward(params, i, x, gelu=True))
    x = x[jnp.arange(len(x))[:, None], data["places"]]
    x = jax.nn.gelu(x @ params["Wh"].T + params["bh"], approximate=False)
    x = jax_norm(params, "g3", "h3", x)
    return jax_cross_entropy(x @ params["E"].T + params["c"], data["words"])


def jax_vit(params: Params, data: Params) -> Any:
    import jax.numpy as jnp

    x = data["X"] @ params["We"].T + params["be"]
    first = jnp.broadcast_to(params["token"], (len(x), 1, x.shape[-1]))
    x = jnp.concatenate([first, x], axis=1) + params["B"]
    for i in "12":
        normal = jax_norm(params, f"g{i}", f"h{i}", x)
        x = x + jax_self_attention(params, f"W{i}", normal, bias=f"b{i}")
        x = x + jax_forward(params, i, jax_norm(params, f"m{i}", f"r{i}", x), gelu=True)
    return jax_cross_entropy(jax_norm(params, "g3", "h3", x[:, 0]) @ params["V"].T + params["c"], data["y"])


# Data and work. -----------------------------------------------------------------------------------------


def sentences(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Words, and a class for each sentence."""
    return {
        "tokens": rng.integers(0, sizes["v"], (sizes["n"], sizes["t"])),
        "y": rng.integers(0, sizes["k"], sizes["n"]),
    }


def translations(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Sentences, and their translations with a first word in front that begins every one."""
    target = rng.integers(1, sizes["v"], (sizes["n"], sizes["t"]))
    before = np.concatenate([np.zeros((sizes["n"], 1), target.dtype), target[:, :-1]], axis=1)
    source = rng.integers(0, sizes["u"], (sizes["n"], sizes["s"]))
    return {"source": source, "before": before, "after": target}


def masked(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Sentences in which the word 0 stands for some words, where it does, and for which."""
    tokens = rng.integers(1, sizes["v"], (sizes["n"], sizes["t"]))
    places = rng.permuted(np.tile(np.arange(sizes["t"]), (sizes["n"], 1)), axis=1)[:, : sizes["m"]]
    places = np.sort(places, axis=1)
    words = np.take_along_axis(tokens, places, axis=1)
    np.put_along_axis(tokens, places, 0, axis=1)
    return {"tokens": tokens, "places": places, "words": words}


def patches(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Pictures cut into patches, and their classes."""
    return {
        "X": rng.normal(size=(sizes["n"], sizes["s"], sizes["p"])),
        "y": rng.integers(0, sizes["k"], sizes["n"]),
    }


def attention_products(sizes: Sizes, t: int, s: int) -> list[Product]:
    """The projections of queries, keys, values and the result, and the products of each head."""
    n, d, inner, heads = sizes["n"], sizes["d"], sizes["a"] * sizes["q"], sizes["n"] * sizes["a"]
    return [
        *(Product(n * rows, inner, d) for rows in (t, s, s)),
        Product(t, s, sizes["q"], heads),
        Product(t, sizes["q"], s, heads),
        Product(n * t, d, inner),
    ]


def forward_products(sizes: Sizes, t: int) -> list[Product]:
    rows = sizes["n"] * t
    return [Product(rows, sizes["f"], sizes["d"]), Product(rows, sizes["d"], sizes["f"])]


def layer_products(sizes: Sizes, t: int) -> list[Product]:
    return [*attention_products(sizes, t, t), *forward_products(sizes, t)]


def classifier_products(sizes: Sizes) -> Sequence[Product]:
    return [*layer_products(sizes, sizes["t"]) * 2, Product(sizes["n"], sizes["k"], sizes["d"])]


def translation_products(sizes: Sizes) -> Sequence[Product]:
    s, t = sizes["s"], sizes["t"]
    decoder = [*layer_products(sizes, t), *attention_products(sizes, t, s)]
    return [*layer_products(sizes, s) * 2, *decoder * 2, Product(sizes["n"] * t, sizes["v"], sizes["d"])]


def bert_products(sizes: Sizes) -> Sequence[Product]:
    rows, d = sizes["n"] * sizes["m"], sizes["d"]
    return [*layer_products(sizes, sizes["t"]) * 2, Product(rows, d, d), Product(rows, sizes["v"], d)]


def vit_products(sizes: Sizes) -> Sequence[Product]:
    first = Product(sizes["n"] * sizes["s"], sizes["d"], sizes["p"], left=False)
    last = Product(sizes["n"], sizes["k"], sizes["d"])
    return [first, *layer_products(sizes, sizes["s"] + 1) * 2, last]


HEADS = 4
SMALL = {"d": 64, "a": HEADS, "q": 16, "f": 256}
NEXT = {"d": 128, "a": HEADS, "q": 32, "f": 512}
"""Products of four times the work."""
ENCODER = {"W1": SELF, "W2": SELF}


def _case(
    name: str,
    own: Sizes,
    data: Callable[[Sizes, np.random.Generator], Arrays],
    torch_loss: Any,
    jax_loss: Any,
    products: Callable[[Sizes], Sequence[Product]],
    attentions: Mapping[str, str] = ENCODER,
    biased: bool = False,
) -> Case:
    packed = layout(attentions, biased, HEADS)
    return Case(
        name=name,
        model=name,
        sizes={"small": {**SMALL, **own}, "next": {**NEXT, **own}},
        data=data,
        torch_loss=torch_loss,
        jax_loss=jax_loss,
        optimizer="adam",
        learning_rate=1e-4,
        products=products,
        torch_layout=packed,
        jax_layout=packed,
    )


CASES = (
    _case(
        "transformer-encoder",
        {"n": 32, "t": 32, "v": 64, "k": 10},
        sentences,
        torch_classifier,
        jax_classifier,
        classifier_products,
    ),
    _case(
        "transformer",
        {"n": 32, "s": 32, "t": 32, "u": 64, "v": 64},
        translations,
        torch_translation,
        jax_translation,
        translation_products,
        {**ENCODER, "W3": SELF, "R3": CROSS, "W4": SELF, "R4": CROSS},
    ),
    _case(
        "bert",
        {"n": 16, "t": 64, "v": 1000, "m": 10},
        masked,
        torch_bert,
        jax_bert,
        bert_products,
        biased=True,
    ),
    _case(
        "vit",
        {"n": 64, "s": 16, "p": 49, "t": 17, "k": 10},
        patches,
        torch_vit,
        jax_vit,
        vit_products,
        biased=True,
    ),
)
