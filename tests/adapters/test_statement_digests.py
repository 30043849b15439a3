"""What a receipt names a statement by, and that nobody can guess the statement from it."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from tests.adapters.people import AT
from tongxing.adapters.dialect import Statement

BODY = '{"code":0,"data":{"name":"王**","cardNo":"3211**********1234"}}'.encode()
NONCES = "A" * 22, "B" * 22


def stated(signature: bytes, nonce: str) -> str:
    return Statement("anhui", "/scan", AT, (signature, BODY), (nonce, "digest")).digest()


def of(octets: bytes) -> str:
    return urlsafe_b64encode(sha256(octets).digest()).rstrip(b"=").decode()


def test_a_signed_statement_is_named_by_what_was_received() -> None:
    assert {stated(b"signature", nonce) for nonce in NONCES} == {of(b"signature\n" + BODY)}


def test_an_unsigned_one_cannot_be_told_from_a_guess_at_its_text() -> None:
    digests = {stated(b"", nonce) for nonce in NONCES}
    assert len(digests) == 2
    assert of(b"\n" + BODY) not in digests
