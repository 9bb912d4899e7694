"""Modules: what they register, in which order, how they are walked, copied and printed."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


class Block(nn.Module):
    def __init__(self, size=2):
        super().__init__()
        self.scale = nn.Parameter(tg.ones(size))
        self.register_buffer("seen", tg.zeros(1))
        self.inner = nn.Linear(size, size)
        self.shift = nn.Parameter(tg.zeros(size))

    def forward(self, x):
        return self.inner(x) * self.scale + self.shift


class Net(nn.Module):
    """Two names for one block."""

    def __init__(self):
        super().__init__()
        self.first = Block()
        self.between = nn.ReLU()
        self.again = self.first
        self.last = nn.Linear(2, 1, bias=False)

    def forward(self, x):
        return self.last(self.again(self.between(self.first(x))))


def names(pairs):
    return [name for name, _ in pairs]


def test_parameters_come_in_the_order_of_assignment_outer_before_inner_and_shared_ones_once():
    net = Net()
    expected = ["first.scale", "first.shift", "first.inner.weight", "first.inner.bias", "last.weight"]
    assert names(net.named_parameters()) == expected
    assert [p.shape for p in net.parameters()] == [(2,), (2,), (2, 2), (2,), (1, 2)]
    assert names(net.named_parameters(prefix="net")) == ["net." + name for name in expected]
    assert names(net.named_parameters(recurse=False)) == []
    assert names(net.named_parameters(remove_duplicate=False)) == [
        *expected[:-1],
        *(name.replace("first", "again") for name in expected[:-1]),
        "last.weight",
    ]
    assert names(net.named_buffers()) == ["first.seen"]


def test_a_parameter_shared_between_layers_is_one_parameter_and_its_gradients_add_up():
    a, b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    b.weight = a.weight
    model = nn.Sequential(a, b)
    assert len(list(model.parameters())) == 1
    x = tg.ones(1, 2)
    model(x).sum().backward()
    shared = a.weight.grad.array.copy()
    w = a.weight.detach().requires_grad_()
    v = a.weight.detach().requires_grad_()
    nn.functional.linear(nn.functional.linear(x, w), v).sum().backward()
    np.testing.assert_allclose(shared, (w.grad + v.grad).array, rtol=1e-6)


def test_modules_and_children():
    net = Net()
    assert names(net.named_modules()) == ["", "first", "first.inner", "between", "last"]
    assert next(net.modules()) is net
    assert names(net.named_children()) == ["first", "between", "last"]
    assert [type(m).__name__ for m in net.children()] == ["Block", "ReLU", "Linear"]


def test_a_module_that_contains_itself_is_visited_once():
    net = Net()
    net.first.outer = net
    assert len(list(net.modules())) == 5


def test_attributes_move_between_registries():
    m = nn.Module()
    m.x = 3
    assert m.x == 3
    m.x = nn.Parameter(tg.ones(2))
    assert "x" not in vars(m)
    assert names(m.named_parameters()) == ["x"]
    m.x = nn.ReLU()
    assert names(m.named_parameters()) == []
    assert names(m.named_children()) == ["x"]
    m.register_buffer("x", tg.ones(3))
    assert names(m.named_children()) == []
    m.x = tg.zeros(4)  # a buffer takes a plain tensor
    assert m.x.shape == (4,)
    assert names(m.named_buffers()) == ["x"]
    del m.x
    assert not hasattr(m, "x")
    m.plain = tg.ones(2)  # a tensor is no parameter
    assert m.state_dict() == {}
    del m.plain
    assert not hasattr(m, "plain")


def test_replacing_keeps_the_place():
    m = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 3))
    m[0] = nn.Linear(5, 2)
    assert [p.shape for p in m.parameters()] == [(2, 5), (2,), (3, 2), (3,)]


def test_none_stands_for_a_parameter_that_is_not_there():
    layer = nn.Linear(2, 3, bias=False)
    assert layer.bias is None
    assert names(layer.named_parameters()) == ["weight"]
    layer.weight = None
    assert list(layer.parameters()) == []


class Forgot(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(1, 1)


class ForgotBuffer(nn.Module):
    def __init__(self):
        self.register_buffer("b", tg.ones(1))


class ForgotUse(nn.Module):
    def __init__(self):
        pass


def with_class_attribute():
    class Fixed(nn.Module):
        bias = None

    Fixed().bias = nn.Parameter(tg.ones(1))


def set_attribute(name, value):
    layer = nn.Linear(2, 2)
    layer.register_buffer("mean", tg.ones(2))
    layer.add_module("child", nn.ReLU())
    setattr(layer, name, value)


MISTAKES = {
    "init not called": (lambda: Forgot(), AttributeError, r"Forgot: Module.__init__ was not called; .*super\(\)"),
    "init not called, buffer": (lambda: ForgotBuffer(), AttributeError, "ForgotBuffer: Module.__init__ was not"),
    "init not called, used": (lambda: list(ForgotUse().parameters()), AttributeError, "ForgotUse: Module.__init__"),
    "tensor for a parameter": (
        lambda: set_attribute("weight", tg.ones(2)),
        TypeError,
        "'weight' is a parameter.*Tensor",
    ),
    "number for a buffer": (lambda: set_attribute("mean", 3.0), TypeError, "'mean' is a buffer.*float"),
    "function for a module": (lambda: set_attribute("child", np.tanh), TypeError, "'child' is a module.*ufunc"),
    "unknown attribute": (lambda: nn.ReLU().weight, AttributeError, "ReLU has no attribute 'weight'"),
    "delete unknown": (lambda: delattr(nn.ReLU(), "weight"), AttributeError, "weight"),
    "dot in a name": (lambda: nn.Module().register_parameter("a.b", None), ValueError, "dots separate"),
    "empty name": (lambda: nn.Module().add_module("", nn.ReLU()), ValueError, "cannot be named ''"),
    "name is no string": (lambda: nn.Module().add_module(0, nn.ReLU()), TypeError, "string.*int 0"),
    "name of a method": (lambda: nn.Module().add_module("train", nn.ReLU()), ValueError, "'train'.*something else"),
    "class attribute": (with_class_attribute, ValueError, "Fixed: a parameter cannot be named 'bias'"),
    "register a tensor": (lambda: nn.Module().register_parameter("w", tg.ones(1)), TypeError, r"Parameter\(tensor\)"),
    "register an array": (lambda: nn.Module().register_buffer("b", np.ones(1)), TypeError, "ndarray; wrap it"),
    "register a class": (lambda: nn.Module().add_module("m", nn.ReLU), TypeError, "register_module"),
    "no forward": (lambda: nn.Module()(1), NotImplementedError, "Module: forward is not defined"),
    "train with a word": (lambda: nn.Module().train("no"), TypeError, "train: expected True or False, got str"),
    "to integers": (lambda: nn.Module().to(tg.int64), TypeError, "floating-point dtype.*int64"),
    "to a GPU": (lambda: nn.Module().to("cuda:0"), ValueError, "expected 'cpu', got 'cuda:0'"),
    "to a list": (lambda: nn.Module().to([1]), TypeError, "Module.to: expected a dtype"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()


def test_train_and_eval_reach_everything():
    net = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.2)))
    assert all(m.training for m in net.modules())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())


def test_apply_visits_inner_modules_first():
    seen = []
    net = Net()
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen == ["Linear", "Block", "ReLU", "Linear", "Net"]


def test_zero_grad_and_freezing():
    net = Net()
    net(tg.ones(3, 2)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all(not p.grad.array.any() and p.grad.shape == p.shape for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.first.requires_grad_(False)
    net(tg.ones(3, 2)).sum().backward()
    assert [name for name, p in net.named_parameters() if p.grad is not None] == ["last.weight"]


def test_changing_the_type_keeps_the_parameters_and_leaves_integers_alone():
    net = Net()
    net.register_buffer("count", tg.tensor(3))
    net(tg.ones(1, 2)).sum().backward()
    before = list(net.parameters())
    assert net.double() is net
    assert all(a is b for a, b in zip(before, net.parameters(), strict=True))
    assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {tg.float64}
    assert net.first.seen.dtype == tg.float64
    assert net.count.dtype == tg.int64
    assert net(tg.ones(1, 2, dtype=tg.float64)).dtype == tg.float64
    assert net.float().last.weight.dtype == tg.float32
    assert net.to(tg.float64).last.weight.dtype == tg.float64
    assert net.to("cpu").cpu().to(tg.device("cpu")).last.weight.dtype == tg.float64
    assert net.to(tg.device("cpu"), tg.float32).last.weight.dtype == tg.float32
    assert net.to(device="cpu", dtype=tg.float64).to(tg.ones(1)).last.weight.dtype == tg.float32
    assert net.half().last.weight.dtype == tg.float16
    assert net.type(tg.float64).last.weight.dtype == tg.float64


def test_finding_by_dotted_name():
    net = Net()
    assert net.get_submodule("") is net
    assert net.get_submodule("first.inner") is net.first.inner
    assert net.get_parameter("first.inner.bias") is net.first.inner.bias
    assert net.get_buffer("first.seen") is net.first.seen
    for find, name, message in (
        (net.get_submodule, "first.outer", "no module named 'first.outer'"),
        (net.get_parameter, "second.weight", "no module 'second' on the way to 'second.weight'"),
        (net.get_parameter, "first.seen", "no parameter named 'first.seen'"),
        (net.get_buffer, "last.bias", "no buffer named 'last.bias'"),
    ):
        with pytest.raises(AttributeError, match=f"Net: there is {message}"):
            find(name)


def test_names_are_given_when_asked_for():
    net = Net()
    assert net.last.weight.name is None
    assert net.name_parameters() is net
    assert net.last.weight.name == "last.weight"
    assert net.first.inner.bias.name == "first.inner.bias"
    assert net.first.seen.name == "first.seen"
    assert net.name_parameters("net").last.weight.name == "net.last.weight"


def test_repr():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
            self.nothing = nn.Identity()
            self.add_module("absent", None)

        def extra_repr(self):
            return "size=3"

    assert repr(nn.Linear(2, 3)) == "Linear(in_features=2, out_features=3, bias=True)"
    assert repr(nn.Module()) == "Module()"
    assert repr(Named()) == (
        "Named(\n"
        "  size=3\n"
        "  (body): Sequential(\n"
        "    (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "    (1): ReLU()\n"
        "  )\n"
        "  (nothing): Identity()\n"
        "  (absent): None\n"
        ")"
    )


def test_completion_knows_registered_names():
    assert {"weight", "bias", "forward", "training"} <= set(dir(nn.Linear(1, 1)))


@pytest.mark.parametrize(
    "through", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_copies_are_independent_and_keep_what_is_shared(through):
    net = Net()
    twin = through(net)
    assert twin.again is twin.first
    assert names(twin.named_parameters()) == names(net.named_parameters())
    x = tg.ones(1, 2)
    assert twin(x).tolist() == net(x).tolist()
    tg.nn.init.zeros_(twin.last.weight)
    assert twin(x).tolist() != net(x).tolist()


# Parameter


def test_a_parameter_is_a_leaf_that_requires_a_gradient_and_its_results_are_plain_tensors():
    p = nn.Parameter([1.0, 2.0])
    assert p.requires_grad
    assert p.is_leaf
    assert p.dtype == tg.float32
    assert type(p * 2) is tg.Tensor
    assert type(p.detach()) is tg.Tensor
    assert repr(p) == "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    assert type(copy.deepcopy(p)) is nn.Parameter


def test_a_parameter_shares_memory_and_leaves_the_graph():
    t = tg.ones(2, requires_grad=True) * 3
    p = nn.Parameter(t)
    assert p.is_leaf
    assert np.shares_memory(p.array, t.array)
    assert not nn.Parameter(tg.ones(2), requires_grad=False).requires_grad


def test_integers_cannot_be_trained():
    with pytest.raises(TypeError, match="floating-point"):
        nn.Parameter(tg.tensor([1, 2]))
    assert nn.Parameter(tg.tensor([1, 2]), requires_grad=False).dtype == tg.int64
    assert nn.Parameter([1, 2]).dtype == tg.float32
