"""The command: run workloads, print a table, write JSON."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.metadata
import json
import os
import pkgutil
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.benchmarks import workloads
from tests.benchmarks.contestants import PEERS

WORKLOADS = sorted(module.name for module in pkgutil.iter_modules(workloads.__path__))
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "workloads", nargs="*", metavar="WORKLOAD", help=f"which ones; all if none: {', '.join(WORKLOADS)}"
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds for each, with less exact figures")
    parser.add_argument("--threads", type=int, default=1, help="threads for BLAS and the peers alike (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # this is the process of one workload
    options = parser.parse_args()
    if options.inside:
        inside(options.workloads[0], options.quick)
        return
    unknown = set(options.workloads) - set(WORKLOADS)
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(WORKLOADS)}")
    results = {name: run(name, options.quick, options.threads) for name in options.workloads or WORKLOADS}
    for name, result in results.items():
        print(f"\n{name}\n{table(result['rows'])}")
    if options.json:
        options.json.write_text(json.dumps({"threads": options.threads, "quick": options.quick, **results}, indent=1))


def run(name: str, quick: bool, threads: int) -> dict[str, Any]:
    """Run a workload in a process of its own, whose threads are pinned from the start."""
    command = [sys.executable, "-m", "tests.benchmarks", name, "--inside", *["--quick"] * quick]
    environment = {**os.environ, **pinned(threads)}
    print(f"{name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"the workload {name!r} failed; see above")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def pinned(threads: int) -> dict[str, str]:
    """Return the environment in which everybody keeps to so many threads, and to the processor."""
    flags = "" if threads > 1 else "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    jax = {"NPROC": str(threads), "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    return dict.fromkeys(THREADS, str(threads)) | jax


def inside(name: str, quick: bool) -> None:
    module = importlib.import_module(f"tests.benchmarks.workloads.{name}")
    rows = [dataclasses.asdict(row) for row in module.measure(quick)]
    json.dump({"about": " ".join((module.__doc__ or "").split()), "machine": machine(), "rows": rows}, sys.stdout)


def machine() -> dict[str, Any]:
    """Say what the figures were taken on."""
    peers = {name: importlib.metadata.version(name) for name in PEERS.values() if sys.modules.get(name)}
    versions = {"python": platform.python_version(), "tinygrad_edu": tg.__version__, "numpy": np.__version__, **peers}
    return {**versions, "processor": _processor(), "cores": os.cpu_count()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def table(rows: list[dict[str, Any]]) -> str:
    """Write the rows as text: one block for each case; the last column says how long we take beside each."""
    lines, case = [], None
    for row in rows:
        if row["case"] != case:
            case = row["case"]
            lines.append(f"  {case}")
        if row["value"] is None:
            lines.append(f"    {row['contestant']:16} skipped: {row['note']}")
            continue
        figures = f"{row['value']:9.3f} {row['unit']}  ({row['low']:.3f} to {row['high']:.3f})"
        ratio = ""
        if row["ratio"] is not None:
            ratio = f"we take {row['ratio']:.2f} × that ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
        lines.append(f"    {row['contestant']:16} {figures:36} {ratio}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    main()
