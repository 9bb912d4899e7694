"""The report as text, for people without a browser."""

from __future__ import annotations

import numpy as np

from tinygrad_edu.training.report.findings import Findings
from tinygrad_edu.training.report.measures import confused_pairs
from tinygrad_edu.training.report.repeat import repeat_command

MOST_EPOCHS = 12
MOST_PAIRS, MOST_MISTAKES = 5, 3
SURE = 0.9


def summarize(findings: Findings) -> str:
    """Say in lines of text what was run and what came of it."""
    recipe = findings.recipe
    command = repeat_command(recipe, findings.data)
    lines = [f"{recipe}, seed {recipe.seed}"]
    lines += [] if command is None else [f"to repeat it     tinygrad-edu {command}"]
    lines += ["", *epochs(findings), ""]
    lines += results(findings)
    lines += ["", *layers(findings)] if findings.record is not None and len(findings.record.steps) > 1 else []
    if findings.landscape is not None:
        land = findings.landscape
        first, second = land.explained
        lines += [
            "",
            f"path of weights  two directions hold {first + second:.0%} of it ({first:.0%} and {second:.0%}); the loss "
            f"along it: {land.loss[0]:.3g} to {land.loss[-1]:.3g}",
        ]
    lines += ["", *findings.missing] if findings.missing else []
    return "\n".join(lines)


def epochs(findings: Findings) -> list[str]:
    """Return a table of the epochs; of many, some that are evenly spaced, the last among them."""
    history = findings.history
    if not history:
        return ["No epoch of training is over yet."]
    chosen = np.unique(np.linspace(1, len(history), MOST_EPOCHS).round().astype(int)).tolist()
    lines = ["epoch  training loss  accuracy   test loss  accuracy"]
    for epoch in chosen:
        entry = history[epoch - 1]
        tested = f"{entry['test_loss']:11.4f}" if "test_loss" in entry else f"{'-':>11}"
        lines.append(f"{epoch:5}{entry['loss']:15.4f}{entry['accuracy']:10.2%}{tested} {entry['test_accuracy']:10.2%}")
    return lines


def results(findings: Findings) -> list[str]:
    """Return what the network reads right, what it confuses, and how sure it is."""
    pairs = confused_pairs(findings.confusion)[:MOST_PAIRS]
    lines = [
        f"test accuracy    {findings.accuracy:.2%} of {findings.confusion.sum():,} images",
        "confused most    " + (", ".join(f"{i} as {j} ({count} times)" for i, j, count in pairs) or "nothing"),
        "worst mistakes   " + ("; ".join(map(str, findings.mistakes[:MOST_MISTAKES])) or "none"),
        f"calibration      expected calibration error {findings.calibration.error:.2%}",
    ]
    for found in findings.sureness:
        lines.append(
            f"{'how sure it is' if found is findings.sureness[0] else '':16} {found.kind + ':':17}{found.mean:4.0%} on "
            f"average, above {SURE:.0%} on {found.above(SURE):4.0%}; most often it reads a {found.answers.argmax()}"
        )
    return lines


def layers(findings: Findings) -> list[str]:
    """Return a table of the layers, as they were when the network was last looked at."""
    record = findings.record
    assert record is not None
    lines = ["layer  gradient  step/weights  flat outputs  dead units"]
    for i in range(record.gradient.shape[1]):
        hidden = f"{record.flat[-1, i]:14.0%}{record.dead[-1, i]:12.0%}" if i < record.flat.shape[1] else ""
        lines.append(f"{i + 1:5}{record.gradient[-1, i]:10.1e}{record.update[-1, i]:14.1e}{hidden}")
    return lines
