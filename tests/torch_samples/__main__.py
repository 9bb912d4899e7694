"""Measure every sample of every operation and module, and print what differs: `python -m tests.torch_samples`.

python -m tests.torch_samples                 everything, what known.toml covers left out
python -m tests.torch_samples --all add abs   all findings of these operations
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.torch_samples import modules, operations
from tests.torch_samples.compare import Finding
from tests.torch_samples.known import unknown


def every_finding(name: str) -> Iterator[Finding]:
    """Yield what differs for an operation or a module, on all samples."""
    if name in modules.MODULES:
        yield from modules.findings(name)
        yield from modules.error_findings(name)
    else:
        info = operations.OPERATIONS[name]
        yield from operations.findings(info, references=True)
        yield from operations.error_findings(info)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--all", action="store_true", help="also what known.toml lists")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    names = options.names or [*operations.OPERATIONS, *modules.MODULES]
    kinds: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    whole = 0
    for name in names:
        findings = list(every_finding(name))
        whole += not findings
        for finding in findings if options.all else unknown(findings):
            kinds[finding.outcome, finding.operation].append(finding)
    for (outcome, name), findings in sorted(kinds.items()):
        print(f"\n{name}: {outcome}, {len(findings)} times")
        for finding in {f.message[:60]: f for f in findings}.values():
            print(f"    {finding.way or 'function'}({finding.arguments}): {finding.message}")
    print("\n", dict(Counter(outcome for outcome, _ in kinds)), f"{whole} of {len(names)} whole")


if __name__ == "__main__":
    main()
