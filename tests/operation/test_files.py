"""Files are written whole, by one of those who write, and nowhere else than where they belong."""

import os
from pathlib import Path

import pytest

from tongxing.gateway.operation.files import put_new, replace, write_once


def test_a_link_that_somebody_has_put_beside_leads_nowhere(tmp_path: Path) -> None:
    """Proposals lie on a stick to which others can write; private keys do not."""
    key, stick = tmp_path / "alice.pem", tmp_path / "stick"
    key.write_bytes(b"private")
    stick.mkdir()
    (stick / ".list.json.new").symlink_to(key)
    replace(stick / "list.json", b"signed")
    assert (key.read_bytes(), (stick / "list.json").read_bytes()) == (b"private", b"signed")


def test_of_two_who_make_a_key_both_have_that_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "holder.key"

    def make_beside_another() -> bytes:
        put_new(file, b"the first")
        return b"the second"

    assert write_once(file, make_beside_another) == b"the first"
    assert file.read_bytes() == b"the first"
    assert [each.name for each in tmp_path.iterdir()] == ["holder.key"]


def test_the_directory_is_synced_after_the_move(tmp_path: Path) -> None:
    file = tmp_path / "state" / "list.json"
    opened: list[tuple[Path, list[str], bytes]] = []
    descriptors: list[int] = []

    def opener(path: Path, flags: int) -> int:
        opened.append((path, [each.name for each in path.iterdir()], file.read_bytes()))
        descriptors.append(os.open(path, flags))
        return descriptors[-1]

    replace(file, b"old", opener=opener)
    replace(file, b"new", opener=opener)
    names = ["list.json"]
    assert opened == [(file.parent, names, b"old"), (file.parent, names, b"new")]
    for descriptor in set(descriptors):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_a_directory_that_cannot_be_synced_is_no_fault(tmp_path: Path) -> None:
    """What cannot be synced says EINVAL, as a pipe does."""
    reading, writing = os.pipe()
    os.close(writing)
    replace(tmp_path / "list.json", b"signed", opener=lambda _path, _flags: reading)
    assert (tmp_path / "list.json").read_bytes() == b"signed"


def test_a_directory_that_fails_to_sync_is_told(tmp_path: Path) -> None:
    """Whoever is told that the file is replaced believes that it stays so."""
    closed = os.open(tmp_path, os.O_RDONLY)
    os.close(closed)
    with pytest.raises(OSError, match="Bad file descriptor"):
        replace(tmp_path / "list.json", b"signed", opener=lambda _path, _flags: closed)
