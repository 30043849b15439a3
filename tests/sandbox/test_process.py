"""An issuer as a process: how it announces itself, ends, keeps its keys, and keeps time."""

import json
import signal
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from tests.connection import PATIENCE_SECONDS
from tests.sandbox.clients import asked, running
from tests.sandbox.decoders import open_compact
from tests.sandbox.towns import Clock
from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.issuers.opening import create_app
from tongxing.sandbox.town.records import IssuerName


@pytest.mark.processes
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_a_signal_ends_it_cleanly_even_while_it_stalls(tmp_path: Path, ending: int) -> None:
    with running("sukangma", tmp_path, "--population", "5") as issuer:
        assert issuer.population == 5
        with issuer.misbehaving("stalled"), pytest.raises(httpx2.ReadTimeout):
            issuer.http.post("/healthCode/self", content=b"", timeout=0.2)
        issuer.process.send_signal(ending)
        assert issuer.process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("issuer", IssuerName)
def test_making_the_files_again_changes_nothing(tmp_path: Path, issuer: IssuerName) -> None:
    folder = ensure_issuer(tmp_path, issuer)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ensure_issuer(tmp_path, issuer)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(before) == 5


@pytest.mark.parametrize("issuer", IssuerName)
def test_only_the_owner_can_read_what_is_secret(tmp_path: Path, issuer: IssuerName) -> None:
    folder = ensure_issuer(tmp_path, issuer)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_lost_public_key_is_made_again_from_the_private_one(tmp_path: Path) -> None:
    public = ensure_issuer(tmp_path, IssuerName.NATIONAL) / "public_key.jwk"
    before = public.read_bytes()
    public.unlink()
    ensure_issuer(tmp_path, IssuerName.NATIONAL)
    assert public.read_bytes() == before


@pytest.mark.parametrize("issuer", IssuerName)
def test_a_public_key_says_its_suite_and_holds_nothing_private(
    tmp_path: Path, issuer: IssuerName
) -> None:
    jwk = json.loads((ensure_issuer(tmp_path, issuer) / "public_key.jwk").read_text())
    suites = {"zhenjiang": "ES256", "sukangma": "EdDSA", "national": "SM2-SM3"}
    assert jwk["alg"] == suites[issuer]
    assert jwk.keys() <= {"kty", "crv", "x", "y", "kid", "alg"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def city(tmp_path: Path, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    folder = ensure_issuer(tmp_path, IssuerName.ZHENJIANG)
    app = create_app(IssuerName.ZHENJIANG, tmp_path, seed=1, population=10, clock=clock)
    credential = (folder / "credential").read_text()
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://sandbox",
        headers={"authorization": f"Bearer {credential}"},
    ) as client:
        yield client


async def test_a_showing_is_good_for_sixty_seconds(city: httpx2.AsyncClient, clock: Clock) -> None:
    shown = (await city.post("/app/code", json=asked("green_everywhere"))).json()
    assert shown["expires_at"] == int(clock.at.timestamp()) + 60
    clock.at += timedelta(seconds=59)
    assert (await city.post("/v1/code", json={"code": shown["code"]})).status_code == 200
    clock.at += timedelta(seconds=1)
    assert (await city.post("/v1/code", json={"code": shown["code"]})).status_code == 410


async def test_states_are_of_the_clock_handed_in(
    city: httpx2.AsyncClient, clock: Clock, tmp_path: Path
) -> None:
    clock.at += timedelta(hours=1)
    question = {"questions": [asked("green_everywhere")]}
    answer = (await city.post("/v1/status", json=question)).json()
    jwk = json.loads((tmp_path / "zhenjiang" / "public_key.jwk").read_text())
    claims = open_compact(answer["statements"][0], jwk, "zjc-status+jwt")
    assert claims["iat"] == claims["as_of"] == int(clock.at.timestamp())
    assert claims["valid_until"] == int((clock.at - timedelta(hours=1, days=-14)).timestamp())


async def test_without_another_issuer_its_key_cannot_be_borrowed(city: httpx2.AsyncClient) -> None:
    response = await city.post("/sandbox/misbehavior", json={"mode": "other_issuers_key"})
    assert (response.status_code, response.json()) == (409, {"error": "no_other_issuer"})
