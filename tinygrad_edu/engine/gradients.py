"""The gradients of a backward pass while it goes on: who waits, whose turn it is, and what may be added to in place."""

from __future__ import annotations

from heapq import heappush
from typing import Any

import numpy as np

from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.engine.value import Node


class Gradients:
    """For each source, the sum of the shares that have come so far.

    A pullback may return an array that something else still uses: g itself, or a view of what it keeps. So a second
    share is added to a new array, which is then the pass's own; from the third on they are added in place. Where the
    first was a piece, the array that it was written to is the pass's own already.
    """

    __slots__ = ("given", "in_place", "owned", "sums", "waiting")

    def __init__(self, create_graph: bool) -> None:
        self.sums: dict[Any, Any] = {}
        self.waiting: list[tuple[int, Node]] = []  # a heap, the youngest node first
        self.in_place = not create_graph
        self.owned: set[Any] = set()  # whose sum was allocated here, so that it may be added to in place
        self.given: set[int] = set()  # the arrays that leaves and callers have got

    def add(self, source: Any, share: Any, g: Any) -> None:
        """Add a share to the gradient of `source`. The pullback made it of `g`, and may have returned g itself."""
        sums = self.sums
        if share.__class__ is Piece:
            if source in self.owned and share.shape:  # a sum of single numbers is no array that can be written to
                share.add_to(sums[source])
                return
            share = share.whole()
            if source not in sums and self.in_place:  # the array is new: the next share may be added to it
                self.owned.add(source)
        if source not in sums:
            if source.__class__ is Node:
                heappush(self.waiting, (-source.time, source))
                sums[source] = share
            else:
                sums[source] = self.to_give(share, g)
        elif source in self.owned:
            sums[source] += share
        else:
            sums[source] = sums[source] + share
            if self.in_place:
                self.owned.add(source)

    def to_give(self, share: Any, g: Any = None) -> Any:
        """Return a gradient that its receiver may write to: memory that nobody else has, a copy if need be."""
        array = getattr(share, "array", share)
        # It may be the gradient of a node, a view of another array, or have been given to somebody else.
        if share is g or array.base is not None or id(array) in self.given:
            share = np.copy(share, order="C") if self.in_place else np.copy(share)
            array = getattr(share, "array", share)
        self.given.add(id(array))
        return share
