"""Tokens that are bound, from the registration to the answer: by key, by the hub's own TLS, by a
proxy's header, and among several workers."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.bound_clients import URL, BoundClient, asked, registered
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tests.acceptance.test_tls import over_tls, trusting
from tests.acceptance.test_workers_together import place_of, serving_workers
from tests.authority import Authority, Pair
from tests.connection import PATIENCE_SECONDS, connection
from tongxing.keys.signing import Es256Signer
from tongxing.keys.token_binding import BindingKind

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def proving(new_layout: NewState) -> Iterator[tuple[RunningHub, BoundClient]]:
    layout = new_layout()
    client = registered(layout.settings, BindingKind.DPOP)
    with serving(layout, hub__url=URL) as hub:
        yield hub, client


def token_by_key(client: BoundClient, http: httpx2.Client) -> str:
    return client.token(http, **client.proof("/oauth/token"))


def test_a_client_with_a_key_asks_with_a_proof_each_time(
    proving: tuple[RunningHub, BoundClient],
) -> None:
    hub, client = proving
    with connection(hub.url) as http:
        token = token_by_key(client, http)
        answers = [asked(http, token, "DPoP", **client.proof("/graphql", token)) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert answers[0].json()["data"]["traveler"]["color"] == "GREEN"


def test_its_token_alone_is_worth_nothing_though_the_hub_knows_it(
    proving: tuple[RunningHub, BoundClient],
) -> None:
    hub, client = proving
    with connection(hub.url) as http:
        token = token_by_key(client, http)
        proof = client.proof("/graphql", token)
        assert asked(http, token, "DPoP", **proof).status_code == 200
        thief = BoundClient(client.id, Es256Signer.generate(), Es256Signer.generate())
        refused = [
            asked(http, token),
            asked(http, token, "DPoP"),
            asked(http, token, "DPoP", **proof),
            asked(http, token, "DPoP", **thief.proof("/graphql", token)),
        ]
        assert {answer.status_code for answer in refused} == {401}
        assert all("algs=" in answer.headers["www-authenticate"] for answer in refused)


@contextmanager
def kept(hub: RunningHub, authority: Authority, shown: Pair | None) -> Iterator[httpx2.Client]:
    context = trusting(authority, shown)
    with httpx2.Client(
        base_url=hub.url, verify=context, trust_env=False, timeout=PATIENCE_SECONDS
    ) as http:
        yield http


def test_a_token_by_certificate_is_good_over_that_certificate_alone(
    new_layout: NewState, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    own, other = authority.certify("city"), authority.certify("other")
    layout = new_layout()
    client = registered(layout.settings, BindingKind.CERTIFICATE)
    with over_tls(
        lambda: layout, authority.certify("hub"), listen__tls__client_ca=authority.file
    ) as hub:
        with kept(hub, authority, own) as http:
            token = client.token(http)
            assert asked(http, token).status_code == 200
            assert asked(http, token).status_code == 200
        for shown in (other, None):
            with kept(hub, authority, shown) as http:
                assert asked(http, token).status_code == 401
                header = {"client-cert": f":{b64encode(own.der).decode()}:"}
                assert asked(http, token, **header).status_code == 401
        with kept(hub, authority, None) as http:
            assert http.post("/oauth/token", data=client.token_form()).status_code == 401
        assert client_is_unharmed(hub, authority, own, client)


def client_is_unharmed(
    hub: RunningHub, authority: Authority, own: Pair, client: BoundClient
) -> bool:
    with kept(hub, authority, own) as http:
        return asked(http, client.token(http)).status_code == 200


@pytest.mark.parametrize("is_named", [True, False], ids=["named", "not named"])
def test_a_proxys_header_counts_if_the_proxy_is_named(
    new_layout: NewState, tmp_path: Path, *, is_named: bool
) -> None:
    own, other = (Authority(tmp_path).certify(name) for name in ("city", "other"))
    layout = new_layout()
    client = registered(layout.settings, BindingKind.CERTIFICATE)
    address = "127.0.0.1" if is_named else "192.0.2.1"
    with layout.settings.open("a", encoding="utf-8") as settings:
        settings.write(f'\n[proxy]\naddresses = ["{address}"]\nclient_certificates = true\n')
    with serving(layout) as hub, connection(hub.url) as http:
        shown, another = (
            {"client-cert": f":{b64encode(pair.der).decode()}:"} for pair in (own, other)
        )
        answer = http.post("/oauth/token", data=client.token_form(), headers=shown)
        if not is_named:
            assert answer.status_code == 401
            return
        token = answer.json()["access_token"]
        assert asked(http, token, **shown).status_code == 200
        assert asked(http, token, **another).status_code == 401
        assert asked(http, token).status_code == 401
        two = [("client-cert", shown["client-cert"])] * 2
        headers = [("authorization", f"Bearer {token}"), *two]
        assert (
            http.post("/graphql", json={"query": "{__typename}"}, headers=headers).status_code
            == 401
        )


@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
def test_of_all_workers_one_takes_a_proof(back_end: str, new_layout: NewState) -> None:
    layout = new_layout()
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(f'database = "{place_of(layout).url}"\n{text}', "utf-8")
    with serving_workers(layout, hub__url=URL) as hub, ThreadPoolExecutor(8) as pool:
        client = registered(layout.settings, BindingKind.DPOP)
        with connection(hub.url) as http:
            token = token_by_key(client, http)
        proof = client.proof("/graphql", token)

        def status(_: int) -> int:
            with connection(hub.url) as http:
                return asked(http, token, "DPoP", **proof).status_code

        assert Counter(pool.map(status, range(16))) == {200: 1, 401: 15}
