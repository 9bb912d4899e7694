"""Programs that write in place, beside PyTorch: its numbers, or its refusal where the gradient would be lost."""

import pytest

from tests.engine.in_place_idioms import IDIOMS, difference, expectation, outcome, read_numbers

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
KEPT = read_numbers()


def test_the_names_differ():
    assert [idiom.name for idiom in IDIOMS] == list(KEPT)


@pytest.mark.parametrize("idiom", IDIOMS, ids=lambda idiom: idiom.name)
def test_as_in_pytorch(idiom):
    expected = expectation(idiom)
    right, what = outcome(idiom.program, expected)
    assert right, what
    kept = KEPT[idiom.name]
    assert kept["may refuse"] == expected["may refuse"]
    assert (kept["numbers"] is None) == (expected["numbers"] is None)
    if kept["numbers"] is not None:
        assert not difference(kept["numbers"], expected["numbers"]), "python -m tests.engine.in_place_idioms"
