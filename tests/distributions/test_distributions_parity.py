"""Distributions against PyTorch's: values, gradients, shapes, refusals."""

import math
import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import distributions as ours

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
theirs = torch.distributions
LIBRARIES = ((tg, ours), (torch, theirs))

INF = math.inf
ROWS = [[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]
SCORES = [[-1.0, 0.5, 2.0], [80.0, -90.0, 0.0]]

# The distribution, its parameters as they are given, and values to ask it about.
CASES = {
    "normal of numbers": ("Normal", {"loc": 0.5, "scale": 2.0}, 1.25),
    "normal of numbers, several values": ("Normal", {"loc": 0.0, "scale": 0.1}, [0.0, -3.0, 40.0]),
    "normal of single numbers": ("Normal", {"loc": np.array(0.5), "scale": np.array(2.0)}, [[1.0], [2.0]]),
    "normal of a tensor and a number": ("Normal", {"loc": np.array([0.5, -1.0]), "scale": 3.0}, [1.0, -1.0]),
    "normal, broadcast": ("Normal", {"loc": np.array([[0.5], [-1.0]]), "scale": np.array([1.0, 2.0, 1e-3])}, 0.25),
    "normal of none": ("Normal", {"loc": np.zeros((0, 2)), "scale": np.ones(2)}, [0.5, 1.0]),
    "bernoulli of a number": ("Bernoulli", {"probs": 0.25}, [0.0, 1.0]),
    "bernoulli": ("Bernoulli", {"probs": np.array([0.2, 0.5, 0.9])}, [[1.0], [0.0]]),
    "bernoulli at the ends": ("Bernoulli", {"probs": np.array([0.0, 1.0, 0.0, 1.0])}, [0.0, 1.0, 1.0, 0.0]),
    "bernoulli of logits": ("Bernoulli", {"logits": np.array([-1.5, 0.0, 2.0])}, [1.0, 0.0, 1.0]),
    "bernoulli of large logits": ("Bernoulli", {"logits": np.array([-800.0, 90.0, 25.0])}, [1.0, 1.0, 0.0]),
    "categorical": ("Categorical", {"probs": np.array([0.2, 0.5, 0.3])}, 1),
    "categorical of weights": ("Categorical", {"probs": np.array([2.0, 5.0, 3.0])}, [[2, 0], [1, 1]]),
    "categorical of rows": ("Categorical", {"probs": np.array(ROWS)}, [[0, 1], [2, 0], [1, 2]]),
    "categorical of logits": ("Categorical", {"logits": np.array(SCORES)}, [2, 0]),
    "categorical of logits, broadcast": ("Categorical", {"logits": np.array(SCORES)}, [[1], [0]]),
    "categorical of an impossible one": ("Categorical", {"logits": np.array([-INF, 0.5, 1.0])}, [0, 1]),
    "categorical of one": ("Categorical", {"probs": np.array([[3.0]])}, [0]),
    "uniform of numbers": ("Uniform", {"low": -1.0, "high": 2.0}, [-1.0, 0.5, 1.9]),
    "uniform, broadcast": ("Uniform", {"low": np.array([[0.0], [-1.0]]), "high": np.array([2.0, 3.0])}, 1.5),
    "uniform at its upper bound": ("Uniform", {"low": 0.0, "high": np.array([1.0, 2.0])}, 1.0),
}
TYPES = {"float32": 1e-6, "float64": 1e-12}
ATTRIBUTES = ("mean", "mode", "variance", "stddev")
METHODS = ("entropy", "perplexity")


def build(library, kinds, case, dtype="float64", **options):
    """Make the distribution of a case; return it with its parameters that are tensors, and the values."""
    kind, parameters, value = CASES[case]
    given = {
        name: library.tensor(x, dtype=getattr(library, dtype), requires_grad=True) if isinstance(x, np.ndarray) else x
        for name, x in parameters.items()
    }
    types = [getattr(library, dtype)] if any(isinstance(x, np.ndarray) for x in parameters.values()) else [None]
    value = library.tensor(value, dtype=None if isinstance(np.ravel(value)[0], np.int64) else types[0])
    return getattr(kinds, kind)(**given, **options), [x for x in given.values() if hasattr(x, "grad")], value


def same(mine, other, tol=1e-12):
    assert tuple(mine.shape) == tuple(other.shape)
    assert str(mine.dtype) == str(other.dtype).removeprefix("torch.")
    np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=tol, atol=tol)


def answers(library, kinds, case, dtype):
    """Ask a distribution everything that has a number for an answer."""
    d, parameters, value = build(library, kinds, case, dtype)
    found = {name: getattr(d, name) for name in (*ATTRIBUTES, *d.arg_constraints)}
    found |= {name: getattr(d, name)() for name in METHODS}
    found["log_prob"] = d.log_prob(value)
    if CASES[case][0] in ("Normal", "Uniform"):
        found["cdf"] = d.cdf(value)
    if CASES[case][0] == "Uniform":
        found["icdf"] = d.icdf(d.cdf(value))
    return found, parameters


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients(case, dtype):
    (mine, my_parameters), (other, their_parameters) = (answers(*libraries, case, dtype) for libraries in LIBRARIES)
    for name, value in mine.items():
        same(value, other[name], TYPES[dtype])
        for x, y in zip(my_parameters, their_parameters, strict=True) if name != "mode" else ():
            assert value.requires_grad == other[name].requires_grad, name
            if not value.requires_grad:
                continue
            weight = np.linspace(0.5, 2, max(value.numel(), 1))[: value.numel()].reshape(tuple(value.shape))
            g, expected = (
                library.autograd.grad(out, p, library.tensor(weight, dtype=out.dtype), retain_graph=True,
                                      allow_unused=True)[0]
                for library, out, p in ((tg, value, x), (torch, other[name], y))
            )  # fmt: skip
            assert (g is None) == (expected is None), name
            if g is not None:
                same(g, expected, 10 * TYPES[dtype])


@pytest.mark.parametrize("case", CASES)
def test_shapes_and_names(case):
    (mine, *_), (other, *_) = (build(*libraries, case) for libraries in LIBRARIES)
    assert mine.batch_shape == tuple(other.batch_shape)
    assert mine.event_shape == tuple(other.event_shape)
    assert (mine.has_rsample, mine.has_enumerate_support) == (other.has_rsample, other.has_enumerate_support)
    if case != "categorical of one":  # whose one probability PyTorch writes as a tensor
        assert str(mine) == str(other).replace("torch.", "")
    for sample_shape in ((), (4,), (2, 3)):
        if mine.batch_shape.numel():
            same(mine.sample(sample_shape) * 0, other.sample(sample_shape) * 0)
            assert not mine.sample(sample_shape).requires_grad
    if mine.has_enumerate_support:
        for expand in (True, False):
            same(mine.enumerate_support(expand), other.enumerate_support(expand))


@pytest.mark.parametrize("case", CASES)
def test_expanded(case):
    (mine, _, value), (other, _, their_value) = (build(*libraries, case) for libraries in LIBRARIES)
    for touched in (False, True):  # before and after what is computed from the parameters is there
        wide, their_wide = (d.expand((3, *d.batch_shape)) for d in (mine, other))
        assert type(wide) is type(mine)
        assert wide.batch_shape == tuple(their_wide.batch_shape)
        same(wide.entropy(), their_wide.entropy())
        if not touched:
            same(mine.log_prob(value), other.log_prob(their_value))


PAIRS = [
    ("Normal", {"loc": 0.5, "scale": np.array([1.0, 2.0])}, "Normal", {"loc": np.array(-1.0), "scale": 0.5}),
    ("Bernoulli", {"probs": np.array([0.2, 0.7, 0.5])}, "Bernoulli", {"probs": np.array([0.5, 0.1, 0.6])}),
    ("Bernoulli", {"probs": np.array([0.0, 1.0, 0.4, 0.4, 1.0])},
     "Bernoulli", {"probs": np.array([0.5, 0.5, 0.0, 1.0, 1.0])}),
    ("Bernoulli", {"logits": np.array([-2.0, 30.0])}, "Bernoulli", {"logits": np.array([3.0, -30.0])}),
    ("Categorical", {"probs": np.array(ROWS)}, "Categorical", {"probs": np.array([0.1, 0.1, 0.8])}),
    ("Categorical", {"probs": np.array([0.5, 0.5, 0.0])}, "Categorical", {"probs": np.array(ROWS)}),
    ("Categorical", {"logits": np.array(SCORES)}, "Categorical", {"logits": np.array([0.0, 1.0, -1.0])}),
    ("Uniform", {"low": 0.0, "high": np.array([1.0, 3.0])}, "Uniform", {"low": np.array([-1.0]), "high": 2.0}),
    ("Uniform", {"low": np.array(0.0), "high": 2.0}, "Normal", {"loc": np.array([0.5, -1.0]), "scale": 3.0}),
    ("Normal", {"loc": np.zeros(2), "scale": 1.0}, "Uniform", {"low": 0.0, "high": np.ones(2)}),
]  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} {pair[2]}")
def test_divergences(pair):
    results = []
    for library, kinds in LIBRARIES:
        first, second = (
            {k: library.tensor(x, requires_grad=True) if isinstance(x, np.ndarray) else x for k, x in given.items()}
            for given in (pair[1], pair[3])
        )
        value = kinds.kl_divergence(getattr(kinds, pair[0])(**first), getattr(kinds, pair[2])(**second))
        tensors = [x for x in (*first.values(), *second.values()) if isinstance(x, library.Tensor)]
        finite = library.where(library.isfinite(value), value, 0.0).sum()
        gradients = library.autograd.grad(finite, tensors, allow_unused=True) if value.requires_grad else ()
        results.append((value, *(g if g is not None else library.zeros(1) for g in gradients)))
    for mine, other in zip(*results, strict=True):
        same(mine, other)


REFUSALS = {
    "scale of 0": lambda t, d: d.Normal(0.0, 0.0),
    "negative scale": lambda t, d: d.Normal(0.0, t.tensor([1.0, -1.0])),
    "location of NaN": lambda t, d: d.Normal(t.tensor([0.0, math.nan]), 1.0),
    "neither": lambda t, d: d.Bernoulli(),
    "both": lambda t, d: d.Categorical(t.tensor([0.5, 0.5]), t.tensor([0.5, 0.5])),
    "probability above 1": lambda t, d: d.Bernoulli(1.5),
    "logit of NaN": lambda t, d: d.Bernoulli(logits=math.nan),
    "no categories": lambda t, d: d.Categorical(t.tensor(1.0)),
    "negative weight": lambda t, d: d.Categorical(t.tensor([-1.0, 2.0])),
    "weights of 0": lambda t, d: d.Categorical(t.tensor([0.0, 0.0])),
    "score of NaN": lambda t, d: d.Categorical(logits=t.tensor([0.0, math.nan])),
    "bounds the wrong way round": lambda t, d: d.Uniform(1.0, t.tensor([2.0, 0.0])),
    "equal bounds": lambda t, d: d.Uniform(1.0, 1.0),
    "a list": lambda t, d: d.Normal([0.0], 1.0),
    "value above the bounds": lambda t, d: d.Uniform(0.0, 1.0).log_prob(t.tensor(1.5)),
    "value that is no 0 or 1": lambda t, d: d.Bernoulli(0.5).log_prob(t.tensor(0.5)),
    "value beyond the categories": lambda t, d: d.Categorical(t.ones(2)).log_prob(t.tensor(2)),
    "value between the categories": lambda t, d: d.Categorical(t.ones(2)).log_prob(t.tensor(0.5)),
    "value of NaN": lambda t, d: d.Normal(0.0, 1.0).log_prob(t.tensor(math.nan)),
    "value of another shape": lambda t, d: d.Normal(0.0, t.ones(2)).log_prob(t.ones(3)),
    "value that is a number": lambda t, d: d.Normal(0.0, 1.0).log_prob(0.5),
    "cdf of a number": lambda t, d: d.Uniform(0.0, 1.0).cdf(0.5),
    "sample_shape of a number": lambda t, d: d.Normal(0.0, 1.0).sample(3),
    "rsample of what has none": lambda t, d: d.Bernoulli(0.5).rsample(),
    "cdf of what has none": lambda t, d: d.Categorical(t.ones(2)).cdf(t.tensor(0)),
    "values that cannot be listed": lambda t, d: d.Normal(0.0, 1.0).enumerate_support(),
    "no such divergence": lambda t, d: d.kl_divergence(d.Bernoulli(0.5), d.Uniform(0.0, 1.0)),
    "validation by hand": lambda t, d: d.Normal(0.0, -1.0, validate_args=True),
    "default of validation": lambda t, d: d.Distribution.set_default_validate_args(2),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    kinds, messages = [], []
    for libraries in LIBRARIES:
        with pytest.raises((ValueError, TypeError, NotImplementedError)) as caught:
            REFUSALS[name](*libraries)
        kinds.append(caught.type)
        messages.append(re.split(r" \(|:", str(caught.value))[0])
    assert kinds[0] is kinds[1]
    if messages[1].startswith("Expected"):
        assert messages[0] == messages[1]


UNCHECKED = {
    "outside the bounds": lambda t, d: d.Uniform(0.0, t.ones(2), validate_args=False).log_prob(t.tensor([1.5, 0.5])),
    "no 0 or 1": lambda t, d: d.Bernoulli(0.5, validate_args=False).log_prob(t.tensor(0.25)),
    "a negative scale": lambda t, d: d.Normal(0.0, -2.0, validate_args=False).variance,
}


@pytest.mark.parametrize("name", UNCHECKED)
def test_without_validation(name):
    same(*(UNCHECKED[name](*libraries) for libraries in LIBRARIES))


def test_default_of_validation():
    for library, kinds in LIBRARIES:
        kinds.Distribution.set_default_validate_args(False)
        try:
            assert kinds.Normal(0.0, -1.0).loc == 0
            assert kinds.Normal(0.0, -1.0).expand((2,)).batch_shape == (2,)
        finally:
            kinds.Distribution.set_default_validate_args(True)
        with pytest.raises(ValueError, match="Expected parameter scale"):
            kinds.Normal(0.0, library.tensor(-1.0))


VALUES = [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, math.nan, INF]
CONSTRAINTS = {
    "real": lambda c: c.real,
    "positive": lambda c: c.positive,
    "unit_interval": lambda c: c.unit_interval,
    "boolean": lambda c: c.boolean,
    "greater_than": lambda c: c.greater_than(0.5),
    "less_than": lambda c: c.less_than(0.5),
    "interval": lambda c: c.interval(-0.5, 1.0),
    "integer_interval": lambda c: c.integer_interval(0, 1),
    "simplex": lambda c: c.simplex,
    "real_vector": lambda c: c.real_vector,
}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints(name):
    for values in (VALUES, [[0.25, 0.75], [0.5, 0.6], [-0.5, 1.5], [1.0, 0.0]]):
        same(*(CONSTRAINTS[name](kinds.constraints).check(library.tensor(values)) for library, kinds in LIBRARIES))
    assert str(CONSTRAINTS[name](ours.constraints)) == str(CONSTRAINTS[name](theirs.constraints))
    assert CONSTRAINTS[name](ours.constraints).event_dim == CONSTRAINTS[name](theirs.constraints).event_dim
