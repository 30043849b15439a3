"""``POST /oauth/token``: who gets a token, for what, and how little is said to anybody else."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
import pytest

from tests.http.small_hub import AUDIENCE, ISSUER, SmallHub, Stage
from tongxing.keys.client_tokens import check_access_token, sign_client_assertion
from tongxing.keys.signing import Es256Signer

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def running(stage: Stage) -> Iterator[tuple[SmallHub, httpx2.Client]]:
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
        body["access_token"], public_key=hub.signer.public_key, issuer=ISSUER, at=hub.at
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
    assert value not in answer.text
    assert hub.refusals == [("city-a", code)]


def altered(assertion: str) -> str:
    head, payload, signature = assertion.split(".")
    return f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


DISBELIEVED = {
    "an unknown client": lambda hub: form_of(assertion_of(hub, client_id="city-b")),
    "another client's key": lambda hub: form_of(assertion_of(hub, signer=Es256Signer.generate())),
    "another audience": lambda hub: form_of(assertion_of(hub, audience="http://elsewhere/")),
    "the hub's name as audience": lambda hub: form_of(assertion_of(hub, audience=ISSUER)),
    "expired": lambda hub: form_of(assertion_of(hub, issued_before=5 * MINUTE)),
    "not yet valid": lambda hub: form_of(assertion_of(hub, issued_before=-5 * MINUTE)),
    "living too long": lambda hub: form_of(assertion_of(hub, lifetime=60 * MINUTE)),
    "altered": lambda hub: form_of(altered(assertion_of(hub))),
    "no assertion": lambda hub: form_of(""),
    "no token at all": lambda hub: form_of("x"),
    "alg none": lambda hub: form_of("eyJhbGciOiJub25lIn0.eyJpc3MiOiJjaXR5LWEifQ."),
    "another assertion type": lambda hub: {
        **form_of(assertion_of(hub)),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
    },
    "another client_id beside it": lambda hub: form_of(assertion_of(hub), client_id="city-b"),
    "a secret": lambda hub: {
        "grant_type": "client_credentials",
        "client_id": "city-a",
        "client_secret": "s",
    },
}


@pytest.mark.parametrize("case", DISBELIEVED)
def test_a_client_that_is_not_believed_is_told_one_text(
    hub: SmallHub, client: httpx2.Client, case: str
) -> None:
    answer = client.post("/oauth/token", data=DISBELIEVED[case](hub))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "The client could not be authenticated.",
    }
    assert hub.refusals == []


def test_an_assertion_is_used_once_and_its_replay_audited(
    hub: SmallHub, client: httpx2.Client
) -> None:
    form = form_of(assertion_of(hub))
    first, second = (client.post("/oauth/token", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json()["error"] == "invalid_client"
    assert hub.refusals == [("city-a", "UNAUTHENTICATED")]


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


def test_the_body_must_be_a_form(client: httpx2.Client) -> None:
    answer = client.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert answer.status_code == 415


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
