"""Where the image sets that do not ship with the package are kept, and by what a whole file is known.

The sizes and SHA-256 sums are those of TensorFlow Datasets' lists (`url_checksums`); PyTorch's prototype datasets have
the same ones, and that of the second EMNIST archive, which holds the same files packed anew.
"""

from tinygrad_edu.vision.datasets.download import Source


def at(addresses: list[str], sums: dict[str, tuple[int, str]]) -> dict[str, list[Source]]:
    """Return the sources of each file: the same one at several addresses."""
    return {
        name: [Source(address + name, sha256, size) for address in addresses] for name, (size, sha256) in sums.items()
    }


FASHION_MNIST = at(
    [
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ],
    {
        "train-images-idx3-ubyte.gz": (
            26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        "train-labels-idx1-ubyte.gz": (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        "t10k-images-idx3-ubyte.gz": (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        "t10k-labels-idx1-ubyte.gz": (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    },
)  # fmt: skip

# The second address is the one that the page of the set's authors, github.com/rois-codh/kmnist, has named.
KMNIST = at(
    ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "https://storage.googleapis.com/kuzushiji-mnist/"],
    {
        "train-images-idx3-ubyte.gz": (
            18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        ),
        "train-labels-idx1-ubyte.gz": (29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
        "t10k-images-idx3-ubyte.gz": (3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
        "t10k-labels-idx1-ubyte.gz": (5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
    },
)  # fmt: skip

EMNIST = [
    Source(
        "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
        "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
        561_753_746,
    ),
    Source(
        "https://rds.westernsydney.edu.au/Institutes/MARCS/BENS/EMNIST/emnist-gzip.zip",
        "909a2a39c5e86bdd7662425e9b9c4a49bb582bf8d0edad427f3c3a9d0c6f7259",
    ),
]
