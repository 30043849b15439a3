"""The other party: people with root keys, who sign whatever they like."""

from collections.abc import Sequence
from typing import Any

from tongxing.keys import base64url
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import (
    ROOT_KEYS_TYP,
    RootSigner,
    SignedForm,
    form_of,
    signed_also,
)
from tongxing.keys.root_succession import RootVersion, payload_after
from tongxing.keys.signing import Es256Signer

PEOPLE: dict[str, RootSigner] = {
    name: Es256Signer.generate() for name in ("alice", "bob", "carol", "dave", "erin", "mallory")
}


def roots(*names: str, threshold: int = 2) -> RootKeys:
    return RootKeys(threshold, {name: PEOPLE[name].public_key for name in names})


def signed_by(names: Sequence[str], payload: dict[str, Any], typ: str = ROOT_KEYS_TYP) -> bytes:
    return signed_text(names, form_of(payload).payload, typ)


def signed_text(names: Sequence[str], payload: bytes, typ: str = ROOT_KEYS_TYP) -> bytes:
    form = SignedForm(base64url.encode(payload), payload, ())
    for name in names:
        form = signed_also(form, typ, name, PEOPLE[name])
    return form.to_bytes()


def successor(held: RootVersion, new: RootKeys, /, *names: str, **other: Any) -> bytes:
    return signed_by(names, payload_after(held, new) | other)
