"""How far to go in a direction: a search for a step that lowers the loss enough, and to where it is flat enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tinygrad_edu.engine.op import Array


class Point(NamedTuple):
    """What is known of the loss after a step of length t in the direction.

    Attributes:
        t: the length.
        loss: the loss there.
        gradient: its gradient there.
        slope: the gradient times the direction.
    """

    t: float
    loss: float
    gradient: Array
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], tuple[float, Array]],
    t: float,
    direction: Array,
    start: Point,
    tolerance: float,
    limit: int,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Point, int]:
    """Return a point that fulfils the strong Wolfe conditions, or the best that was found, and how many were tried.

    loss(t) ≤ loss(0) + c1 t slope(0) and |slope(t)| ≤ c2 |slope(0)|

    First steps get longer until two of them enclose such a point; then the two close in on it. From Nocedal and Wright:
    Numerical optimization, second edition, algorithms 3.5 and 3.6, in the form of Schmidt's minFunc, as in PyTorch.

    Parameters:
        evaluate: gives loss and gradient after a step of length t.
        t: the length that is tried first.
        start: the point at t = 0.
        tolerance: steps that differ by less are not told apart.
        limit: how many points may be tried after the first.
    """

    def look(t: float) -> Point:
        loss, gradient = evaluate(t)
        return Point(t, loss, gradient, float(gradient @ direction))

    def is_high(point: Point) -> bool:
        return point.loss > start.loss + c1 * point.t * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    before, new = start, look(t)
    for tried in range(limit):
        higher = is_high(new) or (tried > 1 and new.loss >= before.loss)
        if is_flat(new) and not higher:
            return new, tried + 1
        if higher or new.slope >= 0:
            ends = [before, new]
            break
        longer = minimum(before, new, new.t + 0.01 * (new.t - before.t), 10 * new.t)
        before, new = new, look(longer)
    else:
        ends, tried = [start, new], limit

    low = lower(ends)
    width, stuck = float(np.abs(direction).max()), False
    while tried < limit and abs(ends[1].t - ends[0].t) * width >= tolerance:
        left, right = sorted(end.t for end in ends)
        t, margin = minimum(ends[0], ends[1], left, right), 0.1 * (right - left)
        near_an_end = min(right - t, t - left) < margin
        if near_an_end and (stuck or not left < t < right):
            t, near_an_end = (right - margin if abs(t - right) < abs(t - left) else left + margin), False
        stuck = near_an_end

        new = look(t)
        tried += 1
        if is_high(new) or new.loss >= ends[low].loss:
            ends[1 - low] = new
            low = lower(ends)
        else:
            if not is_flat(new) and new.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = new
            if is_flat(new):
                break
    return ends[low], tried + 1


def lower(ends: list[Point]) -> int:
    """Return which of two points has the lower loss."""
    return 0 if ends[0].loss <= ends[1].loss else 1


def minimum(a: Point, b: Point, least: float, most: float) -> float:
    """Return where the cubic through two points is lowest, within bounds; their middle if it falls without end."""
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if square < 0:
        return (least + most) / 2
    d2 = square**0.5
    lowest = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(lowest, least), most)
