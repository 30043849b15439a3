"""Whatever bytes an issuer sends or signs, the end is an outcome."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.federation import KEYS, NONCE, Federated, dialect, federated
from tests.adapters.people import AT, WANG
from tests.adapters.signers import DOCKED_ISSUERS, EVERY_ISSUER, ISSUERS
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument, Stamp, Statement
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.keys import base64url
from tongxing.schema import Color, Outcome

EXAMPLES = settings(max_examples=75, deadline=None)
every_issuer = pytest.mark.parametrize("issuer", EVERY_ISSUER)
every_format = pytest.mark.parametrize("issuer", [*ISSUERS, "anhui"])
"""The systems that dock have one envelope and one signature; they differ in their ``data``."""


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["绿码", "green", "00", "", "321100", "2020-03-06 09:00:00"]),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


headers = st.text() | st.binary().map(lambda octets: octets.decode("utf-8", "surrogateescape"))
"""As the HTTP library hands them over: octets that are no UTF-8 come as lone surrogates."""


class Echoing:
    """Sends the same bytes and header to every question."""

    def __init__(self, body: bytes, header: str) -> None:
        self._response = HttpResponse(200, {"x-signature": header}, body)

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        return self._response


@every_format
@pytest.mark.parametrize("way", ["document", "scan"])
@EXAMPLES
@given(body=st.binary(max_size=200) | trees.map(lambda t: json.dumps(t).encode()), header=headers)
def test_bytes_that_nobody_signed(issuer: str, way: str, body: bytes, header: str) -> None:
    adapter = Adapter(dialect(issuer), Echoing(body, header), lambda: NONCE)
    asked = Federated(federated(issuer).issuer, adapter)
    question = ByDocument(WANG) if way == "document" else asked.scan
    outcome = asyncio.run(asked.ask(question)).outcome
    assert outcome not in (Outcome.VERIFIED, Outcome.NOT_ENROLLED)


@every_issuer
@EXAMPLES
@given(data=st.data())
def test_a_signed_statement_with_any_member_replaced(issuer: str, data: st.DataObject) -> None:
    """Signed by the right key: only the content is wrong. Never a green out of a color that is
    not exactly the word."""

    def edit(members: dict[str, Any]) -> None:
        target = members.get("res") or members.get("data") or members
        name = data.draw(st.sampled_from(sorted(target)), label="member")
        target[name] = data.draw(trees, label="value")

    source = asyncio.run(federated(issuer, edit=edit).ask(ByDocument(WANG)))
    if source.outcome is Outcome.VERIFIED:
        greens = {"绿码", "green", "00", "未见异常", "1"}
        assert all(code.raw_value in greens for code in source.codes if code.color is Color.GREEN)


@every_format
@EXAMPLES
@given(payload=st.binary(max_size=100) | trees.map(lambda t: json.dumps(t).encode()))
def test_any_content_under_a_good_signature(issuer: str, payload: bytes) -> None:
    statement = Statement(issuer, *SIGNED[issuer](payload))
    source = federated(issuer).read(statement, ByDocument(WANG)).source
    assert source.outcome not in (Outcome.VERIFIED, Outcome.NOT_ENROLLED)


@pytest.mark.parametrize("issuer", DOCKED_ISSUERS)
@EXAMPLES
@given(data=trees | trees.map(json.dumps))
def test_any_data_of_a_system_that_docks(issuer: str, data: object) -> None:
    payload = json.dumps({"code": 0, "data": data}).encode()
    statement = Statement(issuer, *_docked(issuer, payload))
    source = federated(issuer).read(statement, ByDocument(WANG)).source
    assert source.outcome is (
        Outcome.NOT_THIS_ISSUER
        if issuer == "shanghai" and data in (None, "null")
        else Outcome.MALFORMED
    )


Signed = tuple[str, datetime, tuple[bytes, ...], tuple[str, ...]]


def _compact(payload: bytes) -> Signed:
    header = {"alg": "ES256", "kid": KEYS["zhenjiang"].key_id, "typ": "zjc-status+jwt"}
    signed = f"{_encoded(header)}.{base64url.encode(payload)}"
    signature = base64url.encode(KEYS["zhenjiang"].sign(signed.encode()))
    return "zjc-status+jwt", AT, (f"{signed}.{signature}".encode(),), ()


def _detached(payload: bytes) -> Signed:
    """An answer to the very request, so that its content is looked at."""
    signature, _ = _signature("sukangma", payload)
    return "self", AT, (signature, payload), (NONCE,)


def _docked(issuer: str, payload: bytes) -> Signed:
    signature, req = _signature(issuer, payload)
    return "/status", AT, (signature, payload), (NONCE, req)


def _signature(issuer: str, payload: bytes) -> tuple[bytes, str]:
    request = next(dialect(issuer).ask_documents([WANG], Stamp(AT, NONCE)))
    req = base64url.encode(sha256(request.body).digest())
    key = KEYS[issuer]
    header = {"alg": key.public_key.suite.value, "kid": key.key_id, "req": req}
    protected = _encoded(header | {"iat": int(AT.timestamp())})
    signed = f"{protected}.{base64url.encode(payload)}".encode()
    return f"{protected}..{base64url.encode(key.sign(signed))}".encode(), req


def _package(payload: bytes) -> Signed:
    content = payload.decode(errors="replace")
    sign = b64encode(KEYS["national"].sign(content.encode())).decode()
    package = {"bizPackage": content, "sign": sign, "keyId": KEYS["national"].key_id}
    return "/queryInfo", AT, (json.dumps(package).encode(),), ("t", "s", "r")


def _encoded(header: dict[str, Any]) -> str:
    return base64url.encode(json.dumps(header).encode())


SIGNED: dict[str, Callable[[bytes], Signed]] = {
    "zhenjiang": _compact,
    "sukangma": _detached,
    "national": _package,
    **{issuer: partial(_docked, issuer) for issuer in DOCKED_ISSUERS},
}
