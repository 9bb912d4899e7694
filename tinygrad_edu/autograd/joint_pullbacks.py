"""Pullbacks that are computed together: one call gives the gradients of all inputs of a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_edu.engine.op import Pullback


def together(backward: Callable[[Any], Sequence[Any]], count: int) -> list[Pullback]:
    """Return `count` pullbacks; the first one called with some g runs `backward(g)` for all of them.

    What `backward` keeps in its closure is found there by the engine, as with any pullback.
    """
    latest: dict[str, Any] = {"g": None}

    def pullback_of(i: int) -> Pullback:
        def pullback(g: Any) -> Any:
            if latest["g"] is not g:
                latest.update(g=g, gradients=backward(g))
            return latest["gradients"][i]

        return pullback

    return [pullback_of(i) for i in range(count)]
