"""A whole hub behind an organization's provider: its settings, its commands, its doctor."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tests.conftest import Ran, Tongxing
from tests.pages.simulated_provider import CLIENT_ID, SECRET, SimulatedProvider, provider_at

pytestmark = pytest.mark.processes

HUB = "http://hub.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[SimulatedProvider]:
    with provider_at(int(datetime.now(UTC).timestamp())) as running:
        yield running


@pytest.fixture(scope="module")
def hub(new_layout: NewState, provider: SimulatedProvider) -> Iterator[RunningHub]:
    layout = new_layout()
    secret = layout.directory / "sign-in.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    settings = layout.settings.read_text("utf-8").replace("[hub]\n", f'[hub]\nurl = "{HUB}"\n', 1)
    layout.settings.write_text(
        f'{settings}\n[sign_in]\nprovider = "{provider.url}"\nclient_id = "{CLIENT_ID}"\n'
        'client_secret = "sign-in.secret"\n',
        encoding="utf-8",
    )
    with serving(layout) as serves:
        yield serves


@pytest.fixture
def coordinator(hub: RunningHub, tongxing: Tongxing) -> Tongxing:
    def ran(*arguments: object, **_more: object) -> Ran:
        given = [str(each) for each in arguments]
        return tongxing("coordinator", *given, "--settings", hub.layout.settings)

    return ran


def signed_in(hub: RunningHub, provider: SimulatedProvider) -> httpx2.Response:
    """What the hub says to a browser that went to the provider and came back."""
    with httpx2.Client(base_url=hub.url, trust_env=False) as browser:
        gone = browser.get("/sign-in/provider")
        assert gone.status_code == 303
        back = provider.authorize(gone.headers["location"])
        assert back.startswith(f"{HUB}/sign-in/return?")
        browser.get(back.removeprefix(HUB))
        return browser.get("/coordinator")


def test_a_person_who_is_bound_to_an_account_signs_in_with_it(
    hub: RunningHub, provider: SimulatedProvider, coordinator: Tongxing
) -> None:
    named = ("--name", "李协调（示例）", "--region", "320000")
    assert signed_in(hub, provider).headers["location"] == "/sign-in"
    assert coordinator("add", "li", *named, "--subject", "u-7").status == 0
    assert "<code>li</code>" in signed_in(hub, provider).text
    assert coordinator("add", "wang", *named).status == 0
    refused = coordinator("bind", "wang", "--subject", "u-7")
    assert "another active person" in refused.complaint
    assert coordinator("bind", "li", "--subject", "u-8").status == 0
    assert signed_in(hub, provider).headers["location"] == "/sign-in"


def test_a_client_system_is_bound_to_no_account(coordinator: Tongxing) -> None:
    assert "no active client" in coordinator("bind", "city-system", "--subject", "u-9").complaint


def test_without_a_provider_nobody_is_bound(
    hub: RunningHub, tongxing: Tongxing, new_layout: NewState
) -> None:
    refused = tongxing(
        *("coordinator", "bind", "li", "--subject", "u-7"),
        *("--settings", new_layout().settings),
    )
    assert "[sign_in]" in refused.complaint


def test_the_doctor_asks_the_provider_who_it_is(
    hub: RunningHub, provider: SimulatedProvider, tongxing: Tongxing
) -> None:
    def examined() -> Any:
        out = tongxing("doctor", "--json", "--settings", hub.layout.settings).out
        (found,) = [each for each in json.loads(out)["checks"] if each["check"] == "SIGN_IN"]
        return found

    assert examined()["state"] == "well"
    provider.metadata = {"issuer": "https://other.example"}
    assert "another provider" in json.dumps(examined())
    provider.metadata, provider.is_away = {}, True
    assert examined()["state"] == "wrong"
    provider.is_away = False
