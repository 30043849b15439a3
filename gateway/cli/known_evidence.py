"""What shows how far the log of a lost database went: files of any kind that it gave out or kept.

A receipt, a proof, a checkpoint, a head file, a bookmark: told apart by how they begin. Each is
checked with the hub's keys.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tongxing.gateway.cli.log_evidence import (
    PublicKeys,
    not_genuine,
    read_file,
    seen_in_checkpoints,
    seen_in_proofs,
    seen_in_receipts,
)
from tongxing.gateway.operation.log_check import BOOKMARK_BEGINS, read_bookmark
from tongxing.gateway.storage.log_names import UNNAMED, GivenHead
from tongxing.keys.log_proof import FIRST_LINE


def known_in(files: Sequence[Path], keys: PublicKeys) -> Iterator[GivenHead]:
    """Raises CommandFailed for a file that is not this hub's."""
    for file in files:
        text = read_file(file).strip("\0\n ")
        if not text:
            continue  # a head file in which nothing was signed yet
        if text.startswith(BOOKMARK_BEGINS):
            mark = read_bookmark(f"{text}\n".encode(), *keys.hub)
            if mark is None:
                raise not_genuine(file)
            yield GivenHead(UNNAMED, mark, str(file))
        elif text.startswith(FIRST_LINE):
            yield from seen_in_proofs([file], keys.log)
        elif "\n" in text:
            yield from seen_in_checkpoints([file], keys.log)
        else:
            yield from seen_in_receipts([file], keys.hub, keys.log[0].name)
