"""``/metrics`` is for the operator's collector, which shows a credential; else it is not there."""

import httpx2
import pytest

from tests.http.small_hub import AUTHORIZED, METRICS_CREDENTIAL, SmallHub, Stage

SHOWN = {"authorization": f"Bearer {METRICS_CREDENTIAL}"}
REFUSED = {
    "nothing": {"authorization": ""},
    "a client's access token": AUTHORIZED,
    "another credential": {"authorization": "Bearer another"},
    "the beginning of the credential": {"authorization": f"Bearer {METRICS_CREDENTIAL[:-1]}"},
    "the credential and more": {"authorization": f"Bearer {METRICS_CREDENTIAL}x"},
    "the credential as a password": {"authorization": f"Basic {METRICS_CREDENTIAL}"},
    "a credential that is no ASCII": {"authorization": "Bearer 口令".encode()},
    "a proxy's word": {"authorization": "", "x-forwarded-for": "127.0.0.1"},
}


def _figures(
    client: httpx2.Client, headers: dict[str, str], method: str = "GET"
) -> httpx2.Response:
    client.headers.pop("authorization", None)
    return client.request(method, "/metrics", headers=headers)


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_figures_are_not_shown_to_everybody(
    stage: Stage, headers: dict[str, str], method: str
) -> None:
    hub = SmallHub()
    with stage.client_of(hub) as client:
        answer = _figures(client, headers, method)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "tongxing_requests" not in answer.text
    assert 'tongxing_refusals_total{code="UNAUTHENTICATED"} 1.0' in hub.metrics.text().decode()
    assert 'credential="metrics",reason=' in hub.metrics.text().decode()


def test_figures_are_shown_for_the_credential(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = _figures(client, SHOWN)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "tongxing_requests_total" in answer.text


@pytest.mark.parametrize("headers", [SHOWN, *REFUSED.values()], ids=["shown", *REFUSED])
def test_without_a_credential_in_the_settings_there_are_no_figures(
    stage: Stage, headers: dict[str, str]
) -> None:
    with stage.client_of(SmallHub(metrics_credential=None)) as client:
        answer = _figures(client, headers)
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_the_probes_stay_open(stage: Stage, path: str) -> None:
    with stage.client_of(SmallHub()) as client:
        client.headers.pop("authorization", None)
        assert client.get(path).status_code == 200
