"""A training step of a small causal transformer: 2 layers, width 64, 4 heads, length 64, AdamW, in float32.

It is the decoder that predicts the next of 64 characters: in each layer attention and a network of 256 with
GELU (its tanh form), both added to what comes in and normalized before (LayerNorm).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.benchmarks.contestants import PRODUCTS
from tests.benchmarks.timing import Row, Step
from tests.benchmarks.training import Case, initial_weights, ours_and_pytorch, race, with_hips, with_jax

T, E, HEADS, LAYERS, K = 64, 64, 4, 2, 64
HIDDEN = 4 * E
SETTINGS: dict[str, Any] = {"lr": 1e-3, "weight_decay": 0.01}


def build(library: Any) -> Any:
    nn = library.nn
    F = nn.functional

    class Attention(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(E, 3 * E)
            self.out = nn.Linear(E, E)

        def forward(self, x: Any) -> Any:
            heads = self.qkv(x).view(-1, T, 3, HEADS, E // HEADS).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_causal=True)
            return self.out(y.transpose(1, 2).reshape(-1, T, E))

    class Layer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.attention = nn.LayerNorm(E), Attention()
            self.norm2, self.up, self.down = nn.LayerNorm(E), nn.Linear(E, HIDDEN), nn.Linear(HIDDEN, E)

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(K, E), nn.Embedding(T, E)
            self.layers = nn.ModuleList([Layer() for _ in range(LAYERS)])
            self.norm, self.head = nn.LayerNorm(E), nn.Linear(E, K)

        def forward(self, x: Any) -> Any:
            x = self.tokens(x) + self.places.weight
            for layer in self.layers:
                x = layer(x)
            return self.head(self.norm(x)).view(-1, K)

    return Network()


def forward(np: Any, w: Any, x: Any) -> Any:
    def linear(name: str, x: Any) -> Any:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(name: str, x: Any) -> Any:
        x = x - np.mean(x, axis=-1, keepdims=True)
        x = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def attention(name: str, x: Any) -> Any:
        heads = np.transpose(linear(f"{name}.qkv", x).reshape(-1, T, 3, HEADS, E // HEADS), (2, 0, 3, 1, 4))
        q, k, v = heads[0], heads[1], heads[2]
        scores = np.where(seen, q @ np.swapaxes(k, -1, -2) / math.sqrt(E // HEADS), -1e30)
        weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
        y = weights / np.sum(weights, axis=-1, keepdims=True) @ v
        return linear(f"{name}.out", np.swapaxes(y, 1, 2).reshape(-1, T, E))

    def gelu(x: Any) -> Any:
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

    seen = np.tri(T, T, dtype="bool")
    x = w["tokens.weight"][x] + w["places.weight"]
    for i in range(LAYERS):
        layer = f"layers.{i}"
        x = x + attention(f"{layer}.attention", norm(f"{layer}.norm1", x))
        x = x + linear(f"{layer}.down", gelu(linear(f"{layer}.up", norm(f"{layer}.norm2", x))))
    return linear("head", norm("norm", x)).reshape(-1, K)


def products(N: int) -> Step:
    """Make a step of the matrix products alone, each into memory that is there already."""
    rng = np.random.default_rng(1)
    D = E // HEADS
    of_a_layer = [(E, 3 * E), (E, E), (E, HIDDEN), (HIDDEN, E)]
    linear = [((N * T, inputs), (inputs, outputs)) for inputs, outputs in of_a_layer * LAYERS + [(E, K)]]
    heads = [((N, HEADS, T, D), (N, HEADS, D, T)), ((N, HEADS, T, T), (N, HEADS, T, D))] * LAYERS
    pairs = [tuple(rng.random(shape, dtype=np.float32) for shape in shapes) for shapes in linear + heads]
    triples = [(a, b, a @ b, np.empty_like(a), np.empty_like(b)) for a, b in pairs]

    def step() -> None:
        for a, b, y, da, db in triples:
            np.matmul(a, b, out=y)
            np.matmul(y, b.swapaxes(-1, -2), out=da)
            np.matmul(a.swapaxes(-1, -2), y, out=db)

    return step


def cases(quick: bool) -> Iterator[Case]:
    """Yield a case for each batch size."""
    rng = np.random.default_rng(0)
    for N in (16, 2):
        batches = [(rng.integers(0, K, (N, T)), rng.integers(0, K, N * T)) for _ in range(8)]
        training: Any = (initial_weights(build), batches, "AdamW")
        makers = {
            **ours_and_pytorch(build, *training, **SETTINGS),
            "JAX": lambda training=training: with_jax(forward, *training, **SETTINGS),
            "HIPS autograd": lambda training=training: with_hips(forward, *training, **SETTINGS),
            PRODUCTS: lambda N=N: products(N),
        }
        yield Case(
            f"transformer, {LAYERS} layers of {E}, {HEADS} heads, length {T}, AdamW, batch {N}", makers, turns=(5, 25)
        )


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows."""
    for case in cases(quick):
        yield from race(case, quick)
