"""Reading a page's data as the page does: arrays out of base64, and what each element of a share is the sum of."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any

import numpy as np


def array_of(record: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return an array that is given whole."""
    shape = tuple(record["shape"])
    if "fill" in record:
        flat = np.frombuffer(base64.b64decode(record["fill"]), record["stored"]).repeat(int(np.prod(shape)))
    else:
        flat = np.frombuffer(base64.b64decode(record["data"]), record["stored"])
    return flat.reshape(shape).astype(record["dtype"])


def rebuilt_share(data: dict[str, Any], visit: dict[str, Any], share: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return what the upstream gradient and the local derivative make, in the shape of what the pullback returned."""
    arrays = [array_of(record) if "statistics" not in record else None for record in data["arrays"]]
    local, g = share["local"], arrays[visit["grad"]]
    shape = tuple(data["arrays"][share["raw"]]["shape"])
    if local["kind"] == "gather":
        at = np.arange(g.size).reshape(shape) if local["at"] is None else arrays[local["at"]]
        return g.reshape(-1)[at] * arrays[local["local"]]
    if local["kind"] == "product":
        operation = data["operations"][visit["operation"]]
        if local["other"] is None:
            return np.einsum(f"{local['upstream']}->{local['input']}", g)
        other = arrays[data["tensors"][operation["inputs"][local["other"]]]["value"]]
        return np.einsum(f"{local['upstream']},{local['letters']}->{local['input']}", g, other)
    starts, rows, values = (arrays[local[key]] for key in ("starts", "rows", "values"))
    products = np.append(g.reshape(-1)[rows] * values, 0)
    sums = [products[start:end].sum() for start, end in pairwise(starts)]
    return np.array(sums, values.dtype).reshape(shape)


def as_json(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the page reads."""
    return json.loads(json.dumps(data, allow_nan=False))
