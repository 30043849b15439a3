"""Each program changes the key of its client by itself, also if it was interrupted in between."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.callers import Caller
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.own_clients import key_change, register, send
from tests.acceptance.standing import NewState
from tests.clients.programs import GIVEN_UP_AFTER_SECONDS, Program
from tests.connection import connection
from tongxing.gateway.operation.files import replace
from tongxing.sandbox.provisioning.state import HUB_ID

pytestmark = pytest.mark.processes

ROTATE = {"typescript": "dist/programs/rotate.js", "python": "rotate.py", "curl": "./rotate.sh"}


@pytest.fixture(scope="module")
def rotating_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout()) as hub:
        yield hub


@dataclass
class Owner:
    """The client whose key ``program`` changes, with its files."""

    program: Program
    caller: Caller
    credentials: Path

    @property
    def key_file(self) -> Path:
        return self.credentials.with_name("key.pem")

    def rotate(self, *options: str) -> "subprocess.CompletedProcess[str]":
        command = [*self.program.command[:-1], ROTATE[self.program.name]]
        return subprocess.run(
            [*command, str(self.credentials), *options],
            cwd=self.program.home / self.program.name,
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=GIVEN_UP_AFTER_SECONDS,
        )

    def kept(self) -> SigningKey:
        return SigningKey.from_pem(self.key_file.read_bytes())

    def works(self, key: SigningKey) -> bool:
        caller = Caller(self.caller.http, self.caller.client_id, key)
        return caller.ask_for_token(caller.assertion()).status_code == 200


@pytest.fixture
def owner(program: Program, rotating_hub: RunningHub, tmp_path: Path) -> Iterator[Owner]:
    client_id, key = register(rotating_hub.layout)
    credentials = tmp_path / "credentials.json"
    known = {"hub": rotating_hub.url, "audience": HUB_ID, "client_id": client_id, "key": "key.pem"}
    credentials.write_text(json.dumps(known), "utf-8")
    with connection(rotating_hub.url) as http:
        made = Owner(program, Caller(http, client_id, key), credentials)
        replace(made.key_file, key.private_pem())
        yield made


def _said(ran: "subprocess.CompletedProcess[str]") -> dict[str, object]:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return said


def test_the_new_key_is_in_the_place_of_the_old_one_and_both_count(owner: Owner) -> None:
    said = _said(owner.rotate())
    new = owner.kept()
    assert (said["act"], said["kid"]) == ("rotate", new.key_id)
    assert new.key_id != owner.caller.key.key_id
    assert owner.works(new)
    assert owner.works(owner.caller.key)
    assert owner.key_file.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in owner.key_file.parent.iterdir()) == [
        "credentials.json",
        "key.pem",
    ]


def test_without_an_overlap_the_old_key_ends(owner: Owner) -> None:
    _said(owner.rotate("0"))
    assert owner.works(owner.kept())
    assert not owner.works(owner.caller.key)


@pytest.mark.parametrize("overlap", [3_600, 0], ids=["with an overlap", "without one"])
def test_what_was_interrupted_goes_on(owner: Owner, overlap: int) -> None:
    """The hub has taken the new key, and the program was killed before it heard of it."""
    new = SigningKey.new()
    replace(owner.key_file.with_name("key.pem.next"), new.private_pem())
    request = key_change(owner.caller.client_id, owner.caller.key, new, overlap=overlap)
    assert send(owner.caller, request).status_code == 200
    assert _said(owner.rotate())["kid"] == new.key_id
    assert owner.kept().key_id == new.key_id


def test_a_key_that_the_hub_does_not_take_changes_no_file(owner: Owner) -> None:
    stranger = SigningKey.new()
    replace(owner.key_file, stranger.private_pem())
    ran = owner.rotate()
    assert ran.returncode != 0
    assert owner.kept().key_id == stranger.key_id
    assert owner.works(owner.caller.key)
