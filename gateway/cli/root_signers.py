"""A root key of the person at this machine: in a file, or on a token that a URI names."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongxing.gateway.ceremony.token_key import (
    SCHEME,
    TokenPlace,
    TokenRefused,
    parse_token_uri,
    token_signer,
)
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.terminal import ask_hidden
from tongxing.gateway.operation.files import read_at_most
from tongxing.keys.root_signatures import RootSigner
from tongxing.keys.signing import InvalidPrivateKey, root_signer_from_pem
from tongxing.keys.suites import BadSignature, check_signature

KEY_FILE_MAX_BYTES = 64 * 1024
PIN_MAX_BYTES = 1024
KEY_HELP = (
    "私钥文件，或令牌上密钥的 URI A private key's file, or the URI (RFC 7512) of one on a token"
)


@contextmanager
def root_signer(named: str) -> Iterator[RootSigner]:
    """Raises CommandFailed, OSError."""
    try:
        if named.startswith(SCHEME):
            place = parse_token_uri(named)
            with token_signer(place, lambda: _pin(place)) as signer:
                yield signer
        else:
            yield _from_file(Path(named))
    except TokenRefused as refused:
        raise CommandFailed(str(refused)) from None


def _from_file(file: Path) -> RootSigner:
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CommandFailed(
            f"{file} 其他账户可以读取，请先收紧权限 is open to other accounts: chmod 600 {file}"
        )
    try:
        return root_signer_from_pem(read_at_most(file, KEY_FILE_MAX_BYTES))
    except InvalidPrivateKey as error:
        raise CommandFailed(f"{file} 不是可用的私钥 is no usable private key: {error}") from None


def _pin(place: TokenPlace) -> str:
    if place.pin_file is None:
        return ask_hidden("令牌 PIN（不显示）the token's PIN (not shown)")
    try:
        return read_at_most(place.pin_file, PIN_MAX_BYTES).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise CommandFailed(f"{place.pin_file} 不是文本 is no text") from None


def try_signing(signer: RootSigner) -> None:
    """A key that cannot sign is found now, and not at the next ceremony. Raises CommandFailed."""
    message = b"tongxing: a signature to try the key"
    try:
        check_signature(signer.public_key, message, signer.sign(message))
    except BadSignature:
        raise CommandFailed(
            "密钥的签名与其公钥不符 the key's signature does not fit its public half"
        ) from None
