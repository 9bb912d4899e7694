"""All tests of this folder need a browser, and are slow."""

from pathlib import Path

import pytest

from tests.viz.browser.explorers import small


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def explorer():
    return small()
