"""What was given out of the log, read from files and held against it: receipts, proofs,
checkpoints. And the key that checks them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.answering.proof import check_proof
from tongxing.gateway.answering.receipt import ReceiptMark, read_receipt
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.terminal import text_of
from tongxing.gateway.storage.audit import AuditMark
from tongxing.gateway.storage.log_names import GivenHead, first_name_of
from tongxing.keys import PublicKey, base64url
from tongxing.keys.log_key import InvalidLogKey, verify_log_key
from tongxing.keys.log_proof import InvalidProof, read_proof
from tongxing.keys.receipts import InvalidReceipt
from tongxing.keys.signed_note import InvalidNote, VerifierKey, read_verifier_key
from tongxing.keys.tree_head import TreeHead, unverified_tree_head, verify_tree_head
from tongxing.schema.characters import handed_over

LogKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--log-key",
        metavar="FILE",
        show_default=False,
        help="审计日志公钥：hub { logKey } 的 verifierKey；或其 certificate，并给 --hub-key "
        "The log's key; or the hub's certificate of it, with --hub-key",
    ),
]


def read_log_key(file: Path, hub_key: PublicKey | None) -> VerifierKey:
    """Raises CommandFailed."""
    text = read_file(file).strip()
    try:
        if "+" in text or hub_key is None:
            return read_verifier_key(text)
        return verify_log_key(text, hub_key)
    except (InvalidNote, InvalidLogKey):
        raise CommandFailed(
            f"{file} 不是此平台审计日志的公钥，请核对 is not the key of this hub's log"
        ) from None


def read_file(file: Path) -> str:
    """Raises CommandFailed."""
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise CommandFailed(
            f"{file} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    return text_of(octets)


def seen_in_receipts(files: Sequence[Path], key: PublicKey, first_name: str) -> Iterator[GivenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            mark = read_receipt(handed_over(read_file(file)).strip(), key).audit
        except InvalidReceipt:
            raise not_genuine(file) from None
        log = mark.log or first_name
        yield GivenHead(log, AuditMark(mark.index, mark.hash), str(file))
        for head in _tree_of(mark, log):
            yield GivenHead(log, head, str(file))


def _tree_of(mark: ReceiptMark, origin: str) -> Iterator[TreeHead]:
    """A receipt of the time before the tree has none; its hash fixes what lies before it."""
    if mark.size is not None and mark.root is not None:
        yield TreeHead(origin, mark.size, base64url.decode(mark.root))


def seen_in_proofs(files: Sequence[Path], key: VerifierKey) -> Iterator[GivenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            text = read_file(file)
            head = check_proof(text, _for(read_proof(text).checkpoint, key)).head
        except (InvalidProof, InvalidNote):
            raise not_genuine(file) from None
        yield GivenHead(head.origin, head, str(file))


def seen_in_checkpoints(files: Sequence[Path], key: VerifierKey) -> Iterator[GivenHead]:
    """Also in head files, which are longer. Raises CommandFailed."""
    for file in files:
        try:
            text = read_file(file).rstrip("\n") + "\n"
            head = verify_tree_head(text, _for(text, key))
        except InvalidNote:
            raise not_genuine(file) from None
        yield GivenHead(head.origin, head, str(file))


def _for(unverified: str, key: VerifierKey) -> VerifierKey:
    """The same key for the log that the checkpoint is of, if that is the same hub's. Raises
    InvalidNote."""
    origin = unverified_tree_head(unverified).origin
    if first_name_of(origin) != first_name_of(key.name):
        raise InvalidNote("the checkpoint is of another hub's log")
    return VerifierKey(origin, key.public_key)


def not_genuine(file: Path) -> CommandFailed:
    return CommandFailed(f"{file} 不是此平台出具的，请核对 was not given out by this hub")
