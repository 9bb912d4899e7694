"""What a picture of a graph holds."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample
from tinygrad_edu import viz
from tinygrad_edu.engine.op import Op
from tinygrad_edu.viz.picture import make_picture


def leaf(value):
    return tg.tensor(value, requires_grad=True)


def kinds(picture):
    return [x.kind for x in picture.tensors]


def links(picture):
    """Return the picture as text: the operations with the boxes they read and make."""
    return [f"{step.node.op.name} {step.inputs} {step.output}" for step in picture.steps]


def test_boxes_and_steps_in_the_order_of_the_computation():
    a, b = leaf(2.0), leaf(3.0)
    c = a * b
    picture = make_picture([c + a], {})
    assert links(picture) == ["mul [0, 1] 2", "add [2, 0] 3"]
    assert kinds(picture) == ["parameter", "parameter", "intermediate", "result"]
    assert [x.value.item() for x in picture.tensors] == [2.0, 3.0, 6.0, 8.0]


def test_kinds():
    plain, given = tg.ones(2), np.ones(2, np.float32)
    picture = make_picture([(leaf([1.0, 2.0]) * plain + given) * 2], {})
    assert kinds(picture) == ["parameter", "input", "intermediate", "constant", "intermediate", "constant", "result"]
    assert [x.takes_grad for x in picture.tensors] == [True, False, True, False, True, False, True]
    assert [x.dtype for x in picture.tensors if x.kind == "constant"] == ["float32", "int"]


def test_an_array_used_twice_is_one_box_but_a_number_is_not():
    given, x = np.ones(2, np.float32), leaf([1.0, 2.0])
    picture = make_picture([(x + given) * given + (x * 2) * 2], {})
    assert kinds(picture).count("constant") == 1 + 2


def test_an_input_read_twice_is_one_box():
    x = leaf(2.0)
    assert links(make_picture([x * x], {})) == ["mul [0, 0] 1"]


def test_several_results_share_what_they_have_in_common():
    x = leaf(2.0)
    y = x.exp()
    picture = make_picture([y * 2, y.log(), y], {})
    assert sorted(links(picture)) == ["exp [0] 1", "log [1] 4", "mul [1, 2] 3"]
    assert kinds(picture) == ["parameter", "result", "constant", "result", "result"]


def test_gradients_are_those_that_were_computed():
    x, y = leaf(2.0), leaf(5.0)
    kept, other = x * 3, y * 4
    kept.retain_grad()
    result = kept * other
    assert all(box.grad is None for box in make_picture([result], {}).tensors)
    result.backward(retain_graph=True)
    grads = {box.value.item(): box.grad for box in make_picture([result], {}).tensors}
    assert (grads[2.0], grads[5.0], grads[6.0]) == (60.0, 24.0, 20.0)
    assert grads[20.0] is None
    assert grads[120.0] is None


def test_names_come_from_names_then_from_the_tensor():
    x, y, given = leaf(2.0), leaf(3.0), np.float32([1, 2])
    x.name, y.name = "x itself", "y itself"
    z = x * y
    result = z * given
    picture = make_picture([result], {"x": x, "z": z, "given": given, "unrelated": tg.ones(2), "text": "passed over"})
    assert [box.name for box in picture.tensors] == ["x", "y itself", "z", "given", None]


def test_a_tensor_gives_its_name_to_its_bare_array():
    x, target = leaf([1.0, 2.0]), tg.ones(2)
    picture = make_picture([x - target.array], {"target": target, "x": x})
    assert [(box.kind, box.name) for box in picture.tensors[:2]] == [("parameter", "x"), ("constant", "target")]


def test_an_older_value_of_a_tensor_changed_in_place_is_not_shown():
    x = leaf([1.0, 2.0])
    y = x * 3
    old = y + 0
    y += 10
    picture = make_picture([y * 1, old], {"y": y})
    assert links(picture) == ["mul [0, 1] 2", "add [2, 3] 4", "add [2, 5] 6", "mul [6, 7] 8"]
    overwritten = next(picture.tensors[step.output] for step in picture.steps if step.node.op.name == "mul")
    assert (overwritten.value, overwritten.name) == (None, None)
    (current,) = [box for box in picture.tensors if box.name == "y"]
    assert current.value.tolist() == [13.0, 16.0]
    assert sum(box.value is None for box in picture.tensors) == 1
    assert "overwritten in place" in viz.draw(y).source


def test_an_operation_that_returns_its_input_as_it_is_overwrites_nothing():
    def same(a):
        return a, (lambda g: g,)

    picture = make_picture([Op(same)(leaf(1.0) * 2)], {})
    assert [box.value is None for box in picture.tensors] == [False] * 4


def test_a_buffer_filled_in_place_is_shown_as_it_is_now():
    x, buffer = leaf([1.0, 2.0]), tg.zeros(2, 2)
    buffer[0] = x
    buffer[1] = x * 2
    picture = make_picture([buffer], {})
    shown = [box.value.tolist() for box in picture.tensors if box.shape == (2, 2) and box.value is not None]
    assert shown == [[[1.0, 2.0], [2.0, 4.0]]]


def test_a_freed_graph_is_an_error_that_says_what_to_do():
    x = leaf(2.0)
    shared = x.exp()
    (shared * 2).backward()
    with pytest.raises(tg.GraphError, match=r"freed by a backward pass \(here at exp\).*retain_graph=True"):
        viz.draw(shared + x)
    y = x.exp() * 2
    y.backward(retain_graph=True)
    viz.draw(y)


def test_a_tensor_without_a_graph_is_an_error():
    with pytest.raises(tg.GraphError, match="no operation was recorded"):
        viz.draw(tg.ones(2) * 2)
    with tg.no_grad(), pytest.raises(tg.GraphError, match="no operation was recorded"):
        viz.draw(leaf(1.0) * 2)


def test_a_leaf_alone_is_a_picture_of_one_box():
    picture = make_picture([leaf(1.0)], {})
    assert kinds(picture) == ["parameter"]
    assert picture.steps == []


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda x: viz.draw(x.array), "expected a Tensor or several, got ndarray"),
        (lambda x: viz.draw([x, 1.0]), "expected a Tensor or several, got float"),
        (lambda x: viz.draw([]), "got none"),
        (lambda x: viz.draw(x, direction="left"), "expected a direction among LR, TB, RL, BT, got 'left'"),
        (lambda x: viz.draw(x, names={x: "x"}), r"the name first, got a Tensor"),
        (lambda x: viz.draw(x, model=x), r"expected model= to be a Module, got Tensor; .*names="),
    ],
)
def test_wrong_arguments(call, error):
    with pytest.raises((TypeError, ValueError), match=error):
        call(leaf([1.0, 2.0]))


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_every_operation_can_be_drawn(op, sample):
    result = op(*as_tensors(draw(op, sample)), **sample.params)
    picture = make_picture([result], {})
    assert [step.node.op for step in picture.steps] == [op]
    assert viz.draw(result).operations == 1


def test_deep_graphs_need_no_recursion():
    x = y = leaf(1.0)
    for _ in range(10_000):
        y = y * 0.5 + y * 0.5
    drawing = viz.draw(y)
    assert drawing.operations == 30_000
    assert drawing.source.count(" -> ") == 30_000 * 3
    assert x.grad is None


@pytest.mark.slow
def test_a_chain_of_100_000():
    y = leaf(1.0)
    for _ in range(100_000):
        y = y + 1
    assert viz.draw(y).operations == 100_000
