"""Changing the files that training writes, so that their checksums are right again."""

import json

import numpy as np

from tinygrad_edu.training.archive import CHECKSUM, checksum


def rewrite(path, key, text=None, arrays=None):
    """Change the JSON text of a file by a function, and arrays by functions by name; None takes one away."""
    with np.load(path, allow_pickle=False) as file:
        held = dict(file)
    document = json.loads(held.pop(key).item())
    del held[CHECKSUM]
    for name, change in (arrays or {}).items():
        if change is None:
            del held[name]
        else:
            held[name] = change(held[name])
    written = json.dumps(document if text is None else text(document))
    np.savez(path, **{key: np.array(written)}, **held, **{CHECKSUM: checksum(written, held)})
