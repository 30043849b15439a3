"""What a machine has seen outlives its database, and only rises."""

from pathlib import Path

import pytest

from tongxing.gateway.storage import Mark
from tongxing.gateway.storage.seen_versions import SeenVersions


def test_what_a_machine_has_seen_only_rises(tmp_path: Path) -> None:
    seen = SeenVersions(tmp_path / "hub")
    assert seen.read() == {}
    for version, digest in ((7, "a"), (6, "b"), (7, "b"), (8, "c")):
        seen.rise({"trust_list": Mark(version, digest)})
    seen.rise({"policy/330100": Mark(1, "d")})
    assert seen.read() == {"trust_list": Mark(8, "c"), "policy/330100": Mark(1, "d")}


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"a": 1}', b'{"a": ["x", "y"]}', b"\xff"])
def test_a_file_of_what_was_seen_that_is_damaged_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hub.seen").write_bytes(content)
    with pytest.raises(ValueError, match="is damaged"):
        SeenVersions(tmp_path / "hub").read()
