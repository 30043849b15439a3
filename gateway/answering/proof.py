"""The proof of an answer: its claims, with what shows that the audit log holds their digest.

Responsible for what goes along with a proof (``extra``): the leaf of the entry, a line feed, and
the claims as text. Nothing has to be put into a canonical form, because both are hashed as they
are. A proof of an entry that states nothing to a client holds the leaf alone. The texts and trees
are those of ``keys.log_proof``; ``docs/audit-log.md`` says how anybody checks one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tongxing.gateway.storage.audit import Logged
from tongxing.gateway.storage.entries import PLANTED
from tongxing.keys import base64url
from tongxing.keys.log_proof import PROOF_MAX_BYTES, InvalidProof, read_proof, verify_proof
from tongxing.keys.merkle import leaf_hash
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.tree_head import TreeHead
from tongxing.schema import AuditIndex

_END_OF_LEAF = b"\n"


class Stated:
    """The ``text`` of an answer's claims (``claims_text``) and its digest, each made once. ``sub``:
    as in the claims."""

    __slots__ = ("digest", "sub", "text")

    def __init__(self, text: bytes, sub: str | None) -> None:
        self.text = text
        self.sub = sub
        self.digest = hashlib.sha256(text).digest()


def proof_text(stated: Stated, logged: Logged) -> str:
    """Only of an answer that is recorded and whose checkpoint is written."""
    return logged.proof(logged.leaf + _END_OF_LEAF + stated.text).text()


@dataclass(frozen=True, slots=True)
class Proven:
    """``claims``: what the client was told; None if the entry is none of an answer, or if the proof
    came without them. ``head``: of the log that held the entry."""

    index: AuditIndex
    claims: Mapping[str, object] | None
    head: TreeHead


Leaf = tuple[int, int, int, int, str | None, str]


def check_proof(unverified: str, *keys: VerifierKey) -> Proven:
    """What the log with ``keys`` proves. Its age is not judged. Raises InvalidProof."""
    proof = read_proof(unverified)
    leaf, _, told = proof.extra.partition(_END_OF_LEAF)
    head = verify_proof(proof, leaf_hash(leaf), *keys)
    try:
        version, index, _kind, _at, digest, _row = msgspec.json.decode(leaf, type=Leaf)
    except msgspec.MsgspecError:
        raise InvalidProof("the log holds something that is no entry") from None
    if index != proof.index:
        raise InvalidProof("the entry was appended at another place")
    if not told:
        return Proven(AuditIndex(index), None, head)
    if version != PLANTED or digest != base64url.encode(hashlib.sha256(told).digest()):
        raise InvalidProof("the claims are not those of the entry")
    return Proven(AuditIndex(index), _claims(told), head)


def _claims(told: bytes) -> Mapping[str, object]:
    try:
        return parse_object(told, at_most_bytes=PROOF_MAX_BYTES)
    except MalformedJson:
        raise InvalidProof("the claims are no JSON object") from None
