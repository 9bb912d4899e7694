"""Writing an explanation down, as one would on a blackboard."""

from __future__ import annotations

import html
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.formulas.names import gradient_name
from tinygrad_edu.viz.backward.shares import BackwardPass, Share
from tinygrad_edu.viz.exact import beside, exact, exact_values, in_short
from tinygrad_edu.viz.text import printable

if TYPE_CHECKING:
    from tinygrad_edu.viz.explaining.explanation import Explanation
    from tinygrad_edu.viz.explaining.paths import GraphPaths
    from tinygrad_edu.viz.explaining.steps import Contribution, Step

WIDEST = 96  # letters of a line
PRINTED = 40  # steps
LONGEST = 10  # steps of a path
TERMS = 6  # shares that are written out in one sum


@np.errstate(all="ignore")  # what is not finite is shown, not warned of
def write(explanation: Explanation) -> str:
    """Return the whole worked example."""
    steps = explanation.steps[:PRINTED]
    seen = ["", *(step.line for step in steps)]  # one line of the reader's may make many steps, and is written once
    parts = [
        heading(explanation),
        *(write_step(step, step.line != line) for step, line in zip(steps, seen, strict=False)),
    ]
    if len(explanation) > PRINTED:
        parts.append(f"… and {len(explanation) - PRINTED} more steps: `for step in explanation: print(step)` has all.")
    lines = ["The gradients of the leaves:"]
    for name, leaf in explanation.leaves.items():
        lines += write_gradient(explanation.passed, leaf, gradient_name(explanation.letter, name))
    return printable("\n\n".join([*parts, "\n   ".join(lines)]))


def write_gradient(passed: BackwardPass, leaf: Any, name: str) -> list[str]:
    """Return what the gradient of a leaf was added up from."""
    total, gradient = passed.sum_of(leaf), passed.gradients[leaf]
    lines = chain([name, sum_of_shares(passed.received.get(leaf, ())), in_short(total)])
    if not np.array_equal(total, gradient, equal_nan=True):
        lines.append(f"   A hook turned it into {in_short(gradient)}.")
    return lines


def heading(explanation: Explanation) -> str:
    """Return what the explanation begins with: what is differentiated, and the gradient that the pass starts with."""
    name, letter = explanation.name, explanation.letter
    lines = [
        f"The backward pass of {name}, from the youngest operation to the oldest.",
        *what_stands_for(letter, name, explanation.of_sum),
        f"It starts with {gradient_name(letter, name)} = {in_short(explanation.passed.seed)}.",
    ]
    return "\n".join(lines)


def what_stands_for(letter: str, name: str, of_sum: bool) -> list[str]:
    """Return the line that says what a letter stands for, if that has to be said."""
    if of_sum:
        return [f"{letter} stands for the sum of {name}."]
    return [] if letter == name else [f"{letter} stands for {name}."]


@np.errstate(all="ignore")
def write_step(step: Step, with_line: bool = True) -> str:
    """Return one step: the operation, why it comes now, the upstream gradient, and what it sends on."""
    first, *more = [part for line in chain([*step.formula.split(" = ", 1), *step.numbers]) for part in folded(line)]
    lines = [f"{step.number}. {first}", *more]
    lines += folded(f"where {step.meaning}") if step.meaning else []
    lines += [f"{step.name} = {step.output}"] if step.output is not None and not step.defines else []
    lines += [f"with {step.params}"] if step.params else []
    lines += [step.line] if step.line and with_line else []
    lines += [step.why, *chain([f"upstream gradient: {step.gradient}", in_short(step.upstream)])]
    for contribution in step.shares:
        lines += write_share(contribution)
    return printable("\n   ".join(lines))


def write_share(contribution: Contribution) -> list[str]:
    """Return one share: rule, numbers, result, and the sum so far where it is not the only one."""
    share = contribution.share
    lines = chain([f"share of {contribution.name}", contribution.rule, contribution.numbers, in_short(share.raw)])
    if share.raw.shape != share.array.shape:
        total = f"{in_short(share.array)}{beside(share.array, share.raw)}"
        lines.append(f"   summed over the copies of {contribution.name}: {total}")
    if contribution.out_of > 1:
        count = f"{share.number + 1} of {contribution.out_of} shares"
        first, *more = sum_so_far(contribution) or [""]
        lines += [f"   {line}" for line in chain([f"{count}: {first}" if first else count, *more])]
    return lines


def sum_so_far(contribution: Contribution) -> list[str]:
    """Return how a share is added to those before it: "3 + 4" and "7"; nothing where there are too many numbers."""
    before = contribution.before
    if before is None:
        return []
    numbers = [exact_values(x) for x in (before, contribution.share.array, contribution.total)]
    first, second, total = (number or "" for number in numbers)
    return [f"{first} + {bracket(second)}", f"{total}{beside(contribution.total, before)}"] if all(numbers) else []


def sum_of_shares(shares: Sequence[Share]) -> str | None:
    """Return what a gradient was added up from: "3 + 4"; None where it is one share alone."""
    values = [exact_values(share.array) for share in shares]
    if len(values) < 2:
        return None
    if len(values) > TERMS or None in values:
        return f"the sum of {len(values)} shares"
    return " + ".join(bracket(value) if i else value for i, value in enumerate(values) if value)


def chain(parts: Sequence[str | None]) -> list[str]:
    """Return `a = b = c` in one line or, if that is too long, in one for each sign, below each other."""
    first, *rest = [part for i, part in enumerate(parts) if part and (i < 2 or part != parts[i - 1])]
    line = " = ".join([first, *rest])
    if len(line) <= WIDEST:
        return [line]
    if len(first) > WIDEST // 2:
        return [first, *(f"  = {part}" for part in rest)]
    return [f"{first} = {rest[0]}", *(f"{' ' * len(first)} = {part}" for part in rest[1:])]


def folded(line: str) -> list[str]:
    """Return a long line as several, broken at spaces."""
    return textwrap.wrap(line, WIDEST, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@np.errstate(all="ignore")
def write_paths(paths: GraphPaths) -> str:
    """Return the way of one element to the result."""

    def show(number: float) -> str:
        return exact(paths.gradient.dtype.type(number))

    gradient = gradient_name(paths.letter, paths.element)
    parts = [
        "\n".join(
            [
                f"The way from {paths.element} to {paths.name}.",
                *what_stands_for(paths.letter, paths.name, paths.of_sum),
                f"{gradient} is a sum over all paths: of each, the product of the local derivatives along it.",
            ]
        )
    ]
    for path, many in Counter(paths).items():
        factors = [bracket(show(x)) for x in path.derivatives] or ["1"]
        lines = wrapped(shortened(path.elements), "→")
        *before, last = wrapped(shortened(factors), "·")
        lines += [*before, *wrapped([last, show(path.product)], "=")]
        if many > 1:
            lines.append(f"{many} such paths, through different inputs of one operation: {show(many * path.product)}")
        parts.append("\n".join(f"   {line}" for line in lines))
    ends = []
    if paths.beginnings:
        shown = "this path" if len(paths) == 1 else f"these {len(paths)} paths"
        others = "1 other way to begin" if paths.beginnings == 1 else f"{paths.beginnings} other ways to begin"
        ends += [
            f"The sum over {shown}: {show(sum(path.product for path in paths))}.",
            f"The sum over all paths of {others}, which are left out here: {show(paths.left_out)}.",
        ]
    ends += [
        f"The sum over all paths: {show(paths.total)}.",
        f"In the backward pass, {gradient} = {show(float(paths.gradient))}{verdict(paths)}.",
    ]
    return printable("\n\n".join([*parts, "\n".join(ends)]))


def wrapped(items: Sequence[str], sign: str) -> list[str]:
    """Return items with a sign between them, in as many lines as they take."""
    first, *rest = items
    lines = [first]
    for item in rest:
        if len(lines[-1]) + len(item) > WIDEST:
            lines.append(f"   {sign} {item}")
        else:
            lines[-1] += f" {sign} {item}"
    return lines


def verdict(paths: GraphPaths) -> str:
    """Return why the sum over all paths is not quite the gradient, if it is not."""
    gradient, total, dtype = float(paths.gradient), paths.total, paths.gradient.dtype
    if np.array_equal(dtype.type(total), paths.gradient, equal_nan=True):
        return ""
    rounding = 1000 * float(np.finfo(dtype.name).eps)
    scale = max([abs(gradient), *(abs(path.product) for path in paths)])
    finite = np.isfinite(gradient) and np.isfinite(total)
    if finite and abs(total - gradient) <= rounding * scale:
        return "; the difference is rounding"
    if paths.changed_by:
        return f"; on the way, {' and '.join(paths.changed_by)} made something else of it"
    if finite:
        return "; the difference is rounding, of numbers that are much larger and cancel out"
    return f"; some number on the way is not finite in {dtype.name}, and 0 · inf is nan there"


def shortened(items: Sequence[str]) -> Sequence[str]:
    """Return a list with the middle left out if it is long."""
    return items if len(items) <= LONGEST else [*items[: LONGEST // 2], "…", *items[-(LONGEST // 2) :]]


def bracket(number: str) -> str:
    """Return a number as it stands behind a sign."""
    return f"({number})" if number.startswith("-") else number


def for_notebooks(text: str) -> dict[str, str]:
    """Return a text as Jupyter shows it."""
    style = "white-space: pre; overflow-x: auto; line-height: 1.4"
    return {"text/plain": text, "text/html": f'<pre style="{style}">{html.escape(text)}</pre>'}
