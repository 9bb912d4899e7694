"""Peak memory of a process that trains: what it held at most of the machine's memory (its resident set).

Each contestant imports, makes its model and its batches, and takes some steps, in a process of its own, which
has no other contestant in it. The import alone stands beside. The networks are those of the other workloads.

    python -m tests.benchmarks.workloads.memory mlp PyTorch     the peak of one such process, in bytes
"""

from __future__ import annotations

import importlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.contestants import find
from tests.benchmarks.processes import compare_processes
from tests.benchmarks.timing import OURS, Row

NETWORKS = ("mlp", "cnn", "lstm", "transformer")
NOTHING = "nothing"
STEPS = 20


def measure(quick: bool = False) -> Iterator[Row]:
    """Yield the rows: megabytes, of 10⁶ bytes."""
    for network in (NOTHING, *NETWORKS):
        programs = {name: ("-m", __name__, network, name) for name in (OURS, "PyTorch")}
        case = "import alone, peak memory" if network == NOTHING else f"training {network}, peak memory"
        yield from compare_processes(case, programs, turns=2 if quick else 3, unit="MB")


def train(network: str, contestant: str) -> None:
    """Take the steps of a workload's first case as one contestant, whose library alone is loaded."""
    if contestant == OURS:
        importlib.import_module(OURS)
    else:
        # The workloads import ours, which this process must not hold. What they do with it, the other can do too.
        sys.modules[OURS] = find(contestant)
    if network == NOTHING:
        return
    workload = importlib.import_module(f"tests.benchmarks.workloads.{network}")
    step = next(workload.cases(True)).makers[contestant]()
    for _ in range(STEPS):
        step()


def peak() -> int:
    """Return the most memory that this process has held at once, in bytes.

    Linux starts `ru_maxrss` at what the process held that started this one; its own status file does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    train(*sys.argv[1:])
    print(peak())
