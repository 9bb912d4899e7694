"""Which line of the user's program is running: for messages."""

from __future__ import annotations

import linecache
import os.path
import sys
from types import FrameType

PACKAGE = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - pathlib takes long to load


def user_frame() -> FrameType:
    """Return the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame


def user_line() -> str:
    """Return the place and the text of the innermost line outside this package: `train.py:12: y = x.log()`."""
    frame = user_frame()
    path, number = frame.f_code.co_filename, frame.f_lineno
    name = os.path.basename(path)  # noqa: PTH119
    return f"{name}:{number}: {linecache.getline(path, number, frame.f_globals).strip()}"
