import tinygrad_edu as tg

# distributions.Normal
mean = tg.tensor(0.5, requires_grad=True)
normal = tg.distributions.Normal(mean, 2.0)
normal.sample((3,))
normal.log_prob(tg.tensor(1.5)).backward()
mean.grad

# distributions.Uniform
uniform = tg.distributions.Uniform(tg.tensor(-1.0), tg.tensor(3.0))
uniform.sample((3,))
uniform.mean, uniform.log_prob(tg.tensor(0.0))

# distributions.Bernoulli
coin = tg.distributions.Bernoulli(probs=tg.tensor(0.9))
coin.sample((8,))
coin.log_prob(tg.tensor([0.0, 1.0]))

# distributions.Categorical
die = tg.distributions.Categorical(probs=tg.tensor([0.1, 0.2, 0.7]))
die.sample((8,))
die.entropy()

# distributions.Distribution
normal = tg.distributions.Normal(0.0, 1.0)
isinstance(normal, tg.distributions.Distribution)

# distributions.kl_divergence
p, q = tg.distributions.Normal(0.0, 1.0), tg.distributions.Normal(1.0, 1.0)
tg.distributions.kl_divergence(p, q)


# distributions.register_kl
class Sure(tg.distributions.Distribution):
    def __init__(self, value):
        super().__init__()
        self.value = value


@tg.distributions.register_kl(Sure, tg.distributions.Normal)
def sure_and_normal(p, q):
    return -q.log_prob(p.value)


tg.distributions.kl_divergence(Sure(tg.tensor(0.0)), tg.distributions.Normal(0.0, 1.0))

# distributions.constraints.Constraint
positive = tg.distributions.constraints.positive
isinstance(positive, tg.distributions.constraints.Constraint)
positive.check(tg.tensor([-1.0, 2.0]))

# distributions.constraints.greater_than
tg.distributions.constraints.greater_than(1).check(tg.tensor([0.5, 1.5]))

# distributions.constraints.less_than
tg.distributions.constraints.less_than(1).check(tg.tensor([0.5, 1.5]))

# distributions.constraints.interval
tg.distributions.constraints.interval(0, 1).check(tg.tensor([0.5, 1.5]))

# distributions.constraints.integer_interval
tg.distributions.constraints.integer_interval(0, 3).check(tg.tensor([1.0, 1.5, 7.0]))
