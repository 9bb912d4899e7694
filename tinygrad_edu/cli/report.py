"""`tinygrad-edu report`: what a training run came to, on one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinygrad_edu.cli.datasets import data_of
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import unused
from tinygrad_edu.cli.threads import one_blas_thread
from tinygrad_edu.training import MissingExtraError, report
from tinygrad_edu.training.run_files import REPORT, UNFINISHED, WEIGHTS, find_weights

HELP = "show on one page how a network learned, and what it confuses"
DESCRIPTION = """\
Write a page of HTML about a training run: how its loss and its gradients went, which digits it confuses, its worst
mistakes, how sure it is of them, what its first layer looks for, and the way its weights took.

The page is one file that loads nothing and runs no script. Its figures are drawn by Matplotlib:
pip install 'tinygrad-edu[report]'. Without it, and without a browser, --text says the most important in words.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("weights", type=Path, metavar="RUN", help="the folder that `train` made, or a file of weights")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the images that it learned (default: as in the run)")
    parser.add_argument("--text", action="store_true", help="print the report as text, and write no page")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where to, in the place of what is there (default: report.html in the folder of the run; if there is one "
        "already, with a number)",
    )
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write each figure to a file of its own, too")
    parser.add_argument("--format", choices=("svg", "png"), default="svg", help="of these files (default: svg)")


@one_blas_thread()
def run(args: argparse.Namespace) -> int:
    """Write the report, or print it."""
    weights = find_weights(args.weights)
    found = report(weights, args.data or data_of(weights))
    if args.text:
        print(found.text())
        return 0
    try:
        path = found.save(args.out or unused(default_path(weights)))
        print(f"report          {path}")
        if args.figures is not None:
            paths = found.save_figures(args.figures, f".{args.format}")
            print(f"figures         {len(paths)} in {args.figures}")
    except MissingExtraError as error:
        raise CommandError(f"{error}, with --text") from None
    return 0


def default_path(weights: Path) -> Path:
    """Return where a report goes if nothing is said: into the folder of the run, or beside a file of weights."""
    return weights.with_name(REPORT if weights.name in (WEIGHTS, UNFINISHED) else f"{weights.stem}-{REPORT}")
