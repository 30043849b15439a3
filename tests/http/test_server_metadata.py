"""What the token endpoint says of itself is true of this hub, whoever asks under whatever name."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tongxing.gateway.http.server_metadata import METADATA_PATH, Bindings, metadata_routes

URL = "https://hub.example"


def _asked(url: str | None, bindings: Bindings = Bindings()) -> tuple[dict[str, object], str]:  # noqa: B008
    routes = metadata_routes(
        "tongxing",
        ["a"],
        url=url,
        bindings=bindings,
        token_path="/t",
        client_key_path="/k",
        enrollment_path="/e",
    )
    with TestClient(Starlette(routes=routes)) as client:
        answer = client.get(f"{METADATA_PATH}?x=1", headers={"host": "villain.example"})
    return answer.json(), answer.headers["cache-control"]


def test_its_addresses_are_those_of_the_settings_whatever_host_was_asked() -> None:
    said, kept = _asked(URL)
    assert (said["token_endpoint"], said["client_key_endpoint"]) == (f"{URL}/t", f"{URL}/k")
    assert kept.startswith("public")


def test_what_a_request_named_is_kept_by_nobody() -> None:
    said, kept = _asked(None)
    assert said["token_endpoint"] == "http://villain.example/t"
    assert kept == "no-store"


@pytest.mark.parametrize(
    ("bindings", "names"),
    [
        (Bindings(), set[str]()),
        (Bindings(dpop=True), {"dpop_signing_alg_values_supported"}),
        (Bindings(certificates=True), {"tls_client_certificate_bound_access_tokens"}),
    ],
    ids=["none", "keys", "certificates"],
)
def test_it_names_what_tokens_can_be_bound_to(bindings: Bindings, names: set[str]) -> None:
    plain, _ = _asked(URL)
    said, _ = _asked(URL, bindings)
    assert set(said) - set(plain) == names
