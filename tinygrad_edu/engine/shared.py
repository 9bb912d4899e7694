"""Pullbacks that share work: one computation gives what the gradients of all inputs are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_edu.engine.op import Pullback


def shared(way_back: Callable[[Any], Sequence[Any]], parts: Sequence[Callable[..., Any]] | int) -> list[Pullback]:
    """Return a pullback for each of `parts`: functions of what `way_back` makes of g, which is computed once for all.

    Where `parts` is a number, `way_back` returns so many gradients, one for each pullback. A pullback that asks again
    does so in another backward pass, for which everything is computed anew, and so is it for another array g: every
    pass has arrays of its own. What `way_back` keeps in its closure is found there by the engine, as with any pullback.

        grad_a, grad_b = shared(lambda g: (g * b, g * a), 2)
    """
    last: dict[str, Any] = {}

    def pullback_of(part: Callable[..., Any]) -> Pullback:
        def pullback(g: Any) -> Any:
            if last.get("g") is not g or part in last["asked"]:
                last.update(g=g, found=way_back(g), asked=set())
            last["asked"].add(part)
            return part(*last["found"])

        return pullback

    return [pullback_of(part) for part in (parts if not isinstance(parts, int) else map(_pick, range(parts)))]


def _pick(i: int) -> Callable[..., Any]:
    return lambda *found: found[i]
