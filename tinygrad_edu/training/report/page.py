"""The report as one page of HTML: it loads nothing, runs nothing, and says so to the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from tinygrad_edu import __version__
from tinygrad_edu.plots.picture import Picture
from tinygrad_edu.plots.style import dark_rules
from tinygrad_edu.system.pages import content_security_policy, hashed
from tinygrad_edu.training.report.findings import Findings
from tinygrad_edu.training.report.repeat import repeat_command

HERE = Path(__file__).parent
COLUMNS = {
    "loss": "training loss",
    "accuracy": "training accuracy",
    "test_loss": "test loss",
    "test_accuracy": "test accuracy",
}
"""What is noted after an epoch, and what it is called."""


def make_page(findings: Findings, figures: Mapping[str, Sequence[Picture]]) -> str:
    """Put the page together: what was run, how to repeat it, and the figures section by section."""
    style = (HERE / "page.css").read_text(encoding="utf-8") + dark_rules()
    recipe = findings.recipe
    title = f"{recipe.name}: {findings.accuracy:.2%} of {findings.confusion.sum():,} test images"
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        policy=escape(content_security_policy(f"style-src {hashed(style)}", "img-src data:")),
        style=style,
        version=escape(__version__),
        title=escape(f"{title} - training report"),
        heading=escape(f"{title} read right"),
        subject=escape(f"{recipe}, seed {recipe.seed}"),
        facts="\n".join(f"<div><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>" for name, fact in facts(findings)),
        missing=missing(findings.missing),
        repeat=how_to_repeat(findings),
        epochs=table(findings.history),
        sections="\n".join(section(name, pictures) for name, pictures in figures.items() if pictures),
    )


def facts(findings: Findings) -> list[tuple[str, str]]:
    """Return the numbers that stand at the top, with their names."""
    recipe, history = findings.recipe, findings.history
    known = [
        ("test accuracy", f"{findings.accuracy:.2%}"),
        ("training accuracy", f"{history[-1]['accuracy']:.2%}" if history else "-"),
        ("epochs", f"{len(history)} of {recipe.epochs}"),
        ("weights and biases", f"{recipe.parameter_count:,}"),
        ("calibration error", f"{findings.calibration.error:.2%}"),
    ]
    return known + [(f"sure on {found.kind}", f"{found.mean:.0%}") for found in findings.sureness[-1:]]


def how_to_repeat(findings: Findings) -> str:
    """Return what to type to train the same network once more."""
    arguments = repeat_command(findings.recipe, findings.data)
    if arguments is not None:
        return (
            f"<pre><code>tinygrad-edu {escape(arguments)}</code></pre>\n<p class='faint'>With the same versions on the "
            "same kind of machine this gives the same weights, bit for bit; so does a run that was interrupted and "
            "resumed, but not one that was made longer afterwards, unless its learning rate is constant.</p>"
        )
    return (
        "<p>The options of the command line cannot say this recipe. In a program:</p>\n"
        f"<pre><code>from tinygrad_edu.training import Recipe, Run\n\n"
        f"run = Run({escape(repr(findings.recipe))}, train_set, test_set)</code></pre>"
    )


def missing(sentences: Iterable[str]) -> str:
    """Return a note on what is left out, if anything is."""
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="missing">{paragraphs}</div>' if paragraphs else ""


def table(history: Sequence[Mapping[str, float]]) -> str:
    """Return the numbers of each epoch as a table."""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("epoch", *COLUMNS.values()))
    rows = (
        f'<tr><th scope="row">{epoch}</th>' + "".join(f"<td>{cell(name, entry)}</td>" for name in COLUMNS) + "</tr>"
        for epoch, entry in enumerate(history, start=1)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def cell(name: str, entry: Mapping[str, float]) -> str:
    """Return a number of an epoch as text; a dash where it was not noted."""
    value = entry.get(name)
    if not isinstance(value, float):
        return "-"
    return f"{value:.2%}" if name.endswith("accuracy") else f"{value:.4f}"


def section(name: str, pictures: Iterable[Picture]) -> str:
    """Return a heading with figures below it."""
    figures = "\n".join(
        f"<figure>\n<h3>{escape(picture.title)}</h3>\n{picture.svg()}\n"
        f"<figcaption>{escape(picture.caption)}</figcaption>\n</figure>"
        for picture in pictures
    )
    return f'<h2>{escape(name)}</h2>\n<div class="figures">\n{figures}\n</div>'
