"""One small trained network for the tests of its report."""

from dataclasses import replace

import pytest

from tests.training.small import start, train
from tinygrad_edu.training import RECIPES
from tinygrad_edu.training.report import examine, gather_material

SMALL = replace(RECIPES["mlp"], hidden=(12, 8), batch_size=20, limit=600, epochs=2)


@pytest.fixture(scope="session")
def run():
    return train(start(SMALL))


@pytest.fixture(scope="session")
def material(run):
    return gather_material(run)


@pytest.fixture(scope="session")
def findings(material):
    return examine(material)
