"""The tests' own SM2 against the worked example of GM/T 0003.5, and against itself."""

import json
import os
from pathlib import Path

import pytest

from tests.sandbox.sm2_by_hand import PrivateKey, is_signature

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("TONGXING_VECTORS", ROOT.parent / "shared" / "vectors"))


def test_the_worked_example_of_the_standard_holds() -> None:
    file = VECTORS / "sm2" / "gmt-0003.5-recommended-curve.json"
    if not file.exists():
        pytest.skip("no test vectors here: TONGXING_VECTORS names their folder")
    example = json.loads(file.read_text())
    key = PrivateKey(int(example["private_key"], 16))
    public = int(example["public_key_x"], 16), int(example["public_key_y"], 16)
    signature = bytes.fromhex(example["signature_r"] + example["signature_s"])
    assert key.public == public
    assert is_signature(signature, example["message_ascii"].encode(), public)


def test_what_it_signs_it_accepts_and_nothing_else() -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    signature = key.sign(b"message")
    assert is_signature(signature, b"message", key.public)
    assert not is_signature(signature, b"massage", key.public)
    assert not is_signature(signature, b"message", other.public)
    assert not is_signature(signature[:-1], b"message", key.public)
