"""Public vectors of inclusion and consistency proofs; each says whether it must be refused."""

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.keys.vectors import folder, load
from tongxing.keys.merkle import ProofRefused, check_consistency, check_inclusion


def _cases(kind: str) -> list[Any]:
    names = sorted(
        path.relative_to(folder()) for path in (folder() / "merkle" / kind).rglob("*.json")
    )
    return [pytest.param(name, id=str(name)) for name in names]


def _bytes(text: str | None) -> bytes:
    return b64decode(text or "")


def _path(vector: dict[str, Any]) -> list[bytes]:
    return [_bytes(each) for each in vector["proof"] or ()]


@pytest.mark.parametrize("name", _cases("inclusion"))
def test_inclusion(name: Path) -> None:
    vector = load(str(name))
    arguments = (
        _bytes(vector["leafHash"]),
        vector["leafIdx"],
        vector["treeSize"],
        _path(vector),
        _bytes(vector["root"]),
    )
    if vector["wantErr"]:
        with pytest.raises(ProofRefused):
            check_inclusion(*arguments)
    else:
        check_inclusion(*arguments)


@pytest.mark.parametrize("name", _cases("consistency"))
def test_consistency(name: Path) -> None:
    vector = load(str(name))
    arguments = (
        vector["size1"],
        _bytes(vector["root1"]),
        vector["size2"],
        _bytes(vector["root2"]),
        _path(vector),
    )
    if vector["wantErr"]:
        with pytest.raises(ProofRefused):
            check_consistency(*arguments)
    else:
        check_consistency(*arguments)
