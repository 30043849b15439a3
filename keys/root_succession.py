"""Root keys that follow others: each version signed by the threshold of the one before and by its
own, so that nobody is left out who could say no (as in The Update Framework, §5.3 of its
specification).

Version 1 is the file that an operator installs by hand (keys/root_keys.py). Each later one is a
signed file (keys/root_signatures.py) with the payload::

    {"version": 2, "follows": "<digest of version 1>", "threshold": 2, "keys": [{"kid", "kty", …}]}

Responsible for one link: exactly the next version, of exactly these root keys. A key id is never
given to another key in the next version, because a trust list may have signatures of both. Refuses
to fetch and to remember.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from tongxing.keys.root_keys import InvalidRootKeys, RootKeys
from tongxing.keys.root_signatures import ROOT_KEYS_TYP, signed_payload
from tongxing.keys.strict_json import MalformedJson, members, parse_object
from tongxing.keys.suites import InvalidKey, public_keys_from_jwk_set
from tongxing.keys.trust_refusal import RootKeysRefused, TrustListRefused, TrustRefusal

SIGNED_ROOTS_MAX_BYTES = 64 * 1024
"""Root keys of the size of their first file, in base64 and signed. Error: TOO_LARGE."""

ANCHOR_VERSION = 1
_MEMBERS = frozenset({"version", "follows", "threshold", "keys"})


@dataclass(frozen=True, slots=True)
class RootVersion:
    """``digest`` is the SHA-256 of the signed payload, hexadecimal; of the first version, which
    nobody signs, that of its content in one spelling."""

    version: int
    keys: RootKeys
    digest: str


def anchor_of(keys: RootKeys) -> RootVersion:
    """The first version: what an operator has installed."""
    named = {key_id: key.to_jwk() for key_id, key in keys.keys.items()}
    form = {"threshold": keys.threshold, "keys": named}
    text = json.dumps(form, sort_keys=True, separators=(",", ":"))
    return RootVersion(ANCHOR_VERSION, keys, sha256(text.encode("ascii")).hexdigest())


def payload_after(held: RootVersion, keys: RootKeys) -> dict[str, object]:
    """What has to be signed for ``keys`` to follow ``held``. Raises RootKeysRefused."""
    _check_key_ids(held.keys, keys)
    return {
        "version": held.version + 1,
        "follows": held.digest,
        "threshold": keys.threshold,
        "keys": [{"kid": key_id, **key.to_jwk()} for key_id, key in keys.keys.items()],
    }


def following(held: RootVersion, unverified: bytes) -> RootVersion:
    """The root keys in ``unverified``, if they may follow ``held``. Raises RootKeysRefused."""
    if len(unverified) > SIGNED_ROOTS_MAX_BYTES:
        raise RootKeysRefused(TrustRefusal.TOO_LARGE)
    try:
        payload = signed_payload(unverified, held.keys, ROOT_KEYS_TYP)
        candidate = unsigned_following(held, payload)
        signed_payload(unverified, candidate.keys, ROOT_KEYS_TYP)
    except RootKeysRefused:
        raise
    except TrustListRefused as refused:
        raise RootKeysRefused(refused.code) from None
    return candidate


def unsigned_following(held: RootVersion, payload: bytes) -> RootVersion:
    """The same for a payload, whoever has signed it. Raises RootKeysRefused."""
    try:
        form = parse_object(payload, at_most_bytes=SIGNED_ROOTS_MAX_BYTES)
        form = members(form, _MEMBERS, frozenset())
    except MalformedJson:
        raise RootKeysRefused(TrustRefusal.MALFORMED) from None
    version = form["version"]
    if type(version) is not int or version != held.version + 1:
        raise RootKeysRefused(TrustRefusal.NOT_THE_NEXT)
    if form["follows"] != held.digest:
        raise RootKeysRefused(TrustRefusal.ANOTHER_CHAIN)
    candidate = keys_in(form)
    _check_key_ids(held.keys, candidate)
    return RootVersion(version, candidate, sha256(payload).hexdigest())


def keys_in(form: Mapping[str, object]) -> RootKeys:
    """Raises RootKeysRefused."""
    threshold = form.get("threshold")
    if type(threshold) is not int:
        raise RootKeysRefused(TrustRefusal.MALFORMED)
    try:
        return RootKeys(threshold, public_keys_from_jwk_set({"keys": form.get("keys")}))
    except (InvalidRootKeys, InvalidKey):
        raise RootKeysRefused(TrustRefusal.UNUSABLE_ROOTS) from None


def _check_key_ids(before: RootKeys, after: RootKeys) -> None:
    if any(before.keys.get(key_id, key) != key for key_id, key in after.keys.items()):
        raise RootKeysRefused(TrustRefusal.KEY_ID_REUSED)
