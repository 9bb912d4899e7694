"""Read damaged files with every reader: `python -m tests.mutated [number of files] [seed]`.

A reader answers, or raises FormatError; nothing else. No file takes more than SECONDS of the processor, and the process
never has more than MEGABYTES beyond what it began with. What breaks this is written into a folder and named.
"""

from __future__ import annotations

import contextlib
import io
import random
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.mutated.mutate import mutate
from tests.mutated.seeds import DIGIT, Digits, idx, seeds, trained
from tinygrad_edu.cli.begin import choose_recipe
from tinygrad_edu.cli.config import read_config
from tinygrad_edu.cli.images import read_pictures
from tinygrad_edu.data import FormatError, read_idx
from tinygrad_edu.interop import safetensors, torch
from tinygrad_edu.tensors.serialization import load
from tinygrad_edu.training import RECIPES, DivergedError, Run, load_checkpoint, load_record
from tinygrad_edu.training.report import Material, examine, landscape
from tinygrad_edu.training.report.summary import summarize
from tinygrad_edu.vision.datasets import IDXDataset

SECONDS, MEGABYTES = 5, 400
TRAINED = {name: trained(name) for name in RECIPES}
landscape.GRID = 3  # the map of a landscape need not be fine here
CORPUS = Path(__file__).parent / "corpus"  # what failed once, named by the kind of reader


def read_labels(path: Path) -> None:
    (path.parent / "train-images-idx3-ubyte").write_bytes(idx(np.stack([DIGIT, DIGIT])))
    path.replace(path.parent / "train-labels-idx1-ubyte")
    IDXDataset(path.parent)


def resume(path: Path) -> None:
    """Go on with a training run, for one batch. Weights that are finite but enormous diverge, which is an answer."""
    checkpoint = load_checkpoint(path)
    run = Run(checkpoint.recipe, Digits(), Digits())
    run.resume(checkpoint)
    with np.errstate(all="ignore"), contextlib.suppress(DivergedError):
        next(run.train_epoch())


def tell(path: Path) -> None:
    """Go on with a record for one batch, and tell of it."""
    record = load_record(path)
    trained = TRAINED.get(record.recipe.name, TRAINED["mlp"])
    checkpoint = trained.checkpoint()
    run = Run(checkpoint.recipe, Digits(), Digits())
    run.resume(checkpoint, record)
    next(run.train_epoch())
    run.record()
    summarize(examine(Material(checkpoint, record, Digits(), Digits())))


def read_options(path: Path) -> None:
    """Read a file of options and make the recipe of it."""
    choose_recipe(read_config(path))


READERS: dict[str, Callable[[Path], Any]] = {
    "read_idx": read_idx,
    "labels": read_labels,
    "load": load,
    "checkpoint": load_checkpoint,
    "resume": resume,
    "record": tell,
    "torch": torch.load,
    "safetensors": safetensors.load_file,
    "safe_checkpoint": lambda path: load_checkpoint(path.replace(path.with_suffix(".safetensors"))),
    "config": read_options,
    "picture": lambda path: read_pictures(str(path)),
}


class TooSlow(BaseException):
    """A file took too long."""


def too_slow(*_: object) -> None:
    raise TooSlow


def memory_now() -> int:
    """Return how many bytes of addresses the process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def check(kind: str, path: Path) -> str:
    """Read a file; return what came of it: `answered`, `refused`, or what went wrong."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            READERS[kind](path)
            outcome = "answered"
    except FormatError as error:
        outcome = "refused" if "\n" not in str(error) and " at 0x" not in str(error) else f"says {error}"
    except (Exception, TooSlow) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        outcome = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error!s:.100}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return outcome if not said.getvalue() else f"prints {said.getvalue()!r:.100}"


def run(count: int, seed: int, kept: Path) -> Counter[str]:
    """Read so many damaged files; return how often each thing happened. What should not is kept in a folder."""
    rng = random.Random(seed)
    table = seeds()
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"

        def read(kind: str, content: bytes) -> None:
            path.write_bytes(content)
            outcome = check(kind, path)
            if outcome not in ("answered", "refused"):
                outcome = f"{kind}: {outcome}"
                (kept / f"{kind}-{len(found)}").write_bytes(content)
            found[outcome] += 1

        for kind, files in table.items():
            for original in files.values():
                read(kind, original.join(original.parts))
        if set(found) != {"answered"}:
            raise AssertionError(f"a whole file is not read: {found}")
        for failed in sorted(CORPUS.iterdir()):
            read(failed.name.split("-")[0], failed.read_bytes())
        for _ in range(count):
            kind = rng.choice(list(table))
            original = rng.choice(list(table[kind].values()))
            others = list(rng.choice(list(table[kind].values())).parts.values())
            part = rng.choice(list(original.parts))
            read(kind, original.join({**original.parts, part: mutate(original.parts[part], rng, others)}))
    return found


def main(count: int = 100_000, seed: int = 0) -> int:
    """Run, and print what was found. Return 1 if there is anything but answers and refusals."""
    signal.signal(signal.SIGVTALRM, too_slow)
    seeds()  # loads what it needs, before memory is counted
    limit = memory_now() + MEGABYTES * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    warnings.simplefilter("error")
    kept = Path(tempfile.mkdtemp(prefix="mutated-"))
    found = run(count, seed, kept)
    for outcome, times in found.most_common():
        print(f"{times:8,}  {outcome}")
    wrong = set(found) - {"answered", "refused"}
    print(f"{count:,} files, {len(wrong)} kinds of failure" + (f"; see {kept}" if wrong else ""))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
