"""`tinygrad-edu explore`: a page on which the backward pass of a script is stepped through."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinygrad_edu import viz
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import refuse_existing
from tinygrad_edu.cli.scripts import run_to_backward

HELP = "step through the backward pass of your own script"
DESCRIPTION = """\
Run a script until its first backward pass begins, and make a page of it: one HTML file on which the
computation and the way back are stepped through, with all numbers. The script needs no change.

With script.py:function, the function is called without arguments; if it calls no backward(), what it
returns is taken as the loss. A script without backward() needs a variable named loss.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("script", metavar="SCRIPT", help="script.py, or script.py:function")
    parser.add_argument(
        "arguments", nargs="*", metavar="ARGUMENT", help="what the script finds in sys.argv; options stand before it"
    )
    parser.add_argument(
        "--pass", dest="number", type=int, default=1, metavar="N", help="which backward pass (default: 1, the first)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("backprop.html"), metavar="FILE", help="where to (default: backprop.html)"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there already")


def run(args: argparse.Namespace) -> int:
    """Run the script, record its backward pass and save the page."""
    if args.number < 1:
        raise CommandError(f"--pass counts from 1, so it cannot be {args.number}")
    if args.out.suffix.lower() not in (".html", ".htm"):
        raise CommandError(f"--out {args.out}: expected a file name that ends in .html")
    refuse_existing(args.out, args.force)
    computed = run_to_backward(args.script, args.arguments, args.number)
    explorer = viz.explore(computed.root, computed.gradient, trace=computed.trace)
    path = explorer.save(args.out)
    print(f"{len(explorer.data['operations'])} operations and the way back: open {path} in a browser")
    return 0
