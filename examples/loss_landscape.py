"""Look at the loss of a network from above: the plane through three networks that have learned the same.

    python examples/loss_landscape.py                       # loss_landscape.svg
    python examples/loss_landscape.py --grid 21 --out small.png      # coarser, and quicker

Three networks begin with different random weights, and learn the same spirals. All three end well, but nowhere near
each other. Three points span a plane, even in a space of hundreds of weights, and on this plane the loss can be drawn:
three valleys, with hills between them. The mean of two good networks is a bad one.

A slice shows little of a landscape. Garipov and others (2018, "Loss surfaces, mode connectivity") found ways around
such hills, which no plane like this one shows. And the valleys fall on beyond the networks: with larger weights a
network is surer of the same answers. `weight_decay` keeps them small.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.data import make_spirals
from tinygrad_edu.nn.utils import parameters_to_vector, vector_to_parameters


def train(seed):
    """Return the weights, as one vector, of a network that has learned the spirals."""
    tg.manual_seed(seed)
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    optimizer = optim.Adam(model.parameters(), lr=0.02, weight_decay=1e-3)
    for _ in range(args.steps):
        loss = criterion(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"network {seed}: loss {loss.item():.3f}")
    return parameters_to_vector(model.parameters()).detach().numpy()


def loss_at(weights):
    """Return the loss of the network with these weights."""
    vector_to_parameters(tg.from_numpy(weights.astype(np.float32)), model.parameters())
    with tg.no_grad():
        return criterion(model(inputs), targets).item()


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--steps", type=int, default=300, help="how many steps each network learns (300)")
parser.add_argument("--grid", type=int, default=61, help="how many points along each side are computed (61)")
parser.add_argument("--out", type=Path, default=Path("loss_landscape.svg"), help="the picture: .svg, .png or .pdf")
args = parser.parse_args()
if args.steps < 1 or args.grid < 2:
    parser.error("expected at least one step, and a grid of at least 2")
if args.out.suffix not in (".svg", ".png", ".pdf") or not args.out.parent.is_dir():
    parser.error(f"--out: expected a name that ends in .svg, .png or .pdf, in a folder that is there, got {args.out}")

inputs, targets = make_spirals(120, noise=0.05, generator=tg.Generator().manual_seed(0))
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))
criterion = nn.CrossEntropyLoss()

# Two axes of length 1 at right angles: from the first network to the second, and from there on towards the third.
first, second, third = ends = [train(seed) for seed in (1, 2, 3)]
across = (second - first) / np.linalg.norm(second - first)
up = (third - first) - (third - first) @ across * across
up /= np.linalg.norm(up)
places = np.array([((end - first) @ across, (end - first) @ up) for end in ends])
print(f"half way from the first to the second the loss is {loss_at((first + second) / 2):.3f}")

margin = 0.3 * np.ptp(places, axis=0)
x, y = np.linspace(places.min(axis=0) - margin, places.max(axis=0) + margin, args.grid).T
surface = [[loss_at(first + a * across + b * up) for a in x] for b in y]

mpl.use("agg")  # files, no windows
figure, axes = plt.subplots(figsize=(6, 4.6), layout="constrained")
filled = axes.contourf(x, y, np.log10(surface), levels=20, cmap="viridis")
axes.plot(*places.T, "o", color="white", markeredgecolor="black")
for number, place in enumerate(places, start=1):
    axes.annotate(f" network {number}", place, color="white", xytext=(4, 4), textcoords="offset points")
axes.set(title="The loss on the plane through three networks", xlabel="distance", ylabel="distance", aspect="equal")
figure.colorbar(filled, label="log₁₀ of the loss", shrink=0.9)
figure.savefig(args.out)
print(f"saved as {args.out}")
