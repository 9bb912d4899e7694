"""Training steps: for each kind of library, how a program goes forward, backward and updates the weights.

Everybody starts with the same weights, a dictionary by PyTorch's names, and takes the same batches
(x, y), y the numbers of the classes. The losses of everybody are compared before anything is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks.by_hand import UPDATES
from tests.benchmarks.contestants import PRODUCTS, find, make_steps
from tests.benchmarks.timing import COMPILED, OURS, Row, Step, compare

Array = np.ndarray[Any, np.dtype[Any]]
Weights = Mapping[str, Array]
Batches = Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Case:
    """What several contestants train, each with a step of its own.

    Attributes:
        name: what it is, for example "SGD, batch 128".
        makers: for each contestant, what makes its step: one call takes the next batch and returns the loss.
        turns: how many turns each takes, in the short form and in the long one.
    """

    name: str
    makers: Mapping[str, Callable[[], Step]]
    turns: tuple[int, int] = (15, 40)


def initial_weights(build: Any) -> dict[str, Array]:
    """Return the weights that everybody starts with: those of the model that `build(library)` makes with ours."""
    tg.manual_seed(0)
    return {name: np.array(w.numpy()) for name, w in build(tg).state_dict().items()}


def race(case: Case, quick: bool) -> list[Row]:
    """Compare the losses, then the times."""
    steps = make_steps(case.makers)
    require_equal_losses({name: step for name, step in steps.items() if step and name != PRODUCTS}, 3 if quick else 10)
    return compare(case.name, steps, turns=case.turns[not quick], seconds_per_turn=0.03 if quick else 0.06)


def require_equal_losses(steps: Mapping[str, Step], number: int) -> None:
    """Take some steps with each contestant and require the losses that ours had; AssertionError if they differ."""
    losses = {name: [float(step()) for _ in range(number)] for name, step in steps.items()}
    for name, values in losses.items():
        np.testing.assert_allclose(values, losses[OURS], rtol=1e-4, err_msg=f"the losses of {name} differ from ours")


def in_turn(step: Callable[[Any, Any], Any], batches: Batches) -> Step:
    """Give each call of a step the next batch."""
    position = 0

    def next_step() -> Any:
        nonlocal position
        position = (position + 1) % len(batches)
        return step(*batches[position])

    return next_step


def with_api(
    library: Any,
    build: Any,
    weights: Weights,
    batches: Batches,
    optimizer: str,
    *,
    compiled: bool = False,
    **settings: Any,
) -> Step:
    """Make a training step in PyTorch's API. Ours and PyTorch's is the same program.

    Parameters:
        library: tinygrad_edu or torch.
        build: makes the model, which goes from x to logits, with this library.
        compiled: whether the library's `compile` makes the step quicker.
    """
    model = build(library)
    model.load_state_dict({name: library.tensor(w) for name, w in weights.items()})
    update = getattr(library.optim, optimizer)(model.parameters(), **settings)

    def step(x: Any, y: Any) -> Any:
        update.zero_grad()
        loss = library.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        update.step()
        return loss.detach()

    tensors = [(library.tensor(x), library.tensor(y)) for x, y in batches]
    return in_turn(library.compile(step) if compiled else step, tensors)


def ours_and_pytorch(*program: Any, **settings: Any) -> dict[str, Callable[[], Step]]:
    """Return the makers of our step, plain and compiled, and of PyTorch's; see `with_api`."""
    return {
        OURS: lambda: with_api(tg, *program, **settings),
        COMPILED: lambda: with_api(tg, *program, compiled=True, **settings),
        "PyTorch": lambda: with_api(find("PyTorch"), *program, **settings),
    }


def with_hips(forward: Any, weights: Weights, batches: Batches, optimizer: str, **settings: Any) -> Step:
    """Make a training step with HIPS autograd; `forward(np, w, x)` goes from x to logits with its NumPy, or JAX's."""
    hips = find("HIPS autograd")
    params = {name: w.copy() for name, w in weights.items()}
    update = UPDATES[optimizer](list(params.values()), **settings)
    loss_and_gradients = hips.value_and_grad(_loss(hips.numpy, forward))

    def step(x: Array, targets: Array) -> Any:
        loss, grads = loss_and_gradients(params, x, targets)
        update([grads[name] for name in params])
        return loss

    return in_turn(step, _one_hot(weights, batches))


def with_jax(forward: Any, weights: Weights, batches: Batches, optimizer: str, **settings: Any) -> Step:
    """Make a training step with JAX, all of it compiled; `forward` as for HIPS autograd."""
    jax = find("JAX")
    loss_and_gradients = jax.value_and_grad(_loss(jax.numpy, forward))
    start, change = _JAX_UPDATES[optimizer]

    def compiled(params: Any, state: Any, x: Any, targets: Any) -> Any:
        loss, grads = loss_and_gradients(params, x, targets)
        changes, state = change(jax, params, grads, state, **settings)
        return loss, jax.tree.map(lambda p, c: p - c, params, changes), state

    run = jax.jit(compiled, donate_argnums=(0, 1))  # the old weights and state are overwritten
    params = {name: jax.numpy.array(w) for name, w in weights.items()}
    state = start(jax, params)

    def step(x: Any, targets: Any) -> Any:
        nonlocal params, state
        loss, params, state = run(params, state, x, targets)
        jax.block_until_ready(params)
        return loss

    return in_turn(step, [tuple(map(jax.numpy.array, pair)) for pair in _one_hot(weights, batches)])


def with_mygrad(forward: Any, weights: Weights, batches: Batches, optimizer: str, **settings: Any) -> Step:
    """Make a training step with MyGrad; `forward(mygrad, w, x)` goes from an array x to logits."""
    mygrad = find("MyGrad")
    params = {name: mygrad.tensor(w) for name, w in weights.items()}
    update = UPDATES[optimizer]([p.data for p in params.values()], **settings)

    def step(x: Array, y: Array) -> Any:
        loss = mygrad.nnet.softmax_crossentropy(forward(mygrad, params, x), y)
        loss.backward()
        update([p.grad for p in params.values()])
        for p in params.values():
            p.null_grad()
        return loss.data

    return in_turn(step, batches)


def _loss(library: Any, forward: Any) -> Any:
    def loss(params: Any, x: Any, targets: Any) -> Any:
        logits = forward(library, params, x)
        shifted = logits - library.max(logits, axis=-1, keepdims=True)
        total = library.log(library.sum(library.exp(shifted), axis=-1))
        return library.mean(total - library.sum(shifted * targets, axis=-1))

    return loss


def _one_hot(weights: Weights, batches: Batches) -> Batches:
    """Return the batches with targets (N, K), 1 at the class: K is the size of the last bias."""
    classes = np.eye(len(list(weights.values())[-1]), dtype=np.float32)
    return [(x, classes[y]) for x, y in batches]


def _jax_sgd(jax: Any, params: Any, grads: Any, state: Any, *, lr: float) -> Any:
    return jax.tree.map(lambda g: lr * g, grads), state


def _jax_adam_start(jax: Any, params: Any) -> Any:
    return jax.tree.map(jax.numpy.zeros_like, params), jax.tree.map(jax.numpy.zeros_like, params), jax.numpy.zeros(())


def _jax_adam(jax: Any, params: Any, grads: Any, state: Any, *, lr: float, weight_decay: float = 0.0) -> Any:
    mean, square, steps = state
    steps = steps + 1
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, grads)
    square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, grads)
    rate, root = lr / (1 - 0.9**steps), jax.numpy.sqrt(1 - 0.999**steps)

    def change(p: Any, m: Any, s: Any) -> Any:
        return lr * weight_decay * p + rate * m / (jax.numpy.sqrt(s) / root + 1e-8)

    return jax.tree.map(change, params, mean, square), (mean, square, steps)


_JAX_UPDATES: dict[str, Any] = {
    "SGD": (lambda jax, params: None, _jax_sgd),
    "Adam": (_jax_adam_start, _jax_adam),
    "AdamW": (_jax_adam_start, _jax_adam),
}
