import tinygrad_edu as tg


# optim.lr_scheduler.StepLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
for epoch in range(5):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.MultiStepLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.1)
for epoch in range(5):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.ExponentialLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
for epoch in range(4):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.LinearLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
for epoch in range(5):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.ConstantLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
for epoch in range(4):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.MultiplicativeLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
for epoch in range(4):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.PolynomialLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2.0)
for epoch in range(5):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.LambdaLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
for epoch in range(4):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.CosineAnnealingLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
for epoch in range(5):
    print(epoch, f"{schedule.get_last_lr()[0]:.3f}")
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.CosineAnnealingWarmRestarts
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
for epoch in range(6):
    print(epoch, f"{schedule.get_last_lr()[0]:.3f}")
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.CyclicLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0, momentum=0.9)
schedule = tg.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.1, max_lr=1.1, step_size_up=2)
for batch in range(5):
    print(batch, f"{schedule.get_last_lr()[0]:.3f}")
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.OneCycleLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0, momentum=0.9)
schedule = tg.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=5)
for batch in range(5):
    print(batch, f"{schedule.get_last_lr()[0]:.5f}")
    optimizer.step()
    if batch < 4:
        schedule.step()

# optim.lr_scheduler.ReduceLROnPlateau
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = tg.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=1)
for loss in 3.0, 2.0, 2.0, 2.0, 2.0:
    schedule.step(loss)
    print(loss, optimizer.param_groups[0]["lr"])

# optim.lr_scheduler.SequentialLR
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
warm = tg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
decay = tg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
schedule = tg.optim.lr_scheduler.SequentialLR(optimizer, [warm, decay], milestones=[2])
for epoch in range(5):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()

# optim.lr_scheduler.ChainedScheduler
optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
warm = tg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
decay = tg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
schedule = tg.optim.lr_scheduler.ChainedScheduler([warm, decay])
for epoch in range(4):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()


# optim.lr_scheduler.LRScheduler
class Halve(tg.optim.lr_scheduler.LRScheduler):
    def get_lr(self):
        return [lr / 2**self.last_epoch for lr in self.base_lrs]


optimizer = tg.optim.SGD([tg.zeros(1)], lr=1.0)
schedule = Halve(optimizer)
for epoch in range(3):
    print(epoch, schedule.get_last_lr())
    optimizer.step()
    schedule.step()
