"""How the figures look: colours for a light and a dark page, and Matplotlib's settings.

A figure is drawn in the light colours. The page, and each figure saved as SVG, has a rule for each colour that puts
another in its place where the reader's screen is dark. The hues are those of Okabe and Ito, which people who are colour
blind can tell apart; lines differ in their dashes as well.
"""

from __future__ import annotations

from typing import Any

COLOURS = {  # in the light, in the dark
    "paper": ("#ffffff", "#14171c"),
    "ink": ("#1a1d22", "#e8eaed"),
    "faint": ("#5b626c", "#a3abb6"),
    "grid": ("#dde1e6", "#343a43"),
    "blue": ("#0072b2", "#62b6f0"),
    "red": ("#c8500a", "#ff9a57"),
    "green": ("#00795a", "#3ccfa4"),
    "purple": ("#984a85", "#e596cd"),
    "brown": ("#7a5c00", "#e3c14c"),
    "black": ("#3c4043", "#c9ced4"),
}
LIGHT = {name: light for name, (light, _) in COLOURS.items()}
LINES = [
    (LIGHT["blue"], "-"), (LIGHT["red"], "--"), (LIGHT["green"], "-."), (LIGHT["purple"], ":"),
    (LIGHT["brown"], (0, (5, 1, 1, 1, 1, 1))), (LIGHT["black"], (0, (8, 2))),
]  # fmt: skip
"""The colour and the dashes of each line, when there are several."""

ON_DARK, ON_LIGHT = "#fdfdfd", "#0b0b0b"  # what is drawn on a ground that is the same on both pages
BELOW_ZERO, ABOVE_ZERO = (0.13, 0.53, 0.83), (0.90, 0.42, 0.08)  # weights; of 0 there is nothing to see
WIDTH = 4.2  # inches; on a narrow screen an inch is about 80 pixels wide then
SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",  # letters stay letters: they can be read aloud, found and copied
    "svg.hashsalt": "tinygrad_edu",  # the same figure is the same text
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "figure.facecolor": LIGHT["paper"],
    "axes.facecolor": LIGHT["paper"],
    "legend.facecolor": LIGHT["paper"],
    "legend.edgecolor": LIGHT["grid"],
    "legend.framealpha": 0.9,
    "text.color": LIGHT["ink"],
    "axes.labelcolor": LIGHT["ink"],
    "axes.edgecolor": LIGHT["faint"],
    "xtick.color": LIGHT["faint"],
    "ytick.color": LIGHT["faint"],
    "xtick.labelcolor": LIGHT["ink"],
    "ytick.labelcolor": LIGHT["ink"],
    "grid.color": LIGHT["grid"],
    "grid.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.6,
    "axes.linewidth": 0.8,
}


def dark_rules() -> str:
    """Return the rules of CSS that give a figure the colours of a dark page."""
    rules = [
        f'.plot [{part}="{light}"]{{{part}:{dark}}}' for light, dark in COLOURS.values() for part in ("fill", "stroke")
    ]
    return "@media (prefers-color-scheme:dark){" + "".join(rules) + "}"
