import tinygrad_edu as tg

# optim.SGD
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.SGD([w], lr=0.1, momentum=0.9)
for _ in range(2):
    optimizer.zero_grad()
    loss = w.square().sum()
    loss.backward()
    optimizer.step()
    print(loss.item(), w)

# optim.Adam
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Adam([w], lr=0.1)
w.square().sum().backward()
optimizer.step()
w

# optim.AdamW
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.AdamW([w], lr=0.1, weight_decay=0.5)
w.square().sum().backward()
optimizer.step()
w

# optim.Adagrad
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Adagrad([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.Adadelta
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Adadelta([w], lr=1.0, rho=0.9)
w.square().sum().backward()
optimizer.step()
w

# optim.RMSprop
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.RMSprop([w], lr=0.1, alpha=0.9)
w.square().sum().backward()
optimizer.step()
w


# optim.ASGD
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.ASGD([w], lr=0.1)
w.square().sum().backward()
optimizer.step()
w

# optim.Adamax
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Adamax([w], lr=0.1)
w.square().sum().backward()
optimizer.step()
w

# optim.NAdam
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.NAdam([w], lr=0.1)
w.square().sum().backward()
optimizer.step()
w

# optim.RAdam
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.RAdam([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.Lion
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Lion([w], lr=0.1)
w.square().sum().backward()
optimizer.step()
w

# optim.Rprop
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Rprop([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)


# optim.Optimizer
class Signs(tg.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    def step(self):
        with tg.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p -= group["lr"] * p.grad.sign()


w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = Signs([w], lr=0.1)
w.square().sum().backward()
optimizer.step()
w
