"""The vectors of the templates that ``tongxing new-issuer`` writes, made again.

``python -m tests.adapters.template_vectors`` writes them; a test compares. The key is of these
vectors alone, and its secret is here for everybody to see.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.adapters.people import WANG
from tests.adapters.simulated_issuer import b64, dump, masked_name, masked_number
from tests.architecture.source import ROOT
from tongxing.adapters.binding import request_digest
from tongxing.keys.suites import SuiteName, public_key_from_encoded

TEMPLATES = ROOT / "adapters" / "templates"
AT = datetime(2020, 3, 6, 2, 0, tzinfo=UTC)
NONCE = "A" * 22
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = public_key_from_encoded(
    SuiteName.EDDSA, SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
)
PERSON = {"kind": WANG.kind.name, "number": WANG.number, "name": WANG.name}

WORDS: list[tuple[str, Mapping[str, Any], str, list[tuple[str, str]]]] = [
    ("a green", {}, "VERIFIED", [("GREEN", "DECLARED")]),
    ("a yellow", {"state": "缓行"}, "VERIFIED", [("YELLOW", "DECLARED")]),
    ("a red and why", {"state": "止步", "reason": "密接"}, "VERIFIED", [("RED", "CLOSE_CONTACT")]),
    (
        "a red for a reason that is in no table",
        {"state": "止步", "reason": "新词"},
        "UNMAPPED_VALUE",
        [("RED", "NOT_STATED")],
    ),
    ("a state that is in no table", {"state": "新词"}, "UNMAPPED_VALUE", [("UNKNOWN", "DECLARED")]),
    ("a blank after it", {"state": "畅行 "}, "UNMAPPED_VALUE", [("UNKNOWN", "DECLARED")]),
    ("a number", {"state": 1}, "UNMAPPED_VALUE", [("UNKNOWN", "DECLARED")]),
    (
        "a green that names a danger",
        {"reason": "密接"},
        "UNMAPPED_VALUE",
        [("UNKNOWN", "CLOSE_CONTACT")],
    ),
    ("a place that is none", {"area": "云州"}, "MALFORMED", []),
    ("a place of somebody else", {"area": "320100"}, "BAD_SIGNATURE", []),
]


def docking() -> dict[str, Any]:
    data = {
        "name": masked_name(WANG.name),
        "cardNo": masked_number(WANG.number),
        "state": "畅行",
        "reason": "",
        "area": "990102",
        "updateTime": "2020-03-06 09:59:00",
    }
    vectors = [
        _vector(name, {"code": 0, "data": {**data, **change}}, outcome, codes)
        for name, change, outcome, codes in WORDS
    ]
    other = {"code": 0, "data": {**data, "name": "赵*"}}
    vectors.append(_vector("somebody else", other, "WRONG_HOLDER", []))
    vectors.append(_vector("nobody", {"code": 404, "data": None}, "NOT_ENROLLED", []))
    scanned = _vector("a scanned code", {"code": 0, "data": data}, *WORDS[0][2:])
    del scanned["about"]
    return _file([*vectors, scanned])


def own() -> dict[str, Any]:
    body = json.dumps({**PERSON, "nonce": NONCE}, ensure_ascii=False, separators=(",", ":"))
    signed_at = int(AT.timestamp())
    head = {"asked": request_digest(body.encode()), "signed_at": signed_at}
    state = {"area": "990102", "as_of": signed_at - 60, "state": "畅行", "reason": ""}
    vectors = [
        _vector(name, _signed({**head, "known": True, **state, **change}), outcome, codes)
        for name, change, outcome, codes in WORDS
    ]
    other = {**head, "asked": b64(bytes(32)), "known": True, **state}
    vectors.append(_vector("another question", _signed(other), "WRONG_HOLDER", []))
    old = {**head, "signed_at": signed_at - 121, "known": True, **state}
    vectors.append(_vector("signed too long ago", _signed(old), "STALE", []))
    nobody = _signed({**head, "known": False})
    vectors.append(_vector("nobody", nobody, "NOT_ENROLLED", []))
    return {**_file(vectors), "keys": [{"kid": PUBLIC.thumbprint(), "jwk": PUBLIC.to_jwk()}]}


def _signed(claims: dict[str, Any]) -> str:
    header = {"alg": "EdDSA", "kid": PUBLIC.thumbprint(), "typ": "health-status+jws"}
    signed = f"{b64(dump(header))}.{b64(dump(claims))}"
    return f"{signed}.{b64(SECRET.sign(signed.encode()))}"


def _vector(name: str, body: Any, outcome: str, codes: list[tuple[str, str]]) -> dict[str, Any]:
    expected = [{"color": color, "basis": [basis]} for color, basis in codes]
    vector = {"name": name, "about": PERSON, "answers": [{"body": body}], "outcome": outcome}
    return {**vector, "codes": expected} if codes else vector


def _file(vectors: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "at": AT.isoformat(),
        "nonce": NONCE,
        "regions": ["990100"],
        "scan": "{{prefix}}" + "0123456789abcdef" * 2,
        "vectors": vectors,
    }


def written() -> Iterator[tuple[Path, str]]:
    for name, content in (("docking", docking()), ("own", own())):
        vectors = content.pop("vectors")
        heads = [f' "{key}": {json.dumps(value)},\n' for key, value in content.items()]
        rows = ",\n".join("  " + json.dumps(each, ensure_ascii=False) for each in vectors)
        text = "{\n" + "".join(heads) + f' "vectors": [\n{rows}\n ]\n}}\n'
        yield TEMPLATES / name / "vectors.json.txt", text


if __name__ == "__main__":
    for file, text in written():
        file.write_text(text, "utf-8")
