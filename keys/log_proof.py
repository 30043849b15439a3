"""Proofs that a log holds an entry (C2SP tlog-proof): one text, checked without the log.

Responsible for the text and for what it proves: that the leaf lies at its index under the root of a
checkpoint that the log signed. Refuses to know how a leaf is made; ``extra`` is believed only once
a leaf hash was computed from it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tongxing.keys.merkle import ProofRefused, check_inclusion
from tongxing.keys.signed_note import InvalidNote, VerifierKey, from_base64, to_base64
from tongxing.keys.tree_head import TreeHead, verify_tree_head

PROOF_MAX_BYTES = 512 * 1024
"""The claims of an answer with every issuer in them stay far below. Error: InvalidProof."""

FIRST_LINE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (?P<index>0|[1-9][0-9]{0,18})")


class InvalidProof(ValueError):
    """The text is no proof by the log with this key. Repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class LogProof:
    """``path`` leads from the leaf ``index`` to the root of ``checkpoint``, a signed note."""

    index: int
    path: Sequence[bytes]
    checkpoint: str
    extra: bytes = b""

    def text(self) -> str:
        extra = [f"extra {to_base64(self.extra)}"] if self.extra else []
        hashes = [to_base64(each) for each in self.path]
        lines = [FIRST_LINE, *extra, f"index {self.index}", *hashes]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"


def read_proof(unverified: str) -> LogProof:
    """What the text says; nothing of it is checked. Raises InvalidProof."""
    if len(unverified) > PROOF_MAX_BYTES:
        raise InvalidProof("longer than any proof")
    head, blank, checkpoint = unverified.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != FIRST_LINE:
        raise InvalidProof("not a proof of a log")
    try:
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "))
        found = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if found is None:
            raise InvalidProof("not a proof of a log")
        return LogProof(
            int(found["index"]), [from_base64(each) for each in lines], checkpoint, extra
        )
    except InvalidNote:
        raise InvalidProof("not a proof of a log") from None


def verify_proof(unverified: LogProof, leaf: bytes, *keys: VerifierKey) -> TreeHead:
    """The tree head under which the log with ``keys`` holds ``leaf``, a leaf hash. Raises
    InvalidProof."""
    try:
        head = verify_tree_head(unverified.checkpoint, *keys)
        check_inclusion(leaf, unverified.index, head.size, unverified.path, head.root)
    except (InvalidNote, ProofRefused):
        raise InvalidProof("no proof by the log with this key") from None
    return head
