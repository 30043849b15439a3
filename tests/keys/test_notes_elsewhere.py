"""What we sign and prove verifies with a program that is not ours (tlog-scales)."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from tlog_scales.signing import Vkey
from tlog_scales.tlog import (
    Checkpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)

from tests.keys.test_merkle import LEAVES, MOST, find
from tongxing.keys import HubSigner
from tongxing.keys.merkle import consistency_path, inclusion_path, leaf_hash, root_of
from tongxing.keys.tree_head import sign_tree_head

SIGNER = HubSigner(ec.derive_private_key(1, ec.SECP256R1())).log_signer("hub/audit")
VKEY = SIGNER.verifier.text()


def test_a_checkpoint_verifies_with_the_published_key() -> None:
    note = sign_tree_head(7, root_of(7, find), SIGNER)
    elsewhere = Checkpoint.from_text(note)
    elsewhere.verify(Vkey.from_string(VKEY))
    assert (elsewhere.origin, elsewhere.size) == ("hub/audit", 7)
    assert elsewhere.root_hash == root_of(7, find)
    assert elsewhere.serialize() == note
    with pytest.raises(InvalidSignature):
        Checkpoint.from_text(note.replace("\n7\n", "\n8\n")).verify(Vkey.from_string(VKEY))


@pytest.mark.parametrize("size", range(1, MOST))
def test_every_inclusion_proof_verifies(size: int) -> None:
    root = root_of(size, find)
    for index in range(size):
        proof = InclusionProof(index, size, inclusion_path(index, size, find))
        proof.check(leaf_hash(LEAVES[index]), root)
        with pytest.raises(InclusionProofInvalid):
            proof.check(leaf_hash(b"another"), root)


@pytest.mark.parametrize("new", range(1, MOST))
def test_every_consistency_proof_verifies(new: int) -> None:
    for old in range(new + 1):
        proof = ConsistencyProof(old, new, consistency_path(old, new, find))
        proof.check(root_of(old, find), root_of(new, find))
        if old:
            with pytest.raises(ConsistencyProofInvalid):
                proof.check(root_of(old - 1, find), root_of(new, find))
