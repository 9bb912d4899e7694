"""Packages that are not installed with this one: imported where they are used, with an error that says how to get them.

Each belongs to an *extra*, a group in `pyproject.toml`: `pip install 'tinygrad-edu[report]'` installs what is in it.
"""

from __future__ import annotations

import importlib
from typing import Any


class MissingExtraError(ImportError):
    """A package of an extra is not installed. The message says how to get it."""


def require(name: str, extra: str, purpose: str, otherwise: str = "") -> Any:
    """Import a module of a package that an extra brings.

    Parameters:
        name: of the module.
        extra: the group in `pyproject.toml` that has the package.
        purpose: what it is needed for, as the beginning of a sentence: "figures are drawn by Matplotlib".
        otherwise: what can be done without it.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        advice = f"; {otherwise}" if otherwise else ""
        raise MissingExtraError(
            f"{purpose}, which is not installed: pip install 'tinygrad-edu[{extra}]'{advice}"
        ) from error
