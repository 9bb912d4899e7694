"""Every name of the reference has an example, which runs."""

import importlib
import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="Sphinx is not installed: pip install 'tinygrad-edu[docs]'")

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_extensions"))

import api
import live_examples
from programs import PROGRAMS, ExampleError, session

NEEDED = {
    "MPI": """
        distributed.abort distributed.all_gather distributed.all_reduce distributed.barrier distributed.broadcast
        distributed.broadcast_object_list distributed.get_backend
        distributed.get_rank distributed.get_world_size distributed.init_process_group
        nn.parallel.DistributedDataParallel
    """,
    "PyTorch": "interop.torch.from_torch interop.torch.load interop.torch.to_torch",
    "a network": "vision.datasets.DownloadError",
}
WITHOUT = {
    "vision.datasets.data_folder": "it tells a folder of the machine that the pages are built on",
    "training.MissingExtraError": "it is raised only where Matplotlib is not installed",
    **{name: f"it needs {what}; a guide shows it" for what, names in NEEDED.items() for name in names.split()},
}
"""Names without an example, with the reason. (A constant shows its value, and needs none.)"""

PAGES = sorted((Path(__file__).parents[2] / "docs" / "reference").glob("*.rst"))
DIRECTIVE = re.compile(r"^\.\. api:: ([\w.]+)\n((?:   :\w+: .*\n?)*)", re.MULTILINE)


def documented(page):
    """Yield each name that is called on a page of the reference, without `tinygrad_edu.`, with what it stands for."""
    for place, options in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
        module = importlib.import_module(place)
        for name in api.names_in(module, dict(re.findall(r":(\w+): (.*)", options))):
            value = getattr(module, name)
            if callable(value):
                yield f"{place}.{name}".removeprefix("tinygrad_edu."), value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_name_has_an_example(page):
    names = dict(documented(page))
    assert names
    bare = {name for name, value in names.items() if not live_examples.example_of(f"tinygrad_edu.{name}", value)}
    assert bare == WITHOUT.keys() & names.keys(), (
        "write a program below the name in docs/reference/examples, or what to pass in docs/_extensions/calls.py"
    )


def test_every_program_is_of_a_name_and_runs():
    names = {name for page in PAGES for name, _ in documented(page)}
    assert PROGRAMS.keys() - names == set()
    assert WITHOUT.keys() - names == set()
    for program in set(PROGRAMS.values()):
        assert any(not line.startswith((">>>", "...")) for line in session(program))


def test_a_program_that_fails_is_found_out():
    with pytest.raises(ExampleError, match=r"x\.nothing: AttributeError"):
        session("x = tg.ones(2)\nx.nothing")
    with pytest.raises(ExampleError, match="RuntimeWarning"):
        session("np.float64(1) / np.float64(0)")


def test_a_session_shows_what_the_prompt_shows():
    assert session("for i in 1, 2:\n    print(i)\n\n\nx = tg.ones(2)\nx") == [
        ">>> for i in 1, 2:", "...     print(i)", "1", "2", ">>> x = tg.ones(2)", ">>> x", "tensor([1., 1.])",
    ]  # fmt: skip
    assert session("tg.rand(1).shape")[0] == ">>> _ = tg.manual_seed(0)"
