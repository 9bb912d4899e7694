"""`tinygrad-edu predict` and `evaluate`: every kind of image, and what is wrong with some."""

import gzip
import io
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu.cli import main
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.images import read_pictures
from tinygrad_edu.cli.predict import render
from tinygrad_edu.training import build_transform, evaluate, load_checkpoint
from tinygrad_edu.training.run_files import find_weights
from tinygrad_edu.vision.datasets import MNIST
from tinygrad_edu.vision.datasets.mnist import SHIPPED


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A network that knows most digits, in seconds."""
    folder = tmp_path_factory.mktemp("weights")
    main(["train", "--limit", "3000", "--hidden", "32", "--epochs", "4", "--out", str(folder)])
    (run,) = folder.iterdir()
    return str(run)


@pytest.fixture(scope="module")
def seven():
    return MNIST(train=False).data.array[0]


def idx(array) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def npy(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def pgm(image, comment=b"") -> bytes:
    return b"P5\n" + comment + b"%d %d\n255\n" % image.shape[::-1] + image.tobytes()


def text_pgm(image) -> bytes:
    lines = "\n".join(" ".join(map(str, row)) for row in image.tolist())
    return f"P2 # grey\n{image.shape[1]} {image.shape[0]}\n# white:\n255\n{lines} # end".encode()


def test_reading_one_image(weights, capsys):
    assert main(["predict", weights, "mnist:0"]) == 0
    output = capsys.readouterr()
    assert re.fullmatch(r"mnist:0: 7   \d+\.\d% sure   \(it is a 7\)\n", output.out)
    assert output.err == ""


def test_showing_it(weights, capsys):
    main(["predict", weights, "mnist:0", "--show"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 14
    assert any("@" in line for line in lines)
    assert all(len(line) <= 28 for line in lines[1:])


def test_rendering():
    image = np.zeros((28, 28), np.uint8)
    image[:2] = 255
    image[2:4, 1:6] = 170
    assert render(image) == ["@" * 28, " " + "*" * 5, *[""] * 12]


FORMATS = {
    "image.npy": lambda a: npy(a),
    "fractions.npy": lambda a: npy((a / 255).astype(np.float64)),
    "bytes-as-floats.npy": lambda a: npy(a.astype(np.float32)),
    "sixteen-bits.npy": lambda a: npy(a.astype(np.uint16) * 257),
    "flat.npy": lambda a: npy(a.ravel()),
    "batch-of-one.npy": lambda a: npy(a[None]),
    "colour.npy": lambda a: npy(np.repeat(a[..., None], 3, axis=-1)),
    "dark-on-light.npy": lambda a: npy(255 - a),
    "two-dimensional": lambda a: idx(a),
    "images-idx3-ubyte": lambda a: idx(a[None]),
    "images-idx3-ubyte.gz": lambda a: gzip.compress(idx(a[None])),
    "image.pgm": lambda a: pgm(a),
    "commented.pgm": lambda a: pgm(a, b"# by hand\n# 28 wide\n"),
    "text.pgm": text_pgm,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_pixels(name, seven, tmp_path):
    path = tmp_path / name
    path.write_bytes(FORMATS[name](seven))
    (picture,) = read_pictures(str(path))
    assert np.abs(picture.pixels.astype(int) - seven).max() <= (1 if name == "sixteen-bits.npy" else 0)
    assert picture.name.startswith(str(path))


KINDS = [
    *((ending, mode) for ending in ("png", "gif") for mode in ("L", "RGB", "RGBA", "P", "1")),
    ("jpg", "L"),
    ("jpg", "RGB"),
]


@pytest.mark.parametrize("ending, mode", KINDS)
def test_pictures_by_pillow(ending, mode, seven, tmp_path):
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    path = tmp_path / f"seven.{ending}"
    image_module.fromarray(255 - seven).convert(mode).save(path)
    (picture,) = read_pictures(str(path))
    away = np.abs(picture.pixels.astype(int) - seven).mean()
    assert away < (30 if mode in ("1", "P") else 5)


def test_transparent_paper_is_white(seven, tmp_path):
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    black_ink = np.zeros((28, 28, 4), np.uint8)
    black_ink[..., 3] = seven
    path = tmp_path / "ink.png"
    image_module.fromarray(black_ink).save(path)
    (picture,) = read_pictures(str(path))
    assert np.abs(picture.pixels.astype(int) - seven).max() <= 1


def test_a_photograph_is_turned_as_the_camera_was_held(seven, tmp_path):
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    lying = image_module.fromarray(np.ascontiguousarray(np.rot90(seven)))
    exif = lying.getexif()
    exif[274] = 6  # the orientation: to be turned clockwise by a quarter
    path = tmp_path / "photograph.png"
    lying.save(path, exif=exif)
    (picture,) = read_pictures(str(path))
    assert np.array_equal(picture.pixels, seven)


def test_a_file_of_any_size_is_not_read_whole(tmp_path, monkeypatch, seven):
    monkeypatch.setattr("tinygrad_edu.cli.images.MAX_BYTES", 1000)
    (tmp_path / "small.npy").write_bytes(npy(seven))
    assert len(read_pictures(str(tmp_path / "small.npy"))) == 1
    (tmp_path / "large.npy").write_bytes(npy(np.zeros((2, 28, 28), np.uint8)))
    with pytest.raises(CommandError, match="is larger than 1,000 bytes"):
        read_pictures(str(tmp_path / "large.npy"))


def test_a_large_drawing_is_read(weights, seven, tmp_path, capsys):
    large = np.zeros((300, 400), np.uint8)
    large[100:240, 30:170] = np.kron(seven, np.ones((5, 5), np.uint8))
    (tmp_path / "drawing.pgm").write_bytes(pgm(255 - large))
    assert main(["predict", weights, str(tmp_path / "drawing.pgm")]) == 0
    assert f"{tmp_path / 'drawing.pgm'}: 7 " in capsys.readouterr().out


def test_one_of_several(weights, tmp_path, capsys):
    several = MNIST(train=False).data.array[:4]
    (tmp_path / "several").write_bytes(gzip.compress(idx(several)))
    name = str(tmp_path / "several")
    main(["predict", weights, name])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"{name}[{i}]" for i in range(4)]
    main(["predict", weights, f"{name}[2]"])
    assert capsys.readouterr().out.splitlines() == lines[2:3]
    main(["predict", weights, name, "--index", "1"])
    assert capsys.readouterr().out.splitlines() == lines[1:2]
    (tmp_path / "several[2]").write_bytes(npy(several[3]))  # a file of that very name comes first
    main(["predict", weights, f"{name}[2]"])
    assert capsys.readouterr().out.split("   ")[0] == lines[3].replace("[3]", "[2]").split("   ")[0]


def test_the_shipped_files_can_be_read_as_they_are(weights, capsys):
    path = SHIPPED / "t10k-images-idx3-ubyte.gz"
    assert main(["predict", weights, f"{path}[0]"]) == 0
    assert "[0]: 7 " in capsys.readouterr().out


WRONG_IMAGES = {
    "empty": (b"", "cannot be read as an image"),
    "text": (b"hello", "cannot be read as an image"),
    "png cut off": (b"\x89PNG\r\n\x1a\n\0\0", "cannot be read as an image"),
    "npy cut off": (npy(np.zeros((28, 28)))[:-1], "is no whole .npy file: its header promises"),
    "npy with objects": (npy(np.array([{}], object)), "holds pickled Python objects"),
    "npy of text": (npy(np.array(["7"])), "of numbers"),
    "npy of four dimensions": (npy(np.zeros((2, 2, 28, 28))), r"has shape (2, 2, 28, 28); expected one image (H, W)"),
    "npy with negative numbers": (npy(np.full((28, 28), -1.0)), "has values from -1 to -1"),
    "npy with NaN": (npy(np.full((28, 28), np.nan)), "has values from nan to nan"),
    "npy without an image": (npy(np.zeros((0, 28, 28))), "has shape (0, 28, 28)"),
    "idx cut off": (idx(np.zeros((1, 28, 28), np.uint8))[:-1], "at byte 799: the file is truncated"),
    "idx of labels": (idx(np.zeros(5, np.uint8)), "has shape (5,)"),
    "gzip of something": (gzip.compress(b"hello"), "starts with two zero bytes, this one with 68 65"),
    "gzip bomb": (gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", 9) + bytes(10**7)), "goes on after its end"),
    "pgm cut off": (pgm(np.zeros((28, 28), np.uint8))[:-1], "expected 784 pixels, 783 came"),
    "pgm text cut off": (text_pgm(np.zeros((2, 2), np.uint8))[:-8], "expected 4 pixels"),
    "pgm header cut off": (b"P5 28 28", "expected a width, a height and the value of white"),
    "pgm too large": (b"P5 999999999 999999999 255 ", "is no usable PGM image"),
    "pgm without pixels": (b"P5 0 5 255 ", "is no usable PGM image"),
    "pgm beyond white": (b"P5 1 2 7 \5\x08", "it has the value 8, and white is 7"),
    "pgm with words": (b"P2 1 2 255 a b", "its pixels are not all numbers"),
    "blank": (pgm(np.zeros((40, 40), np.uint8)), "is blank"),
}


@pytest.mark.parametrize("content, message", WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_wrong_images_get_one_line_and_exit_code_2(content, message, weights, tmp_path, capsys):
    if message == "cannot be read as an image":
        pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    path = tmp_path / "image"
    path.write_bytes(content)
    assert main(["predict", weights, str(path)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"tinygrad-edu predict: error: {path}")
    assert message in output.err
    assert output.err.count("\n") == 1


WRONG_NUMBERS = [
    (["mnist:10000"], "mnist has the images 0 to 9999; there is no number 10000"),
    (["{one}[1]"], "has the images 0 to 0; there is no number 1"),
    (["{one}", "--index", "-1"], "there is no number -1"),
    (["none.png"], "No such file or directory: 'none.png'"),
    (["none[3]"], "No such file or directory: 'none'"),
    (["."], "Is a directory"),
]


@pytest.mark.parametrize("arguments, message", WRONG_NUMBERS)
def test_images_that_are_not_there(arguments, message, weights, seven, tmp_path, capsys):
    (tmp_path / "one.npy").write_bytes(npy(seven))
    arguments = [argument.format(one=tmp_path / "one.npy") for argument in arguments]
    assert main(["predict", weights, *arguments]) == 2
    output = capsys.readouterr().err
    assert message in output
    assert output.count("\n") == 1


def test_without_pillow_it_says_so(weights, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["predict", weights, str(tmp_path / "a.png")]) == 2
    assert "Pillow is needed, which is not installed: pip install pillow" in capsys.readouterr().err


def test_the_classic_recipe_says_how_sure_it_is(tmp_path, capsys):
    main(["train", "--recipe", "classic", "--limit", "100", "--epochs", "1", "--out", str(tmp_path)])
    capsys.readouterr()
    assert main(["predict", str(next(tmp_path.iterdir())), "mnist:0"]) == 0
    assert re.fullmatch(r"mnist:0: \d   \d+\.\d% sure   \(it is a 7\)\n", capsys.readouterr().out)


def test_evaluate(weights, capsys):
    assert main(["evaluate", weights]) == 0
    lines = capsys.readouterr().out.splitlines()
    checkpoint = load_checkpoint(find_weights(Path(weights)))
    test_set = MNIST(train=False, transform=build_transform(checkpoint.recipe))
    expected = evaluate(checkpoint.build_model(), [test_set.__getbatch__(range(10_000))])
    assert lines[1] == f"test accuracy {expected:.2%} of 10,000 images"
    assert lines[4].split() == ["is", "\\", "read", "as", *"0123456789", "right"]
    counts = np.array([[0 if word == "." else int(word) for word in line.split()[1:11]] for line in lines[5:15]])
    assert counts.sum(axis=1).tolist() == np.bincount(test_set.targets.array).tolist()
    assert np.trace(counts) == round(expected * 10_000)
    assert lines[5].split()[-1] == f"{counts[0, 0] / 980:.2%}"
    assert len(lines) == 28
