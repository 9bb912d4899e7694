"""`check_parameters`: the gradients of a whole model against central differences."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from tinygrad_edu.autograd.gradcheck.comparison import along, generator_of, require_repeatable, step_at
from tinygrad_edu.autograd.gradcheck.differences import judge, shrinking
from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor

STEP = 2.0**-13
"""Smaller than `gradcheck`'s: one weight of a network moves thousands of values, and each may cross a kink."""

TOLERANCE = 1e-8
"""An element with a smaller relative error is right; others are looked at again with a smaller step."""

ROUNDING = 2 * float(np.finfo(np.float64).eps)
"""How far a loss may be off, relative to its size or to 0.1, whichever is larger: it is a mean over many examples,
and, where small, the difference of larger numbers."""

RESOLVED = 1e-7, 5e-7
"""What rounding may do to the differences, relative to the scale of the gradient: at the first step, which sets the
smallest scale; and at a smaller one, for its agreement to count."""


class Model(Protocol):
    """What is asked of a model; an `nn.Module` has it."""

    def double(self) -> Any: ...

    def named_parameters(self) -> Iterable[tuple[str, Tensor]]: ...


M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class ParameterCheck:
    """What `check_parameters` found.

    Attributes:
        max_relative_error: the largest one; NaN if nothing could be compared. `check_parameters` says what it is
            relative to.
        worst: where that was, and the two values.
        samples: how many elements were compared.
        kinks: how many more were drawn that stand at a kink of the loss, or so near to one that a step
            short enough to stay on this side of it is lost in rounding.
        zero: the names of the parameter tensors whose whole gradient is 0. Right, perhaps, but there nothing else was
            compared: the units behind may be dead, or cut off from the loss.
    """

    max_relative_error: float
    worst: str
    samples: int
    kinks: int
    zero: tuple[str, ...] = ()

    def __str__(self) -> str:
        skipped = f" ({self.kinks} more skipped at kinks)" if self.kinks else ""
        found = f"largest relative error {self.max_relative_error:.1e}, at {self.worst}" if self.samples else "no slope"
        dead = f"; all gradients are 0 in {', '.join(self.zero)}" if self.zero else ""
        return f"{self.samples} parameters{skipped}: {found}{dead}"


def check_parameters(
    model: M,
    loss_fn: Callable[[M], Tensor],
    samples: int = 200,
    rng: Generator | np.random.Generator | None = None,
) -> ParameterCheck:
    """Compare the gradients of randomly drawn parameters of a whole model with central differences, in float64.

    Works on a copy of the model, converted to float64; the model itself is left alone. Half of the
    samples are shared out evenly among the parameter tensors, so that a bias of ten numbers is
    looked at beside a matrix of a hundred thousand; the rest is drawn from all elements alike.

    The relative error of an element with the slopes a (backward) and n (differences) is

        |a - n| / max(|a|, |n|, floor),

    where floor is the root mean square of the gradient of its tensor. In a trained network many
    gradients are tiny or 0: sums of large terms that cancel, known to the precision of the terms and
    not to that of the sum. A mistake in a layer changes its large gradients too, and there it shows.
    A tensor whose gradients are all tiny gets the smallest floor that differences can see down to.

    Parameters:
        model: an `nn.Module`; call `eval()` first if it is random in training (dropout).
        loss_fn: a function of the model that returns a loss, a Tensor with one number. It must use the
            model it is given, and feed it the same data each time: float64 or any other type
            that float64 parameters turn into float64 (float32 data, integers).
        samples: how many elements to draw; all of them if there are not so many.
        rng: what draws them. If not given, the same ones each time.

    Raises:
        GradcheckError: the loss is another number each time.
        TypeError: the loss is not float64, so that something inside rounds to fewer digits.
        ValueError: no parameter requires a gradient, or the loss does not depend on the parameters.
    """
    if samples < 1:
        raise ValueError(f"check_parameters: samples must be at least 1, not {samples}")
    twin: M = copy.deepcopy(model).double()
    parameters = {name: p for name, p in twin.named_parameters() if p.requires_grad and p.array.size}
    if not parameters:
        raise ValueError("check_parameters: the model has no parameter that requires a gradient, so nothing to check")

    def values() -> list[Array]:
        with enable_grad():
            return [_loss(loss_fn, twin).array.reshape(()).copy()]

    middle = values()
    require_repeatable("check_parameters", middle, values())
    gradients = _gradients(loss_fn, twin, parameters)
    size = max(0.1, abs(float(middle[0])))
    largest, worst, compared, kinks = 0.0, "", 0, 0
    for name, index in _draw(parameters, samples, generator_of(rng)):
        array, a = parameters[name].array, float(gradients[name][index])
        floor = max(float(np.sqrt(np.mean(gradients[name] ** 2))), ROUNDING * size / STEP / RESOLVED[0])
        of_loss = shrinking(along(array, index, values), middle, step_at(array[index], STEP))
        stencils = (s._replace(noise=np.asarray(ROUNDING * size / s.step)) for s in of_loss(0))
        verdict = judge(a, np.ones(()), stencils, TOLERANCE * floor, TOLERANCE)
        scale = max(abs(a), abs(verdict.numeric), floor)
        if verdict.kind == "kink" or (verdict.kind == "right" and verdict.tolerated > RESOLVED[1] * scale):
            kinks += 1
            continue
        compared += 1
        error = verdict.error / scale if np.isfinite(verdict.error / scale) else np.inf
        if error > largest or not worst:
            largest = error
            worst = f"{name}{list(index)}: backward gives {a:.10g}, differences give {verdict.numeric:.10g}"
    zero = tuple(name for name, gradient in gradients.items() if not np.any(gradient))
    return ParameterCheck(largest if compared else float("nan"), worst, compared, kinks, zero)


def _loss(loss_fn: Callable[[M], Tensor], model: M) -> Tensor:
    loss = loss_fn(model)
    if not isinstance(loss, Tensor) or loss.array.size != 1:
        raise ValueError(
            f"check_parameters: loss_fn must return a Tensor with one number, not {_describe(loss)}; take its mean()"
        )
    if loss.dtype != np.float64:
        raise TypeError(
            f"check_parameters: the parameters are float64 but the loss is {loss.dtype}; something on the way rounds "
            "to fewer digits, which differences cannot see through"
        )
    return loss


def _describe(x: Any) -> str:
    return f"shape {x.shape}" if isinstance(x, Tensor) else f"a {type(x).__name__}"


def _gradients(loss_fn: Callable[[M], Tensor], model: M, parameters: dict[str, Tensor]) -> dict[str, Array]:
    with enable_grad():
        loss = _loss(loss_fn, model)
        found = grad(loss, list(parameters.values()), allow_unused=True) if loss.requires_grad else []
    if all(g is None for g in found):
        raise ValueError(
            "check_parameters: the loss does not depend on the parameters; loss_fn must use the model it is given, "
            "which is a float64 copy: lambda model: loss(model(x), y)"
        )
    return {
        name: np.zeros(p.shape) if g is None else g.array
        for (name, p), g in zip(parameters.items(), found, strict=True)
    }


def _draw(parameters: dict[str, Tensor], samples: int, rng: np.random.Generator) -> list[tuple[str, tuple[int, ...]]]:
    """Draw different elements: half of them the same number from each tensor, the others from all alike."""
    sizes = np.array([p.array.size for p in parameters.values()])
    starts = np.cumsum(sizes) - sizes
    share = samples // (2 * len(sizes))
    chosen = {int(i) for start, size in zip(starts, sizes, strict=True)
              for i in start + rng.permutation(size)[:share]}  # fmt: skip
    rest = (int(i) for i in rng.permutation(int(sizes.sum())) if int(i) not in chosen)
    chosen.update(i for _, i in zip(range(samples - len(chosen)), rest, strict=False))
    drawn = []
    for i in sorted(chosen):
        k = int(np.searchsorted(starts, i, side="right")) - 1
        name, p = list(parameters.items())[k]
        drawn.append((name, tuple(int(j) for j in np.unravel_index(i - starts[k], p.shape))))
    return drawn
