"""``POST /oauth/token``: who gets a token, for what, and how little is said to anybody else."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
import jwt
import pytest

from tests.http.small_hub import AUDIENCE, ISSUER, URL, SmallHub, Stage
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.told_causes import CAUSES, FormFault
from tongxing.gateway.settings import Profile
from tongxing.keys.client_tokens import (
    AccessToken,
    check_access_token,
    sign_client_assertion,
)
from tongxing.keys.dpop_proof import sign_proof
from tongxing.keys.signing import Es256Signer
from tongxing.keys.token_binding import Binding, BindingKind
from tongxing.keys.token_check import TokenRefusal

FORM = "application/x-www-form-urlencoded"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def running(stage: Stage) -> Iterator[tuple[SmallHub, httpx2.Client]]:
    hub = SmallHub(profile=Profile.PRODUCTION)
    with stage.client_of(hub) as client:
        client.headers.pop("authorization")
        yield hub, client


@pytest.fixture(scope="module")
def open_hub(stage: Stage) -> Iterator[tuple[SmallHub, httpx2.Client]]:
    hub = SmallHub()
    with stage.client_of(hub) as client:
        client.headers.pop("authorization")
        yield hub, client


@pytest.fixture
def hub(running: tuple[SmallHub, httpx2.Client]) -> SmallHub:
    running[0].refusals.clear()
    return running[0]


@pytest.fixture
def client(running: tuple[SmallHub, httpx2.Client]) -> httpx2.Client:
    return running[1]


def assertion_of(
    hub: SmallHub,
    *,
    signer: Es256Signer | None = None,
    client_id: str = "city-a",
    audience: str = AUDIENCE,
    issued_before: timedelta = timedelta(0),
    lifetime: timedelta = MINUTE,
) -> str:
    return sign_client_assertion(
        signer or hub.client_signer,
        client_id=client_id,
        audience=audience,
        at=hub.at - issued_before,
        lifetime=lifetime,
    )


def form_of(assertion: str, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
        **more,
    }


def test_a_client_gets_all_that_it_is_registered_for(hub: SmallHub, client: httpx2.Client) -> None:
    answer = client.post("/oauth/token", data=form_of(assertion_of(hub)))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert body["scope"] == "code:verify status:read"
    token = check_access_token(
        body["access_token"], public_keys=[hub.signer.public_key], issuer=ISSUER, at=hub.at
    )
    assert token.client_id == "city-a"
    assert token.scopes == {"status:read", "code:verify"}
    assert token.regions == {"321100"}
    assert token.purposes == {"ENTRY", "VENUE"}
    assert token.expires_at <= hub.at + timedelta(minutes=5)


def test_a_client_may_ask_for_less(hub: SmallHub, client: httpx2.Client) -> None:
    form = form_of(
        assertion_of(hub),
        scope="status:read",
        regions="321100",
        purposes="VENUE",
        client_id="city-a",
    )
    body = client.post("/oauth/token", data=form).json()
    assert (body["scope"], body["regions"], body["purposes"]) == ("status:read", "321100", "VENUE")


MORE = {
    "scope": ("status:read policy:preview", "FORBIDDEN_SCOPE"),
    "regions": ("320000", "FORBIDDEN_REGION"),
    "purposes": ("WORK", "FORBIDDEN_PURPOSE"),
}


@pytest.mark.parametrize(("name", "asked"), MORE.items(), ids=MORE)
def test_a_client_that_asks_for_more_is_refused_and_audited(
    hub: SmallHub, client: httpx2.Client, name: str, asked: tuple[str, str]
) -> None:
    value, code = asked
    answer = client.post("/oauth/token", data=form_of(assertion_of(hub), **{name: value}))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert answer.json()["reason"] == code
    assert value not in answer.text
    assert hub.refusals == [("city-a", code)]


def altered(assertion: str) -> str:
    head, payload, signature = assertion.split(".")
    return f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


DISBELIEVED: dict[str, tuple[Callable[[SmallHub], dict[str, str]], str]] = {
    "an unknown client": (
        lambda hub: form_of(assertion_of(hub, client_id="city-b")),
        "UNKNOWN_CLIENT",
    ),
    "another client's key": (
        lambda hub: form_of(assertion_of(hub, signer=Es256Signer.generate())),
        "UNKNOWN_KEY",
    ),
    "another audience": (
        lambda hub: form_of(assertion_of(hub, audience="http://elsewhere/")),
        "OTHER_AUDIENCE",
    ),
    "the hub's name as audience": (
        lambda hub: form_of(assertion_of(hub, audience=ISSUER)),
        "OTHER_AUDIENCE",
    ),
    "expired": (lambda hub: form_of(assertion_of(hub, issued_before=5 * MINUTE)), "EXPIRED"),
    "not yet valid": (
        lambda hub: form_of(assertion_of(hub, issued_before=-5 * MINUTE)),
        "NOT_YET_VALID",
    ),
    "living too long": (
        lambda hub: form_of(assertion_of(hub, lifetime=60 * MINUTE)),
        "LIVES_TOO_LONG",
    ),
    "altered": (lambda hub: form_of(altered(assertion_of(hub))), "BAD_SIGNATURE"),
    "no assertion": (lambda hub: form_of(""), "NO_CREDENTIAL"),
    "no token at all": (lambda hub: form_of("x"), "MALFORMED"),
    "alg none": (
        lambda hub: form_of("eyJhbGciOiJub25lIn0.eyJpc3MiOiJjaXR5LWEifQ."),
        "MALFORMED",
    ),
    "another assertion type": (
        lambda hub: {
            **form_of(assertion_of(hub)),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        },
        "NO_CREDENTIAL",
    ),
    "another client_id beside it": (
        lambda hub: form_of(assertion_of(hub), client_id="city-b"),
        "OTHER_CLIENT_ID",
    ),
    "a secret": (
        lambda hub: {
            "grant_type": "client_credentials",
            "client_id": "city-a",
            "client_secret": "s",
        },
        "NO_CREDENTIAL",
    ),
}


@pytest.mark.parametrize("case", DISBELIEVED)
def test_a_client_that_is_not_believed_is_told_one_text(
    hub: SmallHub, client: httpx2.Client, case: str
) -> None:
    answer = client.post("/oauth/token", data=DISBELIEVED[case][0](hub))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "The client could not be authenticated.",
    }
    assert hub.refusals == []


@pytest.mark.parametrize("case", DISBELIEVED)
def test_the_reason_is_counted_and_logged_for_the_operator(
    hub: SmallHub, client: httpx2.Client, case: str
) -> None:
    make, reason = DISBELIEVED[case]
    before = counted(hub, reason)
    answer = client.post("/oauth/token", data=make(hub))
    event = refused_assertions(hub)[-1]
    assert (event["reason"], event["request_id"]) == (reason, answer.headers["x-request-id"])
    assert event.get("client") in (None, "city-a")
    assert counted(hub, reason) == before + 1


def test_a_name_that_no_client_has_is_not_logged(hub: SmallHub, client: httpx2.Client) -> None:
    name = "11010119900307761X"
    client.post("/oauth/token", data=form_of(assertion_of(hub, client_id=name)))
    assert refused_assertions(hub)[-1]["reason"] == "UNKNOWN_CLIENT"
    assert name not in hub.log.getvalue()


def counted(hub: SmallHub, reason: str) -> float:
    labels = f'{{credential="assertion",reason="{reason}"}} '
    name = f"tongxing_refused_credentials_total{labels}"
    lines = hub.metrics.text().decode().splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def refused_assertions(hub: SmallHub) -> list[dict[str, object]]:
    return [event for event in hub.events() if event["event"] == "assertion_refused"]


@pytest.mark.parametrize("case", DISBELIEVED)
def test_in_the_open_profile_it_is_told_the_reason(
    open_hub: tuple[SmallHub, httpx2.Client], case: str
) -> None:
    hub, client = open_hub
    make, reason = DISBELIEVED[case]
    told = client.post("/oauth/token", data=make(hub)).json()
    assert told["reason"] == reason
    (text,) = [text for cause, text in CAUSES.items() if cause == reason]
    assert told == {
        "error": "invalid_client",
        "error_description": f"The client could not be authenticated. {text.en}",
        "reason": reason,
        "zh": text.zh,
    }


ELSEWHERE = {
    CredentialRefusal.OTHER_CREDENTIAL,
    CredentialRefusal.NOT_BOUND,
    CredentialRefusal.OTHER_SCHEME,
    CredentialRefusal.OTHER_CERTIFICATE,
}
"""Reasons of access tokens, and of the figures' credential."""

RIGHTS = {
    ErrorCode.FORBIDDEN_SCOPE,
    ErrorCode.FORBIDDEN_REGION,
    ErrorCode.FORBIDDEN_PURPOSE,
}


def test_every_cause_has_its_texts() -> None:
    assert CAUSES.keys() == {*TokenRefusal, *CredentialRefusal, *FormFault, *RIGHTS} - ELSEWHERE
    assert [text.en for text in CAUSES.values() if not text.en.isascii()] == []
    assert [text.en for text in CAUSES.values() if not text.en.endswith(".")] == []


def test_an_assertion_is_used_once_and_its_replay_audited(
    hub: SmallHub, client: httpx2.Client
) -> None:
    form = form_of(assertion_of(hub))
    first, second = (client.post("/oauth/token", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json()["error"] == "invalid_client"
    assert hub.refusals == [("city-a", "UNAUTHENTICATED")]
    event = refused_assertions(hub)[-1]
    assert (event["reason"], event["client"]) == ("USED_BEFORE", "city-a")


def test_a_key_is_known_by_its_kid_and_by_its_thumbprint(stage: Stage) -> None:
    """Ordinary libraries send the ``kid`` under which the key was registered, the hub's own command
    line the thumbprint, which every holder of the key can compute."""
    hub = SmallHub(client_kid="gate-2020")
    named = jwt.encode(
        {
            "iss": "city-a",
            "sub": "city-a",
            "aud": AUDIENCE,
            "iat": int(hub.at.timestamp()),
            "exp": int(hub.at.timestamp()) + 60,
            "jti": "once",
        },
        hub.client_signer.to_pem(),
        algorithm="ES256",
        headers={"kid": "gate-2020"},
    )
    with stage.client_of(hub) as client:
        for assertion in (named, assertion_of(hub)):
            assert client.post("/oauth/token", data=form_of(assertion)).status_code == 200


def test_of_parallel_uses_one_passes(hub: SmallHub, client: httpx2.Client) -> None:
    form = form_of(assertion_of(hub))
    statuses: list[int] = []

    def use() -> None:
        statuses.append(client.post("/oauth/token", data=form).status_code)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 7


def test_an_assertion_is_used_up_even_where_too_much_was_asked(
    hub: SmallHub, client: httpx2.Client
) -> None:
    assertion = assertion_of(hub)
    client.post("/oauth/token", data=form_of(assertion, scope="policy:preview"))
    assert client.post("/oauth/token", data=form_of(assertion)).status_code == 401


MISFORMED = {
    "no grant type": ({"client_assertion_type": JWT_BEARER}, "invalid_request"),
    "an empty grant type": ({"grant_type": "", "scope": "a"}, "invalid_request"),
    "another grant": ({"grant_type": "password"}, "unsupported_grant_type"),
    "a code": ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
}


FAULTS = {
    "invalid_request": FormFault.NO_GRANT_TYPE,
    "unsupported_grant_type": FormFault.OTHER_GRANT_TYPE,
}


@pytest.mark.parametrize(("form", "error"), MISFORMED.values(), ids=MISFORMED)
def test_in_the_open_profile_it_says_what_is_wrong_with_the_grant(
    open_hub: tuple[SmallHub, httpx2.Client], form: dict[str, str], error: str
) -> None:
    told = open_hub[1].post("/oauth/token", data=form).json()
    assert (told["error"], told["reason"]) == (error, FAULTS[error])


@pytest.mark.parametrize(("form", "error"), MISFORMED.values(), ids=MISFORMED)
def test_another_grant_is_refused(client: httpx2.Client, form: dict[str, str], error: str) -> None:
    answer = client.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


FORMS = {
    "a parameter twice": b"grant_type=client_credentials&grant_type=client_credentials",
    "no form": b"grant_type",
    "too many parameters": b"&".join(b"a%d=1" % number for number in range(17)),
    "not UTF-8": b"grant_type=%ff",
    "nothing": b"",
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_a_body_that_is_no_form_is_an_invalid_request(client: httpx2.Client, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


BODIES_OF_ANOTHER_TYPE = {
    "JSON": {"content-type": "application/json"},
    "no type": {},
    "text": {"content-type": "text/plain"},
    "another form": {"content-type": "multipart/form-data; boundary=x"},
    "another charset": {"content-type": "application/x-www-form-urlencoded; charset=gbk"},
}


@pytest.mark.parametrize("headers", BODIES_OF_ANOTHER_TYPE.values(), ids=BODIES_OF_ANOTHER_TYPE)
def test_a_body_of_another_type_is_told_which_type_it_must_be(
    client: httpx2.Client, headers: dict[str, str]
) -> None:
    answer = client.post("/oauth/token", content=b"grant_type=client_credentials", headers=headers)
    assert answer.status_code == 415
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "The body must be application/x-www-form-urlencoded in UTF-8.",
    }


def test_no_answer_of_this_address_speaks_of_graphql_or_json(client: httpx2.Client) -> None:
    answers = [
        client.get("/oauth/token"),
        client.post("/oauth/token", content=b""),
        client.post("/oauth/token", data={"grant_type": "x" * 20_000}),
        client.post("/oauth/token", data={"a": "b"}, headers={"content-encoding": "gzip"}),
        client.post("/oauth/token", content=b"\xff", headers={"content-type": FORM}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert "GraphQL" not in answer.text
        assert "application/json" not in answer.text


def test_a_form_larger_than_16_kib_is_not_read(client: httpx2.Client) -> None:
    answer = client.post("/oauth/token", data={"grant_type": "x" * 20_000})
    assert answer.status_code == 413


def test_a_token_is_never_asked_for_in_an_address(hub: SmallHub, client: httpx2.Client) -> None:
    answer = client.get(f"/oauth/token?{urlencode(form_of(assertion_of(hub)))}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_if_the_replay_list_cannot_be_asked_no_client_gets_a_token(stage: Stage) -> None:
    hub = SmallHub(replay_fails=True)
    with stage.client_of(hub) as client:
        answer = client.post("/oauth/token", data=form_of(assertion_of(hub)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_where_a_refusal_cannot_be_audited_it_is_only_unavailable(stage: Stage) -> None:
    hub = SmallHub(audit_fails=True)
    with stage.client_of(hub) as client:
        answer = client.post(
            "/oauth/token", data=form_of(assertion_of(hub), scope="policy:preview")
        )
    assert answer.status_code == 503


def token_of(hub: SmallHub, body: dict[str, str]) -> AccessToken:
    key = hub.signer.public_key
    return check_access_token(body["access_token"], public_keys=[key], issuer=ISSUER, at=hub.at)


def proof_for(hub: SmallHub, signer: Es256Signer, path: str = "/oauth/token") -> str:
    return sign_proof(signer, method="POST", url=f"{URL}{path}", at=hub.at)


@pytest.fixture
def bound(hub: SmallHub) -> Iterator[SmallHub]:
    hub.bound = BindingKind.DPOP
    yield hub
    hub.bound = None


def test_a_client_that_proves_a_key_gets_a_token_for_it(
    bound: SmallHub, client: httpx2.Client
) -> None:
    signer = Es256Signer.generate()
    answer = client.post(
        "/oauth/token",
        data=form_of(assertion_of(bound)),
        headers={"dpop": proof_for(bound, signer)},
    )
    assert answer.json()["token_type"] == "DPoP"
    assert token_of(bound, answer.json()).binding == Binding(BindingKind.DPOP, signer.key_id)


UNPROVEN: dict[str, tuple[Callable[[SmallHub], list[str]], str]] = {
    "no proof": (lambda _: [], "NO_PROOF"),
    "two proofs": (lambda hub: [proof_for(hub, hub.client_signer) for _ in range(2)], "NO_PROOF"),
    "for another address": (
        lambda hub: [proof_for(hub, hub.client_signer, "/graphql")],
        "OTHER_REQUEST",
    ),
    "no JWS": (lambda _: ["x"], "MALFORMED"),
}


@pytest.mark.parametrize("case", UNPROVEN)
def test_a_bound_client_gets_no_token_without_a_proof(
    bound: SmallHub, client: httpx2.Client, case: str
) -> None:
    make, reason = UNPROVEN[case]
    answer = client.post(
        "/oauth/token",
        data=form_of(assertion_of(bound)),
        headers=[("dpop", each) for each in make(bound)],
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    assert refused_assertions(bound)[-1]["reason"] == reason
    assert bound.refusals == [("city-a", "UNAUTHENTICATED")]


def test_a_proof_is_good_for_one_token(bound: SmallHub, client: httpx2.Client) -> None:
    headers = {"dpop": proof_for(bound, bound.client_signer)}
    answers = [
        client.post("/oauth/token", data=form_of(assertion_of(bound)), headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 400]


def test_a_client_for_certificates_gets_no_token_without_one(
    bound: SmallHub, client: httpx2.Client
) -> None:
    bound.bound = BindingKind.CERTIFICATE
    answer = client.post("/oauth/token", data=form_of(assertion_of(bound)))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert refused_assertions(bound)[-1]["reason"] == "NO_CERTIFICATE"


def test_a_header_of_anybody_is_no_certificate(bound: SmallHub, client: httpx2.Client) -> None:
    bound.bound = BindingKind.CERTIFICATE
    headers = {"client-cert": ":AAAA:", "x-forwarded-for": "127.0.0.1"}
    answer = client.post("/oauth/token", data=form_of(assertion_of(bound)), headers=headers)
    assert answer.status_code == 401


def test_a_client_that_is_not_bound_may_send_a_proof_and_gets_what_it_always_got(
    hub: SmallHub, client: httpx2.Client
) -> None:
    answer = client.post(
        "/oauth/token", data=form_of(assertion_of(hub)), headers={"dpop": "whatever"}
    )
    assert answer.json()["token_type"] == "Bearer"
    assert token_of(hub, answer.json()).binding is None
