"""A root key on a PKCS#11 token: a smart card, a USB token, a hardware security module.

The key is named by a URI (RFC 7512), such as ``pkcs11:token=carol;object=root?module-path=/usr/lib/
softhsm/libsofthsm2.so&pin-source=file:/run/pin``. Responsible for signing with it, ES256 or EdDSA,
whichever it is; the private key never leaves the token. Refuses a PIN in the URI, because the list
of processes shows arguments, and refuses to try a PIN twice, because a token locks itself.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error, TokenFlag

from tongxing.keys.suites import InvalidKey, PublicKey, SuiteName, public_key_from_encoded

SCHEME = "pkcs11:"
_PATH = frozenset({"token", "serial", "object", "id"})
_QUERY = frozenset({"module-path", "pin-source"})


class TokenRefused(ValueError):
    """The token or its key cannot be used; says why in both languages, and nothing secret."""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """``pin_file``: where its PIN is; without it the PIN is asked for."""

    module: Path
    token: Mapping[str, str | bytes]
    key: Mapping[Attribute, str | bytes]
    pin_file: Path | None


def parse_token_uri(text: str) -> TokenPlace:
    """Raises TokenRefused."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    parts, rest = _attributes(path, ";", _PATH), _attributes(query, "&", _QUERY)
    if "module-path" not in rest or not {"token", "serial"} & parts.keys():
        raise TokenRefused(
            "须写明 token 和 module-path the URI names a token and a module-path: "
            "pkcs11:token=NAME;object=KEY?module-path=FILE"
        )
    pin = rest.get("pin-source")
    return TokenPlace(
        Path(rest["module-path"].decode()),
        _named(parts, {"token": "token_label", "serial": "token_serial"}),
        _named(parts, {"object": Attribute.LABEL, "id": Attribute.ID}),
        None if pin is None else Path(pin.decode().removeprefix("file:").removeprefix("//")),
    )


def _attributes(text: str, between: str, known: frozenset[str]) -> Mapping[str, bytes]:
    pairs = [part.partition("=") for part in text.split(between) if part]
    found = {name: unquote_to_bytes(value) for name, _, value in pairs}
    if "pin-value" in found:
        raise TokenRefused(
            "PIN 不能写在命令行上：请用 pin-source 指明文件，或不写而由提示输入 a PIN is not taken "
            "on the command line: name a file with pin-source, or leave it out to be asked"
        )
    if not found.keys() <= known or len(found) != len(pairs) or not _are_texts(found):
        raise TokenRefused(
            f"不认识的 URI，可用 an unknown URI; it may have {', '.join(sorted(_PATH | _QUERY))}"
        )
    return found


def _are_texts(found: Mapping[str, bytes]) -> bool:
    try:
        return all(name == "id" or value.decode() for name, value in found.items())
    except UnicodeDecodeError:
        return False


_BYTES = frozenset({"serial", "id"})


T = TypeVar("T")


def _named(parts: Mapping[str, bytes], names: Mapping[str, T]) -> Mapping[T, str | bytes]:
    return {
        name: parts[part] if part in _BYTES else parts[part].decode()
        for part, name in names.items()
        if part in parts
    }


class TokenSigner:
    def __init__(self, public_key: PublicKey, key: Any) -> None:
        self.public_key = public_key
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """64 bytes. Raises TokenRefused."""
        try:
            if self.public_key.suite is SuiteName.EDDSA:
                return bytes(self._key.sign(message, mechanism=Mechanism.EDDSA))
            return bytes(self._key.sign(sha256(message).digest(), mechanism=Mechanism.ECDSA))
        except PKCS11Error as error:
            raise _refused(error) from None


@contextmanager
def token_signer(place: TokenPlace, pin: Callable[[], str]) -> Iterator[TokenSigner]:
    """The key, for as long as the token is open. ``pin`` is called once, unless the token has keys
    of its own to type it on. Raises TokenRefused."""
    try:
        token = pkcs11.lib(str(place.module)).get_token(**place.token)
        has_pad = TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags
        session = token.open(user_pin=pkcs11.PROTECTED_AUTH if has_pad else pin())
    except (PKCS11Error, RuntimeError) as error:
        raise _refused(error) from None
    with session:
        yield _signer(session, place.key)


def _signer(session: Any, name: Mapping[Attribute, str | bytes]) -> TokenSigner:
    try:
        key = _only(session, {Attribute.CLASS: ObjectClass.PRIVATE_KEY, **name})
        public = _only(session, {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: key.id})
        return TokenSigner(_public_key(public), key)
    except PKCS11Error as error:
        raise _refused(error) from None


def _only(session: Any, template: Mapping[Attribute, object]) -> Any:
    """All are read: a search that is left half way complains when the session is closed."""
    found = list(session.get_objects(template))
    if len(found) != 1:
        raise TokenRefused(
            f"应恰有一个这样的密钥，实有{len(found)}个 the URI must name one key, and there are "
            f"{len(found)}"
        )
    return found[0]


_P256 = bytes.fromhex("06082a8648ce3d030107")
"""The object identifier of the curve, in DER."""

_POINT = {KeyType.EC: b"\x04\x41\x04", KeyType.EC_EDWARDS: b"\x04\x20"}
"""How EC_POINT begins: an OCTET STRING in DER, and on P-256 the mark of a point in full."""


def _public_key(key: Any) -> PublicKey:
    kind = key.key_type
    point = bytes(key[Attribute.EC_POINT]) if kind in _POINT else b""
    is_other_curve = kind is KeyType.EC and bytes(key[Attribute.EC_PARAMS]) != _P256
    if not point or is_other_curve or not point.startswith(_POINT[kind]):
        raise _NO_KEY
    suite = SuiteName.ES256 if kind is KeyType.EC else SuiteName.EDDSA
    try:
        return public_key_from_encoded(suite, point.removeprefix(_POINT[kind]))
    except InvalidKey:
        raise _NO_KEY from None


_NO_KEY = TokenRefused(
    "只用 P-256 和 Ed25519 的密钥 the key is neither on P-256 nor an Ed25519 key"
)


def _refused(error: Exception) -> TokenRefused:
    """By the name of the error alone: its text may repeat what was typed."""
    return TokenRefused(
        f"令牌拒绝（{type(error).__name__}），请核对 PIN、标签和模块路径 the token refuses "
        f"({type(error).__name__}): check the PIN, the labels and the path of the module"
    )
