"""`gradcheck` and `gradgradcheck`: what a user calls on a function of Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.autograd.gradcheck.comparison import (
    GradcheckError,
    Run,
    Settings,
    compare,
    draw,
    generator_of,
    is_checked,
    lent,
)
from tinygrad_edu.autograd.gradcheck.differences import EPS
from tinygrad_edu.autograd.gradients import grad
from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.system.generator import Generator
from tinygrad_edu.tensors.tensor import Tensor

ATOL, RTOL = 1e-10, 1e-6


def gradcheck(
    fn: Callable[..., Any],
    inputs: Any,
    eps: float = EPS,
    atol: float = ATOL,
    rtol: float = RTOL,
    rng: Generator | np.random.Generator | None = None,
    raise_exception: bool = True,
) -> bool:
    r"""Check the gradients of `fn(*inputs)` against central differences, and return True if they are right.

    For each output a random upstream gradient g is drawn. Backward answers with gᵀJ, where J is the
    matrix of all slopes. The same is computed from values alone: each element x of the inputs is
    moved by h = eps · max(1, |x|) and 2h to both sides, and all outputs are looked at,

    .. math:: \frac{\partial y}{\partial x} \approx
        \frac{8\,(y(x + h) - y(x - h)) - (y(x + 2h) - y(x - 2h))}{12\,h}.

    The formula is of fourth order, so precise that the defaults see a relative error of 1e-5. The two
    may disagree by atol + rtol |numeric|, and by what the rounding of fn itself can do.

    Backward is asked again: for the same g, for zeros and for -2 g. It must answer with the same, with zeros and
    with -2 times as much, since gᵀJ is linear in g. If all gradients are 0, a `ZeroGradientWarning` says so.

    An element that disagrees is tried again with smaller steps before it is called wrong. If a kink
    (as relu has at 0) explains it, it is skipped with a `KinkWarning`.

    Parameters:
        fn: a function of the inputs that returns a Tensor, or a tuple or list of them.
        inputs: a Tensor, or a tuple or list of inputs. The gradients of those Tensors among them are checked that
            require one; anything else (integers, masks, arrays, text) is passed on. They must be
            float64: a difference of float32 values has three correct digits or so, which would let
            wrong gradients pass, and float64 copies made here would be another function than the
            one that is asked about, wherever fn holds float32 values of its own.
        eps: the step, relative to elements larger than 1.
        atol, rtol: the absolute and the relative disagreement that is tolerated.
        rng: what draws the upstream gradients. If not given, a fresh generator with a fixed seed: the answer is the
            same each time, and the default generator is left alone.
        raise_exception: whether to raise GradcheckError; with False, return False instead.

    Raises:
        GradcheckError: a gradient is wrong. The error names the input, the index, both values and, where the pattern
            shows one, the likely cause. Also if backward fails, changes its answer, or is not linear in the upstream
            gradient, or if fn changes an input in place, or gives different values when it is called again.
        TypeError: an input that requires a gradient, or an output, is a float of fewer than 64 bits.
        ValueError: no input requires a gradient.
    """
    inputs = _checkable("gradcheck", inputs)

    def run(*args: Any) -> list[Tensor]:
        return _tensors("gradcheck", fn(*args))

    return _passes(run, run, inputs, Settings("gradcheck", eps, atol, rtol, raise_exception), generator_of(rng))


def gradgradcheck(
    fn: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = EPS,
    atol: float = ATOL,
    rtol: float = RTOL,
    rng: Generator | np.random.Generator | None = None,
    raise_exception: bool = True,
) -> bool:
    """Check the second derivatives of `fn(*inputs)`, and return True if they are right.

    This is `gradcheck` for the function from inputs and upstream gradients to gradients: what
    backward computes with `create_graph=True`, differentiated once more, is compared with differences
    of what it computes without. It takes the gradients themselves as they are: `gradcheck` checks them.

    Parameters:
        grad_outputs: the upstream gradient of each output that requires a gradient, a Tensor or a tuple of them;
            random if not given. Derivatives with respect to those that require a gradient are
            checked as well, and to random ones always.

    The other parameters, and the errors, are those of `gradcheck`.
    """
    inputs = _checkable("gradgradcheck", inputs)
    wanted = [x for x in inputs if is_checked(x)]
    generator = generator_of(rng)
    if grad_outputs is None:
        with lent(inputs) as (args, _), enable_grad():
            shapes = [y.shape for y in _tensors("gradgradcheck", fn(*args)) if y.requires_grad]
        upstream = [Tensor(draw(shape, generator), requires_grad=True) for shape in shapes]
    else:
        upstream = list(grad_outputs) if isinstance(grad_outputs, list | tuple) else [grad_outputs]

    def first_derivatives(create_graph: bool) -> Run:
        def run(*args: Any) -> list[Tensor]:
            outputs = [y for y in _tensors("gradgradcheck", fn(*args[: len(inputs)])) if y.requires_grad]
            given = args[len(inputs) :]
            gradients = grad(outputs, wanted, given, create_graph=create_graph, allow_unused=True)
            return [Tensor(np.zeros(x.shape)) if g is None else g for x, g in zip(wanted, gradients, strict=True)]

        return run

    recorded, plain = first_derivatives(create_graph=True), first_derivatives(create_graph=False)
    settings = Settings("gradgradcheck", eps, atol, rtol, explain=raise_exception)
    return _passes(recorded, plain, [*inputs, *upstream], settings, generator)


def _passes(recorded: Run, plain: Run, inputs: list[Any], settings: Settings, rng: np.random.Generator) -> bool:
    try:
        compare(recorded, plain, inputs, settings, rng)
    except GradcheckError:
        if settings.explain:
            raise
        return False
    return True


def _checkable(name: str, inputs: Any) -> list[Any]:
    """Return the inputs as a list, if there is something to check among them."""
    given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    for i, x in enumerate(given):
        if is_checked(x) and x.dtype != np.float64:
            raise TypeError(
                f"{name}: input {i} is {x.dtype}, whose few digits do not let differences tell a right gradient from a "
                "wrong one; pass it as float64: x.detach().double().requires_grad_()"
            )
        if isinstance(x, list | tuple) and any(is_checked(item) for item in x):
            raise TypeError(
                f"{name}: input {i} is a {type(x).__name__} that holds Tensors which require a gradient; pass them one "
                "by one and let fn put them together: lambda *tensors: fn(tensors)"
            )
    if not any(is_checked(x) for x in given):
        raise ValueError(f"{name}: none of the inputs requires a gradient; set requires_grad=True on those to check")
    return given


def _tensors(name: str, outputs: Any) -> list[Tensor]:
    """Return what fn returned as a list of Tensors."""
    returned = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    for y in returned:
        if not isinstance(y, Tensor):
            raise TypeError(f"{name}: fn must return a Tensor or a tuple of Tensors, not {type(y).__name__}")
    return returned
