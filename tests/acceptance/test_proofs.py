"""What an answer's proof, a checkpoint and an entry's proof show to a client that has the key."""

import json
from typing import Any

import pytest
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof

from tests.acceptance.callers import Caller, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub
from tongxing.gateway.answering.proof import check_proof
from tongxing.keys import HubSigner, base64url, verify_receipt
from tongxing.keys.log_key import verify_log_key
from tongxing.keys.log_proof import LogProof, read_proof
from tongxing.keys.merkle import leaf_hash
from tongxing.keys.signed_note import read_verifier_key

ASK = (
    "query($input: TravelerInput!) { traveler(input: $input) "
    "{ ... on TravelerRecognition { color auditIndex receipt proof } } }"
)
HUB = "{ hub { logKey { verifierKey certificate } } checkpoint }"
CONSISTENCY = """
query($from: AuditIndex!, $to: AuditIndex!) {
  consistencyProof(from: $from, to: $to) { from to path }
}
"""
ENTRY = "query($index: AuditIndex!) { auditEntry(index: $index) { entryHash inclusionProof } }"
PAGE = "{ auditEntries(last: 300) { edges { node { entryHash inclusionProof } } } }"


def _answer(caller: Caller) -> dict[str, Any]:
    asked = request_of(fields(document_of("green_everywhere")))
    answer: dict[str, Any] = caller.data(ASK, asked)["traveler"]
    return answer


def _vkey(caller: Caller) -> str:
    return str(caller.data(HUB)["hub"]["logKey"]["verifierKey"])


def _elsewhere(proof: LogProof, leaf: bytes, vkey: str) -> Checkpoint:
    """Checked by a program that is not ours."""
    head = Checkpoint.from_text(proof.checkpoint)
    head.verify(Vkey.from_string(vkey))
    InclusionProof(proof.index, head.size, list(proof.path)).check(leaf, head.root_hash)
    return head


def test_a_proof_states_what_the_receipt_states_and_verifies_elsewhere(
    hub: RunningHub, city: Caller
) -> None:
    answer, vkey = _answer(city), _vkey(city)
    signer = HubSigner.from_pem(hub.layout.hub_key.read_bytes())
    stated = dict(verify_receipt(answer["receipt"], signer.public_key))
    mark: Any = stated.pop("audit")
    proven = check_proof(answer["proof"], read_verifier_key(vkey))
    assert proven.claims == stated
    assert proven.index == answer["auditIndex"] == mark["index"]
    proof = read_proof(answer["proof"])
    leaf = proof.extra.partition(b"\n")[0]
    head = _elsewhere(proof, leaf_hash(leaf), vkey)
    assert base64url.encode(leaf_hash(leaf)) == mark["hash"]
    assert (head.size, base64url.encode(head.root_hash)) == (mark["size"], mark["root"])


def test_an_answer_has_one_receipt_and_one_proof_however_often_they_are_asked_for(
    city: Caller,
) -> None:
    several = ASK.replace("receipt proof", "one: receipt other: receipt first: proof last: proof")
    asked = request_of(fields(document_of("green_everywhere")))
    answer: dict[str, Any] = city.data(several, asked)["traveler"]
    assert answer["one"] == answer["other"]
    assert answer["first"] == answer["last"]


def test_the_receipts_key_vouches_for_the_logs(hub: RunningHub, city: Caller) -> None:
    key = city.data(HUB)["hub"]["logKey"]
    signer = HubSigner.from_pem(hub.layout.hub_key.read_bytes())
    vouched = verify_log_key(key["certificate"], signer.public_key)
    assert vouched.text() == key["verifierKey"]


def test_any_client_can_watch_the_log_grow(city: Caller, coordinator: Caller) -> None:
    vkey = Vkey.from_string(_vkey(city))
    heads = []
    for caller in (city, coordinator, city):
        _answer(city)
        head = Checkpoint.from_text(caller.data(HUB)["checkpoint"])
        head.verify(vkey)
        heads.append(head)
    for earlier in heads:
        asked = {"from": earlier.size, "to": heads[-1].size}
        shown = city.data(CONSISTENCY, asked)["consistencyProof"]
        path = [base64url.decode(each) for each in shown["path"]]
        proof = ConsistencyProof(earlier.size, heads[-1].size, path)
        proof.check(earlier.root_hash, heads[-1].root_hash)


@pytest.mark.parametrize(("begin", "end"), [(0, 2**53 - 1), (5, 3), (2**53 - 1, 2**53 - 1)])
def test_a_tree_that_there_is_not_is_not_proven(city: Caller, begin: int, end: int) -> None:
    assert city.data(CONSISTENCY, {"from": begin, "to": end}) == {"consistencyProof": None}


def test_an_auditor_gets_the_proof_of_an_entry_and_nothing_of_its_row(
    city: Caller, coordinator: Caller
) -> None:
    answer, vkey = _answer(city), _vkey(city)
    entry = coordinator.data(ENTRY, {"index": answer["auditIndex"]})["auditEntry"]
    proof = read_proof(entry["inclusionProof"])
    assert base64url.encode(leaf_hash(proof.extra)) == entry["entryHash"]
    _elsewhere(proof, leaf_hash(proof.extra), vkey)
    assert check_proof(entry["inclusionProof"], read_verifier_key(vkey)).claims is None
    version, index, kind, _at, *digests = json.loads(proof.extra)
    assert (version, index, kind) == (2, answer["auditIndex"], 2)
    assert all(len(digest) == 43 for digest in digests)


def test_a_page_of_entries_is_proven_under_one_checkpoint(
    city: Caller, coordinator: Caller
) -> None:
    _answer(city)
    vkey = _vkey(city)
    edges = coordinator.data(PAGE)["auditEntries"]["edges"]
    proofs = [read_proof(edge["node"]["inclusionProof"]) for edge in edges]
    assert len({proof.checkpoint for proof in proofs}) == 1
    for edge, proof in zip(edges, proofs, strict=True):
        assert base64url.encode(leaf_hash(proof.extra)) == edge["node"]["entryHash"]
        _elsewhere(proof, leaf_hash(proof.extra), vkey)
