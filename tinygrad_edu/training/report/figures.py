"""The figures of a report, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tinygrad_edu.plots.picture import Picture, settings
from tinygrad_edu.training.report import figures_of_results as results
from tinygrad_edu.training.report import figures_of_training as training
from tinygrad_edu.training.report.findings import Findings

SECTIONS: dict[str, tuple[Callable[[Findings], Picture | None], ...]] = {
    "How it learned": (
        training.draw_loss,
        training.draw_accuracy,
        training.draw_gradients,
        training.draw_updates,
        training.draw_flat,
        training.draw_dead,
    ),
    "What came of it": (
        training.draw_landscape,
        results.draw_confusion,
        results.draw_mistakes,
        results.draw_filters,
        results.draw_calibration,
        results.draw_sureness,
    ),
}


def draw_figures(findings: Findings, names: Iterable[str] | None = None) -> dict[str, list[Picture]]:
    """Draw the figures of a report, section by section. Those for which there are no numbers are left out.

    Parameters:
        findings: what was found out about a run.
        names: draw only these figures; None for all.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    wanted = None if names is None else {f"draw_{name}" for name in names}
    with settings():
        drawn = {
            section: [draw(findings) for draw in draws if wanted is None or draw.__name__ in wanted]
            for section, draws in SECTIONS.items()
        }
    return {section: [picture for picture in pictures if picture] for section, pictures in drawn.items()}
