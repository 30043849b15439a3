"""A sandbox's state directory: complete, for its owner alone, and never written over."""

import asyncio
import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tongxing.gateway.cli.coordinator_commands import SCOPES_OF_COORDINATORS
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings_file import load_settings
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.clients import ClientRegistry, register
from tongxing.keys.root_keys import parse_root_keys
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.sandbox.provisioning.clients import (
    DISTRICT,
    PERSON,
    SANDBOX_CLIENTS,
    SandboxClient,
    ensure_client_key,
)
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import (
    let_a_person_in,
    provision,
    write_credentials,
    write_settings,
)
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema.scope import Scope

AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
URLS = {name: f"http://127.0.0.1:{8331 + place}" for place, name in enumerate(IssuerName)}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = provision(tmp_path_factory.mktemp("sandbox") / "state", AT)
    write_settings(made, URLS, 8321)
    write_credentials(made, "http://127.0.0.1:8321")
    return made


def _files(layout: Layout) -> Mapping[Path, bytes]:
    found = (path for path in layout.directory.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in found}


def _trust_list(layout: Layout, at: datetime) -> TrustList:
    roots = parse_root_keys(layout.root_keys.read_bytes())
    return parse_trust_list(layout.trust_list.read_bytes(), roots, at)


def test_every_file_is_its_owners_alone(layout: Layout) -> None:
    assert [file for file in _files(layout) if file.stat().st_mode & 0o077] == []
    assert stat.S_IMODE(layout.directory.stat().st_mode) == 0o700


def test_the_settings_find_every_file(layout: Layout) -> None:
    settings = load_settings(layout.settings, {})
    assert HubSigner.from_pem(settings.keys.hub.read_bytes())
    assert Sm2Signer.from_pem(settings.keys.sm2.read_bytes())
    assert len(settings.keys.holder.read_bytes()) == 32
    credentials = [issuer.credential for issuer in settings.issuers]
    assert [each is not None and each.is_file() for each in credentials] == [True] * 3
    assert settings.database.file == layout.database


def test_the_trust_list_names_the_issuers_in_the_settings(layout: Layout) -> None:
    settings = load_settings(layout.settings, {})
    assert set(_trust_list(layout, AT).issuers) == {issuer.id for issuer in settings.issuers}


def test_both_root_keys_must_sign(layout: Layout) -> None:
    assert parse_root_keys(layout.root_keys.read_bytes()).threshold == 2


def test_a_key_that_an_issuer_gave_up_is_listed_as_revoked(layout: Layout) -> None:
    revoked = [
        [key.revoked_at for key in issuer.keys.values()]
        for issuer in _trust_list(layout, AT).issuers.values()
    ]
    assert revoked == [[None, AT]] * 3


def test_the_national_platform_knows_the_hubs_key(layout: Layout) -> None:
    public = Sm2Signer.from_pem(layout.sm2_key.read_bytes()).public_jwk()
    assert public["kid"] in layout.hub_key_at_the_national_platform.read_text("ascii")


async def _registered(layout: Layout) -> dict[str, frozenset[Scope]]:
    async with Database.open(layout.database) as database:
        return {client.id: client.scopes for client in await ClientRegistry(database).list()}


def test_the_clients_are_registered(layout: Layout) -> None:
    registered = asyncio.run(_registered(layout))
    assert registered == {client.id: client.scopes for client in SANDBOX_CLIENTS}


def test_a_person_is_let_in_where_pages_are_opened(tmp_path: Path) -> None:
    layout = provision(tmp_path / "state", AT)
    let_a_person_in(layout, AT)
    let_a_person_in(layout, AT)
    assert asyncio.run(_registered(layout))[PERSON] == frozenset(SCOPES_OF_COORDINATORS)


def test_a_client_of_the_version_before_gets_the_scopes_that_it_lacks(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "state")
    before = replace(DISTRICT, scopes=frozenset({Scope.ARRIVAL_READ}))
    asyncio.run(_register(layout, before))
    provision(layout.directory, AT)
    assert asyncio.run(_registered(layout))[DISTRICT.id] == DISTRICT.scopes


async def _register(layout: Layout, client: SandboxClient) -> None:
    async with opened(DatabasePlace(layout.database)) as state:
        entry = register(
            id=client.id,
            name=client.name,
            regions=client.regions,
            scopes=client.scopes,
            purposes=(purpose.name for purpose in client.purposes),
            jwks=[ensure_client_key(layout, client).public_jwk()],
            at=AT,
        )
        await state.clients.add(entry, actor="tests", request_id="tests")


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    layout = provision(tmp_path / "state", AT)
    write_settings(layout, URLS, 8321)
    before = _files(layout)
    provision(tmp_path / "state", AT + timedelta(days=1))
    write_settings(layout, dict.fromkeys(URLS, "http://127.0.0.1:1"), 1)
    assert _files(layout) == before


def test_what_is_missing_is_made_again_and_the_rest_stays(tmp_path: Path) -> None:
    layout = provision(tmp_path / "state", AT)
    before = layout.hub_key.read_bytes()
    layout.holder_key.unlink()
    provision(tmp_path / "state", AT)
    assert layout.hub_key.read_bytes() == before
    assert len(layout.holder_key.read_bytes()) == 32


@pytest.mark.parametrize(
    ("later", "version"),
    [
        pytest.param(timedelta(days=20), 1, id="a list that lasts stays"),
        pytest.param(timedelta(days=25), 2, id="one that ends within a week is renewed"),
        pytest.param(timedelta(days=400), 2, id="one that has ended is renewed"),
    ],
)
def test_the_trust_list(tmp_path: Path, later: timedelta, version: int) -> None:
    layout = provision(tmp_path / "state", AT)
    provision(tmp_path / "state", AT + later)
    assert _trust_list(layout, AT + later).version == version


def test_credentials_follow_the_hubs_address(layout: Layout) -> None:
    moved = write_credentials(replace(layout), "http://127.0.0.1:9")
    texts = [file.read_text("utf-8") for file in moved.values()]
    assert all('"http://127.0.0.1:9"' in text for text in texts)
