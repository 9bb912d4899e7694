"""Write a page on which a backward pass is stepped through, number by number.

    python examples/explore.py                       # explore.html, to be opened in a browser
    python examples/explore.py --out pages/xor.html

The page is one file, and needs no network. The arrow keys go through its steps: the values forward, operation by
operation, and the gradients back, with the sum behind each number, and what finite differences say about it. Here it is
one step of training a network that learns the exclusive or. Put in what you want to understand instead.
"""

import argparse

import tinygrad_edu as tg
from tinygrad_edu import nn, viz

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--out", default="explore.html", help="the file to write (explore.html)")
args = parser.parse_args()

tg.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
x = tg.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
target = tg.tensor([[0.0], [1.0], [1.0], [0.0]])

with viz.trace() as trace:  # it knows the names of variables, the lines they come from, and the modules
    output = model(x)
    loss = ((output - target) ** 2).mean()

page = viz.explore(loss, trace=trace, model=model)
try:
    path = page.save(args.out)
except (ValueError, OSError) as error:  # another ending, a folder that is not there
    parser.error(str(error))
print(f"{page!r}\nsaved as {path}")
