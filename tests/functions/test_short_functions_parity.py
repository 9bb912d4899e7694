"""The functions that are short compositions, the questions and the in-place forms, against PyTorch's."""

import re
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import functions
from tinygrad_edu.functions import searching, type_promotion
from tinygrad_edu.tensors import in_place, in_place_random
from tinygrad_edu.tensors.in_place_methods import InPlaceMethods

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other


class Case:
    """Arguments: a tuple of sizes stands for random numbers, an array for itself, a list for several."""

    def __init__(self, *args, **options):
        self.args, self.options = args, options

    def build(self, library, gradients=True):
        rng = np.random.default_rng(0)

        def make(x, trainable=gradients):
            if isinstance(x, tuple) and x and isinstance(x[0], int):
                x = rng.uniform(-2, 2, x)
            if isinstance(x, np.ndarray):
                return library.tensor(x, requires_grad=trainable and x.dtype.kind == "f")
            return [make(part) for part in x] if isinstance(x, list) else x

        return [make(x) for x in self.args], {k: make(v, False) for k, v in self.options.items()}

    def __repr__(self):
        return " ".join(str(getattr(x, "shape", x)) for x in [*self.args, self.options or ""])


NUMBERS = np.array([3, 1, 2, 3, 1, 1])
MATRIX = np.array([[3.0, 1.0, 1.0, 2.0], [3.0, 1.0, 5.0, 2.0], [3.0, 1.0, 1.0, 2.0]])
NAN = np.array([[1.0, np.nan, 3.0], [np.nan, -1.0, 2.0]])
SORTED = np.array([-1.0, 0.0, 0.0, 1.5])
ROWS = np.array([[0, 2, 1], [1, 1, 0]])
SIGNED = np.array([-3.0, -0.0, 0.0, 2.0, 5.0])
OTHERS = np.array([1.0, -2.0, 3.0, -4.0, -0.5])

CASES = {
    **{name: [Case((2, 3))] for name in ("absolute", "arcsinh", "arctan", "flatten", "negative")},
    **{name: [Case(np.linspace(0.1, 0.9, 4))] for name in ("arccos", "arcsin", "arctanh")},
    **{name: [Case((2, 3), (3,))] for name in ("arctan2", "divide", "multiply", "subtract", "true_divide")},
    "arccosh": [Case(np.linspace(1.5, 3, 4))],
    "float_power": [Case(np.array([0.5, 2.0]), 3), Case(NUMBERS, (6,)), Case(NUMBERS, 2), Case(2, (3,))],
    "heaviside": [Case(NUMBERS - 2, NUMBERS), Case(NUMBERS - 1, np.array(7))],
    "permute": [Case((2, 3, 4), [2, 0, 1])],
    "unsqueeze": [Case((2, 3), 1), Case((2, 3), -1)],
    "amin": [Case((2, 3)), Case((2, 3), dim=1, keepdim=True)],
    "cat": [Case([(2, 3), (1, 3)]), Case([(2, 3), (2, 1)], dim=1)],
    "nonzero": [Case(ROWS), Case(ROWS, as_tuple=True), Case(np.array(2)), Case(MATRIX), Case(np.zeros((2, 3)))],
    "argwhere": [Case(ROWS)],
    "unique": [
        Case(NUMBERS), Case(NUMBERS, return_counts=True), Case(MATRIX, return_inverse=True, return_counts=True),
        Case(MATRIX, dim=0, return_inverse=True, return_counts=True), Case(MATRIX, dim=1),
    ],
    "unique_consecutive": [
        Case(NUMBERS, return_inverse=True, return_counts=True), Case(MATRIX, return_inverse=True),
        Case(MATRIX[[0, 0, 1, 0]], dim=0, return_inverse=True, return_counts=True), Case(MATRIX, dim=-1),
    ],
    "bincount": [
        Case(NUMBERS), Case(NUMBERS, weights=NUMBERS), Case(NUMBERS, minlength=7),
        Case(NUMBERS, weights=np.linspace(0, 1, 6)),
    ],
    "histc": [Case((20,), bins=4), Case((20,), bins=3, min=-1, max=1), Case(np.ones(3), bins=3)],
    "searchsorted": [
        Case(SORTED, (2, 3)), Case(SORTED, np.array([0.0, 1.5]), right=True),
        Case(SORTED, np.array([0.0]), side="right"), Case(np.sort(MATRIX), (3, 2)),
        Case(SORTED[::-1].copy(), (3,), sorter=np.arange(len(SORTED))[::-1].copy(), out_int32=True),
    ],
    "bucketize": [Case((2, 3), SORTED), Case(np.array([0.0, 1.5]), SORTED, right=True)],
    "isin": [Case(NUMBERS, np.array([1, 7])), Case(MATRIX, np.array([1.0, 2.0]), invert=True)],
    "var_mean": [Case((3, 4)), Case((3, 4), dim=1, correction=0), Case((3, 4), dim=[0, 1], keepdim=True)],
    "std_mean": [Case((3, 4)), Case((3, 4), dim=0), Case((3, 4), 1, False, True), Case((3, 4), False)],
    "aminmax": [Case((3, 4)), Case(MATRIX, dim=1), Case(MATRIX, dim=0, keepdim=True)],
    "nansum": [Case(NAN), Case(NAN, dim=1), Case(NAN, dim=0, keepdim=True)],
    "nanmean": [Case(NAN), Case(NAN, dim=1)],
    "kthvalue": [Case((3, 5), 2), Case((3, 5), 3, dim=0, keepdim=True)],
    "mode": [Case((1, 1))],
    "cummax": [Case((3, 5), dim=1), Case(MATRIX, dim=0), Case(MATRIX, dim=1)],
    "cummin": [Case((3, 5), dim=-1), Case(MATRIX, dim=1)],
    "diff": [Case((3, 5)), Case((3, 5), n=2, dim=0), Case((3, 5), prepend=np.ones((3, 1)), append=np.zeros((3, 2)))],
    "cov": [
        Case((3, 6)), Case((3, 6), correction=0), Case((6,)), Case((1, 6)),
        Case((3, 6), fweights=NUMBERS, aweights=np.linspace(0.5, 1, 6)), Case((3, 6), aweights=np.linspace(0.5, 1, 6)),
    ],
    "corrcoef": [Case((3, 6)), Case((6,)), Case((1, 6))],
    "cdist": [Case((3, 4), (5, 4)), Case((2, 3, 4), (2, 2, 4), p=1.0), Case((2, 4), (3, 4), p=3.0)],
    "dist": [Case((3, 4), (3, 4)), Case((3, 4), (3, 4), 1)],
    "cross": [Case((4, 3), (4, 3), dim=1), Case((3, 4), (3, 4), dim=0), Case((3, 4), (3, 4))],
    "t": [Case((3, 4)), Case((3,))],
    "ravel": [Case((3, 4)), Case(np.array(2.0))],
    "flipud": [Case((3, 4))],
    "fliplr": [Case((3, 4))],
    "rot90": [Case((3, 4), k) for k in (-1, 0, 1, 2, 3, 6)] + [Case((2, 3, 4), 1, [1, 2]), Case((2, 3, 4), 3, [0, 2])],
    **{
        f"atleast_{n}d": [Case(shape) for shape in (np.array(2.0), (3,), (2, 3), (2, 3, 4))] + [Case([(3,), (2, 2)])]
        for n in (1, 2, 3)
    },
    "column_stack": [Case([(3,), (3, 2)])],
    "dstack": [Case([(3, 2), (3, 2)]), Case([(3,), (3,)])],
    "row_stack": [Case([(3,), (2, 3)])],
    "concat": [Case([(2, 3), (1, 3)]), Case([(2, 3), (2, 1)], dim=1)],
    "block_diag": [Case((2, 3), (1, 2), (3,))],
    "broadcast_tensors": [Case((2, 1), (1, 3), (3,))],
    "cartesian_prod": [Case((3,)), Case((3,), (2,))],
    "moveaxis": [Case((2, 3, 4), 0, 2)],
    "swapdims": [Case((2, 3, 4), 0, 2)],
    "select": [Case((3, 4), 1, -1), Case((3, 4), 0, 1)],
    "take": [Case((3, 4), np.array([[0, 5], [11, 5]]))],
    "tensor_split": [Case((7, 2), 3), Case((7, 2), [2, 3]), Case((2, 7), [2, -1], dim=1)],
    "clamp_min": [Case((3, 4), 0.5), Case((3, 4), (3, 4))],
    "clamp_max": [Case((3, 4), 0.5), Case((3, 4), (3, 4))],
    "copysign": [Case(SIGNED, OTHERS)],
    "fmod": [Case(SIGNED + 0.3, OTHERS), Case((3, 4), 0.7), Case(np.array([-7, 7]), 3)],
    "scatter_reduce": [
        Case(x, 1, ROWS, src, reduce, include_self=include_self)
        for reduce in ("sum", "mean", "prod", "amax", "amin")
        for include_self in (True, False)
        for x, src in (((2, 3), (2, 3)), (np.full((2, 3), 0.5), np.array([[1.0, 0.0, 2.0], [1.0, 1.0, 3.0]])))
    ],
    "fmax": [Case(NAN, (2, 3))],
    "fmin": [Case(NAN, (2, 3))],

    **{name: [Case((3, 4))] for name in ("deg2rad", "rad2deg", "fix", "sgn", "positive")},
    **{
        name: [Case(NUMBERS, NUMBERS[::-1].copy())]
        for name in ("greater", "greater_equal", "less", "less_equal", "not_equal")
    },
}  # fmt: skip


def flat(x):
    return [y for part in x for y in flat(part)] if isinstance(x, tuple | list) else [x]


def run(library, function, case, gradients=True):
    """Return the results, and the gradients of the inputs for random upstream gradients."""
    args, options = case.build(library, gradients)
    results = flat(function(*args, **options))
    rng = np.random.default_rng(1)
    total = sum(
        (y.nan_to_num() * library.tensor(rng.normal(size=tuple(y.shape)))).sum() for y in results if y.requires_grad
    )
    inputs = [x for x in flat(args) if isinstance(x, library.Tensor) and x.requires_grad]
    if not isinstance(total, int):
        total.backward()
    return results, [x.grad for x in inputs]


def compare(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        if b is None or a is None:
            assert b is None or not b.any()
            assert a is None or not a.array.any()
        else:
            assert tuple(a.shape) == tuple(b.shape)
            assert str(b.dtype) == f"torch.{a.dtype}"
            np.testing.assert_allclose(a.detach().numpy(), b.numpy(force=True), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "case"), [(n, c) for n, cases in CASES.items() for c in cases], ids=lambda v: str(v).replace(" ", "-")
)
@pytest.mark.filterwarnings("ignore:Using torch.cross without specifying")
def test_values_and_gradients(name, case):
    differentiable = name not in searching.__all__
    ours = run(tg, getattr(tg, name), case, differentiable)
    theirs = run(torch, getattr(torch, name), case, differentiable)
    compare(ours[0], theirs[0])
    compare(ours[1], theirs[1])
    args, options = case.build(tg)
    if hasattr(tg.Tensor, name) and isinstance(args[0], tg.Tensor):
        compare(flat(getattr(args[0], name)(*args[1:], **options)), theirs[0])


def test_mode():
    x = np.random.default_rng(0).integers(0, 4, (5, 9)).astype(float)
    ours, theirs = tg.tensor(x, requires_grad=True).mode(), torch.tensor(x).mode()
    np.testing.assert_array_equal(ours.values.detach().numpy(), theirs.values.numpy())
    np.testing.assert_array_equal(np.take_along_axis(x, ours.indices.numpy()[:, None], 1)[:, 0], theirs.values.numpy())
    assert ours.values.requires_grad


def test_every_function_is_compared():
    """Here, in the tables of longer functions, or as an operation."""
    public = {name for module in vars(functions).values() for name in getattr(module, "__all__", ())}
    tables = "".join(Path(__file__).with_name(f"test_{name}_parity.py").read_text() for name in ("functions", "linalg"))
    missing = {name for name in public - set(CASES) - set(tg.ops.OPS) if not re.search(rf"\b{name}\(", tables)}
    missing -= set(type_promotion.__all__)  # in a table of their own
    assert missing == {"broadcast_shapes", "numel"}
    assert tg.broadcast_shapes((2, 1), (3,)) == tuple(torch.broadcast_shapes((2, 1), (3,)))
    assert tg.numel(tg.ones(2, 3)) == 6


INDEX, PLACES = np.array([2, 0, 2]), np.array([[0, 2, 1], [1, 0, 0]])

IN_PLACE = {
    **{
        f"{name}_": [Case((2, 3))]
        for name in (
            "abs", "atan", "ceil", "cos", "cosh", "erf", "exp", "exp2", "expm1", "floor", "frac", "nan_to_num", "neg",
            "reciprocal", "relu", "round", "sigmoid", "sign", "sin", "sinh", "square", "tan", "tanh", "trunc", "zero",
        )
    },
    **{
        f"{name}_": [Case(np.linspace(0.1, 0.9, 4))]
        for name in ("acos", "asin", "log", "log10", "log1p", "log2", "rsqrt", "sqrt")
    },
    "addcmul_": [Case((2, 3), (2, 3), (3,), value=0.5)],
    "addcdiv_": [Case((2, 3), (2, 3), np.linspace(1, 2, 3), value=0.5)],
    "clamp_": [Case((2, 3), -0.5, 0.5), Case((2, 3), (2, 3), None), Case((2, 3), (3,), (2, 1))],
    "clamp_min_": [Case((2, 3), 0.5)],
    "clamp_max_": [Case((2, 3), 0.5)],
    "clip_": [Case((2, 3), -0.5, 0.5)],
    "copy_": [Case((2, 3), (2, 3)), Case((2, 3), (3,))],
    "fill_": [Case((2, 3), 5.0)],
    "fill_diagonal_": [Case((3, 4), 5.0), Case((4, 3), 5.0), Case((2, 2, 2), 1.0)],
    "index_add_": [Case((3, 4), 0, INDEX, (3, 4)), Case((4, 3), 1, INDEX, (4, 3), alpha=0.5)],
    "index_copy_": [Case((3, 4), 0, np.array([2, 0]), (2, 4))],
    "index_fill_": [Case((3, 4), 1, np.array([3, 0]), 7.0)],
    "index_put_": [Case((3, 4), (np.array([0, 2]), np.array([1, 3])), (2,))],
    "lerp_": [Case((2, 3), (2, 3), 0.3)],
    "masked_fill_": [Case((2, 3), PLACES > 0, 9.0)],
    "remainder_": [Case((2, 3), 0.7)],
    "scatter_": [
        Case((2, 3), 1, PLACES[:, :2], (2, 2)), Case((2, 3), 1, PLACES, 2.0), Case((2, 3), 1, PLACES, value=3.0),
    ],
    "scatter_add_": [Case((2, 3), 1, PLACES, (2, 3))],
    "scatter_reduce_": [Case((2, 3), 1, PLACES, (2, 3), reduce="amax", include_self=False)],
    "tril_": [Case((3, 4), 1)],
    "triu_": [Case((3, 4))],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "case"), [(n, c) for n, cases in IN_PLACE.items() for c in cases], ids=lambda v: str(v).replace(" ", "-")
)
def test_in_place_forms(name, case):
    if name == "index_put_":
        case = Case(case.args[0], case.args[2])

    def apply(library):
        def change(x, *args, **options):
            y = x * 1
            if name == "index_put_":
                args = (tuple(library.tensor(i) for i in IN_PLACE[name][0].args[1]), *args)
            changed = getattr(y, name)(*args, **options)
            assert changed is y
            return changed * 2

        return run(library, change, case)

    for ours, theirs in zip(apply(tg), apply(torch), strict=True):
        compare(ours, theirs)


def test_every_in_place_form_is_compared():
    """All but those that have tests of their own: Python's operators and the like, and random numbers."""
    public = {name for name in vars(InPlaceMethods) if name.endswith("_") and not name.startswith("_")}
    assert public - vars(in_place).keys() - vars(in_place_random).keys() == set(IN_PLACE)
