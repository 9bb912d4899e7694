"""The files in the folder of a run, by name."""

from __future__ import annotations

from pathlib import Path

WEIGHTS, UNFINISHED = "weights.npz", "weights.unfinished.npz"
RECORD = "record.npz"
REPORT = "report.html"
FIGURES = "figures"
CONFIG = "config.toml"


def find_weights(path: Path) -> Path:
    """Return the file of weights that `path` means: itself, or in the folder of a run the weights that are there."""
    files = (path / name for name in (WEIGHTS, UNFINISHED))
    return next((file for file in files if file.is_file()), path)


def find_record(weights: Path) -> Path | None:
    """Return the record that lies beside a run's weights; None if there is none, or if they lie in no run's folder."""
    path = weights.with_name(RECORD)
    return path if weights.name in (WEIGHTS, UNFINISHED) and path.is_file() else None
