"""What a page is told: every share of every operation, its numbers exact, its size bounded."""

import json
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, tracked, upstream
from tests.viz.explorer.reading import array_of, as_json, rebuilt_share
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.viz.backward.shares import record_backward
from tinygrad_edu.viz.explorer.arrays import LARGEST, Arrays
from tinygrad_edu.viz.explorer.recording import record_page


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_upstream_times_local_is_the_share(op, sample):
    inputs = as_tensors(draw(op, sample))
    y = op(*inputs, **sample.params)
    if not tracked(inputs) or not y.requires_grad:
        pytest.fail("a sample of a differentiable operation recorded nothing")
    g = upstream(y.shape)
    data = as_json(record_page(y, g))
    done = record_backward(y, g)
    (visit,) = data["visits"] if done.visits else ([],) if not data["visits"] else (None,)
    assert len(visit["shares"]) == len(done.visits[0].shares)
    for share, true in zip(visit["shares"], done.visits[0].shares, strict=True):
        assert np.array_equal(array_of(data["arrays"][share["raw"]]), true.raw)
        assert np.array_equal(array_of(data["arrays"][share["array"]]), true.array)
        if true.array.size:
            np.testing.assert_allclose(rebuilt_share(data, visit, share), true.raw, 1e-10, 1e-12)


def test_sums_are_those_of_backward_to_the_bit():
    x = tg.tensor([0.1, 0.2, 0.7], requires_grad=True)
    y = x * x + x.exp() * x + x / 3
    data = record_page(y.sum())
    y.sum().backward()
    (number,) = [i for i, tensor in enumerate(data["tensors"]) if tensor["kind"] == "parameter"]
    sums = [share["sum"] for visit in data["visits"] for share in visit["shares"] if share["tensor"] == number]
    assert len(sums) == data["tensors"][number]["shares"] == 5
    assert np.array_equal(array_of(data["arrays"][sums[-1]]), x.grad.numpy())
    assert np.array_equal(array_of(data["arrays"][data["tensors"][number]["grad"]]), x.grad.numpy())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int16", "int64", "uint8", "bool"])
def test_arrays_are_exact_and_given_once(dtype):
    arrays = Arrays()
    array = np.array([[0, 1], [3, 250]]).astype(dtype)
    first = arrays.add(array)
    assert arrays.add(array.copy(order="F")) == first
    assert arrays.add(np.ones((2, 3), dtype)) != first
    again = array_of(as_json({"arrays": arrays.records})["arrays"][first])
    assert again.dtype == dtype
    assert np.array_equal(again, array)


def test_numbers_that_json_lacks_are_spelt_out():
    x = tg.tensor(np.append(np.zeros(LARGEST), [np.inf, -np.inf, np.nan]), requires_grad=True)
    data = as_json(record_page(x * 2))
    (record,) = [data["arrays"][t["value"]] for t in data["tensors"] if t["kind"] == "parameter"]
    assert record["statistics"]["nan"] == 1
    assert record["statistics"]["infinite"] == 2


def test_of_a_large_array_the_page_has_statistics_and_the_shown_element():
    weight = tg.randn(300, 250, requires_grad=True)
    loss = ((tg.randn(100, 300) @ weight) ** 2).sum()
    data = as_json(record_page(loss))
    loss.backward()
    (tensor,) = [t for t in data["tensors"] if t["kind"] == "parameter"]
    record = data["arrays"][tensor["grad"]]
    assert record["at"] == [int(np.argmax(np.abs(weight.grad.numpy())))]
    assert array_of({**record, "shape": [1]})[0] == weight.grad.numpy().flat[record["at"][0]]
    rows, columns = (np.linspace(0, n, 24, endpoint=False).astype(int) for n in weight.shape)
    coarse = array_of(record["coarse"])
    first = weight.grad.numpy()[: rows[1], : columns[1]]
    assert coarse.shape == (24, 24)
    assert coarse[0, 0] == pytest.approx(first.mean(dtype=np.float64), rel=1e-6)
    assert coarse[-1, -1] == pytest.approx(
        weight.grad.numpy()[rows[-1] :, columns[-1] :].mean(dtype=np.float64), rel=1e-6
    )
    (local,) = [s["local"] for v in data["visits"] for s in v["shares"] if s["tensor"] == data["tensors"].index(tensor)]
    upstream, numbers, rest = (array_of(data["arrays"][local[key]]) for key in ("upstream", "local", "rest"))
    assert local["kind"] == "element"
    assert np.sum(upstream * numbers) + rest == pytest.approx(weight.grad.numpy().flat[local["shown"]], rel=1e-4)
    assert len(json.dumps(data)) < 60_000


def test_the_checks_know_right_from_wrong_and_kinks():
    x = tg.tensor([0.5, 0.0, -2.0], requires_grad=True)
    data = record_page(x.relu().sum())
    (tensor,) = [t for t in data["tensors"] if t["kind"] == "parameter"]
    assert {at: verdict for at, _, verdict in tensor["checks"]} == {0: "right", 1: "kink", 2: "right"}

    class Wrong(tg.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2.002

    data = record_page(Wrong.apply(x).sum())
    (tensor,) = [t for t in data["tensors"] if t["kind"] == "parameter"]
    assert {verdict for _, _, verdict in tensor["checks"]} == {"wrong"}


def test_modules_are_groups_and_lines_are_noted():
    model = tg.nn.Sequential(tg.nn.Linear(3, 2), tg.nn.Sequential(tg.nn.Tanh(), tg.nn.Linear(2, 1)))
    with tg.viz.trace() as trace:
        loss = model(tg.randn(5, 3)).sum()
    data = record_page(loss, trace=trace)
    paths = []
    for operation in data["operations"]:
        group, path = operation["group"], []
        while group > 0:
            path.insert(0, data["groups"][group]["name"])
            group = data["groups"][group]["parent"]
        paths.append(path)
    assert paths == [["Sequential", "0"], ["Sequential", "1", "1.0"], ["Sequential", "1", "1.1"], []]
    assert data["operations"][-1]["place"][2] == "loss = model(tg.randn(5, 3)).sum()"


def test_a_graph_that_was_freed_is_explored_from_its_trace():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with tg.viz.trace() as trace:
        loss = (x * x).sum()
    before = record_page(loss, trace=trace)
    loss.backward()
    assert record_page(loss, trace=trace) == before
    with pytest.raises(GraphError, match="freed"):
        record_page(loss)


@pytest.mark.slow
def test_ten_thousand_operations_fold_and_stay_linear():
    def chain(n):
        x = tg.tensor(1.0, requires_grad=True)
        y = x
        for _ in range(n):
            y = y * 1.0001
        start = time.process_time()
        data = record_page(y)
        return time.process_time() - start, data

    short, _ = chain(1_000)
    long, data = chain(10_000)
    assert long < 25 * short
    children = [0] * len(data["groups"])
    for part in (*(g["parent"] for g in data["groups"][1:]), *(o["group"] for o in data["operations"])):
        children[part] += 1
    assert max(children) <= 25
    assert len(json.dumps(data)) < 2_000 * len(data["operations"])


def test_the_value_of_an_operation_in_place_is_known_and_the_one_it_wrote_over_is_not():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y += 10
    tensors = {tensor["name"]: tensor["value"] for tensor in record_page(y.sum())["tensors"]}
    assert tensors["mul₁"] is None
    assert tensors["add₁"] is not None


@pytest.mark.parametrize(
    ("shape", "plane", "coarse"),
    [
        ((30_000,), [1, 30_000], [1, 48]),
        ((10, 3000), [10, 3000], [10, 24]),
        ((20_001, 1), [20_001, 1], [24, 1]),
        ((4, 100, 100), [400, 100], [24, 24]),
        ((2, 3, 80, 80), [6, 6400], [6, 24]),
    ],
)
def test_means_of_blocks_stand_for_a_large_array(shape, plane, coarse):
    arrays = Arrays()
    array = np.random.default_rng(0).standard_normal(shape)
    array.flat[-1] = np.nan
    record = arrays.records[arrays.add(array)]
    means = array_of(record["coarse"])
    assert record["plane"] == plane
    assert list(means.shape) == coarse
    assert np.isnan(means.flat[-1])
    assert np.isnan(means).sum() == 1


def test_names_have_one_spelling_and_turn_no_sentence():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.name = "שלום"
    data = record_page((y * 2).sum(), names={"x": x})
    spelt = {tensor["name"]: tensor["gradient"] for tensor in data["tensors"]}
    assert spelt["x"] == "dL/dx"
    assert spelt["mul₁"] == "dL/d(mul₁)"
    assert spelt["\u2068שלום\u2069"] == "dL/d(\u2068שלום\u2069)"
    texts = " ".join(share["formula"]["text"] for visit in data["visits"] for share in visit["shares"])
    assert "dL/d(mul₁)" in texts
    assert "dL/d(\u2068שלום\u2069)" in texts
    (made,) = [operation for operation in data["operations"] if data["tensors"][operation["output"]]["name"] == "mul₁"]
    assert made["meaning"] == ""
    assert made["formula"]["text"] == "mul₁ = \u2068שלום\u2069 · 2"
