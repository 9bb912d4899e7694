"""What a picture of a graph holds."""

import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample
from tinygrad_edu import viz
from tinygrad_edu.engine.op import Op
from tinygrad_edu.viz.pictures.picture import make_picture


def leaf(value):
    return tg.tensor(value, requires_grad=True)


def roles(picture):
    return [box.role for box in picture.boxes]


def links(picture):
    """Return the operations of a picture as text, with the boxes that they read."""
    found = {box.number: [] for box in picture.boxes if box.nodes}
    for edge in picture.edges:
        found[edge.end].append((edge.index, edge.start))
    shown = [
        (box.node.op.name if box.node else "folded", sorted(found[box.number])) for box in picture.boxes if box.nodes
    ]
    return [f"{name} {[start for _, start in inputs]}" for name, inputs in shown]


def box_of(picture, name):
    (found,) = [box for box in picture.boxes if box.name == name and box.use == 1]
    return found


def test_boxes_in_the_order_of_the_computation():
    a, b = leaf(2.0), leaf(3.0)
    picture = make_picture([a * b + a])
    assert links(picture) == ["mul [0, 1]", "add [2, 3]"]
    assert roles(picture) == ["parameter", "parameter", "intermediate", "parameter", "result"]
    assert [box.value.item() for box in picture.boxes] == [2.0, 3.0, 6.0, 2.0, 8.0]
    assert all(edge.start < edge.end for edge in picture.edges)


def test_roles():
    plain, given = tg.ones(2), np.ones(2, np.float32)
    picture = make_picture([(leaf([1.0, 2.0]) * plain + given) * 2])
    assert roles(picture) == ["parameter", "input", "intermediate", "constant", "intermediate", "constant", "result"]
    assert [box.takes_grad for box in picture.boxes] == [True, False, True, False, True, False, True]
    assert [box.dtype for box in picture.boxes if box.role == "constant"] == ["float32", "int"]


def test_a_leaf_has_a_box_at_each_operation_that_uses_it():
    x = leaf(2.0)
    picture = make_picture([x.exp() * x + x])
    assert [(box.use, box.uses) for box in picture.boxes if box.role == "parameter"] == [(1, 3), (2, 3), (3, 3)]
    assert len({box.key for box in picture.boxes if box.role == "parameter"}) == 1


def test_an_input_read_twice_is_one_box():
    x = leaf(2.0)
    assert links(make_picture([x * x])) == ["mul [0, 0]"]


def test_several_results_share_what_they_have_in_common():
    x = leaf(2.0)
    y = x.exp()
    picture = make_picture([y * 2, y.log(), y])
    assert sorted(links(picture)) == ["exp [0]", "log [1]", "mul [1, 2]"]
    assert sorted(roles(picture)) == ["constant", "parameter", "result", "result", "result"]


def test_names_come_from_names_then_from_the_tensor():
    x, y, given = leaf(2.0), leaf(3.0), np.float32([1, 2])
    x.name, y.name = "x itself", "y itself"
    z = x * y
    result = z * given
    picture = make_picture(
        [result], names={"x": x, "z": z, "given": given, "unrelated": tg.ones(2), "text": "passed over"}
    )
    assert [(box.name, box.named) for box in picture.boxes] == [
        ("x", True), ("y itself", True), ("z", True), ("given", True), ("mul₁", False),
    ]  # fmt: skip


def test_a_tensor_gives_its_name_to_its_bare_array():
    x, target = leaf([1.0, 2.0]), tg.ones(2)
    picture = make_picture([x - target.array], names={"target": target, "x": x})
    assert [(box.role, box.name) for box in picture.boxes[:2]] == [("parameter", "x"), ("constant", "target")]


def test_an_older_value_of_a_tensor_changed_in_place_is_not_shown_unless_a_trace_kept_it():
    x = leaf([1.0, 2.0])
    with viz.trace() as t:
        y = x * 3
        old = y + 0
        y += 10
        result = y * 1
    picture = make_picture([result, old], names={"y": y})
    assert links(picture) == ["mul [0, 1]", "add [2, 3]", "add [2, 5]", "mul [6, 7]"]
    assert [box.number for box in picture.boxes if box.value is None] == [2]
    assert not picture.boxes[2].named
    assert box_of(picture, "y").value.tolist() == [13.0, 16.0]
    assert "overwritten in place" in viz.draw(y).source
    assert make_picture([result, old], trace=t).boxes[2].value.tolist() == [3.0, 6.0]


def test_a_value_that_was_written_over_without_being_recorded_is_not_shown():
    x = leaf([1.0, 2.0])
    y = x * 3
    result = y + 0
    y.detach().add_(10)
    boxes = make_picture([result], names={"y": y}).boxes
    assert [box.value is None for box in boxes] == [False, False, True, False, False]


def test_an_operation_that_returns_its_input_as_it_is_overwrites_nothing():
    def same(a):
        return a, (lambda g: g,)

    assert all(box.value is not None for box in make_picture([Op(same)(leaf(1.0) * 2)]).boxes)


def test_a_buffer_filled_in_place_is_shown_as_it_is_now():
    x, buffer = leaf([1.0, 2.0]), tg.zeros(2, 2)
    buffer[0] = x
    buffer[1] = x * 2
    boxes = make_picture([buffer]).boxes
    shown = [box.value.tolist() for box in boxes if box.shape == (2, 2) and box.value is not None]
    assert shown == [[[1.0, 2.0], [2.0, 4.0]]]


def test_a_freed_graph_is_an_error_that_says_what_to_do_unless_there_is_a_trace():
    x = leaf(2.0)
    with viz.trace() as t:
        shared = x.exp()
        y = shared + x
    (shared * 2).backward()
    with pytest.raises(tg.GraphError, match=r"freed by a backward pass \(here at exp\).*retain_graph=True"):
        viz.draw(y)
    picture = make_picture([y], trace=t)
    assert [(box.name, box.grad) for box in picture.boxes if box.use == 1] == [
        ("x", np.exp(np.float32(2)) + 1), ("shared", 1), ("y", 1),
    ]  # fmt: skip
    assert shared.node.pullbacks is None
    z = x.exp() * 2
    z.backward(retain_graph=True)
    viz.draw(z)


def test_the_line_of_the_program():
    x = leaf(2.0)
    with viz.trace() as t:
        y = x.exp()
    assert make_picture([y], trace=t).boxes[-1].line.endswith(": y = x.exp()")


def test_a_tensor_without_a_graph_is_an_error():
    with pytest.raises(tg.GraphError, match="no operation was recorded"):
        viz.draw(tg.ones(2) * 2)
    with tg.no_grad(), pytest.raises(tg.GraphError, match="no operation was recorded"):
        viz.draw(leaf(1.0) * 2)


def test_a_leaf_alone_is_a_picture_of_one_box():
    picture = make_picture([leaf(1.0)])
    assert roles(picture) == ["parameter"]
    assert picture.operations == 0


def test_the_first_operation_that_made_a_nan_or_an_infinity():
    x = leaf([0.0, 1.0])
    with np.errstate(all="ignore"):
        y = (x.log() * x).sum()
    picture = make_picture([y], names={"x": x}, grads=True)
    boxes = {box.node.op.name: box for box in picture.boxes if box.node}
    assert {name: box.flaw for name, box in boxes.items()} == {"log": "infinity", "mul": "NaN", "sum": "NaN"}
    assert [name for name, box in boxes.items() if box.culprit] == ["log"]
    given = make_picture([leaf([np.inf]) * 2])
    assert [(box.flaw, box.culprit) for box in given.boxes] == [("infinity", None), ("", None), ("infinity", None)]
    assert box_of(picture, "x").grad_flaw == "NaN"


def test_constants_can_be_hidden_but_not_those_with_a_name():
    x, given = leaf([1.0, 2.0]), np.ones(2, np.float32)
    y = x * 2 + given
    assert roles(make_picture([y], hide_constants=True)) == ["parameter", "intermediate", "result"]
    named = make_picture([y], hide_constants=True, names={"given": given})
    assert [box.name for box in named.boxes if box.role == "constant"] == ["given"]


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda x: viz.draw(x.array), "expected a Tensor, got ndarray"),
        (lambda x: viz.draw([x, 1.0]), "expected a Tensor as result 2 of 2, got float"),
        (lambda x: viz.draw([]), "got none"),
        (lambda x: viz.draw(x, direction="left"), "expected direction to be one of LR, TB, RL, BT, got 'left'"),
        (lambda x: viz.draw(x, theme="blue"), "expected theme to be one of light, dark, auto, got 'blue'"),
        (lambda x: viz.draw(x, edges="both"), "expected edges to be one of forward, backward, got 'both'"),
        (lambda x: viz.draw(x, max_nodes=2), "expected max_nodes to be a whole number from 5 up, got 2"),
        (lambda x: viz.draw(x, names={x: "x"}), r"the name first, got a Tensor"),
        (lambda x: viz.draw(x, model=x), r"expected model= to be a Module, got Tensor; .*names="),
    ],
)
def test_wrong_arguments(call, error):
    with pytest.raises((TypeError, ValueError), match=error):
        call(leaf([1.0, 2.0]))


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation_can_be_drawn(op, sample):
    result = op(*as_tensors(draw(op, sample)), **sample.params)
    assert [box.node.op for box in make_picture([result]).boxes if box.nodes] == [op]
    assert viz.draw(result).operations == 1


def test_a_hundred_uses_of_a_weight_take_less_than_a_second():
    w = leaf(0.9)
    h = tg.tensor(1.0)
    for _ in range(100):
        h = (w * h).tanh()
    h.backward(retain_graph=True)
    start = time.process_time()
    picture = make_picture([h])
    assert time.process_time() - start < 1
    assert len(picture.boxes) <= 150


def test_deep_graphs_need_no_recursion():
    x = y = leaf(1.0)
    for _ in range(10_000):
        y = y * 0.5 + y * 0.5
    drawing = viz.draw(y)
    assert drawing.operations == 30_000
    assert drawing.source.count(" -> ") < 500
    assert x.grad is None


@pytest.mark.slow
def test_a_chain_of_100_000():
    y = leaf(1.0)
    for _ in range(100_000):
        y = y + 1
    assert viz.draw(y).operations == 100_000
