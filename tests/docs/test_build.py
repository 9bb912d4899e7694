"""The documentation builds without a warning, and says something about every public name."""

import importlib
import re
from types import ModuleType, SimpleNamespace

import pytest

import tinygrad_edu as tg

pytest.importorskip("sphinx", reason="Sphinx is not installed: pip install 'tinygrad-edu[docs]'")

from sphinx.util.inventory import InventoryFile

MODULES = [
    "tinygrad_edu",
    *(
        f"tinygrad_edu.{name}"
        for name in (
            "autograd",
            "autograd.functional",
            "distributions",
            "func",
            "interop.onnx",
            "interop.safetensors",
            "interop.torch",
            "labs",
            "linalg",
            "nn",
            "nn.functional",
            "nn.init",
            "nn.utils",
            "nn.utils.parametrize",
            "nn.utils.rnn",
            "optim",
            "optim.lr_scheduler",
            "optim.swa_utils",
            "special",
            "training",
            "utils.data",
            "viz",
        )
    ),
]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_in_the_reference(built, name):
    inventory = InventoryFile.loads((built / "objects.inv").read_bytes(), uri="")
    documented = {found for kind in inventory.data.values() for found in kind}
    module = importlib.import_module(name)
    public = {key for key in module.__all__ if not isinstance(getattr(module, key), ModuleType | SimpleNamespace)}
    public -= {"inference_mode", "autocast", "dtype"}  # other names: of no_grad, amp.autocast and NumPy's own
    assert public
    assert {key for key in public if not {f"{name}.{key}", f"tinygrad_edu.{key}"} & documented} == set()
    if name == "tinygrad_edu":
        methods = {f"tinygrad_edu.Tensor.{key}" for key in ("backward", "exp", "sum", "T", "requires_grad", "add_")}
        assert methods <= documented


def test_every_operation_is_in_the_table(built):
    page = (built / "operations.html").read_text(encoding="utf-8")
    for op in tg.engine.op.OPS.values():
        assert f">{op.name}</span>" in page


def test_every_way_back_is_drawn(built):
    page = (built / "operations-drawn.html").read_text(encoding="utf-8")
    drawn = {op.name for op in tg.engine.op.OPS.values() if op.differentiable}
    assert page.count('<div class="picture"><svg') == len(drawn) > 100
    assert {name for name in drawn if f'>{name}</span></code><a class="headerlink"' not in page} == set()


def test_a_drawing_in_a_lesson_says_what_it_shows(built):
    page = (built / "lessons" / "17-break-it.html").read_text(encoding="utf-8")
    drawing = page.partition('<div class="picture"><svg')[2].partition("</svg>")[0]
    assert "<desc" in drawing and "is exp of h" in drawing


@pytest.mark.parametrize("page", ["functions", "functional", "nn", "optim", "data", "training", "viz", "autograd"])
def test_the_reference_shows_the_examples(built, page):
    """An example for each entry (which: `test_reference_examples.py`), but for constants and one or two names."""
    text = (built / "reference" / f"{page}.html").read_text(encoding="utf-8")
    entries = len(re.findall('<dl class="py (?:function|class|exception)">', text))
    assert text.count('<div class="highlight-pycon') >= entries - 2 > 2
