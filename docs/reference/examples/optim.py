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

# optim.Adamax
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Adamax([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.NAdam
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.NAdam([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.RAdam
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.RAdam([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.Rprop
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Rprop([w], lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.Lion
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.Lion([w], lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
    print(w)

# optim.ASGD
w = tg.tensor([1.0, -2.0], requires_grad=True)
optimizer = tg.optim.ASGD([w], lr=0.4, t0=1)
for _ in range(4):
    optimizer.zero_grad()
    w.square().sum().backward()
    optimizer.step()
w
optimizer.state[w]["ax"]  # the average of the path

# optim.LBFGS
w = tg.tensor([-1.2, 1.0], requires_grad=True)
optimizer = tg.optim.LBFGS([w], max_iter=50, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
    loss.backward()
    return loss


optimizer.step(closure).item()
closure().item() < 1e-6


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

# optim.swa_utils.SWALR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.swa_utils.SWALR(optimizer, swa_lr=0.2, anneal_epochs=4, anneal_strategy="linear")
for _ in range(5):
    print(schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.swa_utils.AveragedModel
model = tg.nn.Linear(1, 1, bias=False)
averaged = tg.optim.swa_utils.AveragedModel(model)
for value in 1.0, 2.0, 6.0:
    with tg.no_grad():
        _ = model.weight.fill_(value)
    averaged.update_parameters(model)
    print(averaged.module.weight.item())

# optim.swa_utils.update_bn
model = tg.nn.Sequential(tg.nn.BatchNorm1d(2))
tg.optim.swa_utils.update_bn([tg.tensor([[0.0, 1.0], [2.0, 3.0]])], model)
model[0].running_mean, model[0].running_var

# optim.swa_utils.get_swa_avg_fn
mean = tg.optim.swa_utils.get_swa_avg_fn()
mean(tg.tensor(1.5), tg.tensor(6.0), 2)  # 1.5 is the mean of two values

# optim.swa_utils.get_swa_multi_avg_fn
means = [tg.tensor(1.5), tg.tensor([0.0, 3.0])]
tg.optim.swa_utils.get_swa_multi_avg_fn()(means, [tg.tensor(6.0), tg.tensor([3.0, 3.0])], 2)
means

# optim.swa_utils.get_ema_avg_fn
average = tg.optim.swa_utils.get_ema_avg_fn(0.9)
average(tg.tensor(1.0), tg.tensor(2.0), 2)

# optim.swa_utils.get_ema_multi_avg_fn
averages = [tg.tensor(1.0), tg.tensor([0.0, 3.0])]
tg.optim.swa_utils.get_ema_multi_avg_fn(0.9)(averages, [tg.tensor(2.0), tg.tensor([1.0, 3.0])], 2)
averages
