"""A character-level language model: the last few characters, embedded, through a hidden layer with batch norm."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

NAMES = """emma olivia ava isabella sophia charlotte mia amelia harper evelyn abigail emily elizabeth mila ella
avery sofia camila aria scarlett victoria madison luna grace chloe penelope layla riley zoey nora
lily eleanor hannah lillian addison aubrey ellie stella natalie zoe leah hazel violet aurora
savannah audrey brooklyn bella claire"""
WORDS = NAMES.split()

chars = sorted(set("".join(WORDS)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
itos = {i: s for s, i in stoi.items()}
vocab_size = len(itos)
block_size = 3


def build_dataset(words):
    X, Y = [], []
    for w in words:
        context = [0] * block_size
        for ch in w + ".":
            ix = stoi[ch]
            X.append(context)
            Y.append(ix)
            context = [*context[1:], ix]
    return torch.tensor(X), torch.tensor(Y)


def build(n_embd=6, n_hidden=24):
    torch.manual_seed(42)
    model = nn.Sequential(
        nn.Embedding(vocab_size, n_embd),
        nn.Flatten(),
        nn.Linear(n_embd * block_size, n_hidden, bias=False),
        nn.BatchNorm1d(n_hidden),
        nn.Tanh(),
        nn.Linear(n_hidden, vocab_size),
    )
    with torch.no_grad():
        model[-1].weight *= 0.1  # make the last layer less confident
    return model


@torch.no_grad()
def evaluate(model, X, Y):
    model.eval()
    loss = F.cross_entropy(model(X), Y)
    model.train()
    return loss.item()


def run(model, dtype=torch.float32, steps=20, batch_size=16):
    rng = random.Random(2147483647)
    X, Y = build_dataset(WORDS)
    parameters = list(model.parameters())
    for p in parameters:
        p.requires_grad = True

    losses = []
    for i in range(steps):
        ix = torch.tensor([rng.randrange(X.shape[0]) for _ in range(batch_size)])
        Xb, Yb = X[ix], Y[ix]

        logits = model(Xb)
        loss = F.cross_entropy(logits, Yb)

        for p in parameters:
            p.grad = None
        loss.backward()

        lr = 0.1 if i < 0.75 * steps else 0.01
        for p in parameters:
            p.data += -lr * p.grad

        losses.append(loss.item())
        if i % 10 == 9:
            losses.append(evaluate(model, X, Y))
    return losses


def sample(model, generator):
    model.eval()
    out, context = [], [0] * block_size
    while len(out) < 20:
        logits = model(torch.tensor([context]))
        probs = F.softmax(logits, dim=1)
        ix = torch.multinomial(probs, num_samples=1, generator=generator).item()
        context = [*context[1:], ix]
        if ix == 0:
            break
        out.append(itos[ix])
    return "".join(out)


if __name__ == "__main__":
    net = build()
    print(run(net, steps=1000))
    print([sample(net, torch.Generator().manual_seed(i)) for i in range(5)])
