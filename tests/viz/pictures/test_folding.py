"""Modules around boxes, and what is folded into one."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, viz
from tinygrad_edu.viz.pictures.folding import Folding, find_groups
from tinygrad_edu.viz.pictures.picture import make_picture


def layers(count):
    """Return a network of equal blocks, its output, and the trace of it."""
    tg.manual_seed(0)
    block = [nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh()) for _ in range(count)]
    model = nn.Sequential(*block)
    x = tg.ones(2, 3)
    with viz.trace() as t:
        y = model(x).sum()
    return model, y, t


def tree(picture):
    """Return the modules of a picture, each with its depth and the boxes right in it."""
    lines = []
    for number, group in enumerate(picture.groups):
        depth, parent = 0, group.parent
        while parent is not None:
            depth, parent = depth + 1, picture.groups[parent].parent
        inside = [box.name for box in picture.boxes if box.group == number]
        lines.append(f"{'  ' * depth}{group.name or '-'} {group.kind}: {', '.join(inside)}")
    return lines


def folded(picture):
    return [(box.name, box.kind, box.repeats, len(box.nodes)) for box in picture.boxes if box.role == "folded"]


def test_modules_from_a_trace():
    _, y, t = layers(2)
    picture = make_picture([y], trace=t)
    assert tree(picture) == [
        "- Sequential: ",
        "  0 Sequential: tanh₁, tanh₂",
        "    0.0 Linear: 0.0.weight, 0.0.bias, linear₁",
        "    0.2 Linear: 0.2.weight, 0.2.bias, linear₂",
        "  1 Sequential: tanh₃, tanh₄",
        "    1.0 Linear: 1.0.weight, 1.0.bias, linear₃",
        "    1.2 Linear: 1.2.weight, 1.2.bias, linear₄",
    ]
    assert [box.name for box in picture.boxes if box.group is None] == ["x", "y"]
    assert [box.modules for box in picture.boxes if box.name == "tanh₁"] == [
        (("", "Sequential"), ("0", "Sequential"), ("0.1", "Tanh"))
    ]


def test_a_leaf_stands_beside_its_user_from_the_second_use_on():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 2)

        def forward(self, x):
            return self.inner(x) + x

    with viz.trace() as t:
        y = Residual()(tg.ones(1, 2)).sum()
    picture = make_picture([y], trace=t)
    (first, second) = (box for box in picture.boxes if box.role == "input")
    assert first.group is None
    assert (picture.groups[second.group].kind, second.use, second.uses) == ("Residual", 2, 2)


def test_modules_from_the_parameters_of_a_model():
    model, y, _ = layers(1)
    picture = make_picture([y], model=model)
    assert tree(picture) == [
        "0.0 Linear: 0.0.weight, 0.0.bias, linear₁",
        "0.2 Linear: 0.2.weight, 0.2.bias, linear₂",
    ]
    assert [box.name for box in picture.boxes if box.group is None] == ["constant₁", "tanh₁", "tanh₂", "sum₁"]


@pytest.mark.parametrize(
    "collapse, expected",
    [
        (0, [("Sequential", "Sequential", 1, 8)]),
        (1, [("0", "Sequential", 1, 4), ("1", "Sequential", 1, 4)]),
        ("1", [("1", "Sequential", 1, 4)]),
        ("*.2", [("0.2", "Linear", 1, 1), ("1.2", "Linear", 1, 1)]),
        (["0.0", "Tanh"], [("0.0", "Linear", 1, 1), *((f"{i}.{j}", "Tanh", 1, 1) for i in (0, 1) for j in (1, 3))]),
    ],
)  # fmt: skip
def test_modules_are_folded_on_request(collapse, expected):
    _, y, t = layers(2)
    assert folded(make_picture([y], trace=t, collapse=collapse)) == expected


@pytest.mark.parametrize("collapse", ["0.O", ["0.0", "linear"], ["Linear*", "encodr"]])
def test_a_module_that_is_not_there_is_an_error_that_lists_those_that_are(collapse):
    _, y, t = layers(1)
    with pytest.raises(ValueError, match=r"there are Sequential, 0 \(Sequential\), 0.0 \(Linear\), 0") as error:
        viz.draw(y, trace=t, collapse=collapse)
    assert repr(collapse if isinstance(collapse, str) else collapse[1]) in str(error.value)


@pytest.mark.parametrize("collapse", [1, "Linear"])
def test_where_no_module_is_known_none_can_be_folded(collapse):
    with pytest.raises(ValueError, match="pass trace=t; or pass model="):
        viz.draw(tg.ones(2, requires_grad=True).sum(), collapse=collapse)


def test_equal_modules_in_a_row_are_one_box():
    _, y, t = layers(5)
    picture = make_picture([y], trace=t, collapse=1)
    assert folded(picture) == [("0 … 4", "Sequential", 5, 20)]
    (box,) = (box for box in picture.boxes if box.role == "folded")
    assert len(box.leaves) == 20
    assert (box.shape, box.dtype) == ((2, 3), "float32")
    assert box.value is not None


def test_the_first_of_repeated_modules_stays_open_when_there_are_too_many():
    _, y, t = layers(30)
    picture = make_picture([y], trace=t)
    assert folded(picture) == [("1 … 29", "Sequential", 29, 116)]
    assert "  0 Sequential: tanh₁, tanh₂" in tree(picture)


def test_modules_are_folded_from_the_inside_when_there_are_too_many():
    tg.manual_seed(0)
    sizes = range(3, 9)
    blocks = [nn.Sequential(nn.Linear(i, i + 1), nn.Tanh(), nn.Linear(i + 1, i + 1)) for i in sizes]
    with viz.trace() as t:
        y = nn.Sequential(*blocks)(tg.ones(1, 3)).sum()
    inner = make_picture([y], trace=t, max_nodes=30)
    assert {kind for _, kind, _, _ in folded(inner)} == {"Linear", "Tanh"}
    outer = make_picture([y], trace=t, max_nodes=12)
    assert {kind for _, kind, _, _ in folded(outer)} == {"Sequential"}
    assert len(outer.boxes) <= 12


@pytest.mark.parametrize("most", [5, 20, 150])
def test_never_more_boxes_than_asked_for(most):
    w = tg.tensor(0.5, requires_grad=True)
    h = tg.tensor(1.0)
    for _ in range(3_000):
        h = (w * h).tanh()
    h.backward(retain_graph=True)
    picture = make_picture([h], names={"w": w}, max_nodes=most)
    assert len(picture.boxes) <= most
    assert picture.operations == sum(len(box.nodes) for box in picture.boxes) == 6_000
    ((name, _, _, count),) = folded(picture)
    assert name == f"… {count} operations …"
    (uses,) = (edge.uses for edge in picture.edges if edge.name == "w" and edge.index is None)
    boxes = [box for box in picture.boxes if box.name == "w"]
    assert [box.use for box in boxes] == np.cumsum([1, *(box.here for box in boxes[:-1])]).tolist()
    assert sum(box.here for box in boxes) == boxes[0].uses == 3_000
    assert uses == sum(node.op.name == "mul" for box in picture.boxes if box.role == "folded" for node in box.nodes)


def test_many_inputs_of_one_operation_are_one_box():
    picture = make_picture([tg.stack([tg.tensor(float(i), requires_grad=True) for i in range(1000)])])
    assert len(picture.boxes) == 13
    (box,) = (box for box in picture.boxes if box.role == "folded")
    assert (box.name, len(box.leaves)) == ("… 989 more inputs …", 989)


def test_many_leaves_of_what_is_folded_are_folded_with_it():
    y = tg.tensor(1.0, requires_grad=True)
    for i in range(100):
        y = y * tg.tensor(float(i), requires_grad=True)
    picture = make_picture([y], max_nodes=20)
    (box,) = (box for box in picture.boxes if box.role == "folded")
    assert len(picture.boxes) <= 20
    assert len(box.leaves) == len(box.nodes) > 80
    few = make_picture([y], max_nodes=199)
    (box,) = (box for box in few.boxes if box.role == "folded")
    assert box.leaves == []
    assert [edge.index for edge in few.edges if edge.end == box.number] == [None] * (len(box.nodes) + 1)


def test_many_arrows_from_what_is_folded_are_one():
    xs = [tg.tensor(float(i), requires_grad=True) for i in range(500)]
    picture = make_picture([tg.stack([x * 2 for x in xs])], max_nodes=20)
    (box,) = (box for box in picture.boxes if box.nodes and box.role == "folded")
    (edge,) = (edge for edge in picture.edges if edge.start == box.number)
    assert (edge.index, edge.uses, edge.name) == (None, len(box.nodes), "")
    assert len(viz.draw([tg.stack(xs)]).source) < 20_000


def test_a_nan_inside_is_flagged_outside():
    x = tg.tensor(0.0, requires_grad=True)
    with np.errstate(all="ignore"):
        y = (x * 1).log() * 0
    for _ in range(10):
        y = y + 1
    (box,) = (box for box in make_picture([y], max_nodes=5).boxes if box.role == "folded")
    assert (box.flaw, box.culprit.op.name) == ("infinity", "log")


def test_unused_parameters_are_listed():
    model = nn.ModuleDict({"used": nn.Linear(2, 2), "idle": nn.Linear(2, 2)})
    picture = make_picture([model["used"](tg.ones(1, 2)).sum()], model=model)
    assert picture.notes == {"not used": "idle.weight, idle.bias"}


def test_calls_of_modules_are_intervals():
    paths = [(("", "A"),), (("", "A"), ("b", "B")), (("", "A"), ("b", "B")), (), (("", "A"), ("b", "B"))]
    groups = find_groups(paths)
    assert [(g.name, g.kind, g.level, g.start, g.end) for g in groups] == [
        ("", "A", 0, 0, 3), ("b", "B", 1, 1, 3), ("", "A", 0, 4, 5), ("b", "B", 1, 4, 5),
    ]  # fmt: skip


def test_runs_keep_both_ends():
    folding = Folding(["x"] * 10, [])
    (fold,) = folding.runs([], 4)
    assert (fold.start, fold.end) == (2, 8)
    assert folding.runs([], 9) == []  # nothing is won by folding one
