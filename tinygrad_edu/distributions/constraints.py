"""What the numbers of a distribution must satisfy: its parameters, and the values that it can draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_edu.tensors.tensor import Tensor


class Constraint:
    """A condition on numbers: `positive.check(x)` tells for which of them it holds.

    Parameters:
        name: what an error message calls it.
        check: takes a tensor and gives a tensor of bools.
        event_dim: how many of the last dimensions are judged together: 0 for single numbers, 1 for vectors.
    """

    def __init__(self, name: str, check: Callable[[Tensor], Any], event_dim: int = 0) -> None:
        self._name = name
        self._check = check
        self.event_dim = event_dim

    def check(self, value: Tensor) -> Any:
        """Tell for each number, or vector, of `value` whether the condition holds."""
        return self._check(value)

    def __repr__(self) -> str:
        return self._name


def greater_than(lower_bound: Any) -> Constraint:
    """Allow numbers above a bound."""
    return Constraint(f"GreaterThan(lower_bound={lower_bound})", lambda x: x > lower_bound)


def less_than(upper_bound: Any) -> Constraint:
    """Allow numbers below a bound."""
    return Constraint(f"LessThan(upper_bound={upper_bound})", lambda x: x < upper_bound)


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Allow numbers between two bounds, and these."""
    return Constraint(
        f"Interval(lower_bound={lower_bound}, upper_bound={upper_bound})",
        lambda x: (x >= lower_bound) & (x <= upper_bound),
    )


def integer_interval(lower_bound: int, upper_bound: int) -> Constraint:
    """Allow whole numbers between two bounds, and these."""
    return Constraint(
        f"IntegerInterval(lower_bound={lower_bound}, upper_bound={upper_bound})",
        lambda x: (x == x.trunc()) & (x >= lower_bound) & (x <= upper_bound),
    )


def _is_real(x: Tensor) -> Any:
    return x == x  # NaN is not


real = Constraint("Real()", _is_real)
real_vector = Constraint("IndependentConstraint(Real(), 1)", lambda x: _is_real(x).all(-1), event_dim=1)
positive = greater_than(0.0)
unit_interval = interval(0.0, 1.0)
boolean = Constraint("Boolean()", lambda x: (x == 0) | (x == 1))
simplex = Constraint("Simplex()", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6), event_dim=1)
