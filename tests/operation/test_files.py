"""Files are written whole, by one of those who write, and nowhere else than where they belong."""

from pathlib import Path

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
