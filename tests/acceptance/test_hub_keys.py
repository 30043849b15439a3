"""The hub's keys change under load, and nothing is refused that should not be; then nothing counts
any more that only an old key shows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from tests.acceptance.arriving import claims_of, header_of
from tests.acceptance.callers import Caller, calling, document_of, error_codes, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.rotating import (
    KEYS,
    Load,
    Operator,
    later_keys,
    log_keys,
    public_keys,
    published,
)
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.test_corrections import report
from tests.conftest import Tongxing
from tests.connection import get
from tongxing.gateway.answering.proof import check_proof
from tongxing.keys import HubSigner, base64url, verify_receipt
from tongxing.keys.log_proof import InvalidProof
from tongxing.keys.merkle import check_consistency
from tongxing.keys.receipts import InvalidReceipt
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

pytestmark = pytest.mark.processes

RED = "red_everywhere"
CONSISTENCY = (
    "query($from: AuditIndex!, $to: AuditIndex!) { consistencyProof(from: $from, to: $to)"
    " { path } }"
)
PROVEN = (
    "query($input: TravelerInput!) { traveler(input: $input) {"
    " ... on TravelerRecognition { receipt proof } } }"
)


@pytest.fixture
def hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as running:
        yield running


@pytest.fixture
def operator(tongxing: Tongxing, hub: RunningHub) -> Operator:
    return Operator(tongxing, hub)


@pytest.fixture
def city(hub: RunningHub) -> Iterator[Caller]:
    with calling(hub) as caller:
        yield caller


def asked(city: Caller, token: str) -> httpx2.Response:
    return city.post(TRAVELER, request_of(fields(document_of(RED))), token=token)


def test_under_load_nothing_is_refused_and_after_the_overlap_nothing_counts_by_the_old_key(
    hub: RunningHub, operator: Operator, city: Caller
) -> None:
    old = operator.signing()
    with Load(hub) as load:
        load.go_on()
        new = operator.new()
        load.go_on()
        token = city.new_token()
        assert json.loads(_header(token))["kid"] == old
        receipt = str(city.persona(RED)["receipt"])
        operator.use(new)
        load.go_on()
        assert asked(city, token).status_code == 200
        assert json.loads(_header(city.new_token()))["kid"] == new
        operator.keys("retire", old)
        await_that(lambda: asked(city, token).status_code == 401, "the old token has ended")
        load_stops_at_its_own_old_token = load.failures
    assert all("401" in each for each in load_stops_at_its_own_old_token)
    assert {each["kid"] for each in published(hub.url)} == {old, new}
    verify_receipt(receipt, *public_keys(hub.url))
    city = Caller(city.http, city.client_id, city.key)
    assert report(city, receipt, RED, "zhenjiang")["state"] == "REPORTED"
    assert header_of(str(city.persona(RED)["receipt"]))["kid"] == new


def _header(token: str) -> str:
    return json.dumps(header_of(token))


def test_who_kept_only_the_old_key_learns_the_new_one_by_its_word(
    hub: RunningHub, operator: Operator
) -> None:
    kept, now = hub.layout.directory / "kept.json", hub.layout.directory / "now.json"
    kept.write_text(json.dumps({"keys": published(hub.url)}), "utf-8")
    stranger = HubSigner.generate().public_jwk()
    for _ in range(2):
        operator.use(operator.new())
    now.write_text(json.dumps({"keys": [stranger, *published(hub.url)]}), "utf-8")
    ran = operator.tongxing("hub", "learn", now, "--known", kept)
    assert ran.status == 0, ran.err
    learned = {each["kid"] for each in json.loads(ran.out)["keys"]}
    assert learned == {each["kid"] for each in published(hub.url)}
    assert len(learned) == 3
    kept.write_text(json.dumps(HubSigner.generate().public_jwk()), "utf-8")
    assert "vouched for" in operator.tongxing("hub", "learn", now, "--known", kept).complaint


def test_the_log_goes_on_under_the_new_key_and_old_and_new_proofs_verify_offline(
    hub: RunningHub, operator: Operator, city: Caller
) -> None:
    variables = request_of(fields(document_of(RED)))
    before = str(city.data(PROVEN, variables)["traveler"]["proof"])
    operator.use(operator.new())
    after = str(city.data(PROVEN, variables)["traveler"]["proof"])
    new, old = log_keys(hub.url)
    for proof, key, other in ((before, old, new), (after, new, old)):
        check_proof(proof, new, old)
        check_proof(proof, key)
        with pytest.raises(InvalidProof):
            check_proof(proof, other)
    heads = check_proof(before, old).head, check_proof(after, new).head
    sizes = {"from": heads[0].size, "to": heads[1].size}
    shown = city.data(CONSISTENCY, sizes)["consistencyProof"]
    path = [base64url.decode(each) for each in shown["path"]]
    check_consistency(heads[0].size, heads[0].root, heads[1].size, heads[1].root, path)
    ran = operator.tongxing("audit", "verify", "--settings", hub.layout.settings)
    assert ran.status == 0, ran.err


def test_by_a_stolen_key_only_what_the_log_holds_counts(
    hub: RunningHub, operator: Operator, city: Caller
) -> None:
    stolen = HubSigner.from_pem(hub.layout.hub_key.read_bytes())
    receipt, token = str(city.persona(RED)["receipt"]), city.new_token()
    assert "hub keys new" in operator.refused("revoke", stolen.key_id)
    new = operator.new()
    operator.keys("revoke", stolen.key_id)
    operator.await_signing(new, hub)
    assert [each["kid"] for each in published(hub.url)] == [new]
    with pytest.raises(InvalidReceipt):
        verify_receipt(receipt, *public_keys(hub.url))
    assert error_codes(asked(city, token)) == ["UNAUTHENTICATED"]
    city = Caller(city.http, city.client_id, city.key)
    assert report(city, receipt, RED, "zhenjiang", "NO_CONTACT")["state"] == "REPORTED"
    forged = stolen.sign_jws("tongxing-receipt+jwt", claims_of(receipt) | {"color": "GREEN"})
    refused = report(city, forged, RED, "zhenjiang", "NO_CONTACT")
    assert refused["code"] == "RECEIPT_INVALID"


def test_a_hub_starts_again_with_the_new_key_alone_and_an_old_file_put_back_changes_nothing(
    operator: Operator, hub: RunningHub, city: Caller
) -> None:
    receipt = str(city.persona(RED)["receipt"])
    first = hub.layout.hub_key.read_bytes()
    new = operator.new()
    operator.use(new)
    operator.keys("retire", HubSigner.from_pem(first).key_id)
    assert hub.end() == 0
    hub.layout.hub_key.unlink()
    with serving(hub.layout) as again, calling(again) as caller:
        assert published(again.url)[0]["kid"] == new
        assert report(caller, receipt, RED, "national")["state"] == "REPORTED"
    hub.layout.hub_key.write_bytes(first)
    with serving(hub.layout) as again, calling(again) as caller:
        assert header_of(str(caller.persona(RED)["receipt"]))["kid"] == new
    for file in later_keys(hub):
        file.unlink()
    ran = operator.tongxing("serve", "--settings", hub.layout.settings)
    assert "copy them from another machine" in ran.complaint


def test_requests_to_the_national_platform_are_signed_with_the_key_that_it_was_given(
    hub: RunningHub, operator: Operator, template: Layout
) -> None:
    """As long as the platform has both, nothing is lost between the steps."""

    def outcome() -> str:
        with calling(hub) as city:
            sources = city.persona(RED, purpose="VENUE")["sources"]
        return next(str(each["outcome"]) for each in sources if each["issuer"]["id"] == "national")

    told = operator.keys("new", "--sm2").splitlines()
    jwk = json.loads(told[-1])
    operator.await_held(jwk["kid"])
    at_the_platform = template.hub_key_at_the_national_platform
    given = at_the_platform.with_name(f"hub_key.{jwk['kid']}.jwk")
    given.write_text(json.dumps(jwk), "utf-8")
    try:
        assert outcome() == "VERIFIED"
        operator.keys("use", jwk["kid"])
        hub.await_event("hub_keys_changed", 2)
        assert outcome() == "VERIFIED"
    finally:
        given.unlink()
    assert outcome() != "VERIFIED"


def test_what_everybody_may_read_is_read_and_nothing_else(hub: RunningHub) -> None:
    [key] = get(hub.url + KEYS).json()["keys"]
    assert (key["alg"], key["use"], "d" in key) == ("ES256", "sig", False)
    where = hub.url + "/.well-known/oauth-authorization-server"
    response = get(where)
    said = response.json()
    assert said["issuer"] == HUB_ID
    assert said["token_endpoint"] == f"{hub.url}/oauth/token"
    assert get(said["jwks_uri"]).json()["keys"] == [key]
    assert "tls_client_certificate_bound_access_tokens" not in said
    for address, kept in ((where, "no-store"), (hub.url + KEYS, "public")):
        assert httpx2.head(address, trust_env=False).headers["cache-control"].startswith(kept)
        refused = httpx2.post(address, trust_env=False)
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}
    with calling(hub) as city:
        form = {"grant_type": said["grant_types_supported"][0]}
        assert city.http.post(said["token_endpoint"], data=form).status_code == 401
        assert city.data("{ hub { now } }")["hub"]["now"][:10] >= str(datetime.now(UTC).date())[:10]
