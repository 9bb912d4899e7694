"""Images as people have them: every way to store a digit gives the same picture, and hostile files cost little."""

import io
import time
import tracemalloc

import numpy as np
import pytest

from tinygrad_edu.cli.digits import to_mnist
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.images import read_pictures

DIGIT = np.zeros((28, 28), np.uint8)
DIGIT[4:24, 13:16] = 255
DIGIT[4:7, 8:16] = 255
MASK = (DIGIT > 127).astype(np.uint8)
GREY = np.where(MASK, 255, 128).astype(np.uint8)


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def pgm(white, image):
    return b"P5 28 28 %d " % white + image.astype(">u2" if white > 255 else "u1").tobytes()


def picture(kind, array, **options):
    stream = io.BytesIO()
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pillow.fromarray(array).save(stream, kind, **options)
    return stream.getvalue()


def ink(colour, ground=0):
    """Return strokes of one colour on a transparent ground of another, (28, 28, 4)."""
    strokes = np.full((28, 28, 4), ground, np.uint8)
    strokes[MASK == 1, :3] = colour
    strokes[..., 3] = DIGIT
    return strokes


ALIKE = {
    "a row": lambda: npy(DIGIT.reshape(1, 784)),
    "a column": lambda: npy(DIGIT.reshape(784, 1)),
    "one channel": lambda: npy(DIGIT[..., None]),
    "one channel, first": lambda: npy(DIGIT[None]),
    "a batch as PyTorch has it": lambda: npy(DIGIT[None, None]),
    "a batch, channel last": lambda: npy(DIGIT[None, ..., None]),
    "a mask of bytes": lambda: npy(MASK),
    "a mask of integers": lambda: npy(MASK.astype(np.int64)),
    "a mask of truth values": lambda: npy(MASK.astype(bool)),
    "a mask, dark": lambda: npy(1 - MASK),
    "a row that is a mask": lambda: npy(MASK.reshape(1, 784)),
    "halves": lambda: npy(MASK.astype(np.float16)),
    "a grey map with white at 1": lambda: pgm(1, MASK),
    "a grey map with white at 7": lambda: pgm(7, MASK * 7),
    "a grey map with white at 1000": lambda: pgm(1000, MASK.astype(np.uint16) * 1000),
    "a grey map that is a mask": lambda: pgm(255, MASK),
    "a picture that is a mask": lambda: picture("PNG", MASK),
    "a picture of 16 bits": lambda: picture("PNG", DIGIT.astype(np.uint16) * 257),
    "a picture of 8 bits in 16": lambda: picture("PNG", DIGIT.astype(np.uint16)),
    "a picture of 32 bits": lambda: picture("TIFF", DIGIT.astype(np.int32)),
    "fractions in a picture": lambda: picture("TIFF", MASK.astype(np.float32)),
    "bytes as floats in a picture": lambda: picture("TIFF", DIGIT.astype(np.float32)),
    "white on transparent": lambda: picture("PNG", ink(255)),
    "white on white that is transparent": lambda: picture("PNG", ink(255, 255)),
    "light grey on transparent": lambda: picture("PNG", ink(255)),
    "black on transparent": lambda: picture("PNG", ink(0)),
    "black on white that is transparent": lambda: picture("PNG", ink(0, 255)),
    "an array, white on transparent": lambda: npy(ink(255)),
    "an array, black on transparent": lambda: npy(ink(0) / 255),
    "white on grey": lambda: npy(GREY),
    "black on grey": lambda: npy(np.where(MASK, 0, 128)),
    "black on grey, a picture": lambda: picture("PNG", np.where(MASK, 0, 127).astype(np.uint8)),
}


@pytest.mark.parametrize("make", ALIKE.values(), ids=ALIKE)
def test_the_same_digit(make, tmp_path):
    (tmp_path / "digit").write_bytes(make())
    (found,) = read_pictures(str(tmp_path / "digit"))
    assert np.abs(found.pixels.astype(int) - DIGIT).max() <= 2


MANY = {
    "rows": (3, 784),
    "images": (3, 28, 28),
    "a batch as PyTorch has it": (3, 1, 28, 28),
    "a batch, channel last": (3, 28, 28, 1),
}


@pytest.mark.parametrize("shape", MANY.values(), ids=MANY)
def test_several_in_one_file(shape, tmp_path):
    path = tmp_path / "digits.npy"
    np.save(path, np.stack([DIGIT, DIGIT[::-1], DIGIT]).reshape(shape))
    found = read_pictures(str(path))
    assert [picture.name for picture in found] == [f"{path}[{i}]" for i in range(3)]
    assert np.array_equal(found[1].pixels, DIGIT[::-1])
    assert np.array_equal(read_pictures(f"{path}[0]")[0].pixels, DIGIT)


def test_a_large_square_is_one_image(tmp_path):
    np.save(tmp_path / "large.npy", np.kron(DIGIT, np.ones((28, 28), np.uint8)))
    assert len(read_pictures(str(tmp_path / "large.npy"))) == 1


@pytest.mark.parametrize("shift", [(4, 6), (0, -5), (4, 4), (-4, 9)])
def test_a_digit_in_a_corner_is_put_in_the_middle(shift):
    moved = np.roll(DIGIT, shift, axis=(0, 1))
    middle = to_mnist(np.kron(DIGIT, np.ones((3, 3), np.uint8)), "large", 255)
    assert np.abs(to_mnist(moved, "moved", 255).astype(int) - middle).max() <= 2


@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, 2), (-1, -1)])
def test_one_that_is_nearly_in_the_middle_is_left_there(shift):
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 13:15] = 255
    moved = np.roll(bar, shift, axis=(0, 1))
    assert np.array_equal(to_mnist(moved, "moved", 255), moved)


def test_a_small_digit_is_made_large():
    small = np.zeros((28, 28), np.uint8)
    small[11:17, 13:15] = 255
    rows = np.flatnonzero(to_mnist(small, "small", 255).any(axis=1))
    assert (rows[0], rows[-1]) == (4, 23)


@pytest.mark.parametrize("value", [0, 1, 128, 255])
@pytest.mark.parametrize("size", [(28, 28), (50, 50)])
def test_blank(size, value):
    with pytest.raises(CommandError, match="page is blank"):
        to_mnist(np.full(size, value, np.uint8), "page", 255)


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("light", [False, True])
def test_thin_strokes_on_a_large_image_stay_visible(width, light):
    page = np.zeros((800, 800), np.uint8)
    page[100:700, 400 : 400 + width] = 255
    page[100 : 100 + width, 200:400] = 255
    found = to_mnist(page if light else 255 - page, "page", 255).astype(int)
    assert found.max() == 255
    assert ((found > 127).sum(axis=1) >= 2).sum() >= 20  # the stroke is about as wide as MNIST's, all the way down


GRADIENTS = {
    "tall": (1 << 22, 1),
    "wide": (1, 1 << 22),
    "large": (1 << 11, 1 << 11),
}


@pytest.mark.parametrize("shape", GRADIENTS.values(), ids=GRADIENTS)
def test_scaling_takes_little_memory_and_time(shape):
    image = np.zeros(shape, np.uint8)
    image[shape[0] // 2 :, shape[1] // 2 :] = 200
    tracemalloc.start()
    start = time.process_time()
    try:
        to_mnist(image, "image", 255)
        assert tracemalloc.get_traced_memory()[1] < 3 * image.nbytes + 4_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 2


HEADERS = {
    "spaces": b"P5" + b" " * 50_000 + b"x",
    "comments": b"P5" + b"\n#" * 50_000 + b"x",
    "spaces and comments": b"P2" + b" #\n " * 10_000 + b"28 28",
    "tabs and numbers": b"P5 1" + b"\t" * 50_000 + b"1" + b" " * 50_000,
    "digits": b"P5 " + b"1" * 100_000,
    "words": b"P2 1000 1000 255 " + b"1 " * 1_000_000 + b"x",
    "one word": b"P2 10 10 255 " + b"1" * 1_000_000,
}


@pytest.mark.parametrize("content", HEADERS.values(), ids=HEADERS)
def test_a_grey_map_takes_time_in_proportion_to_its_size(content, tmp_path):
    (tmp_path / "image.pgm").write_bytes(content)
    start = time.process_time()
    with pytest.raises(CommandError, match="PGM image"):
        read_pictures(str(tmp_path / "image.pgm"))
    assert time.process_time() - start < 1


def test_a_small_picture_of_many_pixels(tmp_path):
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    for name, size, message in (
        ("bomb", (20_000, 5_000), "and 1 to 33,554,432 can be read"),
        ("tall", (1, 60_000), ""),
    ):
        path = tmp_path / f"{name}.png"
        image = pillow.new("L", size)
        image.putpixel((0, size[1] // 2), 255)
        image.save(path)
        assert path.stat().st_size < 200_000
        tracemalloc.start()
        try:
            if message:
                with pytest.raises(CommandError, match=message):
                    read_pictures(str(path))
            else:
                read_pictures(str(path))
            assert tracemalloc.get_traced_memory()[1] < 4_000_000
        finally:
            tracemalloc.stop()


def test_libraries_do_not_print_beside_the_error(tmp_path, capfd):
    content = bytearray(picture("TIFF", GREY, compression="tiff_lzw"))
    content[20:60] = bytes(40)
    (tmp_path / "damaged.tiff").write_bytes(content)
    with pytest.raises(CommandError, match="cannot be read as an image"):
        read_pictures(str(tmp_path / "damaged.tiff"))
    assert capfd.readouterr() == ("", "")


WRONG_NAMES = [
    ("mnist:-1", None, "mnist has the images 0 to 9999; there is no number -1"),
    ("mnist:", None, "expected the number of an image"),
    ("mnist:seven", None, "expected the number of an image"),
    (f"mnist:{'9' * 5000}", None, "expected the number of an image"),
    ("mnist:٣", None, "expected the number of an image"),
    ("mnist:5", 7, "names an image already; leave out --index 7"),
    ("{one}[0]", 0, "names an image already; leave out --index 0"),
    ("{one}[-1]", None, "there is no number -1"),
    ("{one}[x]", None, "expected the number of an image"),
    ("{one}", 10**30, "there is no number 1000"),
    ("{archive}", None, "is an archive, such as np.savez writes; save the images alone, with np.save"),
    ("{text}", None, r"cannot be read as an image: it is no \.npy, IDX or PGM file"),
]


@pytest.mark.parametrize("source, index, message", WRONG_NAMES)
def test_what_names_no_image(source, index, message, tmp_path):
    if source == "{text}":
        pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    np.save(tmp_path / "one.npy", DIGIT)
    np.savez(tmp_path / "archive.npz", DIGIT)
    (tmp_path / "text").write_text("seven")
    places = {"one": "one.npy", "archive": "archive.npz", "text": "text"}
    source = source.format(**{name: tmp_path / place for name, place in places.items()})
    with pytest.raises(CommandError, match=message) as caught:
        read_pictures(source, index)
    assert " at 0x" not in str(caught.value)
