"""The mistakes people make most: each gets an error that says what was expected, what came, and what to write."""

import pytest

from tests.mistakes import MISTAKES


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name):
    do, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message) as caught:
        do()
    assert len(str(caught.value)) > 25, "an explanation takes a sentence"
