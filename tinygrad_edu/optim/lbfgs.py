"""L-BFGS: Newton's method with a curvature that is learned from the last steps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.optim.line_search import Point, strong_wolfe
from tinygrad_edu.optim.optimizer import Group, Optimizer
from tinygrad_edu.tensors.tensor import Tensor, wrap


class LBFGS(Optimizer):
    """Go along -H g, with H the inverse of the curvature as far as the last steps tell; several times in one `step`.

    With s a step, y the change of the gradient g in it, and ρ = 1 / (y·s), each pair changes H to
    (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ, from (s·y / y·y) I on; H itself is never formed. For losses that are the same
    each time, not for random batches. From Liu and Nocedal: On the limited memory BFGS method for large scale
    optimization, Mathematical Programming 45, 1989; the loop is Nocedal's, 1980.

        def closure():
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            return loss

        optimizer.step(closure)

    Parameters:
        params: tensors, all in one group.
        lr: the length of a step along -H g; with a line search, the first that is tried.
        max_iter: how many directions `step` follows at most.
        max_eval: how often it calls the closure at most; 1¼ max_iter if not given.
        tolerance_grad: it stops where no element of the gradient is larger.
        tolerance_change: it stops where neither the loss nor a parameter changes by more.
        history_size: how many pairs are remembered.
        line_search_fn: "strong_wolfe" looks for a good length along each direction; None takes lr.

    State, of the first parameter for all: func_evals and n_iter, counts; d and t, the last direction and length in it;
    old_dirs, old_stps and ro, lists of y, s and ρ; H_diag; prev_flat_grad and prev_loss.

    Raises:
        ValueError: there are several groups, or another line_search_fn.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        super().check(group)
        for option in ("max_iter", "max_eval", "history_size"):
            if group[option] < 1:
                raise ValueError(f"LBFGS: expected {option} ≥ 1, got {group[option]}")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f'LBFGS: expected line_search_fn "strong_wolfe" or None, got {group["line_search_fn"]!r}')

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        if self.param_groups:
            raise ValueError("LBFGS: expected one group, since all parameters move together; put them into one list")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Follow up to max_iter directions; return the loss at the beginning.

        Parameters:
            closure: a function that computes the loss again, calls backward and returns the loss.
        """
        if closure is None:
            raise TypeError("LBFGS.step: expected a function that computes the loss again: step(closure)")
        group, state = self.param_groups[0], self.state[self._tensors()[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first, gradient = self._evaluate(closure)
        loss, evaluations = _number(first), 1
        state["func_evals"] += 1
        flat_enough = _largest(gradient) <= group["tolerance_grad"]
        iterations = 0
        while not flat_enough and iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            direction = self._direction(state, gradient, group["history_size"])
            slope, t = float(gradient @ direction), float(group["lr"])
            if state["n_iter"] == 1:
                t *= min(1.0, 1 / float(np.abs(gradient).sum()))
            before = Point(0, loss, gradient, slope)
            state.update(d=wrap(direction), t=t, prev_flat_grad=wrap(gradient), prev_loss=loss)
            if slope > -group["tolerance_change"]:
                break
            if group["line_search_fn"]:
                left = group["max_eval"] - evaluations
                found, used = self._search(closure, direction, before, t, group["tolerance_change"], left)
                t, loss, gradient = found.t, found.loss, found.gradient
                self._move(t, direction)
            else:
                self._move(t, direction)
                if iterations == group["max_iter"]:
                    break
                tensor, gradient = self._evaluate(closure)
                loss, used = _number(tensor), 1
            state["t"] = t
            evaluations += used
            state["func_evals"] += used
            flat_enough = _largest(gradient) <= group["tolerance_grad"]
            least = group["tolerance_change"]
            stands_still = _largest(t * direction) <= least or abs(loss - before.loss) < least
            if evaluations >= group["max_eval"] or stands_still:
                break
        return first

    def _direction(self, state: dict[str, Any], gradient: Array, history_size: int) -> Array:
        """Return -H g, after the pair of the last step is added to what is remembered."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -gradient
        y, s = gradient - state["prev_flat_grad"].array, state["d"].array * state["t"]
        curvature = float(y @ s)
        if curvature > 1e-10:
            for name, value in (("old_dirs", wrap(y)), ("old_stps", wrap(s)), ("ro", 1 / curvature)):
                state[name] = [*state[name], value][-history_size:]
            state["H_diag"] = curvature / float(y @ y)
        pairs = [
            (y.array, s.array, float(ro))
            for y, s, ro in zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True)
        ]
        direction, shares = -gradient, []
        for y, s, ro in reversed(pairs):
            shares.append(ro * float(s @ direction))
            direction -= shares[-1] * y
        direction *= float(state["H_diag"])
        for (y, s, ro), share in zip(pairs, reversed(shares), strict=True):
            direction += (share - ro * float(y @ direction)) * s
        return direction

    def _search(
        self, closure: Callable[[], Any], direction: Array, start: Point, t: float, tolerance: float, limit: int
    ) -> tuple[Point, int]:
        """Return where a search along the direction ends, and how often it called the closure; the parameters stay."""
        held = [tensor.array.copy() for tensor in self._tensors()]

        def evaluate(t: float) -> tuple[float, Array]:
            self._move(t, direction)
            loss, gradient = self._evaluate(closure)
            for tensor, array in zip(self._tensors(), held, strict=True):
                np.copyto(tensor.array, array)
                mark_changed(tensor.array, "LBFGS.step")
            return _number(loss), gradient

        return strong_wolfe(evaluate, t, direction, start, tolerance, limit)

    def _evaluate(self, closure: Callable[[], Any]) -> tuple[Any, Array]:
        """Return the loss, and all gradients as one vector: 0 for a parameter that has none."""
        with enable_grad():
            loss = closure()
        grads = [np.zeros_like(p.array) if p.grad is None else p.grad.array for p in self._tensors()]
        return loss, np.concatenate([grad.ravel() for grad in grads])

    def _move(self, t: float, direction: Array) -> None:
        """Take a step of length t."""
        tensors = self._tensors()
        ends = np.cumsum([tensor.array.size for tensor in tensors])
        for tensor, part in zip(tensors, np.split(direction, ends[:-1]), strict=True):
            np.add(tensor.array, t * part.reshape(tensor.shape), out=tensor.array, casting="same_kind")
            mark_changed(tensor.array, "LBFGS.step")

    def _copied(self, key: str, value: Any, tensor: Tensor) -> Any:
        """Copy one entry of a saved state: vectors of all parameters' elements, lists of them, and numbers."""
        if isinstance(value, list):
            return [self._copied(key, part, tensor) for part in value]
        if not isinstance(value, Tensor) and not hasattr(value, "__array__"):
            return copy.deepcopy(value)
        array = np.asarray(value.array if isinstance(value, Tensor) else value).copy()
        if array.ndim == 0:
            return array.item()
        size = sum(tensor.array.size for tensor in self._tensors())
        if array.shape != (size,):
            raise ValueError(f"expected shape {(size,)}, got {array.shape}")
        return wrap(array)


def _largest(array: Array) -> float:
    return float(np.abs(array).max())


def _number(loss: Any) -> float:
    return loss.item() if isinstance(loss, Tensor) else float(loss)
