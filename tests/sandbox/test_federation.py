"""The rest of the country: members that answer in the docking format, and their state directory."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.settings_file import load_settings
from tongxing.keys.root_keys import parse_root_keys
from tongxing.keys.trust_list import parse_trust_list
from tongxing.sandbox.federation.hosting import Hosting
from tongxing.sandbox.federation.member_app import MemberApp, people_of
from tongxing.sandbox.federation.members import (
    Member,
    credential_file,
    ensure_members,
    members,
    secrets_of,
)
from tongxing.sandbox.provisioning.federation import (
    everyone_asked,
    provision_federation,
    write_federation_settings,
)
from tongxing.sandbox.town.records import IssuerName

AT = datetime(2020, 3, 6, 2, 0, tzinfo=UTC)
SEED = 7
KNOWN = people_of(Member(1), SEED)[0]


class Asking:
    """Two members behind one address."""

    def __init__(self, directory: Path) -> None:
        both = members(2)
        ensure_members(directory, both)
        self.credential = credential_file(directory).read_text("ascii")
        apps = {
            each.id: MemberApp(each, secrets_of(directory, each), SEED, lambda: AT) for each in both
        }
        self.hosting = Hosting(apps, self.credential)

    def ask(self, method: str, target: str, content: Any = None) -> tuple[int, bytes]:
        path, _, query = target.partition("?")
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        scope = {
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {self.credential}".encode())],
        }
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.hosting(scope, receive, send))
        return sent[0]["status"], sent[1]["body"]

    def status(self, member: str, number: str, name: str) -> Mapping[str, Any]:
        asked = {"cardType": "10", "cardNo": number, "name": name, "nonce": "n" * 22}
        _, body = self.ask("POST", f"/{member}/status", asked)
        answered: Mapping[str, Any] = json.loads(body)
        return answered


@pytest.fixture
def here(tmp_path: Path) -> Asking:
    return Asking(tmp_path)


def test_a_member_states_what_it_knows_and_another_member_does_not_know(here: Asking) -> None:
    stated = here.status("member-001", KNOWN.number, KNOWN.name)
    assert (stated["code"], stated["data"]["areaCode"]) == (0, "110000")
    assert here.status("member-002", KNOWN.number, KNOWN.name)["code"] == 404
    assert here.status("member-001", KNOWN.number, "别人")["code"] == 404


def test_nobody_is_answered_without_the_credential(here: Asking) -> None:
    here.credential = "another"
    assert here.ask("GET", "/sandbox/calls")[0] == 401


def test_whoever_joins_is_known_and_in_what_comes_to_the_filter(here: Asking) -> None:
    path = "/member-002/v1/filters/membership"
    head = here.ask("GET", path)[1].partition(b"\n")[0]
    here.ask("POST", "/member-002/sandbox/join", {"number": KNOWN.number, "name": KNOWN.name})
    assert here.status("member-002", KNOWN.number, KNOWN.name)["code"] == 0
    assert len(head.split(b".")) == 3


def test_an_unknown_member_or_path_is_not_found(here: Asking) -> None:
    for target in ("/member-009/status", "/member-001/other", "/"):
        assert here.ask("POST", target)[0] == 404
    assert here.ask("POST", "/member-001/sandbox/misbehavior", b"no fault")[0] == 400


def test_the_state_directory_fits_the_number_of_issuers(tmp_path: Path) -> None:
    layout = provision_federation(tmp_path, AT, 40)
    urls = {name: f"http://127.0.0.1:{place}" for place, name in enumerate(IssuerName, 8331)}
    more = {member: f"http://127.0.0.1:8341/{member.id}" for member in members(37)}
    settings = load_settings(write_federation_settings(layout, urls, more, 8321), {})
    roots = parse_root_keys(layout.root_keys.read_bytes())
    listed = parse_trust_list(layout.trust_list.read_bytes(), roots, AT)
    assert len(settings.issuers) == len(listed.issuers) == 40
    assert {issuer.id for issuer in settings.issuers} == set(listed.issuers)
    keys = [issuer.filter_key for issuer in settings.issuers if issuer.filter_key is not None]
    assert len({key.read_bytes() for key in keys}) == 37
    provision_federation(tmp_path, AT, 50)
    wider = parse_trust_list(layout.trust_list.read_bytes(), roots, AT)
    assert (len(wider.issuers), wider.version) == (50, 2)


def test_the_policy_of_the_federation_asks_everybody_and_uses_filters() -> None:
    policy = read_policy("321100.toml", everyone_asked().encode())
    assert policy.circle.everyone
    assert policy.filter_age is not None
