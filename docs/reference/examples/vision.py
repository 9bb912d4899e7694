import numpy as np

import tinygrad_edu as tg

# vision.datasets.MNIST
digits = tg.vision.datasets.MNIST(train=False)
image, label = digits[0]
len(digits), image.shape, label

# vision.datasets.FashionMNIST
try:
    tg.vision.datasets.FashionMNIST("data")
except FileNotFoundError as error:
    print(error)

# vision.datasets.IDXDataset
try:
    tg.vision.datasets.IDXDataset("data")
except FileNotFoundError as error:
    print(error)

# vision.transforms.Compose
from tinygrad_edu.vision import transforms

prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
prepare(np.array([[0, 255]], np.uint8))

# vision.transforms.ToTensor
tg.vision.transforms.ToTensor()(np.array([[0, 51, 255]], np.uint8))

# vision.transforms.Normalize
tg.vision.transforms.Normalize((0.5,), (0.5,))(tg.tensor([[[0.0, 0.5, 1.0]]]))

# vision.transforms.Lambda
tg.vision.transforms.Lambda(lambda image: 1 - image)(tg.tensor([[0.0, 0.25]]))

# vision.datasets.KMNIST
try:
    tg.vision.datasets.KMNIST("data")  # download=True would fetch it
except FileNotFoundError as error:
    print(type(error).__name__)

# vision.datasets.EMNIST
try:
    tg.vision.datasets.EMNIST("data", split="letters")  # download=True would fetch it
except FileNotFoundError as error:
    print(type(error).__name__)

# vision.datasets.Downloadable
issubclass(tg.vision.datasets.FashionMNIST, tg.vision.datasets.Downloadable)

# vision.transforms.RandomCrop
image = tg.arange(16.0).reshape(1, 4, 4)
tg.vision.transforms.RandomCrop(2)(image)

# vision.transforms.RandomRotation
image = tg.tensor([[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]])
tg.vision.transforms.RandomRotation((90, 90))(image)

# vision.transforms.RandomAffine
image = tg.tensor([[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]])
tg.vision.transforms.RandomAffine(degrees=0, translate=(0.4, 0.0))(image)

# vision.transforms.RandomApply
turn = tg.vision.transforms.RandomRotation((90, 90))
sometimes = tg.vision.transforms.RandomApply([turn], p=0.5)
sometimes.batch(tg.eye(2).tile(6, 1, 1, 1))[:, 0, 0, 0].tolist()

# vision.transforms.RandomErasing
tg.vision.transforms.RandomErasing(p=1.0, scale=(0.2, 0.3))(tg.ones(1, 4, 4))

# vision.transforms.ElasticTransform
image = tg.zeros(1, 8, 8)
image[:, :, 4] = 1.0
tg.vision.transforms.ElasticTransform(alpha=20.0, sigma=2.0)(image).shape

# vision.transforms.InterpolationMode
[mode.value for mode in tg.vision.transforms.InterpolationMode]
