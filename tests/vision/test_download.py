"""Fetching data sets from servers of all kinds: what stands under a file's name is the whole and right file."""

import gzip
import hashlib
import io
import re
import threading
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.vision import flaky_server as answers
from tests.vision.test_image_datasets import idx
from tinygrad_edu.vision.datasets import EMNIST, KMNIST, DownloadError, FashionMNIST, data_folder, mirrors
from tinygrad_edu.vision.datasets import download as module
from tinygrad_edu.vision.datasets.download import Source, download

CONTENT = np.random.default_rng(0).bytes(300_000)
SIZE = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with answers.serving() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch, request):
    """Wait long only where an answer is to be had, however busy this machine is."""
    waits = any(slow in str(request.node.callspec.id) for slow in ("stalled", "no answer", "silent"))
    monkeypatch.setattr(module, "TIMEOUT", 0.5 if waits else 30)


def sources(server, *kinds, size=SIZE):
    """Return a source for each of `kinds`: how its requests are answered, one after the other."""
    for i, kind in enumerate(kinds):
        server.files[f"mirror{i}"] = CONTENT, list(kind) if isinstance(kind, tuple) else [kind]
    return [Source(server.url(f"mirror{i}"), SHA256, size) for i in range(len(kinds))]


RECOVERED = {
    "well": [answers.well],
    "no length": [answers.unnamed_length],
    "cut off once": [(answers.truncated, answers.well)],
    "cut off, no parts": [answers.truncated, answers.whole],
    "stalled once": [(answers.stalled, answers.well)],
    "no answer": [answers.silent, answers.well],
    "a length too small": [answers.too_short_a_length, answers.well],
    "a length too large": [(answers.too_long_a_length, answers.well)],
    "a nonsense length": [(answers.nonsense_length, answers.well)],
    "another file": [answers.another, answers.well],
    "another part": [(answers.truncated, answers.another_part), answers.well],
    "without an end": [answers.endless, answers.well],
    "a page": [answers.page, answers.well],
    "missing": [answers.missing, answers.well],
    "an error, then cut off": [answers.broken, (answers.truncated, answers.well)],
    "no HTTP": [answers.rubbish, answers.well],
}


@pytest.mark.parametrize("size", [SIZE, None], ids=["size known", "size unknown"])
@pytest.mark.parametrize("kinds", RECOVERED.values(), ids=RECOVERED)
def test_the_right_file_comes_in_the_end(tmp_path, server, impatient, kinds, size, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 400_000)
    target = tmp_path / "raw" / "file.gz"
    download(target, sources(server, *kinds, size=size))
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["file.gz"]


GIVEN_UP = {
    "another file": (answers.another, "it gives another file, with the SHA-256 [0-9a-f]{64} instead of"),
    "cut off": (answers.truncated, r"it ends after 150,000 of 300,000 bytes"),
    "stalled": (answers.stalled, "timed out"),
    "silent": (answers.silent, "timed out"),
    "without an end": (answers.endless, "it gives another file, of more than 300,000 bytes"),
    "missing": (answers.missing, "HTTP Error 404"),
    "no HTTP": (answers.rubbish, "BadStatusLine|\x00"),
}


@pytest.mark.parametrize("kind, message", GIVEN_UP.values(), ids=GIVEN_UP)
def test_what_no_address_gives_leaves_nothing_under_its_name(tmp_path, server, impatient, kind, message):
    target = tmp_path / "file.gz"
    with pytest.raises(DownloadError, match=f"file.gz could not be downloaded:\n  http://.*/mirror0: .*({message})"):
        download(target, sources(server, kind))
    assert not target.exists()
    kept = [path.name for path in tmp_path.iterdir()]
    assert kept == ([f"file.gz.{SHA256[:8]}.part"] if kind in (answers.truncated, answers.stalled) else [])


def test_what_has_come_is_gone_on_with_by_the_next_program(tmp_path, server):
    target = tmp_path / "file.gz"
    with pytest.raises(DownloadError):
        download(target, sources(server, answers.truncated))
    server.asked.clear()
    download(target, sources(server, answers.well))
    assert server.asked == [("mirror0", "bytes=150000-")]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize(
    "left",
    [CONTENT, CONTENT[:-1], b"x" * 1000, b"x" * len(CONTENT), CONTENT + b"x", b""],
    ids=["whole", "almost whole", "wrong", "wrong and long", "too much", "nothing"],
)
def test_whatever_was_left_beside_it(tmp_path, server, left, size):
    target = tmp_path / "file.gz"
    target.with_name(f"file.gz.{SHA256[:8]}.part").write_bytes(left)
    download(target, sources(server, answers.well, size=size))
    assert target.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_there_is_not_asked_for(tmp_path, server):
    target = tmp_path / "file.gz"
    target.write_bytes(b"mine")
    download(target, sources(server, answers.well))
    assert target.read_bytes() == b"mine"
    assert server.asked == []


def test_programs_that_want_the_same_file_at_once(tmp_path, server):
    target = tmp_path / "file.gz"
    programs = [threading.Thread(target=download, args=(target, sources(server, answers.well))) for _ in range(4)]
    for program in programs:
        program.start()
    for program in programs:
        program.join()
    assert target.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [target]
    assert len(server.asked) == 1


def test_without_a_network_it_says_where_to_put_the_file(tmp_path, server):
    server.server_close()  # what it was is now an address where nobody answers
    addresses = sources(server, answers.well, answers.well)
    with pytest.raises(DownloadError) as raised:
        download(tmp_path / "raw" / "file.gz", addresses)
    message = str(raised.value)
    assert [line.split(": ")[0].strip() for line in message.splitlines()[1:3]] == [source.url for source in addresses]
    assert "refused" in message
    assert f"put it into {tmp_path / 'raw'}" in message
    assert isinstance(raised.value, OSError)
    assert list((tmp_path / "raw").iterdir()) == []


# The sets


def small(kind, server, monkeypatch, names):
    """Put a small set of two-by-three images on the server in place of the real one."""
    content = {}
    for train, (images, labels) in names.items():
        n = 5 if train else 2
        content[f"{images}.gz"] = gzip.compress(idx(np.repeat(np.arange(n), 6).reshape(n, 2, 3)))
        content[f"{labels}.gz"] = gzip.compress(idx(np.arange(n) % 3))
    server.files |= {name: (data, [answers.well]) for name, data in content.items()}
    table = {name: [Source(server.url(name), hashlib.sha256(data).hexdigest())] for name, data in content.items()}
    monkeypatch.setattr(kind, "sources", table)
    return content


@pytest.mark.parametrize("kind", [FashionMNIST, KMNIST])
def test_a_set_is_fetched_once(kind, tmp_path, server, monkeypatch):
    content = small(kind, server, monkeypatch, kind.files)
    with pytest.raises(FileNotFoundError, match=r"Pass download=True, or put the file there: .*train-images"):
        kind(tmp_path)
    for _ in range(2):
        train, test = (kind(tmp_path, train=train, download=True) for train in (True, False))
    assert (len(train), len(test)) == (5, 2)
    assert train.targets.tolist() == [0, 1, 2, 0, 1]
    assert sorted(name for name, _ in server.asked) == sorted(content)
    assert sorted(path.name for path in (tmp_path / kind.__name__ / "raw").iterdir()) == sorted(content)
    assert len(kind(tmp_path)) == 5


def test_where_sets_are_kept(tmp_path, server, monkeypatch):
    small(KMNIST, server, monkeypatch, KMNIST.files)
    monkeypatch.setenv("TINYGRAD_EDU_DATA", str(tmp_path / "mine"))
    assert len(KMNIST(download=True)) == 5
    assert (tmp_path / "mine" / "KMNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").is_file()
    monkeypatch.delenv("TINYGRAD_EDU_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert data_folder() == tmp_path / "cache" / "tinygrad_edu"
    for unset in ("", "relative"):  # which the XDG specification says to ignore
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert data_folder() == Path.home() / ".cache" / "tinygrad_edu"


def test_emnist(tmp_path, server, monkeypatch):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("gzip/emnist-letters-mapping.txt", "1 65 97")
        for split in ("letters", "digits"):
            for part, n in (("train", 5), ("test", 2)):
                for kind, array in (("images-idx3", np.ones((n, 2, 3))), ("labels-idx1", np.arange(n) + 1)):
                    file.writestr(f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz", gzip.compress(idx(array)))
    content = archive.getvalue()
    server.files["gzip.zip"] = content, [answers.truncated, answers.well]
    source = Source(server.url("gzip.zip"), hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(EMNIST, "sources", {"gzip.zip": [source]})

    letters = EMNIST(tmp_path, "letters", download=True)
    assert letters.targets.tolist() == [1, 2, 3, 4, 5]
    assert letters.classes[:3] == ["N/A", "a", "b"]
    assert len(EMNIST(tmp_path, split="digits", train=False, download=True)) == 2
    assert len(server.asked) == 2, "the archive, and its second half"
    raw = tmp_path / "EMNIST" / "raw"
    assert len(list(raw.iterdir())) == 8
    with pytest.raises(ValueError, match=r"EMNIST: split is one of byclass, .*, mnist, not 'all'"):
        EMNIST(tmp_path, "all")
    with pytest.raises(FileNotFoundError, match="emnist-balanced-train-images-idx3-ubyte"):
        EMNIST(tmp_path)


def test_the_classes_of_emnist():
    from tinygrad_edu.vision.datasets.emnist import CLASSES

    assert {split: len(names) for split, names in CLASSES.items()} == {
        "byclass": 62, "bymerge": 47, "balanced": 47, "letters": 27, "digits": 10, "mnist": 10,
    }  # fmt: skip
    assert all(list(names) == sorted(names) for names in CLASSES.values())


def test_every_file_is_on_two_machines_and_has_a_sum():
    tables = {"FashionMNIST": mirrors.FASHION_MNIST, "KMNIST": mirrors.KMNIST, "EMNIST": {"gzip.zip": mirrors.EMNIST}}
    for table in tables.values():
        for name, found in table.items():
            assert len({urlsplit(source.url).hostname for source in found}) == 2
            for source in found:
                assert re.fullmatch(rf"https?://[\w.-]+/[\w./-]*{name}", source.url)
                assert re.fullmatch("[0-9a-f]{64}", source.sha256)
    for kind in (FashionMNIST, KMNIST):
        assert {f"{name}.gz" for pair in kind.files.values() for name in pair} == set(kind.sources)
