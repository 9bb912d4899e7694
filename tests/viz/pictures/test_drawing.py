"""The DOT text, and what becomes of it. Tests that need Graphviz's program are skipped by name where it is missing."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import CASES, DIFFERENTIABLE, as_tensors, draw
from tinygrad_edu import viz
from tinygrad_edu.viz.pictures import style

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")

AWKWARD = [
    'a "quoted" name',
    "<b>bold</b>",
    "back\\slash\\",
    "two\nlines",
    "a & b; c",
    "]}>",
    "",
    "ünï ∂",
    "\x00\x1b",
    "%d {}",
]


@pytest.fixture
def drawing():
    a = tg.tensor(2.0, requires_grad=True)
    b = tg.tensor([1.0, -0.25], requires_grad=True)
    result = (a * b).sum(dim=0, keepdim=True)
    result.backward(retain_graph=True, gradient=[1.0])
    return viz.draw(result, names={"a": a, "b": b})


@pytest.fixture
def without_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def texts(svg):
    """Return the pieces of text in an SVG picture."""
    root = xml.etree.ElementTree.fromstring(svg)
    return [(node.text or "").replace("\xa0", " ") for node in root.iter("{http://www.w3.org/2000/svg}text")]


def box(drawing, name):
    """Return the line of the tensor with this name."""
    lines = [line for line in drawing.source.splitlines() if line.startswith("b") and f"<B>{name}</B>" in line]
    assert len(lines) == 1
    return lines[0]


def test_what_a_box_says(drawing):
    assert "() · float32" in box(drawing, "a")
    assert ">2</FONT>" in box(drawing, "a")
    assert ">0.75</FONT>" in box(drawing, "a")
    assert "(2,) · float32" in box(drawing, "b")
    assert "[1, -0.25]" in box(drawing, "b")
    assert "[2, 2]" in box(drawing, "b")
    assert ">\xa0axis = 0\xa0</FONT><BR/>" in drawing.source
    assert ">\xa0keepdims = True\xa0</FONT>" in drawing.source


def test_a_gradient_that_was_not_computed_is_a_dash_and_never_0():
    x, plain = tg.tensor(2.0, requires_grad=True), tg.tensor(3.0)
    drawing = viz.draw(x * plain, names={"x": x, "plain": plain})
    assert ">—<" in box(drawing, "x")
    assert ">0<" not in drawing.source
    assert "grad" not in box(drawing, "plain")
    zero = viz.draw(x * 0.0, names={"x": x}, grads=True)
    assert ">0</FONT>" in box(zero, "x")
    assert ">—<" not in zero.source


def test_parameters_left_at_their_usual_value_are_not_shown():
    source = viz.draw(tg.ones(2, requires_grad=True).sum()).source
    assert "axis" not in source
    assert "keepdims" not in source


def test_parameters_of_a_convolution_that_are_usual_are_not_shown():
    x, w = tg.ones(1, 1, 4, 4), tg.ones(1, 1, 3, 3, requires_grad=True)
    usual = viz.draw(tg.nn.functional.conv2d(x, w)).source
    assert not any(f"{word} =" in usual for word in ("stride", "padding", "dilation", "groups"))
    assert "stride = (2, 1)" in viz.draw(tg.nn.functional.conv2d(x, w, stride=(2, 1))).source


def test_what_a_function_of_the_user_s_was_called_with_is_not_shown():
    class Square(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x, power):
            ctx.save_for_backward(x)
            return x**power

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g, None

    x = tg.tensor([1.0, 2.0], requires_grad=True)
    drawing = viz.draw(Square.apply(x, 2).sum(), grads=True)
    assert "<B><FONT" in drawing.source
    assert "[2, 4]" in drawing.source
    assert "class" not in drawing.source


def test_names_of_a_model():
    class Model:
        weight = tg.ones(2, requires_grad=True)

        def named_parameters(self):
            yield "layer.weight", self.weight

    model = Model()
    assert box(viz.draw(model.weight * 2, model=model), "layer.weight")
    assert box(viz.draw(model.weight * 2, model=model, names={"w": model.weight}), "w")


def test_kinds_differ_in_colour_and_in_shape():
    looks = list(style.LOOKS.values())
    assert len({look.fill for look in looks}) == len(looks)
    shapes = {(look.shape, look.corners, look.peripheries, look.width) for look in looks}
    assert len(shapes) == len(looks)


@pytest.mark.parametrize("look", style.LOOKS.values(), ids=lambda look: look.words)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(look, dark):
    for letters in (style.INK, style.MUTED, style.BACK):
        pair = (style.DARK[letters], style.DARK[look.fill]) if dark else (letters, look.fill)
        assert contrast(*pair) >= 4.5


@pytest.mark.parametrize("letters, ground", [
    (style.WHITE, style.HEADER), (style.PALE, style.HEADER), (style.WHITE, style.ALARM), (style.MUTED, style.GROUND),
    *((style.MUTED, frame) for frame in style.FRAMES),
])  # fmt: skip
def test_other_text_stands_out_too(letters, ground):
    assert contrast(letters, ground) >= 4.5
    assert contrast(style.DARK[letters], style.DARK[ground]) >= 4.5


def test_every_colour_has_one_for_dark_ground_and_none_is_used_twice():
    looks = {colour for look in style.LOOKS.values() for colour in (look.fill, look.line)}
    assert looks <= style.DARK.keys()
    assert len(set(style.DARK.values())) == len(style.DARK)


def contrast(one, other):
    """Return the contrast ratio of two colours, by the Web Content Accessibility Guidelines."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@needs_dot
@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_every_operation_and_awkward_names_are_understood_by_dot(direction):
    cases = [CASES[i] for i in DIFFERENTIABLE]
    results = {op.name: op(*as_tensors(draw(op, sample)), **sample.params) for op, sample in cases}
    named = {name: result.sum() for name, result in zip(AWKWARD, results.values(), strict=False)}
    everything = [*results.values(), *named.values()]
    svg = viz.draw(everything, names=named, direction=direction, legend=True, max_nodes=10_000).render("svg")
    shown = texts(svg)
    for name in (
        'a "quoted" name',
        "<b>bold</b>",
        "back\\slash\\",
        "two⏎lines",
        "a & b; c",
        "]}>",
        "ünï ∂",
        "��",
        "%d {}",
    ):
        assert name in shown
    assert results.keys() <= set(shown)
    assert "parameter (gets a gradient)" in shown


def test_arrows_come_to_the_input_they_are_when_there_are_several():
    x = tg.tensor(2.0, requires_grad=True)
    source = viz.draw((x - 3).exp()).source
    assert re.findall(r"^(b\S+ -> \S+)", source, re.MULTILINE) == ["b0 -> b2:i0:n", "b1 -> b2:i1:n", "b2 -> b3"]
    source = viz.draw(tg.stack([x, x], dim=0), direction="LR").source
    assert "b0 -> b1:i1:w" in source
    assert 'PORT="i1"' in source
    assert ">leaf₁</FONT></TD></TR><TR>" in source


def test_a_long_name_is_cut():
    x = tg.ones(2, requires_grad=True)
    x.name = "x" * 1000
    labels = re.sub("tooltip=.*", "", viz.draw(x * 2).source)
    assert "x" * 39 + "…" in labels
    assert "x" * 40 not in labels


@needs_dot
@pytest.mark.parametrize("ending, start", [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("SVG", b"<?xml")])
def test_save_a_picture(drawing, tmp_path, ending, start):
    path = drawing.save(tmp_path / f"graph.{ending}")
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [f"graph.{ending}"]


@pytest.mark.parametrize("ending", ["dot", "gv"])
def test_save_the_text_without_dot(drawing, tmp_path, without_dot, ending):
    path = drawing.save(str(tmp_path / f"graph.{ending}"))
    assert path.read_text(encoding="utf-8") == drawing.source


def test_a_file_is_never_half_written(drawing, tmp_path, monkeypatch):
    def fail(self, target):
        raise OSError("no room")

    (tmp_path / "graph.dot").write_text("an older picture")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no room"):
        drawing.save(tmp_path / "graph.dot")
    assert (tmp_path / "graph.dot").read_text() == "an older picture"
    assert [p.name for p in tmp_path.iterdir()] == ["graph.dot"]


def test_a_missing_program_is_an_error_that_says_what_works(drawing, tmp_path, without_dot):
    target = tmp_path / "graph.svg"
    target.write_text("an older picture")
    with pytest.raises(
        viz.RenderError, match=r"`dot`.*pygraphviz.*apt install graphviz.*What always works: .*save\('graph.dot'\)"
    ):
        drawing.save(target)
    assert target.read_text() == "an older picture"
    assert [p.name for p in tmp_path.iterdir()] == ["graph.svg"]


@needs_dot
def test_a_failing_program_is_an_error_with_its_words():
    with pytest.raises(viz.RenderError, match="syntax error"):
        viz.Drawing("digraph { -> }", 1).render("svg")


@pytest.mark.parametrize("name", ["graph", "graph.jpg", ".svg"])
def test_save_wants_a_known_ending(drawing, tmp_path, name):
    with pytest.raises(ValueError, match=r"file name that ends in one of \.svg, \.png, \.pdf, \.dot, \.gv"):
        drawing.save(tmp_path / name)


def test_save_wants_a_folder(drawing, tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist; create it first"):
        drawing.save(tmp_path / "no" / "graph.dot")


@needs_dot
def test_jupyter_is_shown_the_picture(drawing):
    shown = drawing._repr_mimebundle_()
    assert "sum" in texts(shown["image/svg+xml"])
    assert "2 operations" in shown["text/plain"]


def test_jupyter_is_told_why_there_is_no_picture(drawing, without_dot):
    assert "apt install graphviz" in drawing._repr_mimebundle_()["text/plain"]


def test_the_text_needs_no_graphviz_package():
    program = (
        "import sys; sys.modules['graphviz'] = None\n"
        "import tinygrad_edu as tg\n"
        "print(tg.viz.draw(tg.ones(2, requires_grad=True) * 2).source)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("digraph {")


@needs_dot
@pytest.mark.parametrize("name", ["C:\\New\\Graph", "\\N", "a\\Gb", "two\\\\", "end\\"])
def test_a_backslash_in_a_name_stands_for_itself(name):
    """Graphviz has escapes of its own, `\\N` for the name of a box."""
    x = tg.tensor(2.0, requires_grad=True)
    assert name in texts(viz.draw(x * 2, names={name: x}).render("svg"))


def test_the_package_graphviz_takes_it():
    x = tg.tensor(2.0, requires_grad=True)
    drawing = viz.draw(x * x)
    assert drawing.to_graphviz().source == drawing.source
