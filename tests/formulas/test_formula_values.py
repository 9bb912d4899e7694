"""The registry's formulas are true: evaluated on every sample, they give an operation's value and its gradients."""

import math
from functools import partial

import numpy as np
import pytest

from tests.formulas.formula_values import Evaluator, halved_lower_triangle, open_indices, statements
from tests.table import as_tensors, draw, upstream
from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.op import OPS
from tinygrad_edu.formulas import kind, parse
from tinygrad_edu.formulas.rules import NO_BOUND, SPELT, own_symbols, rule_parameters
from tinygrad_edu.formulas.trees import Chain, Index, Name

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the case that is not chosen: 1 / 0, log 0

REMARKS = {
    "repeated": lambda values: True,
    "or what is not NaN": lambda values: True,  # no sample has one
    "y rising": lambda values: np.all(np.diff(values["y"]) > 0),
    "y falling": lambda values: np.all(np.diff(values["y"]) < 0),
    "y lower triangular": lambda values: np.all(np.tril(values["y"]) == values["y"]),
    "y upper triangular": lambda values: np.all(np.triu(values["y"]) == values["y"]),
    "r upper triangular": lambda values: np.all(np.triu(values["r"]) == values["r"]),
}
"""What a text may say in words beside a formula, and how to see that it is so."""

NOT_EVALUATED = {
    "einsum": "its indices are a parameter",
    "rnn": "a recursion, whose steps count from 1",
    "lstm": "a recursion, whose steps count from 1",
    "gru": "a recursion, whose steps count from 1",
    "ctc_loss": "a sum over alignments",
}
"""Operations whose formulas are mathematics, but not evaluated here, and why."""


def along_last(inputs, params):
    return params.get("axis") in (-1, inputs[0].ndim - 1)


def one_matrix(inputs, params):
    return inputs[0].ndim == 2


def reads_once(index, shape):
    read = np.arange(math.prod(shape)).reshape(shape)[index]
    return len(set(read.flat)) == read.size


def along_a_line(inputs, params):
    """A letter of these formulas is a number for every dimension, and here one number; they have no border."""
    plain = not any(params.get("padding", ())) and params.get("groups", 1) == 1
    return plain and len(params.get("kernel", params.get("size", params.get("stride")))) == 1


FITS = {
    "matmul": lambda inputs, params: all(x.ndim > 1 for x in inputs),
    "prod": lambda inputs, params: along_last(inputs, params) and "keepdims" not in params,
    "setitem": lambda inputs, params: reads_once(params["index"], inputs[0].shape),
    **dict.fromkeys(["eigenvectors", "left_singular_vectors", "right_singular_vectors"], one_matrix),
    "solve": lambda inputs, params: inputs[1].ndim == inputs[0].ndim,  # no vectors
    "cofactors": lambda inputs, params: np.all(np.linalg.matrix_rank(inputs[0]) == 3),
    "diagonal": lambda inputs, params: inputs[0].ndim == 2 and not params.get("offset"),
    "put_diagonal": lambda inputs, params: inputs[0].ndim == 1,
    "softplus": lambda inputs, params: "threshold" not in params,
    "gelu": lambda inputs, params: "approximate" not in params,
    "linear": lambda inputs, params: inputs[0].ndim == 2,
    "attention": lambda inputs, params: isinstance(inputs[3], float) and inputs[0].ndim == inputs[2].ndim,
    "take_along_axis": lambda inputs, params: params["axis"] == 0 and inputs[0].shape[1] == inputs[1].shape[1],
    **dict.fromkeys(["cumsum", "cumprod", "logcumsumexp"], along_last),
    "convolution": lambda inputs, params: along_a_line(inputs, params) and len(inputs) == 3,
    **dict.fromkeys(
        ["convolution_input", "convolution_weight", "cut_windows", "add_windows", "max_pool"], along_a_line
    ),
}
"""Which samples a formula speaks of, where it leaves something out."""


def eigh(a):
    w, v = np.linalg.eigh(a)
    return {"w": w, "v": v}


def svd(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return {"u": u, "s": s, "v": np.swapaxes(vt, -1, -2)}


def qr(a):
    return dict(zip("qr", np.linalg.qr(a), strict=True))


OTHERS = {
    "eigenvalues": eigh,
    "eigenvectors": eigh,
    "singular_values": svd,
    "left_singular_vectors": svd,
    "right_singular_vectors": svd,
    "qr_q": qr,
    "qr_r": qr,
}
"""What the formulas of decompositions name beside the factor that the operation returns."""

AXES = {"attention": -1, "layer_norm": -1, "softmax_cross_entropy": 1}
"""The axis of sums and means in operations that have no parameter for it."""

CUMULATIVE_NORMAL = np.vectorize(lambda a: math.erfc(-a / math.sqrt(2)) / 2, otypes=[float])
PHI = {"gelu": CUMULATIVE_NORMAL, "cholesky": halved_lower_triangle}


def is_evaluated(op, text):
    if text == "-" or op.name in NOT_EVALUATED:
        return False
    return all(part in REMARKS for part in statements(parse(text, own_symbols(op))) if isinstance(part, str))


VALUES = [op for op in OPS.values() if is_evaluated(op, op.formula)]
SHARES = [
    (op, index) for op in OPS.values() for index, text in enumerate(op.derivative or ()) if is_evaluated(op, text)
]


def evaluator(op, inputs, params, **values):
    """Return an evaluator that knows the operation's inputs and parameters, and what its formula defines."""
    inputs = [np.asarray(x) for x in inputs]
    names = list(rule_parameters(op))
    usual = {name: p.default for name, p in rule_parameters(op).items() if p.kind is p.KEYWORD_ONLY} | params
    for name, value in usual.items():
        symbol = SPELT.get(name, name)
        values[symbol] = float(NO_BOUND[symbol].replace("∞", "inf")) if symbol in NO_BOUND and value is None else value
    if "kernel" in usual or "stride" in usual:
        values |= {"s": np.ravel(usual["stride"])[0], "d": np.ravel(usual["dilation"])[0]}
    axis = usual.get("axis", AXES.get(op.name))
    if "axis" in usual:
        n = inputs[0].size // np.sum(inputs[0], axis=axis).size if inputs[0].size else 0
        values["n"] = n - (FITS.get(op.name) is along_last)  # the last of 0, 1, … n in sums that run
    values |= {"N": len(inputs[0])} if inputs[0].ndim else {}
    values |= dict(zip(names, inputs, strict=False))
    values |= OTHERS.get(op.name, lambda a: {})(inputs[0])
    functions = {"onehot": lambda t: np.eye(inputs[0].shape[-1])[t], "Φ": PHI.get(op.name)}
    sizes = {"i": usual["kernel"][0]} if "kernel" in usual else {}
    if "groups" in usual:
        functions |= convolutions(values)
    return Evaluator(values, axis, functions, sizes)


def convolutions(values):
    """Return convolution and its adjoints as functions of two arrays, with the parameters of a call."""
    params = {name: values[name] for name in ("stride", "padding", "dilation", "groups")}
    size = {"size": values["size"] if "size" in values else values["x"].shape[2:]}
    kernel = {"kernel": values["kernel"] if "kernel" in values else values["w"].shape[2:]}
    return {
        "convolution": partial(OPS["convolution"], **params),
        "convolution_input": partial(OPS["convolution_input"], **params, **size),
        "convolution_weight": partial(OPS["convolution_weight"], **params, **kernel),
    }


def define(evaluator, parts):
    """Work out what a text defines beside its formula: `p = softmax(a)`, `fᵢⱼ = …`. Return the other parts."""
    rest = []
    for part in reversed(parts):
        match part:
            case str():
                assert REMARKS[part](evaluator.values), part
            case Chain(("", "="), (Name(name), body)) if name != "y":
                evaluator.values[name] = evaluator.value(body)
            case Chain(("", "="), (Index(Name(name), places), body)) if name != "y":
                shape = tuple(evaluator.size(place.text, body) for place in places)
                evaluator.values[name] = evaluator.elements(places, body, shape)
            case _:
                rest.append(part)
    return rest[::-1]


def samples(op):
    """Return what an operation is called on, where its formula says all of it."""
    fits = FITS.get(op.name, lambda inputs, params: True)
    drawn = [(draw(op, sample), sample.params) for sample in op.samples]
    return [(inputs, params) for inputs, params in drawn if fits(inputs, params)]


def close(value, expected):
    value = np.asarray(value)
    value = value.reshape(expected.shape) if value.size == expected.size else np.broadcast_to(value, expected.shape)
    np.testing.assert_allclose(value, expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("op", VALUES, ids=lambda op: op.name)
def test_value(op):
    calls = samples(op)
    assert calls
    for inputs, params in calls:
        y = np.asarray(op(*inputs, **params))
        values = evaluator(op, inputs, params, y=y)
        for part in define(values, statements(parse(op.formula, own_symbols(op)))):
            assert isinstance(part, Chain) and part.signs == ("", "=")
            left, right = part.items
            if isinstance(left, Index):
                close(values.elements(left.places, right, y.shape), y)
            elif right == Name("I"):
                one = values.value(left)
                close(one, np.broadcast_to(np.eye(one.shape[-1]), one.shape))
            else:
                close(values.value(right), np.asarray(values.value(left)))


@pytest.mark.parametrize(("op", "index"), SHARES, ids=[f"{op.name} {index}" for op, index in SHARES])
def test_share(op, index):
    calls = samples(op)
    assert calls
    for inputs, params in calls:
        if index >= len(inputs) or not isinstance(inputs[index], np.ndarray) or inputs[index].dtype.kind != "f":
            continue
        tensors = as_tensors(inputs)
        y = op(*tensors, **params)
        g = upstream(y.shape)
        y.backward(g)
        expected = tensors[index].grad.array
        values = evaluator(op, inputs, params, y=y.array)
        if is_evaluated(op, op.formula):
            define(values, statements(parse(op.formula, own_symbols(op))))
        values.values |= {"y": restored(y.array, op, values), "g": restored(g, op, values)}
        (formula,) = define(values, statements(parse(op.derivative[index], own_symbols(op))))
        if indices := open_indices(formula, values.values):
            share = values.given(y=y.array, g=g).elements(indices, formula, expected.shape)
        else:
            share = np.asarray(values.value(formula))
        share = np.broadcast_to(share, np.broadcast_shapes(share.shape, expected.shape))
        close(unbroadcast(share, expected.shape), expected)


def restored(array, op, values):
    """Give an array that was reduced its axes back, with size 1."""
    if op.name in ("det", "logabsdet"):
        return array[..., None, None]
    axis, ndim = values.axis, values.values[next(iter(rule_parameters(op)))].ndim
    if array.ndim == ndim or (axis is None and array.ndim):
        return array
    return np.expand_dims(array, axis) if array.ndim else array.reshape((1,) * ndim)


def test_nearly_all_formulas_are_evaluated():
    texts = [text for op in OPS.values() for text in (op.formula, *(op.derivative or ())) if text != "-"]
    assert len(VALUES) + len(SHARES) > 0.75 * len(texts)
    mathematics = {op.name for op in OPS.values() if kind(parse(op.formula, own_symbols(op))) == "mathematics"}
    assert mathematics <= {op.name for op in VALUES} | set(NOT_EVALUATED)
