import numpy as np

import tinygrad_edu as tg


# utils.data.Dataset
class Squares(tg.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return tg.tensor(float(i)), tg.tensor(float(i * i))


squares = Squares()
len(squares), squares[3]


# utils.data.IterableDataset
class Countdown(tg.utils.data.IterableDataset):
    def __iter__(self):
        yield from (3, 2, 1)


list(tg.utils.data.DataLoader(Countdown(), batch_size=2))

# utils.data.TensorDataset
images, labels = tg.rand(4, 28, 28).round(), tg.tensor([7, 2, 1, 0])
data = tg.utils.data.TensorDataset(images, labels)
len(data), data[1][1]

# utils.data.DataLoader
inputs = tg.arange(5.0)
data = tg.utils.data.TensorDataset(inputs, 2 * inputs)
for x, y in tg.utils.data.DataLoader(data, batch_size=2, shuffle=True):
    print(x, y)

# utils.data.Subset
data = tg.utils.data.TensorDataset(tg.arange(10))
part = tg.utils.data.Subset(data, [7, 8, 9])
len(part), part[0]

# utils.data.ConcatDataset
a = tg.utils.data.TensorDataset(tg.tensor([1, 2]))
b = tg.utils.data.TensorDataset(tg.tensor([3, 4, 5]))
both = tg.utils.data.ConcatDataset([a, b])
len(both), both[2]

# utils.data.random_split
data = tg.utils.data.TensorDataset(tg.arange(10))
train, test = tg.utils.data.random_split(data, [8, 2])
[int(x) for (x,) in test]


# utils.data.Sampler
class Backwards(tg.utils.data.Sampler):
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        return iter(range(len(self.data) - 1, -1, -1))

    def __len__(self):
        return len(self.data)


data = tg.utils.data.TensorDataset(tg.arange(4))
list(tg.utils.data.DataLoader(data, batch_size=2, sampler=Backwards(data)))

# utils.data.SequentialSampler
list(tg.utils.data.SequentialSampler(range(4)))

# utils.data.RandomSampler
list(tg.utils.data.RandomSampler(range(6)))

# utils.data.SubsetRandomSampler
list(tg.utils.data.SubsetRandomSampler([2, 3, 5, 7]))

# utils.data.WeightedRandomSampler
list(tg.utils.data.WeightedRandomSampler([0.1, 0.1, 0.8], num_samples=8))

# utils.data.BatchSampler
order = tg.utils.data.SequentialSampler(range(5))
list(tg.utils.data.BatchSampler(order, batch_size=2, drop_last=False))

# utils.data.default_collate
tg.utils.data.default_collate([(tg.tensor([1.0, 2.0]), 0), (tg.tensor([3.0, 4.0]), 1)])

# utils.data.default_convert
tg.utils.data.default_convert({"image": np.zeros(2), "label": 3})

# utils.data.DistributedSampler
shares = [tg.utils.data.DistributedSampler(range(10), num_replicas=3, rank=rank, shuffle=False) for rank in range(3)]
[list(share) for share in shares]

# utils.data.get_worker_info
tg.utils.data.get_worker_info() is None  # outside of workers
