"""Looking for the first thing that went wrong: `with detect_anomaly():`.

While it is on, every recorded operation notes the line of the user's program that called it, and is watched:

- a NaN or an infinity that it makes of finite numbers, forward or backward, is an error there and then;
- what its pullbacks keep gets a checksum, so that a write to `t.array` or `t.numpy()`, of which the engine
  is not told, is found by the backward pass.

This costs time. While it is off, an operation reads one switch, and that is all.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import Array, Op, Pullback
from tinygrad_edu.engine.versions import changed_since, kept_arrays
from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.system.user_line import user_line


class AnomalyError(RuntimeError):
    """A NaN, an infinity or an unannounced write, found by `detect_anomaly`."""


class set_detect_anomaly:  # noqa: N801 - PyTorch's name
    """Turn the search for anomalies on or off, from the call on; in a `with` block, only until its end.

    Parameters:
        mode: whether to look.
        check_nan: whether a NaN or an infinity is an error. Lines and checksums are taken in any case.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = is_anomaly_enabled(), settings.check_nan
        _set(bool(mode), check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        _set(*self._before)


class detect_anomaly:  # noqa: N801 - PyTorch's name
    """Look for anomalies inside a `with` block, which must hold the forward and the backward pass.

        with autograd.detect_anomaly():
            loss = model(x)
            loss.backward()

    Raises:
        AnomalyError: an operation made a NaN or an infinity of finite numbers, or a value it needs was written to
            behind the engine's back. The message names the operation, the tensor and the line that called it.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        self._inside: list[set_detect_anomaly] = []

    def __enter__(self) -> None:
        self._inside.append(set_detect_anomaly(True, self._check_nan))

    def __exit__(self, *error: object) -> None:
        self._inside.pop().__exit__(*error)


def is_anomaly_enabled() -> bool:
    """Tell whether anomalies are looked for."""
    return watch in watchers


def _set(mode: bool, check_nan: bool) -> None:
    settings.check_nan = check_nan
    if mode and not is_anomaly_enabled():
        watchers.append(watch)
    elif not mode and is_anomaly_enabled():
        watchers.remove(watch)


class _Settings:
    check_nan = True


settings = _Settings()


class Trace:
    """What is known about one recorded operation. It stands among the hooks of the node, and is called on its gradient.

    Attributes:
        line: the line of the user's program that called the operation.
    """

    def __init__(self, node: Any) -> None:
        self.line = user_line()
        self._op, self._time = node.op, node.time
        self._kept = [
            (name, array, checksum(array))
            for pullback in node.pullbacks
            if pullback is not None
            for name, array in kept_arrays(pullback)
        ]

    def __call__(self, g: Any) -> Any:
        for name, array, expected in self._kept:
            if changed_since(self._time, array) is None and checksum(array) != expected:
                raise AnomalyError(
                    f"backward: {self._op.name} needs {name!r}, of shape {array.shape}, as it was in the forward pass "
                    f"({self.line}), but somebody has written to its memory since, past the engine (t.array, "
                    "t.numpy(), or the array that the tensor was made from). Change a copy"
                )
        return g


def watch(node: Any, result: Any) -> None:
    """Watch the operation that has just made `result`; AnomalyError if it made a NaN or an infinity."""
    seen = Trace(node)
    if settings.check_nan:
        if not _is_finite(result.array) and all(_is_finite(x) for x in node.arrays):
            raise AnomalyError(
                f"forward: {_describe(node.op)} makes {_what(result.array)} of finite inputs{_named(node.sources)}, at "
                f"{_where(result.array)} ({seen.line})"
            )
        node.pullbacks = [
            None if pullback is None else _checked(pullback, node.op, i, _named(node.sources[i : i + 1]), seen.line)
            for i, pullback in enumerate(node.pullbacks)
        ]
    node.hooks = [seen]


def checksum(array: Array) -> int:
    """Return a number that is almost sure to differ when a byte of the array does."""
    return zlib.crc32(np.ascontiguousarray(array).data.cast("B")) if array.size else 0


def _checked(pullback: Pullback, op: Op, i: int, name: str, line: str) -> Callable[[Any], Any]:
    def watched(g: Any) -> Any:
        share = pullback(g)
        if _is_finite(g) and not _is_finite(share):
            raise AnomalyError(
                f"backward: {_describe(op)} makes {_what(share)} of a finite gradient, in the gradient of its input {i}"
                f"{name}, at {_where(share)} ({line})"
            )
        return share

    return watched


def _is_finite(x: Any) -> bool:
    array = array_of(x)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _what(x: Any) -> str:
    return "a NaN" if np.isnan(getattr(x, "array", x)).any() else "an infinity"


def _where(x: Any) -> str:
    array = getattr(x, "array", x)
    if not array.ndim:
        return "its only element"
    return f"index {[int(i) for i in np.argwhere(~np.isfinite(array))[0]]} of shape {array.shape}"


def _describe(op: Op) -> str:
    return f"{op.name} ({op.formula})"


def _named(inputs: Any) -> str:
    names = [repr(x.name) for x in inputs if getattr(x, "name", None)]
    return f" {', '.join(names)}" if names else ""
