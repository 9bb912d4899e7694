"""The command `tinygrad-edu`: one file for each of its commands."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

from tinygrad_edu import __version__, distributed
from tinygrad_edu.cli import draw, evaluate, explore, export, lab, predict, report, source, summary, train
from tinygrad_edu.cli.called import called
from tinygrad_edu.data import FormatError
from tinygrad_edu.system.extras import MissingExtraError
from tinygrad_edu.training import DivergedError
from tinygrad_edu.viz import RenderError

FAILED, WRONG_INPUT, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141  # the last two as a shell reports the signals
AS_WRITTEN = argparse.RawDescriptionHelpFormatter

EPILOG = """\
to begin with:
  {called} train                            train a network to read handwritten digits
  {called} report runs/mlp --text           see how it learned, and what it confuses
  {called} predict runs/mlp mnist:0 --show  let it read one
  {called} evaluate runs/mlp                see which digits it confuses
  {called} summary cnn                      list the layers of a recipe's network
  {called} draw                             draw the computation that training goes back through
  {called} explore script.py                step through the backward pass of your own script
  {called} source --recipe classic          read a step of training as NumPy code
  {called} lab                              experiments: what goes wrong in training, and what helps

exit codes:
  0    done
  1    training diverged, or the gradients are wrong
  2    what was given is wrong or cannot be read or written; the last line on stderr says what, after `error:`
  129  stopped by SIGHUP, 130 by Ctrl-C, 143 by SIGTERM; `train` has saved what there was
  141  what read the output went away
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; of several processes, one that fails ends all.

    What each code means is said in EPILOG; docs/command-line.md says it to programs that call this.
    """
    code = run_command(argv)
    if code in (FAILED, WRONG_INPUT) and distributed.is_initialized():
        distributed.abort(code)
    return code


def run_command(argv: Sequence[str] | None) -> int:
    """Run the command line in this process."""
    prepare_output()
    parser = make_parser()
    command = parser.prog
    try:
        try:
            args = parser.parse_args(argv)
            command = f"{parser.prog} {args.command}"
            code = args.run(args)
        except SystemExit as end:  # argparse's: after --help, or after a line about wrong arguments
            code = end.code
        sys.stdout.flush()
        return int(code)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except DivergedError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return FAILED
    except MemoryError as error:
        print(f"{command}: error: not enough memory: {error}", file=sys.stderr)
        return WRONG_INPUT
    except (FormatError, MissingExtraError, RenderError, OSError) as error:
        print(f"{command}: error: {' '.join(str(error).split())}", file=sys.stderr)
        return WRONG_INPUT
    finally:
        _let_go_of_a_broken_stdout()


def prepare_output() -> None:
    """Let everything be printed: nowhere, where a stream is closed, and as an escape what a terminal does not know."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for good
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-edu",
        description="Train neural networks on an automatic differentiation engine small enough to read.",
        epilog=EPILOG.format(called=called()),
        formatter_class=AS_WRITTEN,
    )
    parser.add_argument("--version", action="version", version=f"tinygrad-edu {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for command in (train, report, predict, evaluate, summary, export, draw, explore, source, lab):
        name = command.__name__.rpartition(".")[2]
        part = commands.add_parser(name, help=command.HELP, description=command.DESCRIPTION, formatter_class=AS_WRITTEN)
        command.add_arguments(part)
        part.set_defaults(run=command.run)
    return parser


def _let_go_of_a_broken_stdout() -> None:
    """Where nothing can be written any more, send it nowhere, or Python would complain once again as it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
