"""Running sums and products along one axis, and the product, which is made of them."""

import functools

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.reduction import axis_of_number, restore

ALONG = [Sample((3, 4), axis=0), Sample((3, 4), axis=-1), Sample((2, 3, 2), axis=1), Sample((5,), axis=0)]


def row(rule):
    """Let a rule that goes along an axis take a single number too, as a row of one along axis 0 or -1."""

    @functools.wraps(rule)
    def wrapper(a, *, axis):
        if a.ndim:
            return rule(a, axis=axis)
        y, (pullback,) = rule(np.reshape(a, (1,)), axis=axis)

        def grad_a(g):
            return np.reshape(pullback(np.reshape(g, (1,))), ())

        return np.reshape(y, ()), (grad_a,)

    return wrapper


def backwards(running, a, axis):
    """Run from the other end: what follows instead of what precedes."""
    return np.flip(running(np.flip(a, axis), axis=axis), axis)


@op(np.cumsum, formula="yᵢ = a₀ + … + aᵢ", derivative=("gᵢ + … + gₙ",), samples=ALONG, linear=True)
@row
def cumsum(a, *, axis):
    def grad_a(g):
        return backwards(np.cumsum, g, axis)

    return np.cumsum(a, axis=axis), (grad_a,)


@op(np.cumprod, formula="yᵢ = a₀ … aᵢ", derivative=("(gᵢ yᵢ + … + gₙ yₙ) / aᵢ",), samples=ALONG)
@row
def cumprod(a, *, axis):
    """Multiply up. The gradient is exact where there are zeros, too."""
    y = np.cumprod(a, axis=axis)

    def grad_a(g):
        if not isinstance(a, np.ndarray):
            return _slopes_of_products(a, g, axis)
        # Past the first zero every product is 0 and so is every slope; the formula needs some divisor
        # there. At the first zero itself the slope is the sum of the products without it.
        zero = a == 0
        first = np.logical_and(zero, np.cumsum(zero, axis=axis) == 1)
        without_it = np.cumprod(np.where(first, 1, a), axis=axis)
        at_first = np.where(first, backwards(np.cumsum, g * without_it, axis), 0)
        return backwards(np.cumsum, g * y, axis) / np.where(zero, 1, a) + at_first

    return y, (grad_a,)


def _slopes_of_products(a, g, axis):
    """Do what cumprod's pullback does in a form that can be differentiated at zeros, at the cost of n² products."""
    a, g = np.moveaxis(a, axis, -1), np.moveaxis(g, axis, -1)
    later = np.triu(np.ones((a.shape[-1], a.shape[-1]), bool), 1)
    after = np.triu(np.cumprod(np.where(later, np.expand_dims(a, -2), 1), axis=-1))  # [i, k] = aᵢ₊₁ … aₖ, for k ≥ i
    return np.moveaxis(_before(a) * np.sum(after * np.expand_dims(g, -2), axis=-1), -1, axis)


@op(
    np.prod,
    formula="y = Π a",
    derivative=("g Π[j ≠ i] aⱼ",),
    samples=[Sample((3, 4)), *ALONG, Sample((3, 2), axis=1, keepdims=True), Sample((2, 3, 2), axis=(0, 2)), Sample(())],
)
def prod(a, *, axis=None, keepdims=False):
    """Multiply all elements. The product of the others is never a division, so zeros do no harm."""
    if not a.ndim:
        axis = axis_of_number(axis)

    def grad_a(g):
        # One row for each product: the axes multiplied over come last, and become one.
        axes = (
            range(a.ndim) if axis is None else [axis % a.ndim] if isinstance(axis, int) else [i % a.ndim for i in axis]
        )
        order = [i for i in range(a.ndim) if i not in axes] + list(axes)
        spread = np.transpose(a, order)
        rows = np.reshape(spread, (*spread.shape[: a.ndim - len(axes)], -1))
        others = _before(rows) * np.flip(_before(np.flip(rows, -1)), -1)
        others = np.transpose(np.reshape(others, spread.shape), np.argsort(order).tolist())
        return restore(g, axis, keepdims) * others

    return np.prod(a, axis=axis, keepdims=keepdims), (grad_a,)


def _before(rows):
    """Multiply all elements before each one in its row; 1 for the first."""
    return np.cumprod(np.concatenate([np.ones_like(rows[..., :1]), rows[..., :-1]], axis=-1), axis=-1)


@op(
    formula="yᵢ = log(exp(a₀) + … + exp(aᵢ))",
    derivative=("Σ[k ≥ i] gₖ exp(aᵢ - yₖ)",),
    samples=ALONG,
    reference=lambda a, axis: np.log(np.cumsum(np.exp(a), axis=axis)),
)
@row
def logcumsumexp(a, *, axis):
    """Compute log of the running sum of exp, without overflow."""
    # Run on a Tensor, the rule keeps the operation's own result, which is recorded.
    y = np.logaddexp.accumulate(a, axis=axis) if isinstance(a, np.ndarray) else logcumsumexp(a, axis=axis)

    def grad_a(g):
        # exp(a - y) of one element may overflow where that of the sum does not: sum the logarithms, by sign.
        return _weighted(a, y, np.maximum(g, 0), axis) - _weighted(a, y, np.maximum(-g, 0), axis)

    return y, (grad_a,)


def _weighted(a, y, g, axis):
    nothing = g == 0
    log_g = np.where(nothing, -1e30, np.log(np.where(nothing, 1, g)))  # as good as -inf, whose differences are NaN
    return np.exp(a + backwards(logcumsumexp, log_g - y, axis))
