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
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.keys import PublicKey, base64url
from tongxing.keys.hub_key_file import log_keys_in
from tongxing.keys.log_key import InvalidLogKey, verify_log_key
from tongxing.keys.log_proof import InvalidProof
from tongxing.keys.receipts import InvalidReceipt
from tongxing.keys.signed_note import InvalidNote, VerifierKey, read_verifier_key
from tongxing.keys.suites import InvalidKey
from tongxing.keys.tree_head import TreeHead, verify_tree_head
from tongxing.schema.characters import handed_over

LogKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--log-key",
        metavar="FILE",
        show_default=False,
        help="审计日志公钥：hub { logKey } 的 verifierKey；或其 certificate，并给 --hub-key；"
        "或 jwks.json The log's key; or the hub's certificate of it, with --hub-key; or jwks.json",
    ),
]


def read_log_keys(file: Path, hub_keys: Sequence[PublicKey]) -> Sequence[VerifierKey]:
    """Raises CommandFailed."""
    text = read_file(file).strip()
    try:
        if text.startswith("{"):
            return log_keys_in(text.encode())
        if "+" in text or not hub_keys:
            return [read_verifier_key(text)]
        return [verify_log_key(text, *hub_keys)]
    except (InvalidNote, InvalidLogKey, InvalidKey):
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


def seen_in_receipts(
    files: Sequence[Path], keys: Sequence[PublicKey], origin: str
) -> Iterator[SeenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            mark = read_receipt(handed_over(read_file(file)).strip(), *keys).audit
        except InvalidReceipt:
            raise _not_genuine(file) from None
        yield AuditMark(mark.index, mark.hash)
        yield from _tree_of(mark, origin)


def _tree_of(mark: ReceiptMark, origin: str) -> Iterator[TreeHead]:
    """A receipt of the time before the tree has none; its hash fixes what lies before it."""
    if mark.size is not None and mark.root is not None:
        yield TreeHead(origin, mark.size, base64url.decode(mark.root))


def seen_in_proofs(files: Sequence[Path], keys: Sequence[VerifierKey]) -> Iterator[SeenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            yield check_proof(read_file(file), *keys).head
        except InvalidProof:
            raise _not_genuine(file) from None


def seen_in_checkpoints(files: Sequence[Path], keys: Sequence[VerifierKey]) -> Iterator[SeenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            yield verify_tree_head(read_file(file), *keys)
        except InvalidNote:
            raise _not_genuine(file) from None


def _not_genuine(file: Path) -> CommandFailed:
    return CommandFailed(f"{file} 不是此平台出具的，请核对 was not given out by this hub")
