"""Signed notes (C2SP signed-note): a text, and below it lines that sign it.

Responsible for Ed25519 signatures by keys of the type that the specification numbers 1, for their
ids and for the text form of their public halves (*vkey*). A signature by an unknown key is passed
over; one by the known key that fails refuses the note. Refuses to know what a text says.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Protocol

from tongxing.keys.ed25519 import EdPublicKey

NOTE_MAX_BYTES = 128 * 1024
"""Sixteen signatures of nearly 5 kB must be accepted (signed-note, "Format"). Error:
InvalidNote."""

_ED25519 = b"\x01"
_ID_BYTES = 4
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/=]+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class InvalidNote(ValueError):
    """No note that the expected key has signed, or no verifier key. Repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    name: str
    public_key: EdPublicKey

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.public_key.encoded)

    def text(self) -> str:
        """``<name>+<id>+<key>``, as every program that reads signed notes takes it."""
        encoded = to_base64(_ED25519 + self.public_key.encoded)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


class NoteSigner(Protocol):
    @property
    def verifier(self) -> VerifierKey: ...

    def sign(self, message: bytes) -> bytes: ...

    def named(self, name: str) -> "NoteSigner":
        """The same key for another log."""
        ...


def key_id(name: str, encoded: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + encoded).digest()[:_ID_BYTES]


def read_verifier_key(text: str) -> VerifierKey:
    """Raises InvalidNote."""
    name, _, rest = text.partition("+")
    its_id, _, encoded = rest.partition("+")
    try:
        octets = from_base64(encoded)
        key = VerifierKey(name, EdPublicKey.from_encoded(octets[1:]))
    except ValueError:
        raise InvalidNote("not a verifier key for signed notes") from None
    if octets[:1] != _ED25519 or its_id != key.key_id.hex() or not _NAME.fullmatch(name):
        raise InvalidNote("not a verifier key for signed notes")
    return key


def sign_note(text: str, signer: NoteSigner) -> str:
    """``text``, which ends with a line feed, as a note with one signature."""
    verifier = signer.verifier
    signature = to_base64(verifier.key_id + signer.sign(text.encode()))
    return f"{text}\n— {verifier.name} {signature}\n"


def verify_note(unverified: str, *keys: VerifierKey) -> str:
    """The text of a note that one of ``keys`` has signed. Raises InvalidNote."""
    text, signatures = _parted(unverified)
    known = [(k, octets) for name, octets in signatures for k in keys if _is_by(k, name, octets)]
    if not known:
        raise InvalidNote("the note is not signed by this key")
    for key, octets in known:
        try:
            key.public_key.check(text.encode(), octets[_ID_BYTES:])
        except ValueError:
            raise InvalidNote("a signature of this note is not genuine") from None
    return text


def unverified_text(note: str) -> str:
    """The text of a note whoever signed it. Raises InvalidNote if it has not the form of one."""
    return _parted(note)[0]


def _is_by(key: VerifierKey, name: str, octets: bytes) -> bool:
    return name == key.name and octets[:_ID_BYTES] == key.key_id


def _parted(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note.encode("utf-8", "surrogatepass")) > NOTE_MAX_BYTES or _CONTROL.search(note):
        raise InvalidNote("not a signed note")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise InvalidNote("not a signed note")
    return f"{text}\n", [_signature(line) for line in lines[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise InvalidNote("not a signed note")
    octets = from_base64(found["signature"])
    if len(octets) <= _ID_BYTES:
        raise InvalidNote("not a signed note")
    return found["name"], octets


def to_base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes of ``text`` in the standard alphabet with padding (RFC 4648 §4), in its one
    canonical spelling. Raises InvalidNote."""
    try:
        octets = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise InvalidNote("not base64") from None
    if to_base64(octets) != text:
        raise InvalidNote("not canonical base64")
    return octets
