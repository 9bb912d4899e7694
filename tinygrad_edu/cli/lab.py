"""`tinygrad-edu lab`: run an experiment, print its table and save its figures."""

from __future__ import annotations

import argparse
import contextlib
import inspect
import re
import typing
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tqdm import tqdm

from tinygrad_edu.cli.called import command
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.folders import make_folder, name_with
from tinygrad_edu.cli.stopping import stoppable
from tinygrad_edu.cli.threads import one_blas_thread
from tinygrad_edu.labs import LABS, Result
from tinygrad_edu.system.extras import MissingExtraError
from tinygrad_edu.system.files import replacing

HELP = "run an experiment that shows an effect, and see its figures"
DESCRIPTION = """\
Run an experiment that shows an effect of training, or of the engine: each answers one question with a table
and with figures. Without a name, the experiments are listed.
"""
NOT_ASKED_FOR = "progress"  # the command line shows it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes: a lab, and the parameters of its `run` as options."""
    parser.epilog = "experiments:\n" + "\n".join(listed())
    labs = parser.add_subparsers(dest="lab", metavar="NAME")
    for name, lab in LABS.items():
        part = labs.add_parser(name, description=lab.__doc__, formatter_class=parser.formatter_class)
        for option in options_of(lab):
            add_option(part, option, described(lab)[option.name])
        part.add_argument("--quick", action="store_true", help=f"a run that takes a moment: {_options(lab.QUICK)}")
        part.add_argument(
            "--out", type=Path, default=Path("labs"), metavar="DIR", help="where it gets a folder (default: labs)"
        )


def options_of(lab: ModuleType) -> list[inspect.Parameter]:
    """Return the parameters of a lab's `run` that can be chosen, their annotations resolved."""
    parameters = inspect.signature(lab.run, eval_str=True).parameters.values()
    return [parameter for parameter in parameters if parameter.name != NOT_ASKED_FOR]


def described(lab: ModuleType) -> dict[str, str]:
    """Return what the docstring of a lab's `run` says of each parameter."""
    _, _, parameters = (inspect.getdoc(lab.run) or "").partition("Parameters:\n")
    found = re.findall(r"^    (\w+): (.*(?:\n     .*)*)", parameters, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def add_option(parser: argparse.ArgumentParser, option: inspect.Parameter, text: str) -> None:
    """Offer a parameter as an option; one that is a sequence takes several values."""
    several = typing.get_args(option.annotation)
    kind = several[0] if several else option.annotation
    parser.add_argument(
        f"--{option.name.replace('_', '-')}",
        type={int: whole_number}.get(kind, kind),
        nargs="+" if several else None,
        metavar={int: "N", float: "X"}.get(kind, "NAME"),
        help=f"{text.rstrip('.')} (default: {_words(option.default)})",
    )


def whole_number(text: str) -> int:
    """Read a whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, got {text!r}")
    return int(text)


@one_blas_thread()
def run(args: argparse.Namespace) -> int:
    """List the labs, or run one, print its tables and save what came of it."""
    if args.lab is None:
        first = next(iter(LABS))
        print("\n".join(listed()))
        print(f"\nto run one: {command('lab', first)}; its options: {command('lab', first, '--help')}")
        return 0
    lab = LABS[args.lab]
    given = {option.name: getattr(args, option.name) for option in options_of(lab)}
    changed = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items() if value is not None
    }
    asked = {**(lab.QUICK if args.quick else {}), **changed}
    folder = make_folder(args.out, name_with(f"{args.lab}-quick" if args.quick else args.lab, changed))
    try:
        with stoppable(), np.errstate(all="ignore"):
            result = lab.run(**asked, progress=partial(tqdm, desc=args.lab, leave=False, disable=None))
            print(result, flush=True)
            save(result, folder)
    except ValueError as error:
        raise CommandError(str(error)) from None
    except OverflowError:
        raise CommandError("a number has become too large; take shorter steps, or fewer") from None
    finally:
        with contextlib.suppress(OSError):  # it stays if there is something in it
            folder.rmdir()
    return 0


def save(result: Result, folder: Path) -> None:
    """Save tables and figures, and say where."""
    print()
    for table in (*result.tables, *result.curves):
        path = folder / f"{table.name}.csv"
        with replacing(path) as file:
            file.write(table.csv().encode())
        print(f"numbers   {path}: {table.title}")
    try:
        for picture in result.pictures():
            svg, png = (picture.save(folder, ending) for ending in (".svg", ".png"))
            print(f"figure    {svg}, {png.name}: {picture.title}")
    except MissingExtraError as error:
        print(f"figures   none: {error}")


def listed() -> list[str]:
    """Return a line for each lab."""
    width = max(map(len, LABS))
    return [f"  {name:{width}}  {lab.QUESTION}" for name, lab in LABS.items()]


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _options(values: dict[str, Any]) -> str:
    return " ".join(f"--{name.replace('_', '-')} {_words(value)}" for name, value in values.items())
