"""The gradients in a picture: whose they are, which way they took, and that none is older than the picture."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn, viz
from tinygrad_edu.engine.op import Op
from tinygrad_edu.viz.pictures.picture import make_picture


def leaf(value):
    return tg.tensor(value, requires_grad=True)


def box_of(picture, name):
    (found,) = [box for box in picture.boxes if box.name == name and box.use == 1]
    return found


def test_gradients_of_everything_after_a_backward_pass():
    x, y = leaf(2.0), leaf(5.0)
    result = (x * 3) * (y * 4)
    assert all(box.grad is None for box in make_picture([result]).boxes)
    result.backward(retain_graph=True)
    picture = make_picture([result])
    assert [(box.value.item(), box.grad) for box in picture.boxes if box.takes_grad] == [
        (2.0, 60.0), (6.0, 20.0), (5.0, 24.0), (20.0, 6.0), (120.0, 1.0),
    ]  # fmt: skip
    assert [edge.share.item() for edge in picture.edges if edge.share is not None] == [60.0, 24.0, 20.0, 6.0]
    assert x.grad == 60


def test_gradients_can_be_asked_for_before_a_backward_pass_and_left_out_after_it():
    x = leaf(2.0)
    assert box_of(make_picture([x * x], names={"x": x}, grads=True), "x").grad == 4
    assert x.grad is None
    y = x * x
    y.backward(retain_graph=True)
    assert make_picture([y], grads=False).backward is None


def test_a_sum_of_two_passes_is_shown_beside_the_gradient():
    x = leaf(2.0)
    for _ in range(2):
        y = x * x
        y.backward(retain_graph=True)
    box = box_of(make_picture([y], names={"x": x}), "x")
    assert (box.grad, box.stored_grad) == (4, 8)


def test_where_no_pass_is_run_the_gradients_that_were_kept_are_shown_as_such():
    x = leaf([1.0, 2.0])
    kept = x * 3
    kept.retain_grad()
    result = kept * 2
    result.backward(tg.ones(2), retain_graph=True)
    picture = make_picture([result], names={"x": x, "kept": kept})
    assert all(box.grad is None for box in picture.boxes)
    assert box_of(picture, "x").stored_grad.tolist() == [6, 6]
    assert box_of(picture, "kept").stored_grad.tolist() == [2, 2]


def test_a_pullback_that_fails_does_not_keep_the_picture_from_being_drawn():
    def wrong(a):
        return a * 2, (lambda g: np.ones(7),)

    x = leaf([1.0, 2.0])
    picture = make_picture([Op(wrong)(x).sum()], grads=True)
    assert picture.backward is None
    assert "its pullback is wrong" in picture.notes["no gradients"]


def test_the_gradients_of_several_results_are_those_of_their_sum_and_the_picture_says_so():
    x, y = leaf([1.0, 2.0]), leaf(3.0)
    a, b = (x * x).sum(), x * y
    a.backward(retain_graph=True)
    names = {"x": x, "a": a, "b": b, "y": y}
    picture = make_picture([a, b], names=names, grads=True)
    assert box_of(picture, "x").grad.tolist() == [5, 7]
    assert box_of(picture, "x").stored_grad.tolist() == [2, 4]
    assert box_of(picture, "y").grad == 3
    assert picture.notes == {"gradients": "of the sum of a and b"}
    source = viz.draw([a, b], names=names, grads=True).source
    assert "<B>gradients</B>" in source
    assert "of the sum of a and b" in source


def test_several_results_are_not_shown_the_gradients_of_an_earlier_pass_as_theirs():
    x = leaf(2.0)
    a, b = x * x, x * 3
    a.backward(retain_graph=True)
    picture = make_picture([a, b], names={"x": x})
    assert (picture.backward, picture.notes) == (None, {})
    assert all(box.grad is None for box in picture.boxes)
    assert box_of(picture, "x").stored_grad == 4
    line = next(line for line in viz.draw([a, b], names={"x": x}).source.splitlines() if "<B>x</B>" in line)
    assert ">.grad\u00a0<" in line
    assert ">grad\u00a0<" not in line


def test_the_sum_of_an_array_and_results_that_are_leaves():
    x, y = leaf([1.0, 2.0]), leaf(1.0)
    picture = make_picture([x * 3, y], names={"x": x, "y": y}, grads=True)
    assert box_of(picture, "x").grad.tolist() == [3, 3]
    assert box_of(picture, "y").grad == 1
    assert picture.operations == 1


def test_values_and_gradients_from_before_an_optimizers_step():
    model = nn.Linear(2, 1)
    x = tg.ones(1, 2)
    with viz.trace() as t:
        loss = (model(x) ** 2).sum()
    old = model.weight.array.copy()
    before = viz.draw(loss, trace=t, model=model, grads=True).source
    loss.backward()
    tg.optim.SGD(model.parameters(), lr=0.5).step()
    assert viz.draw(loss, trace=t, model=model).source == before
    box = box_of(make_picture([loss], trace=t, model=model), "weight")
    np.testing.assert_array_equal(box.value, old)
    np.testing.assert_array_equal(box.grad, model.weight.grad.array)


def test_a_leaf_that_was_changed_between_two_uses_is_shown_with_both_values():
    w = leaf([1.0, 2.0])
    with viz.trace() as t:
        first = w.exp()
        with tg.no_grad():
            w += 1
        loss = ((first + w) * w).sum()
    boxes = [box for box in make_picture([loss], trace=t, names={"w": w}).boxes if box.name == "w"]
    assert [box.value.tolist() for box in boxes] == [[1, 2], [2, 3], [2, 3]]
    assert [box.renewed for box in boxes] == [False, True, False]
    source = viz.draw(loss, trace=t, names={"w": w}).source
    assert "use 2 of 3, changed in place" in source
    assert source.count("[2, 3]") == 1


def test_without_a_trace_what_was_changed_since_is_said_to_be_so():
    w = leaf([1.0, 2.0])
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    tg.optim.SGD([w], lr=0.5).step()
    picture = make_picture([loss], names={"w": w})
    assert box_of(picture, "w").value is None
    assert box_of(picture, "w").grad is None
    assert box_of(picture, "w").stored_grad.tolist() == [2, 4]
    assert "mul needs w, of shape (2,)" in picture.notes["no gradients"]
    assert "<B>no gradients</B>" in viz.draw(loss, names={"w": w}).source


def test_what_comes_back_from_a_fold_is_the_sum_of_what_is_in_it():
    w, h = leaf(0.5), leaf(4.0)
    start = h
    for _ in range(20):
        h = w * h
    picture = make_picture([h], names={"w": w, "start": start}, max_nodes=9, grads=True)
    fold = next(box for box in picture.boxes if box.role == "folded")
    shares = {edge.name: edge.share for edge in picture.edges if edge.end == fold.number}
    to_w = [edge.share for edge in picture.edges if edge.name == "w"]
    assert len(fold.nodes) > 2
    assert all(share is not None for share in shares.values())
    np.testing.assert_allclose(sum(to_w), picture.backward.gradients[w], rtol=1e-6)
    first = next(edge for edge in picture.edges if edge.end == fold.number and edge.name != "w")
    np.testing.assert_array_equal(first.share, picture.boxes[first.start].grad)


def test_folded_modules_send_their_shares():
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    with viz.trace() as t:
        loss = model(tg.ones(1, 2)).sum()
    picture = make_picture([loss], trace=t, model=model, collapse=1, grads=True)
    folds = {box.number for box in picture.boxes if box.role == "folded"}
    between = [edge for edge in picture.edges if {edge.start, edge.end} <= folds]
    assert len(between) == 2
    assert all(np.array_equal(edge.share, picture.boxes[edge.start].grad) for edge in between)


def test_gradients_that_vanish_honestly_are_not_called_rounding():
    x = h = leaf(5.0)
    for _ in range(8):
        h = (h * 1.0).sigmoid() * 0.01
    source = viz.draw(h, names={"x": x}, grads=True).source
    assert "≈" not in source
    assert box_of(make_picture([h], names={"x": x}, grads=True), "x").grad < 1e-20


def test_what_is_left_where_shares_cancel_out_is_called_rounding():
    y = leaf([1.0, 2.0, 4.0])
    mean = y.mean()
    centred = y - mean
    source = viz.draw((centred * centred).sum(), names={"y": y, "mean": mean}, grads=True).source
    line = next(line for line in source.splitlines() if "<B>mean</B>" in line)
    assert "≈ 0 beside 7" in line  # the sum of 2 (y - mean), whose numbers add up to this without their signs
