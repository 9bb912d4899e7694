"""Write the figures of runs into the page `docs/performance.md`, between its two marks.

    python -m tests.benchmarks --threads 1 --json one.json
    python -m tests.benchmarks --threads 2 --json two.json
    python -m tests.benchmarks.report one.json two.json

Each run should have the machine to itself. Everything between the marks is replaced.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.targets import BOUNDS, TARGETS, Target, Verdict, judge
from tests.benchmarks.timing import OURS

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN = "<!-- figures: written by python -m tests.benchmarks.report -->"
END = "<!-- end of figures -->"
NONE = "–"

Run = dict[str, Any]
"""What one run of the benchmark has written."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.report", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what --json has written, for one run each")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write into (docs/performance.md)")
    options = parser.parse_args()
    runs = sorted((json.loads(file.read_text()) for file in options.files), key=lambda run: run["threads"])
    if any(run["quick"] for run in runs):
        parser.error("a run with --quick is too short for figures that are published; run the benchmark without it")
    options.page.write_text(replaced(options.page.read_text(), figures(runs)))


def replaced(page: str, text: str) -> str:
    """Return the page with `text` between the marks; ValueError if it lacks one."""
    try:
        before, rest = page.split(BEGIN)
        _, after = rest.split(END)
    except ValueError:
        raise ValueError(f"the page must have the lines {BEGIN!r} and {END!r}, each once") from None
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def figures(runs: Sequence[Run]) -> str:
    """Write all tables, in Markdown."""
    blocks = ["### Targets", "\n".join(targets(runs)), *misses(runs[0])]
    for name in [name for name in runs[0] if isinstance(runs[0][name], dict)]:
        blocks += [f"### {name}", runs[0][name]["about"], "\n".join(details(name, runs))]
    return "\n\n".join(block if block.startswith("|") else filled(block) for block in [machine(runs[0]), *blocks])


def filled(paragraph: str) -> str:
    """Break a paragraph into lines of the length that pages have."""
    return textwrap.fill(paragraph, 120, break_long_words=False, break_on_hyphens=False)


def machine(run: Run) -> str:
    """Say what the figures were taken on."""
    every = [result["machine"] for result in run.values() if isinstance(result, dict)]
    facts = {name: value for one in every for name, value in one.items() if value}
    head = f"Taken on {facts.pop('cores')} cores of: {facts.pop('processor')}; "
    return head + ", ".join(f"{name} {version}" for name, version in facts.items()) + "."


def targets(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the lines of the table of targets. One thread is what counts, and stands first."""
    yield line("workload", "beside", "at most", *map(threads, runs), "", "the case that counts")
    yield line(*["---", "---", "---:", *["---:"] * len(runs), "---", "---"])
    for target in TARGETS:
        verdicts = [judge(target, run) for run in runs]
        first = verdicts[0]
        mark = NONE if first is None else "met" if first.met else "**missed**"
        case = first.case if first else ""
        yield line(target.title, beside_whom(target), f"{target.at_most:.2f}", *map(verdict, verdicts), mark, case)


def misses(run: Run) -> Iterator[str]:
    """Yield a sentence for each target that the run misses and that is known to be missed."""
    for target in TARGETS:
        found = judge(target, run)
        if found and not found.met and target.why:
            yield f"*{target.title}, beside {beside_whom(target)}*: {target.why}"


def beside_whom(target: Target) -> str:
    return "itself: the exponent" if target.against == OURS else target.against


def verdict(found: Verdict | None) -> str:
    return NONE if found is None else f"{found.measured:.2f} ({found.low:.2f} to {found.high:.2f})"


def details(name: str, runs: Sequence[Run]) -> Iterator[str]:
    """Yield the lines of one workload's table: what each took, and what we take beside it."""
    heads = [f"{head}, {threads(run)}" for run in runs for head in ("took", "ours beside it")]
    yield line("case", "contestant", *heads)
    yield line("---", "---", *["---:"] * (2 * len(runs)))
    found = [{(row["case"], row["contestant"]): row for row in run.get(name, {}).get("rows", ())} for run in runs]
    shown = ""
    for case, contestant in found[0]:
        rows = [rows.get((case, contestant)) for rows in found]
        if any(row and row["value"] is not None for row in rows):
            cells = [cell for row in rows for cell in (took(row), beside(row))]
            yield line(case if case != shown else "", contestant, *cells)
            shown = case


def took(row: dict[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        return NONE
    return f"{row['value']:.{2 if row['value'] < 100 else 0}f} {row['unit']}"


def beside(row: dict[str, Any] | None) -> str:
    if row is None or row["ratio"] is None:
        return ""
    low, high = (row[bound] for bound in BOUNDS["ratio"])
    return f"{row['ratio']:.2f} ({low:.2f} to {high:.2f})"


def threads(run: Run) -> str:
    return "one thread" if run["threads"] == 1 else f"{run['threads']} threads"


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
