"""What may be missing. On a user's machine a test skips, by name, what is not installed there (PyTorch, the `dot`
program). Where everything is meant to be there, TINYGRAD_EDU_COMPLETE=1 makes a skipped test a failure."""

from __future__ import annotations

import os

# The tests' matrices are small: threads of the BLAS library would cost more than they bring. It reads this on import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from tests.browser import browser, visit  # noqa: F401 - fixtures; in one place, as one browser serves all

skipped: list[str] = []


def note(report: pytest.CollectReport | pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped.append(f"{report.nodeid}: {reason}")


pytest_collectreport = pytest_runtest_logreport = note


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if os.environ.get("TINYGRAD_EDU_COMPLETE") == "1" and skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("TINYGRAD_EDU_COMPLETE") == "1" and skipped:
        terminalreporter.section("skipped, though TINYGRAD_EDU_COMPLETE=1 says that everything is installed")
        terminalreporter.write_line("\n".join(skipped))
