"""`tinygrad-edu export`: a trained network for other programs, as arrays alone or with what it computes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tinygrad_edu import nn
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import refuse_existing
from tinygrad_edu.interop import onnx
from tinygrad_edu.interop.safetensors import save_file
from tinygrad_edu.system.npy import write_npz
from tinygrad_edu.tensors.creation import zeros
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.training import Checkpoint, confidences, load_checkpoint
from tinygrad_edu.training.run_files import find_weights


class Reader(nn.Module):
    """All that a network does with images (N, 1, H, W) from 0 to 1: how likely each is of each class (N, K)."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.recipe = checkpoint.recipe
        self.network = checkpoint.build_model()

    def forward(self, images: Tensor) -> Tensor:
        """Read images."""
        return confidences(self.recipe, self.network((images - self.recipe.mean) / self.recipe.std))


def write_onnx(path: Path, checkpoint: Checkpoint) -> None:
    """Write the network and what stands before and after it, for any number of images."""
    onnx.export(
        Reader(checkpoint),
        zeros(1, 1, *checkpoint.recipe.image),
        path,
        input_names=["images"],
        output_names=["probabilities"],
    )


FORMATS: dict[str, Callable[[Path, Checkpoint], None]] = {
    ".npz": lambda path, checkpoint: write_npz(path, checkpoint.weights),
    ".safetensors": lambda path, checkpoint: save_file(checkpoint.weights, path),
    ".onnx": write_onnx,
}
HELP = "write a network to a file for other programs"
DESCRIPTION = """\
Write what a network has learned to a file of arrays, with the names that PyTorch's `state_dict` of the same layers has:

  FILE.npz             read with numpy.load
  FILE.safetensors     read with the package safetensors, and by PyTorch programs; it must be installed

or the network itself, with what it computes, for programs that know nothing of this one:

  FILE.onnx            run by onnxruntime, browsers and phones: images (N, 1, height, width), with pixels from 0 for the
                       ground to 1 for the stroke, to the probabilities (N, classes); the package onnx must be installed

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
    write(args.out, checkpoint)
    print(f"{len(checkpoint.weights)} arrays are in {args.out}")
    return 0
