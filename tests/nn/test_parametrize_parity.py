"""Parametrizations against PyTorch's: values, gradients, names, what is saved, refusals."""

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn.utils import parametrize

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
START = np.random.default_rng(0).normal(size=(3, 3))
OTHER = np.arange(9.0).reshape(3, 3)


def modules(library):
    """Return the parametrizations that the tests use, by name, for one of the libraries."""
    base = library.nn.Module

    class Symmetric(base):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        def right_inverse(self, x):
            return x.triu()

    class Exp(base):
        def forward(self, x):
            return x.exp()

        def right_inverse(self, x):
            return x.log()

    class Plus(base):
        def forward(self, x):
            return x + 1

        def right_inverse(self, x):
            return x - 1

    class Double(base):
        def forward(self, x):
            return x * 2

    class Product(base):
        def forward(self, a, b):
            return a * b

        def right_inverse(self, x):
            return x / 2, x * 0 + 2

    class Masked(base):
        def __init__(self):
            super().__init__()
            self.register_buffer("mask", library.tensor([1.0, 0.0, 1.0], dtype=library.float64))
            self.scale = library.nn.Parameter(library.tensor(3.0, dtype=library.float64))

        def forward(self, x):
            return x * self.mask * self.scale

    class Shorter(base):
        def forward(self, x):
            return x[:2]

    class Narrower(base):
        def forward(self, x):
            return x.float()

    class Nothing(base):
        def forward(self, x):
            return 3

    return {kind.__name__: kind for kind in (Symmetric, Exp, Plus, Double, Product, Masked, Shorter, Narrower, Nothing)}


def layer(library, *kinds, name="weight", **options):
    made = library.nn.Linear(3, 3).double()
    with library.no_grad():
        made.weight.copy_(library.tensor(np.abs(START)))
        made.bias.copy_(library.tensor(np.abs(START[0])))
    for kind in kinds:
        library.nn.utils.parametrize.register_parametrization(made, name, modules(library)[kind](), **options)
    return made


def snapshot(library, made):
    """Return all there is to compare: names, values, and the gradients of a loss."""
    x = library.tensor(OTHER / 9)
    made.zero_grad()
    (made(x) ** 2).sum().backward()
    numbers = [made.weight, made.bias, made(x), *made.state_dict().values(), *(p.grad for p in made.parameters())]
    names = list(made.state_dict()), [name for name, _ in made.named_parameters()], str(made), type(made).__name__
    return names, [t.detach().numpy() for t in numbers]


def same(mine, other):
    assert mine[0] == other[0]
    for x, y in zip(mine[1], other[1], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)


CHAINS = {
    "one": ["Symmetric"],
    "inverse": ["Exp"],
    "no inverse": ["Double"],
    "several originals": ["Product"],
    "with parameters": ["Masked"],
    "one after the other": ["Exp", "Double", "Masked"],
    "inverse after inverse": ["Exp", "Plus"],
    "after several originals": ["Product", "Double"],
}


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("chain", CHAINS)
def test_values_gradients_and_names(chain, name):
    if name == "bias" and "Symmetric" in CHAINS[chain]:
        name = "weight"
    made = [layer(library, *CHAINS[chain], name=name) for library in (tg, torch)]
    same(*(snapshot(library, m) for library, m in zip((tg, torch), made, strict=True)))


@pytest.mark.parametrize("leave", [True, False])
@pytest.mark.parametrize("chain", CHAINS)
def test_removed(chain, leave):
    if "Product" in CHAINS[chain] and not leave:
        return  # refused, below
    found = []
    for library in (tg, torch):
        made = layer(library, *CHAINS[chain])
        library.nn.utils.parametrize.register_parametrization(made, "bias", modules(library)["Double"]())
        original = dict(made.named_parameters()).get("parametrizations.weight.original")
        for name in ("weight", "bias"):
            assert library.nn.utils.parametrize.remove_parametrizations(made, name, leave_parametrized=leave) is made
        assert original is None or made.weight is original  # which an optimizer may hold
        assert type(made) is library.nn.Linear
        found.append(snapshot(library, made))
    same(*found)


@pytest.mark.parametrize("chain", ["one", "inverse", "inverse after inverse", "several originals"])
def test_assigned(chain):
    found = []
    for library in (tg, torch):
        made = layer(library, *CHAINS[chain])
        made.weight = library.tensor(OTHER + 2)
        found.append(snapshot(library, made))
    same(*found)


def test_a_buffer_and_a_saved_state():
    found = []
    for library in (tg, torch):
        made = library.nn.BatchNorm1d(3).double()
        library.nn.utils.parametrize.register_parametrization(made, "running_var", modules(library)["Double"]())
        fresh = library.nn.BatchNorm1d(3).double()
        library.nn.utils.parametrize.register_parametrization(fresh, "running_var", modules(library)["Double"]())
        made.parametrizations.running_var.original.mul_(3.0)
        fresh.load_state_dict(made.state_dict())
        found.append((sorted(fresh.state_dict()), fresh.running_var.tolist(), len(list(fresh.parameters()))))
    assert found[0] == found[1]


REFUSALS = {
    "no such tensor": lambda t, p, kinds: p.register_parametrization(t.nn.Linear(3, 3), "nothing", kinds["Double"]()),
    "shape": lambda t, p, kinds: layer(t, "Shorter"),
    "type": lambda t, p, kinds: layer(t, "Narrower"),
    "no tensor": lambda t, p, kinds: layer(t, "Nothing"),
    "shape of the second": lambda t, p, kinds: layer(t, "Double", "Shorter"),
    "not parametrized": lambda t, p, kinds: p.remove_parametrizations(t.nn.Linear(3, 3), "weight"),
    "several originals": lambda t, p, kinds: p.remove_parametrizations(layer(t, "Product"), "weight", False),
    "no inverse": lambda t, p, kinds: setattr(layer(t, "Double"), "weight", t.ones(3, 3)),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    kinds = []
    for library in (tg, torch):
        with pytest.raises((ValueError, RuntimeError)) as caught:
            REFUSALS[name](library, library.nn.utils.parametrize, modules(library))
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]


def test_a_bias_that_is_not_there():
    with pytest.raises(ValueError, match="Linear has no parameter and no buffer 'bias'"):
        parametrize.register_parametrization(tg.nn.Linear(3, 3, bias=False), "bias", modules(tg)["Double"]())


def test_questions_and_unsafe_ones():
    for library in (tg, torch):
        p, made = library.nn.utils.parametrize, layer(library, "Shorter", unsafe=True)
        assert tuple(made.weight.shape) == (2, 3)
        assert p.is_parametrized(made)
        assert p.is_parametrized(made, "weight")
        assert not p.is_parametrized(made, "bias")
        assert not p.is_parametrized(library.nn.Linear(3, 3))
        still = library.nn.Linear(3, 3).eval()
        p.register_parametrization(still, "weight", modules(library)["Double"]())
        p.register_parametrization(still, "weight", modules(library)["Shorter"](), unsafe=True)
        assert not still.parametrizations.weight[0].training
        assert still.parametrizations.weight.unsafe
        assert p.type_before_parametrizations(made) is library.nn.Linear
        assert p.type_before_parametrizations(library.nn.Linear(3, 3)) is library.nn.Linear
        assert made.weight is not made.weight
        with p.cached():
            assert made.weight is made.weight
            with p.cached():
                assert made.weight is made.weight
        assert made.weight is not made.weight


def test_a_copy_is_on_its_own():
    made = layer(tg, "Double")
    twin = copy.deepcopy(made)
    parametrize.remove_parametrizations(twin, "weight")
    twin.weight.data.zero_()
    assert parametrize.is_parametrized(made, "weight")
    assert made.weight.tolist() == (2 * np.abs(START)).tolist()


def test_training_goes_on_through_it():
    made = tg.nn.Linear(3, 3).double()
    optimizer = tg.optim.SGD(made.parameters(), lr=0.1)  # which knows the weight from before
    parametrize.register_parametrization(made, "weight", modules(tg)["Symmetric"]())
    before = made.weight.detach().clone()
    made(tg.ones(1, 3, dtype=tg.float64)).sum().backward()
    optimizer.step()
    assert not tg.allclose(made.weight, before)
    assert tg.equal(made.weight, made.weight.T)
