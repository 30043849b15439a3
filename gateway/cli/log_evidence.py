"""What was given out of the log, read from files and held against it: receipts, proofs,
checkpoints. And the key that checks them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tongxing.gateway.answering.proof import check_proof
from tongxing.gateway.answering.receipt import ReceiptMark, read_receipt
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.terminal import now, text_of
from tongxing.gateway.storage.audit import AuditMark
from tongxing.gateway.storage.log_names import GivenHead, first_name_of
from tongxing.keys import PublicKey, base64url
from tongxing.keys.hub_key_file import log_keys_in
from tongxing.keys.hub_key_set import HubKeyState
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.log_key import InvalidLogKey, verify_log_key
from tongxing.keys.log_proof import InvalidProof, read_proof
from tongxing.keys.receipts import InvalidReceipt
from tongxing.keys.signed_note import InvalidNote, VerifierKey, read_verifier_key
from tongxing.keys.suites import InvalidKey
from tongxing.keys.tree_head import TreeHead, unverified_tree_head, verify_tree_head
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


class PublicKeys(NamedTuple):
    """``hub`` check receipts; ``log`` check proofs and checkpoints."""

    hub: Sequence[PublicKey]
    log: Sequence[VerifierKey]


def public_keys(keys: HubKeys) -> PublicKeys:
    """Of the hub itself, past and revoked ones too, and those that lie here and of which nothing is
    stated: they check what is held against the log all the same."""
    stated = keys.current.in_states(frozenset(HubKeyState), now())
    every = [key.public_key for key in stated]
    held = [key.public_key for key in keys.held.hub.values()]
    return PublicKeys([*every, *held], (*keys.of_log(), *keys.of_heads()))


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
    files: Sequence[Path], keys: Sequence[PublicKey], first_name: str
) -> Iterator[GivenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            mark = read_receipt(handed_over(read_file(file)).strip(), *keys).audit
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


def seen_in_proofs(files: Sequence[Path], keys: Sequence[VerifierKey]) -> Iterator[GivenHead]:
    """Raises CommandFailed."""
    for file in files:
        try:
            text = read_file(file)
            head = check_proof(text, *keys_for(read_proof(text).checkpoint, keys)).head
        except (InvalidProof, InvalidNote):
            raise not_genuine(file) from None
        yield GivenHead(head.origin, head, str(file))


def seen_in_checkpoints(files: Sequence[Path], keys: Sequence[VerifierKey]) -> Iterator[GivenHead]:
    """Also in head files, which are longer. Raises CommandFailed."""
    for file in files:
        try:
            text = read_file(file).rstrip("\n") + "\n"
            head = verify_tree_head(text, *keys_for(text, keys))
        except InvalidNote:
            raise not_genuine(file) from None
        yield GivenHead(head.origin, head, str(file))


def keys_for(unverified: str, keys: Sequence[VerifierKey]) -> Sequence[VerifierKey]:
    """The same keys for the log that the checkpoint is of, as far as that is the same hub's: a key
    may be certified for the name that the log had on another day. Raises InvalidNote."""
    origin = unverified_tree_head(unverified).origin
    first_name = first_name_of(origin)
    named = [VerifierKey(origin, k.public_key) for k in keys if first_name_of(k.name) == first_name]
    if not named:
        raise InvalidNote("the checkpoint is of another hub's log")
    return named


def not_genuine(file: Path) -> CommandFailed:
    return CommandFailed(f"{file} 不是此平台出具的，请核对 was not given out by this hub")
