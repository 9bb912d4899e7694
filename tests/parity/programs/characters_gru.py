"""A character-level language model: a gated recurrent network over a line of text, trained with Adam."""

import math

import torch
from torch import nn, optim

TEXT = """the quick brown fox jumps over the lazy dog and the slow red hen walks under the busy cat while seven wise
owls watch from the old oak tree and wonder why the dog sleeps when the fox is so near to the house of the hen"""
TEXT = " ".join(TEXT.split())
CHARS = sorted(set(TEXT))
INDEX = {ch: i for i, ch in enumerate(CHARS)}


class CharGRU(nn.Module):
    def __init__(self, vocab_size, embed_size, hidden_size, num_layers):
        super().__init__()
        self.encoder = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(embed_size, hidden_size, num_layers, batch_first=True)
        self.decoder = nn.Linear(hidden_size, vocab_size)

    def forward(self, x, hidden=None):
        output, hidden = self.rnn(self.encoder(x), hidden)
        return self.decoder(output), hidden


def build():
    torch.manual_seed(1111)
    return CharGRU(len(CHARS), 8, 16, 2)


def batchify(data, batch_size):
    n = data.size(0) // batch_size
    return data.narrow(0, 0, n * batch_size).view(batch_size, -1)


def run(model, dtype=torch.float32, steps=20, batch_size=4, length=8):
    data = batchify(torch.tensor([INDEX[ch] for ch in TEXT], dtype=torch.long), batch_size)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    losses, hidden, start = [], None, 0
    model.train()
    for _ in range(steps):
        if start + length + 1 > data.size(1):
            hidden, start = None, 0
        inputs = data[:, start : start + length]
        targets = data[:, start + 1 : start + length + 1]
        if hidden is not None:
            hidden = hidden.detach()  # do not go back through the whole text
        optimizer.zero_grad()
        output, hidden = model(inputs, hidden)
        loss = criterion(output.reshape(-1, output.size(-1)), targets.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        start += length
    return losses


@torch.no_grad()
def generate(model, prompt, length):
    model.eval()
    hidden, text = None, prompt
    inputs = torch.tensor([[INDEX[ch] for ch in prompt]])
    for _ in range(length):
        output, hidden = model(inputs, hidden)
        inputs = output[:, -1].argmax(dim=-1, keepdim=True)
        text += CHARS[inputs.item()]
    return text


if __name__ == "__main__":
    net = build()
    print("perplexity", math.exp(run(net, steps=300)[-1]))
    print(generate(net, "the ", 40))
