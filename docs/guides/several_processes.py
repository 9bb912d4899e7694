import tinygrad_edu as tg
from tinygrad_edu import distributed, nn, optim
from tinygrad_edu.utils.data import DataLoader, DistributedSampler
from tinygrad_edu.vision.datasets import MNIST
from tinygrad_edu.vision.transforms import ToTensor

distributed.init_process_group()
first = distributed.get_rank() == 0

tg.manual_seed(0)
network = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
model = nn.parallel.DistributedDataParallel(network)
optimizer = optim.SGD(model.parameters(), lr=0.1)

data = MNIST(train=False, transform=ToTensor())  # the smaller part, so that it takes seconds
sampler = DistributedSampler(data)
loader = DataLoader(data, batch_size=128 // distributed.get_world_size(), sampler=sampler)

for epoch in range(2):
    sampler.set_epoch(epoch)
    for images, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    distributed.all_reduce(mean := loss.detach().clone(), distributed.ReduceOp.AVG)
    if first:
        print(f"epoch {epoch}: loss {mean.item():.2f}")
