"""Signatures beside a file: who signed exactly these bytes, and nothing else."""

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.keys import RootKeys, base64url
from tongxing.keys.detached_signatures import (
    BadSignatures,
    add_signature,
    signers_of,
)
from tongxing.keys.signing import Es256Signer

CONTENT = "region = “321100”\n".encode()
ANNA, BO, STRANGER = (Es256Signer.generate() for _ in range(3))
KEYS = RootKeys(1, {signer.key_id: signer.public_key for signer in (ANNA, BO)})


def signed(*signers: Es256Signer, content: bytes = CONTENT) -> bytes:
    signatures = None
    for signer in signers:
        signatures = add_signature(content, signatures, signer)
    assert signatures is not None
    return signatures


COUNTED = {
    "one": ([ANNA], {ANNA.key_id}),
    "two": ([ANNA, BO], {ANNA.key_id, BO.key_id}),
    "one who signs twice counts once": ([ANNA, ANNA], {ANNA.key_id}),
    "a stranger counts for nothing": ([STRANGER], set()),
    "a stranger beside one takes nothing away": ([STRANGER, BO], {BO.key_id}),
}


@pytest.mark.parametrize("who", COUNTED)
def test_who_signed(who: str) -> None:
    signers, expected = COUNTED[who]
    assert signers_of(CONTENT, signed(*signers), KEYS) == expected


def with_header(**members: str) -> bytes:
    header = {"alg": "ES256", "kid": ANNA.key_id, "typ": "tongxing-policy+jws"} | members
    protected = base64url.encode(json.dumps(header).encode())
    over = f"{protected}.{base64url.encode(CONTENT)}".encode()
    signature = {"protected": protected, "signature": base64url.encode(ANNA.sign(over))}
    return json.dumps({"signatures": [signature]}).encode()


def ahead(kid: str) -> bytes:
    """A signature by ``kid`` under a suite of the next years, and one of Bo."""
    header = {"alg": "ML-DSA-65", "kid": kid, "typ": "tongxing-policy+jws"}
    protected = base64url.encode(json.dumps(header).encode())
    signature = {"protected": protected, "signature": base64url.encode(bytes(3_309))}
    (known,) = json.loads(signed(BO))["signatures"]
    return json.dumps({"signatures": [signature, known]}).encode()


def test_a_new_key_of_an_unknown_suite_may_sign_beside_the_known_ones() -> None:
    assert signers_of(CONTENT, ahead("next"), KEYS) == {BO.key_id}


def test_a_known_key_does_not_change_its_suite() -> None:
    with pytest.raises(BadSignatures):
        signers_of(CONTENT, ahead(ANNA.key_id), KEYS)


def of_a_stranger(**members: object) -> bytes:
    (signature,) = json.loads(signed(STRANGER))["signatures"]
    return json.dumps({"signatures": [signature | members]}).encode()


REFUSED: dict[str, Callable[[], bytes]] = {
    "signatures of another content": lambda: signed(ANNA, content=CONTENT + b"#"),
    "a signature made for a trust list": lambda: with_header(typ="tongxing-trust-list+jws"),
    "another algorithm than the key's": lambda: with_header(alg="EdDSA"),
    "no algorithm": lambda: with_header(alg="none"),
    "a header nobody knows": lambda: with_header(crit="x"),
    "no JSON": lambda: b"{",
    "an object of signatures": lambda: b'{"signatures": {}}',
    "a number of signatures": lambda: b'{"signatures": 1}',
    "a header that is no text": lambda: of_a_stranger(protected=5),
    "a stranger's signature that is no text": lambda: of_a_stranger(signature=None),
    "another member": lambda: b'{"signatures": [], "payload": ""}',
    "a signature that is no object": lambda: b'{"signatures": [1]}',
    "seventeen": lambda: signed(*[ANNA] * 17),
    "a byte more than 64 KiB": lambda: signed(ANNA).ljust(64 * 1024 + 1),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what: str) -> None:
    with pytest.raises(BadSignatures):
        signers_of(CONTENT, REFUSED[what](), KEYS)


def test_sixteen_signatures_in_64_kib_are_read() -> None:
    assert signers_of(CONTENT, signed(*[ANNA] * 16).ljust(64 * 1024), KEYS) == {ANNA.key_id}


def test_a_signature_is_not_added_to_what_is_no_file_of_signatures() -> None:
    with pytest.raises(BadSignatures):
        add_signature(CONTENT, b"[]", ANNA)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_other_bytes_are_refused_and_nothing_worse(octets: bytes) -> None:
    with suppress(BadSignatures):
        assert signers_of(CONTENT, octets, KEYS) == set()
