"""Learn to read handwritten digits with a small convolutional network, and see one that it misreads.

    python examples/cnn.py
    python examples/cnn.py --epochs 1 --limit 2000        # a quick look

`mnist.py` flattens an image to a row of numbers, and so forgets which pixels are neighbours. A convolution keeps the
image. It slides a small window over it and computes the same weighted sum at every place, once for each of its filters:
a filter that finds a stroke finds it anywhere. Pooling keeps the largest of four neighbours, so that the image gets
smaller and a stroke may move a little. It has a ninth of the weights of `mnist.py`, and makes half as many mistakes.
"""

import argparse

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.utils.data import DataLoader, Subset
from tinygrad_edu.vision import datasets, transforms

SHADES = " .:-=+*#%@"


class ConvNet(nn.Module):
    """Images (N, 1, 28, 28) in, a score for each digit (N, 10) out."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=5, padding=2)
        self.pool = nn.MaxPool2d(2)
        self.scores = nn.Linear(16 * 7 * 7, 10)

    def forward(self, images):
        x = self.pool(self.conv1(images).relu())  # (N, 8, 14, 14)
        x = self.pool(self.conv2(x).relu())  # (N, 16, 7, 7)
        return self.scores(x.flatten(1))


def read(data, model):
    """Return for each image the digit that the model reads in it, and the right one."""
    batches = DataLoader(data, batch_size=1000)
    with tg.no_grad():
        found = [(model(images).argmax(dim=1), labels) for images, labels in batches]
    return tg.cat([digits for digits, _ in found]), tg.cat([labels for _, labels in found])


def picture(image):
    """Return an image (1, 28, 28) of numbers from 0 to 1 in letters, each twice, since letters are tall."""
    shades = (image[0] * (len(SHADES) - 1)).round().long().tolist()
    return "\n".join("".join(2 * SHADES[shade] for shade in row).rstrip() for row in shades if any(row))


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--epochs", type=int, default=2, help="how often to go through the training images (2)")
parser.add_argument("--limit", type=int, default=60_000, help="how many training images to use (all)")
args = parser.parse_args()
if args.epochs < 1 or not 1 <= args.limit <= 60_000:
    parser.error("expected at least one epoch, and 1 to 60000 images")

tg.manual_seed(0)
train_set = Subset(datasets.MNIST(train=True, transform=transforms.ToTensor()), range(args.limit))
test_set = datasets.MNIST(train=False, transform=transforms.ToTensor())

model = ConvNet()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=2e-3)
print(f"{sum(p.numel() for p in model.parameters()):,} weights")

for epoch in range(1, args.epochs + 1):
    model.train()
    for images, labels in DataLoader(train_set, batch_size=64, shuffle=True):
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    digits, labels = read(test_set, model)
    right = digits == labels
    print(f"epoch {epoch}  test accuracy {right.float().mean().item():.2%}", flush=True)

if not right.all():
    first = right.long().argmin().item()
    print(f"\nTest image {first} is a {labels[first].item()}, and was read as a {digits[first].item()}:\n")
    print(picture(test_set[first][0]))
