"""An issuer answers any bytes with a proper status, never with an internal error."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Federation
from tongxing.sandbox.town.records import IssuerName

CITY, PROVINCE, NATION = IssuerName

ENDPOINTS = [
    (CITY, "/v1/status"),
    (CITY, "/v1/code"),
    (CITY, "/app/code"),
    (CITY, "/app/declare"),
    (CITY, "/app/apply"),
    (CITY, "/community/control"),
    (CITY, "/city/stays"),
    (PROVINCE, "/healthCode/self"),
    (PROVINCE, "/healthCode/scan"),
    (PROVINCE, "/healthCode/batch"),
    (NATION, "/serial"),
    (NATION, "/queryInfo"),
    (NATION, "/queryInfoBatch"),
]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


members = st.sampled_from("questions kind number name code for bizPackage sign keyId".split())
json_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=3),
    max_leaves=8,
)
bodies = st.binary(max_size=60) | json_values.map(_json)


@pytest.mark.parametrize(("issuer", "path"), ENDPOINTS)
@given(body=bodies)
@settings(max_examples=40, deadline=None)
def test_it_answers(federation: Federation, issuer: IssuerName, path: str, body: bytes) -> None:
    assert federation[issuer].post(path, body).status_code in {200, 400, 404, 409}


BOMBS = {
    "deeply nested": b"[" * 100_000,
    "a huge number": b'{"questions": ' + b"9" * 10_000 + b"}",
    "a lone surrogate": b'{"code": "\\ud800"}',
    "not a number": b'{"questions": NaN}',
    "a percent too many": b"name=%&token=%zz",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize(("issuer", "path"), ENDPOINTS)
def test_a_bomb_is_refused(
    federation: Federation, issuer: IssuerName, path: str, body: bytes
) -> None:
    assert federation[issuer].post(path, body).status_code in {200, 400, 404}
