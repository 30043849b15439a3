"""Tree heads: what a log signs of its own size and root, as a checkpoint (C2SP tlog-checkpoint).

Responsible for the three lines and their signature. A log must never sign two that no consistency
proof joins; whoever signs sees to that (``gateway/storage/tree.py``).
"""

import re
from dataclasses import dataclass

from tongxing.keys.merkle import HASH_BYTES
from tongxing.keys.signed_note import (
    InvalidNote,
    NoteSigner,
    VerifierKey,
    from_base64,
    sign_note,
    to_base64,
    unverified_text,
    verify_note,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class TreeHead:
    """``origin`` names the log; ``root`` is that of its first ``size`` leaves."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def sign_tree_head(size: int, root: bytes, signer: NoteSigner) -> str:
    """The name of the signer's key is the origin (tlog-checkpoint, "Signatures")."""
    return sign_note(TreeHead(signer.verifier.name, size, root).text(), signer)


def verify_tree_head(unverified: str, *keys: VerifierKey) -> TreeHead:
    """What the log with these keys has signed; those that have another name are passed over.
    Raises InvalidNote."""
    head = unverified_tree_head(unverified)
    verify_note(unverified, *(key for key in keys if key.name == head.origin))
    return head


def unverified_tree_head(note: str) -> TreeHead:
    """What a checkpoint says, whoever signed it. Raises InvalidNote if it has not the form."""
    return _read(unverified_text(note))


def _read(text: str) -> TreeHead:
    lines = text[:-1].split("\n")
    if len(lines) < _LINES or not all(lines) or _SIZE.fullmatch(lines[1]) is None:
        raise InvalidNote("not a checkpoint")
    root = from_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise InvalidNote("not a checkpoint")
    return TreeHead(lines[0], int(lines[1]), root)
