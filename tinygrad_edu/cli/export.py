"""`tinygrad-edu export`: the weights of a run alone, for other programs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import refuse_existing
from tinygrad_edu.engine.op import Array
from tinygrad_edu.interop.safetensors import save_file
from tinygrad_edu.system.npy import write_npz
from tinygrad_edu.training import load_checkpoint
from tinygrad_edu.training.run_files import find_weights

FORMATS: dict[str, Callable[[Path, Mapping[str, Array]], None]] = {
    ".npz": write_npz,
    ".safetensors": lambda path, arrays: save_file(arrays, path),
}
HELP = "write the weights of a network to a file for other programs"
DESCRIPTION = """\
Write what a network has learned to a file of arrays, with the names that PyTorch's `state_dict` of the same layers has:

  FILE.npz             read with numpy.load
  FILE.safetensors     read with the package safetensors, and by PyTorch programs; it must be installed

What training goes on from (the optimizer, the random numbers) is left out.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("weights", type=Path, metavar="RUN", help="the folder that `train` made, or a file of weights")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to; its ending says the format")
    parser.add_argument("--force", action="store_true", help="write over a file that is there already")


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    write = FORMATS.get(args.out.suffix.lower())
    if write is None:
        raise CommandError(f"--out {args.out}: expected a file name that ends in one of {', '.join(FORMATS)}")
    refuse_existing(args.out, args.force)
    checkpoint = load_checkpoint(find_weights(args.weights))
    write(args.out, checkpoint.weights)
    print(f"{len(checkpoint.weights)} arrays are in {args.out}")
    return 0
