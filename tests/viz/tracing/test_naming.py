"""A name for everything in a graph: where it comes from, and that no two are alike."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.viz import trace
from tinygrad_edu.viz.tracing.naming import names_of
from tinygrad_edu.viz.tracing.walking import key_of


def test_the_readers_names_and_else_the_operation_with_a_number():
    a, b = tg.tensor(2.0, requires_grad=True), tg.tensor(3.0, requires_grad=True)
    y = a * b + a * 2
    assert list(names_of(y).values()) == ["leaf₁", "leaf₂", "mul₁", "mul₂", "add₁"]
    assert list(names_of(y, names={"a": a, "b": b, "y": y}).values()) == ["a", "b", "mul₁", "mul₂", "y"]


def test_which_name_wins():
    layer = tg.nn.Linear(2, 1)
    with trace() as t:
        out = layer(tg.ones(1, 2)).sum()
    w = key_of(layer.weight)
    assert names_of(out)[w] == "leaf₁"
    assert names_of(out, t)[w] == "weight"
    assert names_of(out, t, model=tg.nn.Sequential(layer))[w] == "0.weight"
    layer.weight.name = "mine"
    assert names_of(out, t, model=layer)[w] == "mine"
    assert names_of(out, t, model=layer, names={"chosen": layer.weight})[w] == "chosen"


def test_a_name_that_comes_several_times_is_numbered():
    h = w = tg.tensor(0.5, requires_grad=True)
    with trace() as t:
        for _ in range(3):
            h = h * 2
    assert list(names_of(h, t).values()) == ["h₀", "h₁", "h₂", "h₃"]
    known = names_of(h, t, names={"w": w, "h₂": h})
    assert list(known.values()) == ["w", "h₁", "h₃", "h₂"]


def test_what_was_given_under_one_name_is_numbered_from_1():
    class Neuron:
        def __init__(self, w):
            self.w = tg.tensor(w, requires_grad=True)

        def __call__(self, x):
            return x * self.w

    x = tg.tensor(2.0)
    with trace() as t:
        y = Neuron(0.5)(x) + Neuron(0.25)(x)
    assert list(names_of(y, t).values()) == ["x", "self.w₁", "self.w₂", "mul₁", "mul₂", "y"]


def test_numbers_pass_over_names_that_are_taken():
    a = tg.tensor(2.0, requires_grad=True)
    y = a.sin().sin().sin()
    assert list(names_of(y, names={"sin₂": a}).values()) == ["sin₂", "sin₁", "sin₃", "sin₄"]


def test_a_tensor_used_without_gradient_beside_itself():
    a = tg.tensor([1.0, 2.0], requires_grad=True)
    plain = tg.tensor([3.0, 4.0])
    y = (a * a.detach() * plain * plain.array).sum()
    known = names_of(y, names={"a": a, "plain": plain})
    assert known[key_of(a)] == "a"
    assert known[key_of(a.array)] == "a.detach()"
    assert known[key_of(plain)] == known[key_of(plain.array)] == "plain"


def test_bare_arrays_and_numbers():
    a, scale = tg.tensor([1.0, 2.0], requires_grad=True), np.ones(2, np.float32)
    y = (a * scale * 2 + np.zeros(2, np.float32)).sum()
    known = names_of(y, names={"scale": scale, "other": 3, "module": np})
    assert known[key_of(scale)] == "scale"
    assert [name for name in known.values() if name.startswith("constant")] == ["constant₁"]
    assert key_of(2) not in known


def test_what_a_notebook_calls_its_results_gives_way_to_the_readers_names():
    a = tg.tensor(2.0, requires_grad=True)
    y = a * 2
    assert list(names_of(y, names={"_": a, "_12": y, "a": a, "b": a}).values()) == ["a", "_12"]


def test_several_results_and_a_leaf_as_a_result():
    a = tg.tensor(2.0, requires_grad=True)
    assert list(names_of([a.exp(), a.sin(), a], names={"a": a}).values()) == ["a", "exp₁", "sin₁"]
    assert list(names_of(a).values()) == ["leaf₁"]


def test_after_the_graph_was_freed():
    a = tg.tensor(2.0, requires_grad=True)
    with trace() as t:
        y = a.exp().sin()
    y.backward()
    assert list(names_of(y, t).values()) == ["a", "exp₁", "y"]
    with pytest.raises(GraphError, match="freed by a backward pass"):
        names_of(y)


def test_looking_at_names_records_nothing_for_a_stale_view():
    base = tg.zeros(3, requires_grad=True) * 1
    view = base[1:]
    y = view.sum()
    base[0] = 1.0
    before = view.source
    names_of(y, names={"view": view})
    assert view.source is before


def test_mistakes():
    a = tg.tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match="the name first"):
        names_of(a * 2, names={a: "a"})
    with pytest.raises(TypeError, match="Module"):
        names_of(a * 2, model={"a": a})


def test_many():
    a = tg.tensor(1.0, requires_grad=True)
    y = a
    for _ in range(20_000):
        y = y * 1.0
    y.name = "end"
    known = names_of(y, names={"a": a})
    assert len(set(known.values())) == 20_001
