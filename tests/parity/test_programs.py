"""Everyday programs written for PyTorch run here after their import lines alone are changed, and learn."""

import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.parity.program import FOLDER, NAMES, load, ported


@pytest.mark.parametrize("name", NAMES)
def test_only_import_lines_change(name):
    before = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    after = ported(before)
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert changed
    assert all(re.match(r"(import|from) ", line) for pair in changed for line in pair)
    assert not re.search(r"^(import|from) torch", after, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_falls(name):
    program = load(name)
    losses = program.run(program.build(), **({} if name == "mnist_convnet" else {"steps": 100}))
    assert np.isfinite(losses).all()
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:2])


def test_what_the_programs_write():
    mlp = load("characters_mlp")
    word = mlp.sample(mlp.build(), tg.Generator().manual_seed(0))
    assert set(word) <= set(mlp.chars)
    gru = load("characters_gru")
    assert len(gru.generate(gru.build(), "the ", 5)) == 9
    transformer = load("characters_transformer")
    assert transformer.write(transformer.build()).startswith("the ")
