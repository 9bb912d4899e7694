"""Learn to read handwritten digits: a complete program, as it would stand in PyTorch with its import lines changed.

    python examples/mnist.py
    python examples/mnist.py --epochs 1 --limit 2000      # a quick look

The data set travels with the package, so `download=True` has nothing to fetch. Each image, 28 × 28 pixels, becomes a
row of 784 numbers; a hidden layer of 128 looks for patterns in them; the last layer gives a score to each of the ten
digits. The loss is small when the right digit has the highest score by far; its gradient says how to change each weight
so that it becomes smaller.
"""

import argparse

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.utils.data import DataLoader, Subset
from tinygrad_edu.vision import datasets, transforms

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--epochs", type=int, default=5, help="how often to go through the training images (5)")
parser.add_argument("--limit", type=int, default=60_000, help="how many training images to use (all)")
args = parser.parse_args()
if args.epochs < 1 or not 1 <= args.limit <= 60_000:
    parser.error("expected at least one epoch, and 1 to 60000 images")

tg.manual_seed(0)
prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
train_set = Subset(datasets.MNIST("data", train=True, download=True, transform=prepare), range(args.limit))
test_set = datasets.MNIST("data", train=False, download=True, transform=prepare)

model = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 128), nn.ReLU(), nn.Linear(128, 10))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, args.epochs + 1):
    total = 0.0
    for images, labels in DataLoader(train_set, batch_size=64, shuffle=True):
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)

    correct = 0
    with tg.no_grad():
        for images, labels in DataLoader(test_set, batch_size=1000):
            correct += (model(images).argmax(dim=1) == labels).sum().item()
    print(f"epoch {epoch}  loss {total / len(train_set):.4f}  test accuracy {correct / len(test_set):.2%}")
