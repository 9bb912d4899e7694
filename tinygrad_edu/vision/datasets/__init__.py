"""MNIST, which ships with this package, and its relatives, from a folder or the network. torchvision's names."""

from tinygrad_edu.vision.datasets.download import DownloadError, data_folder
from tinygrad_edu.vision.datasets.downloadable import KMNIST, Downloadable, FashionMNIST
from tinygrad_edu.vision.datasets.emnist import EMNIST
from tinygrad_edu.vision.datasets.idx_dataset import IDXDataset
from tinygrad_edu.vision.datasets.mnist import MNIST

__all__ = ["EMNIST", "KMNIST", "MNIST", "DownloadError", "Downloadable", "FashionMNIST", "IDXDataset", "data_folder"]
