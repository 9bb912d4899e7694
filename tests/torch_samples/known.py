"""The table `known.toml` of what is known to differ: which findings it covers, and which entries are stale."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.torch_samples.compare import Finding

OUTCOMES = (
    "accepts", "crash", "refused", "wrong dtype", "wrong gradient", "wrong second gradient", "wrong shape",
    "wrong value",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One entry: operations that differ in the same way, for the same reason."""

    outcome: str
    reason: str
    operations: list[str] = field(hash=False)
    message: str = ""
    sometimes: bool = False

    def covers(self, finding: Finding) -> bool:
        return (
            self.outcome == finding.outcome
            and finding.operation in self.operations
            and re.search(self.message, finding.message) is not None
        )


KINDS = [Kind(**entry) for entry in tomllib.loads(Path(__file__).with_name("known.toml").read_text("utf-8"))["kind"]]


def unknown(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that no entry covers."""
    return [f for f in findings if not any(kind.covers(f) for kind in KINDS)]


def stale(operation: str, findings: Iterable[Finding]) -> list[Kind]:
    """Return the entries that name an operation although, of all its findings, none is of that kind."""
    findings = list(findings)
    expected = [kind for kind in KINDS if operation in kind.operations and not kind.sometimes]
    return [kind for kind in expected if not any(kind.covers(f) for f in findings)]
