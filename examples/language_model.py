"""Learn to write, character by character: a small transformer reads Python's manual, and then goes on by itself.

    python examples/language_model.py                       # not quite a minute on one core
    python examples/language_model.py --steps 100           # a quick look
    python examples/language_model.py --text my_novel.txt

At each place of a text the network says which character it expects next. It may look at those before, and not at those
that follow: the mask sees to that. The loss is its surprise at the character that really comes, in bits: with K
different ones, who knows nothing is surprised by log₂ K. In the end the network writes a text of its own, drawn
character by character from what it expects. It makes no sense, but it looks a little like English.

The default text is what Python's `help()` shows, nearly half a million characters that every Python brings along.
"""

import argparse
import math
from pathlib import Path
from pydoc_data.topics import topics

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

LENGTH, WIDTH, BATCH = 48, 64, 16  # characters seen at once, numbers for each of them, pieces of text in a step


class LanguageModel(nn.Module):
    """Codes of characters (N, T) in, scores for the one after each of them (N, T, K) out."""

    def __init__(self, characters):
        super().__init__()
        self.character = nn.Embedding(characters, WIDTH)
        self.place = nn.Embedding(LENGTH, WIDTH)
        layer = nn.TransformerEncoderLayer(
            WIDTH, nhead=4, dim_feedforward=4 * WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.scores = nn.Linear(WIDTH, characters)

    def forward(self, text):
        length = text.shape[1]
        x = self.character(text) + self.place(tg.arange(length))
        later = tg.triu(tg.ones(length, length), diagonal=1).bool()  # True: not to be looked at
        return self.scores(self.norm(self.layers(x, mask=later)))


def read(path):
    """Return a text: a file's, or the manual that comes with Python."""
    if path is not None:
        return path.read_text(encoding="utf-8")
    return " ".join(" ".join(topics.values()).split())


def write(model, code, characters, start, length):
    """Let the model go on after `start`, a character at a time."""
    text = start
    with tg.no_grad():
        for _ in range(length):
            seen = tg.tensor([[code[character] for character in text[-LENGTH:]]])
            chances = (model(seen)[0, -1] / 0.7).softmax(dim=0)  # below 1: fewer surprises than in the text
            text += characters[tg.multinomial(chances, 1).item()]
    return text


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--steps", type=int, default=2000, help="how many steps to train (2000)")
parser.add_argument("--text", type=Path, help="a text file to learn from (Python's manual)")
parser.add_argument("--seed", type=int, default=0, help="for another run, another seed (0)")
args = parser.parse_args()
if args.steps < 1 or args.seed < 0:
    parser.error("expected at least one step, and a seed that is not negative")
try:
    text = read(args.text)
except (OSError, UnicodeError) as error:
    parser.error(f"--text: {error}")
if len(text) <= LENGTH:
    parser.error(f"--text: expected more than {LENGTH} characters, got {len(text)}")

tg.manual_seed(args.seed)
characters = sorted(set(text))
code = {character: number for number, character in enumerate(characters)}
data = tg.tensor([code[character] for character in text])

model = LanguageModel(len(characters))
optimizer = optim.AdamW(model.parameters(), lr=3e-3)
schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=args.steps)
print(f"{len(text):,} characters, {len(characters)} different (log₂: {math.log2(len(characters)):.2f})")

for step in range(1, args.steps + 1):
    places = tg.randint(len(data) - LENGTH, (BATCH, 1)) + tg.arange(LENGTH + 1)
    pieces = data[places]
    scores = model(pieces[:, :-1])
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), pieces[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    if step == 1 or step % max(args.steps // 10, 1) == 0:
        print(f"step {step:5}  loss {loss.item() / math.log(2):.2f} bits", flush=True)

print()
print(write(model, code, characters, start=text[:12], length=300))
