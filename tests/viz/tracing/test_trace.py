"""What a trace notes: values, lines, modules, and names, which are those that the program really has."""

import gc
import linecache
import threading
import time
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample
from tinygrad_edu.engine.watchers import watchers
from tinygrad_edu.utils.checkpoint import checkpoint
from tinygrad_edu.viz import trace
from tinygrad_edu.viz.tracing.naming import names_of
from tinygrad_edu.viz.tracing.walking import key_of


def in_a_cell(program, **variables):
    """Run a program as a notebook runs a cell, under a trace; return its variables and the trace."""
    path = f"<cell {len(program)} {hash(program)}>"
    linecache.cache[path] = (len(program), None, program.splitlines(keepends=True), path)
    a, b = tg.tensor(0.5, requires_grad=True), tg.tensor(0.25, requires_grad=True)
    namespace = {"tg": tg, "np": np, "a": a, "b": b, **variables}
    with trace() as t:
        exec(compile(program, path, "exec"), namespace)
    return namespace, t


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation(op, sample):
    tensors = as_tensors(draw(op, sample))
    with trace() as t:
        y = op(*tensors, **sample.params)  # this line
    ((node, note),) = t.notes.items()
    assert node is y.node
    assert node.op is op
    assert (note.sources, note.arrays, note.pullbacks) == (node.sources, node.arrays, node.pullbacks)
    np.testing.assert_array_equal(note.value, y.array)
    assert not np.shares_memory(note.value, y.array)
    assert note.file == __file__
    assert note.text == "y = op(*tensors, **sample.params)  # this line"
    assert linecache.getline(note.file, note.line).strip() == note.text
    assert t.names[node] == "y"


# Of each program, the names of what `y` is made of: what was given first, then what was computed, in order.
NAMES = {
    "y = a * b": "a b y",
    "y = (a * b).sin()": "a b mul₁ y",
    "h = a * b\ny = h.sin()": "a b h y",
    "y = a * 2; y = y * b": "a b y₁ y₂",
    # loops, on two lines and on one
    "y = a\nfor _ in range(3):\n    y = y * 2": "y₀ y₁ y₂ y₃",
    "y = a\nfor _ in range(2): y = (y * 2).sin()": "y₀ mul₁ y₁ mul₂ y₂",
    "y = a * 1\nwhile y < 1:\n    y *= 2": "a y₁ y₂",
    # targets
    "p, (q, r) = a * 2, (a * 3, a * 4)\ny = p + q + r": "a p q r add₁ y",
    "p, *q = [a * 2, a * 3, a * 4]\ny = p + q[0] + q[1]": "a p q[0] q[1] add₁ y",
    "p = q = a * 2\ny = p * q": "a p y",
    "y = (h := a * 2) * b": "a b h y",
    "y = (\n    a\n    * b\n    + 1\n)": "a b mul₁ y",
    "h: object = a * 2\ny = h * b": "a b h y",
    "h = a * 2\nh *= b\ny = h + 1": "a b h₁ h₂ y",
    "h = a * 2\nh.mul_(b)\ny = h + 1": "a b h₁ h₂ y",
    "h = tg.ones(2) * a\nh[0] = b\ny = h.sum()": "constant₁ a b h₁ h₂ y",
    # lists and comprehensions
    "hs = [a * i for i in range(1, 4)]\ny = sum(hs)": "a hs[0] hs[1] hs[2] add₁ add₂ y",
    "y = sum([h * b for h in [a * 2, a * 3]])": "a b h₁ h₂ mul₁ mul₂ add₁ y",
    "y = (lambda h: h * b)(a * 2)": "a b h y",
    # what holds something else afterwards gives no name, nor does what is gone
    "h = a * 2\nh = 3\ny = a * h": "a y",
    "h = b\ny = h * 2": "h y",
    "y = [h := a * 2, h := b * 3][0] + h": "a b h₁ h₂ y",
    "h = (a * 2).item()\ny = a * h": "a y",
    "def f(x):\n    h = x * 2\n    del h\n    return x * 3\ny = f(a) * b": "a b mul₁ y",
    # functions: the caller's names win over those inside, for what is given and for what comes back
    "def f(x, z):\n    h = x * z\n    out = h.sin()\n    return out\ny = f(a, b)": "a b h y",
    "def f(x):\n    return (x * 2).sin()\nh = f(a)\ny = f(h)": "a mul₁ h mul₂ y",
    "def f(x):\n    out = x * 2\n    return out\ny = f(f(a))": "a out y",
    "f = lambda x: x * 2\nh = f(a)\ny = f(h)": "a h y",
    "def each():\n    for i in (2, 3):\n        h = a * i\n        yield h\np, q = each()\ny = p * q": "a p q y",
    # attributes
    "class Cell: pass\nc = Cell()\nc.h = a * 2\ny = c.h * b": "a b c.h y",
    "class Cell:\n    def __init__(self):\n        self.w = tg.tensor(2.0, requires_grad=True)\n"
    "    def __call__(self, x):\n        self.h = x * self.w\n        return self.h\nc = Cell()\n"
    "y = c(a) + 1": "a self.w self.h y",
    # constants
    "x = tg.tensor([1.0, 2.0])\nk = np.ones(2, np.float32)\ny = a * x * k": "a x k mul₁ y",
    "y = a * a.detach() * np.ones(2)": "a a.detach() constant₁ mul₁ y",
    # names of its own
    "h = a * 2\nh.name = 'hidden'\na.name = 'start'\ny = h * b": "start b hidden y",
}


@pytest.mark.parametrize("program", NAMES)
def test_names(program):
    namespace, t = in_a_cell(program)
    known = names_of(namespace["y"], t)
    assert " ".join(known.values()) == NAMES[program]


class Block(tg.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = tg.nn.BatchNorm1d(3)
        self.inner = tg.nn.Sequential(tg.nn.Linear(3, 4), tg.nn.Tanh())

    def forward(self, x):
        h = self.norm(x)
        return self.inner(h) * 2


def test_modules_and_the_names_of_what_is_in_them():
    model = tg.nn.Sequential(Block(), tg.nn.Linear(4, 1))
    model.eval()
    model[1].bias.requires_grad_(False)
    images = tg.randn(5, 3)
    with trace() as t:
        out = model(images)
    paths = [note.modules for note in t.notes.values()]
    block = (("", "Sequential"), ("0", "Block"))
    assert paths[0] == (*block, ("0.norm", "BatchNorm1d"))
    assert (*block, ("0.inner", "Sequential"), ("0.inner.0", "Linear")) in paths
    assert (*block, ("0.inner", "Sequential"), ("0.inner.1", "Tanh")) in paths
    assert block in paths  # the product with 2
    assert paths[-1] == (("", "Sequential"), ("1", "Linear"))
    known = names_of(out, t)
    for parameter in ("0.norm.weight", "0.inner.0.bias", "1.weight", "1.bias"):
        assert known[key_of(model.get_parameter(parameter))] == parameter
    assert {"h", "out"} <= set(known.values())


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_layers(kind):
    model = getattr(tg.nn, kind)(2, 3)
    with trace() as t:
        out, _ = model(tg.randn(4, 1, 2))
    assert {note.modules for note in t.notes.values()} == {(("", kind),)}
    assert {"weight_ih_l0", "bias_hh_l0", "out"} <= set(names_of(out, t).values())


def test_a_function_of_the_readers_and_a_checkpoint():
    class Double(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with trace() as t:
        y = Double.apply(x)
        z = checkpoint(lambda x: x.exp().sin(), y)
    assert list(names_of(z, t).values()) == ["x", "y", "z"]


def test_values_are_those_of_the_moment():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with trace() as t:
        y = x * 2
        y[0] = 7.0
        y += 1
    np.testing.assert_array_equal([note.value for note in t.notes.values()], [[2, 4], [7, 4], [8, 5]])
    assert list(names_of(y, t).values()) == ["x", "y₁", "y₂", "y₃"]


def test_what_is_not_recorded_is_not_noted():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    x * 2
    with trace() as t:
        with tg.no_grad():
            x * 2
        tg.ones(2) * 3
        other = threading.Thread(target=lambda: x * 2)
        other.start()
        other.join()
    x * 2
    assert len(t) == 0
    assert repr(t) == "<Trace of 0 operations>"


def test_off_there_is_nobody_to_call():
    assert watchers == []
    with trace(), trace():
        assert len(watchers) == 2
    assert watchers == []
    with pytest.raises(KeyError), trace():
        raise KeyError
    assert watchers == []


def test_traces_inside_each_other_and_one_that_goes_on():
    x = tg.tensor(1.0, requires_grad=True)
    with trace() as outer:
        y = x * 2
        with trace() as inner:
            z = y * 3
    assert list(names_of(z, outer).values()) == ["x", "y", "z"]
    assert [inner.names[node] for node in inner.notes] == ["z"]
    with inner:
        y = z * 4
        with pytest.raises(RuntimeError, match="on already"), inner:
            pass
    assert [inner.names[node] for node in inner.notes] == ["z", "y"]
    assert list(names_of(y, inner).values()) == ["leaf₁", "mul₁", "z", "y"]


def test_an_array_in_the_place_of_one_that_is_gone_does_not_get_its_name():
    a = tg.tensor([1.0, 2.0], requires_grad=True)
    with trace() as t:
        for _ in range(20):
            noise = np.ones(2, np.float32)
            y = a * noise
            del noise, y
            y = a * np.ones(2, np.float32)
            assert "noise" not in names_of(y, t).values()


def test_a_trace_keeps_no_call_alive_when_it_is_over():
    class Big:
        pass

    seen = []

    def program():
        big = Big()
        seen.append(weakref.ref(big))
        with trace() as t:
            return tg.tensor(1.0, requires_grad=True) * 2, t

    gc.disable()
    try:
        _, t = program()
        assert seen[0]() is None
        assert len(t) == 1
    finally:
        gc.enable()


def test_no_source_no_names_and_no_failure():
    namespace = {"a": tg.tensor(1.0, requires_grad=True)}
    with trace() as t:
        exec("y = a * 2", namespace)
        exec(compile("y = y * 2", "/nowhere/at/all.py", "exec"), namespace)
    assert list(names_of(namespace["y"], t).values()) == ["leaf₁", "mul₁", "mul₂"]
    assert [note.text for note in t.notes.values()] == ["", ""]


def test_a_cell_of_a_notebook_is_called_a_cell():
    x = tg.tensor(2.0, requires_grad=True)
    source, file = "y = x * 3", "/tmp/ipykernel_17/1662857645.py"
    linecache.cache[file] = (len(source), None, [source], file)
    with trace() as t:
        exec(compile(source, file, "exec"), {"x": x})
    assert [note.place for note in t.notes.values()] == ["cell:1: y = x * 3"]


def test_properties_do_not_run():
    class Cell:
        @property
        def w(self):
            pytest.fail("the trace ran the reader's program")

        def __getattr__(self, name):
            pytest.fail("the trace ran the reader's program")

    cell = Cell()
    a = tg.tensor(1.0, requires_grad=True)
    with trace() as t:
        y = a * 2 if cell else cell.w.x
    assert list(names_of(y, t).values()) == ["a", "y"]


def seconds(count):
    x = tg.tensor(1.0, requires_grad=True)
    start = time.process_time()
    with trace() as t:
        for _ in range(count):
            x = x * 1.0
    assert len(t) == count
    return time.process_time() - start


def test_the_time_is_linear():
    gc.collect()
    gc.disable()  # it looks at all objects now and then
    seconds(100)
    small, large = min(seconds(2_000) for _ in range(3)), seconds(20_000)
    gc.enable()
    assert large < 40 * small  # a time that grows with the square would be 100 times as long
