"""Recurrent networks over packed series: the steps of series of different lengths, one after the other.

Of N series, the longest first, batch_sizes[t] have a step t. Their steps lie as rows in that order: batch_sizes[0] rows
of step 0, batch_sizes[1] of step 1, and so on. While the batch size stays the same, they are series of equal length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from tinygrad_edu import ops

State = tuple[Any, ...]


def over_packed(
    run: Callable[..., Any], batch_sizes: Sequence[int], x: Any, state: Any, *weights: Any, reverse: bool = False
) -> Any:
    """Run a network of `functional.recurrent` over packed rows, from one change of the batch size to the next.

    Parameters:
        run: the network.
        batch_sizes: how many series have each of the T steps.
        x: the rows (Σ batch_sizes, D).
        state: (N, H), or a pair of them; each series starts from its own: at its end with `reverse`.

    Returns:
        The outputs, rows (Σ batch_sizes, H), and the state of each series after its own last step.
    """
    start: State = state if isinstance(state, tuple) else (state,)
    stretches = list(_stretches(batch_sizes))
    now = _cut(start, 0, 0 if reverse else batch_sizes[0])
    ended, outputs = [], []
    for first, steps, size in reversed(stretches) if reverse else stretches:
        running = now[0].shape[0]
        ended.append(_cut(now, size, running))  # the series without a step here; from the end there are none
        now = _joined(_cut(now, 0, size), _cut(start, running, size))  # those that begin here; only from the end
        (rows,) = _cut((x,), first, first + steps * size)
        series = ops.reshape(rows, shape=(steps, size, x.shape[1]))
        y, after = run(series, now if isinstance(state, tuple) else now[0], *weights, reverse=reverse)
        outputs.append((ops.reshape(y, shape=(steps * size, y.shape[2])),))
        now = after if isinstance(after, tuple) else (after,)
    last = _joined(now, *reversed(ended))  # the longest first
    return _joined(*(reversed(outputs) if reverse else outputs))[0], last if isinstance(state, tuple) else last[0]


def _stretches(batch_sizes: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield, for each stretch of equal batch sizes: its first row, how many steps it has, and that size."""
    first = 0
    for size, steps in groupby(batch_sizes):
        count = len(list(steps))
        yield first, count, size
        first += count * size


def _cut(state: State, start: int, stop: int) -> State:
    """Take the rows from `start` up to `stop`, none if that is not beyond."""
    return tuple(ops.getitem(h, index=slice(start, max(start, stop))) for h in state)


def _joined(*states: State) -> State:
    """Put the rows of several states one below the other."""
    return tuple(ops.concatenate(*parts) for parts in zip(*states, strict=True))
