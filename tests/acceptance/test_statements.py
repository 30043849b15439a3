"""An issuer's statement, checked as a city would check it: with the issuer's keys and without the
hub.

The checks in this file use the libraries alone, nothing of the product: what they need stands in
the answer and in the signed trust list.
"""

import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from tongsuopy.crypto import exceptions, hashes  # type: ignore[import-untyped]
from tongsuopy.crypto.asymciphers import ec  # type: ignore[import-untyped]

from tests.acceptance.callers import (
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
    manifest_of,
    request_of,
    scan_variables,
)
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import Issuers, NewState
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.records import IssuerName

_STATED = (
    "... on TravelerRecognition { sources "
    "{ issuer { id } outcome evidenceDigest statement { form parts receivedAt } } }"
)
STATEMENTS = f"query($input: TravelerInput!) {{ traveler(input: $input) {{ {_STATED} }} }}"
OF_MANIFEST = (
    f"query($input: ManifestInput!) {{ travelers(input: $input) {{ result {{ {_STATED} }} }} }}"
)
OF_SCAN = f"query($input: ScannedCodeInput!) {{ verifyCode(input: $input) {{ {_STATED} }} }}"

NOT_SIGNED = (jwt.InvalidSignatureError, InvalidSignature, exceptions.InvalidSignature)
"""What the three libraries say."""

Jwk = Mapping[str, str]
Keys = Mapping[str, Jwk]
"""Of one issuer, by key id."""


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def of_compact_jws(parts: list[bytes], keys: Keys) -> Any:
    """Raises what the library raises if the signature is not the issuer's."""
    (token,) = parts
    key = jwt.PyJWK(dict(keys[jwt.get_unverified_header(token)["kid"]]), algorithm="ES256")
    return jwt.decode(token, key, algorithms=["ES256"], options={"verify_iat": False})


def of_detached_jws(parts: list[bytes], keys: Keys) -> Any:
    signature, body = parts
    protected, nothing, signed = signature.decode().split(".")
    header = json.loads(octets(protected))
    assert (nothing, header["alg"]) == ("", "EdDSA")
    key = Ed25519PublicKey.from_public_bytes(octets(keys[header["kid"]]["x"]))
    key.verify(octets(signed), f"{protected}.{base64url(body)}".encode())
    return json.loads(body)


def of_sm2_packages(parts: list[bytes], keys: Keys) -> Any:
    for part in parts:
        package = json.loads(part)
        jwk, sign = keys[package["keyId"]], b64decode(package["sign"], validate=True)
        point = b"\x04" + octets(jwk["x"]) + octets(jwk["y"])
        der = encode_dss_signature(int.from_bytes(sign[:32]), int.from_bytes(sign[32:]))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), point)
        key.verify(der, package["bizPackage"].encode(), ec.ECDSA(hashes.SM3()))
    return json.loads(json.loads(parts[-1])["bizPackage"])


CHECKS: Mapping[str, tuple[str, Callable[[list[bytes], Keys], Any]]] = {
    "zhenjiang": ("COMPACT_JWS", of_compact_jws),
    "sukangma": ("DETACHED_JWS", of_detached_jws),
    "national": ("SM2_PACKAGES", of_sm2_packages),
}


def keys_of(layout: Layout, issuer: str) -> Keys:
    """From the signed trust list, which every client can have from the holders of the roots."""
    signed = json.loads(layout.trust_list.read_text("utf-8"))
    listed = json.loads(octets(signed["payload"]))
    (entry,) = [each for each in listed["issuers"] if each["id"] == issuer]
    return {key["kid"]: key["jwk"] for key in entry["keys"]}


def parts_of(source: Answer) -> list[bytes]:
    return [octets(part) for part in source["statement"]["parts"]]


def checked(source: Answer, layout: Layout) -> Any:
    """What the issuer signed. Fails if it did not."""
    form, check = CHECKS[source["issuer"]["id"]]
    parts = parts_of(source)
    assert source["statement"]["form"] == form
    assert base64url(sha256(b"\n".join(parts)).digest()) == source["evidenceDigest"]
    return check(parts, keys_of(layout, source["issuer"]["id"]))


def sources_of(caller: Caller, persona: str) -> dict[str, Answer]:
    asked = request_of(fields(document_of(persona)))
    answer = caller.data(STATEMENTS, asked)["traveler"]
    return {source["issuer"]["id"]: source for source in answer["sources"]}


def subject(document: Document) -> str:
    members = ("zjc-subject-v1", document.kind.value, document.number, document.name)
    return base64url(sha256("\0".join(members).encode()).digest())


PEOPLE = ("green_everywhere", "red_everywhere", "yellow_everywhere", "green_passport")


@pytest.mark.parametrize("persona", PEOPLE)
def test_a_city_checks_every_statement_without_the_hub(
    hub: RunningHub, city: Caller, persona: str
) -> None:
    document = document_of(persona)
    sources = sources_of(city, persona)
    assert set(sources) == set(CHECKS)
    city_s, province_s, nation_s = (checked(sources[each], hub.layout) for each in CHECKS)
    assert city_s["sub"] == subject(document)
    assert province_s["res"]["name"] == document.name[0] + "*" * (len(document.name) - 1)
    person = json.loads(nation_s["content"])["data"]["person"]
    assert person["desensitizeName"] == province_s["res"]["name"]
    assert person["desensitizeCardId"] == province_s["res"]["idcardNo"]


def _jws_turned_red(parts: list[bytes]) -> list[bytes]:
    protected, payload, signature = parts[0].decode().split(".")
    red = octets(payload).replace("绿码".encode(), "红码".encode())
    return [f"{protected}.{base64url(red)}.{signature}".encode()]


def _body_turned_red(parts: list[bytes]) -> list[bytes]:
    return [parts[0], parts[1].replace(b'"green"', b'"red"')]


def _package_turned_red(parts: list[bytes]) -> list[bytes]:
    package = json.loads(parts[0])
    red = package | {"bizPackage": package["bizPackage"].replace('"00"', '"10"')}
    return [json.dumps(red, ensure_ascii=False).encode()]


TURNED_RED = {
    "zhenjiang": _jws_turned_red,
    "sukangma": _body_turned_red,
    "national": _package_turned_red,
}


@pytest.mark.parametrize("issuer", CHECKS)
def test_a_statement_of_another_color_is_not_the_issuer_s(
    hub: RunningHub, city: Caller, issuer: str
) -> None:
    """Otherwise the checks of these tests would show nothing."""
    parts = parts_of(sources_of(city, "green_everywhere")[issuer])
    forged, (_, check) = TURNED_RED[issuer](parts), CHECKS[issuer]
    assert forged != parts
    with pytest.raises(NOT_SIGNED):
        check(forged, keys_of(hub.layout, issuer))


def masked(text: str) -> str:
    shown = 4 if len(text) > 8 else 2
    return text[:shown] + "*" * (len(text) - 2 * shown) + text[-shown:]


def test_each_of_a_manifest_gets_the_statements_about_that_person_alone(
    hub: RunningHub, city: Caller
) -> None:
    """Where the issuers answered in one batch."""
    asked = manifest_of(fields(document_of(persona)) for persona in PEOPLE)
    answers = city.data(OF_MANIFEST, asked)["travelers"]
    for persona, answer in zip(PEOPLE, answers, strict=True):
        document = document_of(persona)
        city_s, province_s, nation_s = (
            checked(source, hub.layout) for source in answer["result"]["sources"]
        )
        assert city_s["sub"] == subject(document)
        assert province_s["res"]["idcardNo"] == masked(document.number)
        assert json.loads(nation_s["content"])["data"]["person"] == {
            "desensitizeName": document.name[0] + "*" * (len(document.name) - 1),
            "desensitizeCardId": masked(document.number),
        }


@pytest.fixture
def remembering(new_layout: NewState) -> Iterator[tuple[RunningHub, Caller]]:
    with serving(new_layout()) as hub, calling(hub) as caller:
        yield hub, caller


def test_a_kept_statement_is_handed_out_as_it_came(
    remembering: tuple[RunningHub, Caller], issuers: Issuers
) -> None:
    hub, city = remembering
    first = sources_of(city, "green_everywhere")
    calls = {name: issuer.calls() for name, issuer in issuers.items()}
    again = sources_of(city, "green_everywhere")
    assert {name: issuer.calls() for name, issuer in issuers.items()} == calls
    assert again == first
    for source in again.values():
        checked(source, hub.layout)


WITHOUT = {
    "forged": "zhenjiang",
    "another_holder": "zhenjiang",
    "replayed": "zhenjiang",
    "unsigned": "zhenjiang",
    "other_issuers_key": "sukangma",
    "wrong_binding": "sukangma",
    "retired_key": "national",
}


@pytest.mark.parametrize(("persona", "issuer"), WITHOUT.items(), ids=WITHOUT)
def test_what_is_not_believed_about_this_person_is_not_passed_on(
    city: Caller, persona: str, issuer: str
) -> None:
    source = sources_of(city, persona)[issuer]
    assert source["outcome"] in {"BAD_SIGNATURE", "WRONG_HOLDER", "STALE"}
    assert source["statement"] is None


UNKNOWN = {
    "nobody": fields(document_of("unknown")),
    "a wrong name": fields(document_of("green_everywhere")) | {"name": "王安静"},
}


@pytest.mark.parametrize("document", UNKNOWN.values(), ids=UNKNOWN)
def test_a_denial_is_not_passed_on(city: Caller, document: dict[str, str]) -> None:
    answer = city.data(STATEMENTS, request_of(document))["traveler"]
    assert [source["statement"] for source in answer["sources"]] == [None, None, None]


def test_a_scan_does_not_tell_the_client_who_shows_the_code(
    hub: RunningHub, city: Caller, issuers: Issuers
) -> None:
    """The statement about a Zhenjiang code names its holder in full; the others, who are asked
    about that person, write masks."""
    document = document_of("green_everywhere")
    code = issuers[IssuerName.ZHENJIANG].show("green_everywhere")
    response = city.post(OF_SCAN, scan_variables(code))
    sources = {
        each["issuer"]["id"]: each for each in response.json()["data"]["verifyCode"]["sources"]
    }
    assert sources["zhenjiang"]["statement"] is None
    for issuer in ("sukangma", "national"):
        signed = json.dumps(checked(sources[issuer], hub.layout), ensure_ascii=False)
        assert document.number not in signed
        assert document.name not in signed


@pytest.mark.parametrize("issuer", [IssuerName.SUKANGMA, IssuerName.NATIONAL])
def test_a_scanned_code_of_an_issuer_that_masks_is_checked_too(
    hub: RunningHub, city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    code = issuers[issuer].show("green_everywhere")
    answer = city.data(OF_SCAN, scan_variables(code))["verifyCode"]
    (source,) = [each for each in answer["sources"] if each["statement"] is not None]
    checked(source, hub.layout)
    assert document_of("green_everywhere").name not in str(parts_of(source))


HIDDEN = {
    "plainly": STATEMENTS,
    "behind aliases": (
        "query($input: TravelerInput!) { t: traveler(input: $input) { ... on TravelerRecognition "
        "{ s: sources { outcome: statement { form } } } } }"
    ),
    "in a fragment": (
        "query($input: TravelerInput!) { traveler(input: $input) { ...R } } fragment R on "
        "TravelerRecognition { sources { ...S } } fragment S on SourceAnswer { statement { form } }"
    ),
    "where it would be skipped": (
        "query($input: TravelerInput!) { traveler(input: $input) { ... on TravelerRecognition "
        "{ sources { statement @skip(if: true) { form } } } } }"
    ),
}


@pytest.mark.parametrize("operation", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.usefixtures("untouched")
def test_a_statement_needs_its_scope(city: Caller, operation: str) -> None:
    token = city.new_token(scope="status:read history:read")
    asked = request_of(fields(document_of("green_everywhere")))
    response = city.post(operation, asked, token=token)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


MANY: dict[str, tuple[int, str, list[str]]] = {
    "a hundred": (100, _STATED, []),
    "a hundred and one": (101, _STATED, ["TOO_MANY_STATEMENTS"]),
    "fifty-one, twice": (
        51,
        "... on TravelerRecognition { sources { a: statement { form } b: statement { form } } }",
        ["TOO_MANY_STATEMENTS"],
    ),
}


@pytest.mark.parametrize(("count", "selected", "codes"), MANY.values(), ids=MANY)
def test_statements_of_a_hundred_travelers_are_given_at_once(
    city: Caller, count: int, selected: str, codes: list[str]
) -> None:
    operation = OF_MANIFEST.replace(_STATED, selected)
    response = city.post(operation, manifest_of([UNKNOWN["nobody"]] * count))
    assert response.status_code == (400 if codes else 200)
    assert (error_codes(response) if codes else []) == codes


WORDS = 120
"""A statement begins with words that all statements of its issuer begin with."""


def test_no_byte_of_a_statement_is_in_the_log_the_records_or_the_receipt(
    hub: RunningHub, city: Caller
) -> None:
    answer = city.data(
        STATEMENTS.replace("sources {", "receipt sources {"),
        request_of(fields(document_of("green_everywhere"))),
    )["traveler"]
    written = [
        hub.layout.database.read_bytes(),
        (hub.layout.logs / "hub.log").read_bytes(),
        b".".join(octets(part) for part in answer["receipt"].split(".")),
        hub.figures().encode(),
    ]
    for source in answer["sources"]:
        for part in parts_of(source):
            pieces = [part[place : place + 40] for place in range(WORDS, len(part) - 40, 40)]
            assert not [piece for piece in pieces for text in written if piece in text]
