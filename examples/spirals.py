"""Teach a network to tell spirals apart, and see where it draws the line.

    python examples/spirals.py
    python examples/spirals.py --arms 2 --epochs 100 --seed 1

The points of each class lie on one arm of a spiral, with some noise. No straight line separates them, and neither can a
network without a hidden layer. Two hidden layers learn it in seconds. The picture at the end shows which class the
network gives to each place of the plane; where the letter is a capital, a point of the data is there.
"""

import argparse

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.data import make_spirals

WIDTH, HEIGHT = 64, 30
EDGE = 1.2  # the picture goes from -EDGE to EDGE


def picture(model, points, labels):
    """Return the plane in letters: what the network says at each place, in capitals where a point lies."""
    columns, rows = np.meshgrid(np.linspace(-EDGE, EDGE, WIDTH), np.linspace(EDGE, -EDGE, HEIGHT))
    places = np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float32)
    with tg.no_grad():
        classes = model(tg.from_numpy(places)).argmax(dim=1).numpy().reshape(HEIGHT, WIDTH)
    letters = np.array(list(".o+*x"))[classes]
    for (x, y), label in zip(points, labels, strict=True):
        row, column = (EDGE - y) / (2 * EDGE) * (HEIGHT - 1), (x + EDGE) / (2 * EDGE) * (WIDTH - 1)
        letters[round(row), round(column)] = "ABCDE"[label]
    return "\n".join("".join(row) for row in letters)


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--arms", type=int, default=3, choices=range(2, 6), help="how many spirals (3)")
parser.add_argument("--epochs", type=int, default=200, help="how often to go through the points (200)")
parser.add_argument("--seed", type=int, default=0, help="for another run, another seed (0)")
args = parser.parse_args()
if args.epochs < 1 or args.seed < 0:
    parser.error("expected at least one epoch, and a seed that is not negative")

tg.manual_seed(args.seed)
inputs, targets = make_spirals(100 * args.arms, arms=args.arms, noise=0.03)

model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, args.arms))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.02)

for epoch in range(1, args.epochs + 1):
    scores = model(inputs)
    loss = criterion(scores, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch == 1 or epoch % max(args.epochs // 10, 1) == 0:
        accuracy = (scores.argmax(dim=1) == targets).float().mean().item()
        print(f"epoch {epoch:4}  loss {loss.item():.4f}  accuracy {accuracy:6.1%}")

print()
print(picture(model, inputs.tolist(), targets.tolist()))
