"""Central differences: the slope of a function from its values alone, and how far to believe it.

Five values on a line, f(x - 2h), f(x - h), f(x), f(x + h), f(x + 2h), give two things:

- slope = (4 near - far) / 3 with near = (f(x + h) - f(x - h)) / 2h and far the same for 2h. near alone would
  be off by h² f'''/6; this is off by h⁴ f⁽⁵⁾/30. With h about a
  thousandth that is ten or more correct digits, while h is still so large that rounding, which
  moves the slope by about ε |f| / h, leaves them alone,
- bend, which tells a kink from a curve. If f has a kink inside the five points, where its slope jumps by J,
  then bend is about J however small h is, and slope is off by bend/2 at most. Where f is smooth, bend
  shrinks as h² and is soon nothing: it is made of the second differences at h and 2h, subtracted so
  that the curvature cancels.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from tinygrad_edu.engine.op import Array

EPS = 2.0**-10
"""The step: about a thousandth, and a power of two, so that x + h is exact for most x."""

ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""How far the value of a function may be off, relative to its size: a few units in the last place."""

SHRINK = 4
STEPS = 11
"""An element that fails is looked at again with a step `SHRINK` times smaller; `STEPS` steps in all, from about 1e-3
to 1e-9."""


class Stencil(NamedTuple):
    """What five values on a line tell about a function, for each element of its output."""

    step: float
    slope: Array
    bend: Array
    noise: Array  # how far rounding may have moved `slope`


def stencils(values: Callable[[float], list[Array]], middle: list[Array], step: float) -> list[Stencil]:
    """Return the stencil of each output. `values(d)` are the outputs at x + d, `middle` those at x."""
    beside = [values(k * step) for k in (-2, -1, 1, 2)]
    return [_stencil(step, *five) for five in zip(*beside, middle, strict=True)]


def shrinking(
    values: Callable[[float], list[Array]], middle: list[Array], step: float
) -> Callable[[int], Iterator[Stencil]]:
    """Return a function of k that yields the stencils of output k for ever smaller steps.

    The function behind is called only for steps that are asked for, and once for all outputs.
    """

    @functools.cache
    def of_size(j: int) -> list[Stencil]:
        return stencils(values, middle, step / SHRINK**j)

    return lambda k: (of_size(j)[k] for j in range(STEPS))


def _stencil(h: float, f_2: Array, f_1: Array, f1: Array, f2: Array, f: Array) -> Stencil:
    with np.errstate(invalid="ignore", over="ignore"):  # the function may end, or overflow, beside the point
        near, far = (f1 - f_1) / (2 * h), (f2 - f_2) / (4 * h)
        second_near, second_far = (f1 - 2 * f + f_1) / h, (f2 - 2 * f + f_2) / (2 * h)
        bend = np.abs(second_far - 2 * second_near) + 2 * np.abs(near - far)
        size = np.max(np.abs([f_2, f_1, f, f1, f2]), axis=0)
        return Stencil(h, (4 * near - far) / 3, bend, ROUNDING * size / h)


class Verdict(NamedTuple):
    """What became of one element of a gradient."""

    kind: str  # "right"; "wrong"; "kink": no slope to be had; "jump": the value jumps here; "edge": not finite around
    numeric: float = np.nan
    error: float = np.inf
    tolerated: float = 0.0
    bend: float = 0.0


def judge(analytic: float, upstream: Array, stencils: Iterable[Stencil], atol: float, rtol: float) -> Verdict:
    """Compare one element of a gradient with the differences Σ upstream · slope, from large steps to small ones.

    It is right if it agrees at any step to atol + rtol |numeric| + rounding: with a smaller step, a
    kink close by falls outside the five points. But what rounding may do grows as the step shrinks,
    so a smaller step is heard only while that could not hide any disagreement so far.
    Hence a wrong gradient at a smooth point is wrong at every step that is heard.

    It stands at a kink if the bends explain the disagreement, and go on doing so as the step shrinks:
    whatever one takes for the slope at a kink lies between the slopes on its two sides, and these
    are bend/2 from the middle. Among many kinks each step sees others; there, the differences
    disagree with each other more than with the gradient. Where the value itself jumps, the
    bend grows as 1/step. (So do the differences, but they do so beside a kink as well, while it is nearer than a step.)
    """
    heard: list[Verdict] = []
    for s in stencils:
        numeric = float(np.sum(upstream * s.slope))
        if not np.isfinite(numeric):
            continue
        noise = float(np.sum(np.abs(upstream) * s.noise))
        tolerated = atol + rtol * abs(numeric) + noise
        if heard and tolerated + noise > min(verdict.error for verdict in heard):
            break
        error = abs(analytic - numeric)
        if error <= tolerated:
            return Verdict("right", numeric, error, tolerated)
        bend = float(np.sum(np.abs(upstream) * s.bend, where=s.bend > 8 * s.noise))
        kind = "kink" if error <= bend / 2 + tolerated else "wrong"
        heard.append(Verdict(kind, numeric, error, tolerated, bend))
    if not heard:
        return Verdict("edge")
    best = min(heard, key=lambda verdict: verdict.error)
    if len(heard) == 1:
        return best
    if abs(heard[-1].bend - SHRINK * heard[-2].bend) < 0.01 * heard[-1].bend:
        return best._replace(kind="jump")
    apart = min(abs(one.numeric - other.numeric) for one, other in itertools.pairwise(heard))
    explained = all(verdict.kind == "kink" for verdict in heard[len(heard) // 2 :])
    return best._replace(kind="kink" if explained or best.error < apart else "wrong")
