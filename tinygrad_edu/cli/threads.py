"""How many threads matrix products run on.

The networks trained here are small: a second thread gains next to nothing. But where another program
wants the same cores, the threads wait for each other at every product, and training takes ten times
as long or more. One thread is also what makes the same seed give the same weights on a machine with
another number of cores: sums are then added up in the same order.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SET = "{prefix}openblas_set_num_threads{suffix}"
GET = "{prefix}openblas_get_num_threads{suffix}"
NAMES = [(prefix, suffix) for prefix in ("scipy_", "") for suffix in ("64_", "")]  # NumPy's own OpenBLAS, and others
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let OpenBLAS, which NumPy brings along on most systems, use one thread inside the `with` block.

    Nothing happens where NumPy uses another library, or where the user has chosen by an environment variable.
    """
    found = None if any(name in os.environ for name in VARIABLES) else _find()
    if found is None:
        yield
        return
    get, set_ = found
    before = get()
    set_(1)
    try:
        yield
    finally:
        set_(before)


def _find() -> tuple[Any, Any] | None:
    """Return the functions of NumPy's OpenBLAS that read and set the number of threads; None if there are none."""
    try:
        library = ctypes.CDLL(importlib.import_module("numpy._core._multiarray_umath").__file__)
    except (ImportError, OSError, TypeError):
        return None
    for prefix, suffix in NAMES:
        get, set_ = (getattr(library, name.format(prefix=prefix, suffix=suffix), None) for name in (GET, SET))
        if get is not None and set_ is not None:
            return get, set_
    return None
