"""A receipt named on the command line, verified and decided again; shared by the commands that do.

A receipt names its holder only as a HolderRef, so unlike a document it may lie in a file.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailed
from gateway.cli.json_file import read_json_object
from gateway.receipts.rejudging import CannotRejudge, Rejudged, rejudge
from gateway.recognition.policy_file import policy_files, read_policy
from gateway.recognition.refusal import PolicyRefused
from gateway.settings import SHIPPED_POLICIES
from keys.receipts import InvalidReceipt, verify_receipt
from keys.suites import InvalidKey, PublicKey, public_key_from_jwk

FROM_STDIN = Path("-")

_HUB_KEY = typer.Option(
    metavar="FILE", show_default=False, help="互认平台公钥 The hub's public key (JWK)"
)
HubKeyOption = Annotated[Path, _HUB_KEY]
OptionalHubKeyOption = Annotated[Path | None, _HUB_KEY]
PoliciesOption = Annotated[
    Path,
    typer.Option(
        metavar="DIR", show_default=False, help="政策目录，缺省为随附政策 The policy files"
    ),
]


def replayed(receipt: Path, hub_key: Path, policies: Path = SHIPPED_POLICIES) -> Rejudged:
    """Raises CommandFailed where the receipt, the key or the policies are not what is needed."""
    key = read_public_key(hub_key)
    try:
        claims = verify_receipt(_text(receipt), key)
    except InvalidReceipt:
        raise CommandFailed("this is not a receipt of the hub with that key") from None
    try:
        return rejudge(
            claims, [read_policy(f.name, f.read_bytes()) for f in policy_files(policies)]
        )
    except (CannotRejudge, PolicyRefused) as error:
        raise CommandFailed(str(error)) from None


def read_public_key(file: Path) -> PublicKey:
    try:
        return public_key_from_jwk(read_json_object(file))
    except InvalidKey as error:
        raise CommandFailed(f"{file}: {error}") from None


def _text(receipt: Path) -> str:
    try:
        text = sys.stdin.read() if receipt == FROM_STDIN else receipt.read_text("utf-8")
    except OSError as error:
        raise CommandFailed(f"{receipt} cannot be read ({error.strerror})") from None
    except UnicodeError:
        raise CommandFailed(f"{receipt} is not a receipt") from None
    return text.strip()
