"""Replacing a file as a whole."""

import os
import stat
import threading

import pytest

import tinygrad_edu as tg
from tinygrad_edu import viz
from tinygrad_edu.system.files import replacing


def save_a_drawing(path):
    viz.draw(tg.ones(1, requires_grad=True) * 2).save(path)


WRITERS = {
    "save": lambda path: tg.save({"a": tg.ones(2)}, path),
    "a drawing": save_a_drawing,
    "by hand": lambda path: write(path, b"new"),
}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(path, content):
    with replacing(path) as file:
        file.write(content)


def test_the_file_changes_when_it_is_complete(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"new")
        _ = 1 / 0
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "missing" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        write(path, b"new")
    assert str(caught.value).endswith(f"No such file or directory: {str(path)!r}")


@pytest.mark.parametrize("name", WRITERS)
def test_rights_and_links_stay(tmp_path, name):
    target, link = tmp_path / "target.dot", tmp_path / "link.dot"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    WRITERS[name](link)
    assert link.is_symlink()
    assert target.read_bytes() != b"old"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == ["link.dot", "target.dot"]


@pytest.mark.parametrize("name", WRITERS)
def test_a_new_file_has_the_usual_rights(tmp_path, name):
    before = os.umask(0o022)
    try:
        WRITERS[name](tmp_path / "new.dot")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.dot").stat().st_mode) == 0o644


def test_a_long_name(tmp_path):
    path = tmp_path / ("ä" * 127)  # 254 bytes, of 255 that a name may have
    write(path, b"new")
    assert path.read_bytes() == b"new"


def test_what_is_no_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(pipe, b"new")
    reader.join(timeout=5)
    assert read == [b"new"]
    with pytest.raises(IsADirectoryError):
        write(tmp_path, b"new")


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "nowhere" / "file", b"new")
