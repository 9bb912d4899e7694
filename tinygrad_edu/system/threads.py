"""How many threads matrix products run on: where NumPy brings OpenBLAS along, as on most systems, it can be set."""

from __future__ import annotations

import ctypes
import importlib
from typing import Any

__all__ = ["get_num_threads", "set_num_threads"]

SET = "{prefix}openblas_set_num_threads{suffix}"
GET = "{prefix}openblas_get_num_threads{suffix}"
NAMES = [(prefix, suffix) for prefix in ("scipy_", "") for suffix in ("64_", "")]  # NumPy's own OpenBLAS, and others


def find_openblas() -> tuple[Any, Any] | None:
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


def set_num_threads(number: int) -> None:
    """Let matrix products, in NumPy's OpenBLAS, run on so many threads. All else runs on one.

    Where NumPy uses another library this does nothing: set that library's environment variable
    (OMP_NUM_THREADS, MKL_NUM_THREADS, VECLIB_MAXIMUM_THREADS) before the program starts.
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"set_num_threads: expected a whole number of at least 1, got {number!r:.40}")
    found = find_openblas()
    if found is not None:
        found[1](number)


def get_num_threads() -> int:
    """Return how many threads NumPy's OpenBLAS runs matrix products on; 1 where NumPy uses another library."""
    found = find_openblas()
    return 1 if found is None else int(found[0]())
