"""The first day of a hub, on the same machines from the first page to the last: it is installed,
gets its trust list from three people, a proxy and a first client; every key is replaced while a
gate asks; then its machine is lost, and another one goes on behind the same proxy."""

import asyncio
import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.arriving import header_of
from tests.acceptance.callers import Answer
from tests.acceptance.forging import LASTS_SECONDS, SigningKey
from tests.acceptance.hubs import await_that
from tests.acceptance.own_clients import administration_of
from tests.acceptance.rotating import KEYS
from tests.cli.software_token import needs_token, token_settings
from tests.operating.believed import believed_list
from tests.operating.first_day import (
    CLIENT,
    NOBODY_ANSWERS,
    Gate,
    credential_is_forgotten,
    hand_over,
    needs_nginx,
    ports_and_programs,
    reference_issuers,
    set_up_client,
    take_sm2_key,
)
from tests.operating.followed import HUB, STICK, Block, Machines, blocks, follow, machines
from tests.storage.holders import living
from tongxing.gateway.answering.receipt import read_receipt
from tongxing.gateway.operation.files import replace
from tongxing.gateway.settings import Profile
from tongxing.gateway.settings_file import load_settings
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.faults import StorageRefused
from tongxing.keys import HolderKey
from tongxing.keys.public_key_file import read_public_keys
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

pytestmark = [pytest.mark.processes, needs_token]

NEW = "new"
"""The machine that takes the place of the hub's."""

LASTING_SECONDS = 300
"""An assertion that cannot have been used before a restore."""

Said = list[tuple[Block, str]]


@dataclass(frozen=True)
class Day:
    them: Machines
    directory: Path
    issuers: Path
    url: str
    """The proxy's."""

    @property
    def hub(self) -> Layout:
        return Layout(self.directory / HUB / "hub")

    @property
    def authority(self) -> Path:
        return self.directory / STICK / "ca.pem"

    def follow(self, page: str, heading: str | None = None) -> Said:
        said = follow(page, self.them, heading)
        assert [str(block) for block, text in said if "Traceback" in text] == []
        return said

    def events(self, name: str) -> list[Mapping[str, Any]]:
        """Of all hubs that have run at the hub's machine."""
        logs = sorted((self.directory / HUB).glob("beside-*.log"))
        lines = [line for log in logs for line in log.read_text("utf-8").splitlines()]
        events = [json.loads(line) for line in lines if line.startswith("{") and line[-1] == "}"]
        return [event for event in events if event.get("event") == name]


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    needs_nginx()
    environment = ports_and_programs() | token_settings(tmp_path)
    issuers = tmp_path / "issuers"
    issuers.mkdir()
    with (
        reference_issuers(issuers) as addresses,
        machines(tmp_path / "day", environment | addresses) as them,
    ):
        set_up_client(them)
        hand_over(issuers, tmp_path / "day" / STICK)
        url = f"https://localhost:{environment['PROXY_PORT']}"
        yield Day(them, tmp_path / "day", issuers, url)


def test_the_first_day(day: Day) -> None:
    _install(day)
    _gather_for_the_ceremony(day)
    serving = _begin_behind_the_proxy(day)
    _let_the_first_client_in(day)
    gate = _gate(day)
    with gate.asking():
        gate.hears_more()
        _change_the_client(day)
        _change_the_hubs_keys(day, gate)
        _change_the_holder_key(day, gate, serving)
        before = _back_up(day, gate)
    day.them.end(serving, signal.SIGKILL)
    _go_on_elsewhere(day, gate, before)


def _install(day: Day) -> None:
    said = day.follow("installing.md")
    _, doctor = said[-1]
    assert doctor.count("✘") == 1
    assert "root-keys.json" in doctor
    assert load_settings(day.hub.settings, {}).profile is Profile.PRODUCTION
    for file in day.hub.directory.rglob("*"):
        assert file.stat().st_mode & 0o077 == 0, file
    take_sm2_key(day.issuers, "\n".join(text for _, text in said))


def _gather_for_the_ceremony(day: Day) -> None:
    day.follow("ceremony.md")
    trust_list = believed_list(day.hub.directory)
    assert trust_list.version == 5
    first, second = trust_list.issuers["zhenjiang"].keys.values()
    assert (first.revoked_at is not None, second.revoked_at) == (True, None)
    assert (day.them.at("alice") / "alice.pem").stat().st_mode & 0o777 == 0o600


def _begin_behind_the_proxy(day: Day) -> Block:
    """The block that runs the hub."""
    said = [
        *day.follow("tls.md", "证书 Certificates"),
        *day.follow("tls.md", "由代理终结 TLS A proxy that ends TLS"),
        *day.follow("tls.md", "绑定令牌 Bound tokens"),
    ]
    [serving] = [block for block, _ in said if "exec tongxing serve" in block.text]
    [seen] = [text for block, text in said if "/metrics" in block.text]
    assert '"ready":true' in seen
    assert "}404\n" in seen
    assert "all is well" in seen
    return serving


def _let_the_first_client_in(day: Day) -> None:
    said = day.follow("client-rotation.md", "第一个接入系统 The first client")
    answer = json.loads((day.them.at(CLIENT) / "answer.json").read_bytes())
    assert answer["color"] == "GREEN"
    assert HUB_ID in said[-1][1]


def _gate(day: Day) -> Gate:
    """A client more, registered as the first one was."""
    key = SigningKey.new()
    (day.directory / STICK / "gate.pem").write_bytes(key.public_pem())
    add = (
        "tongxing client add gate --name gate --key usb/gate.pem --region 321100 "
        "--scope status:read --purpose ENTRY --settings hub/settings.toml"
    )
    day.them.run(Block("the gate", 0, add))
    return Gate(day.url, day.authority, "gate", key)


def _change_the_client(day: Day) -> None:
    day.follow("client-rotation.md", "接入系统 Clients")
    actions = [record.action.value for record in administration_of(day.hub, "city-system")]
    assert actions == [
        "CLIENT_ADDED",
        "CLIENT_CHANGED",
        "CLIENT_KEY_ADDED",
        "CLIENT_KEY_ADDED",
        "CLIENT_KEY_REPLACED",
    ]
    kept = SigningKey.from_pem((day.them.at(CLIENT) / "client.key").read_bytes())
    with Gate(day.url, day.authority, "city-system", kept).connected() as caller:
        granted = caller.ask_for_token(caller.assertion()).json()
    assert "TRANSPORT" in granted["purposes"].split()
    assert "history:read" not in granted["scope"].split()
    day.follow("client-rotation.md", "发码机构 Issuers")
    await_that(lambda: bool(day.events("issuer_secret_replaced")), "the hub has the credential")
    assert {event["issuer"] for event in day.events("issuer_secret_replaced")} == {"zhenjiang"}
    credential_is_forgotten(day.issuers)


def _change_the_hubs_keys(day: Day, gate: Gate) -> None:
    gate.hears_more()
    first = _signing(gate)
    day.follow("rotation.md", "平台密钥 Hub keys")
    await_that(lambda: len(_published(gate)) == 2, "the stolen key is published no more")
    gate.hears_more()
    assert header_of(gate.told[-1]["receipt"])["kid"] == _signing(gate) != first


def _change_the_holder_key(day: Day, gate: Gate, serving: Block) -> None:
    heading = "持码人密钥 Holder keys"
    listed, begun, sealed, moved, *ended = blocks("rotation.md", heading=heading)
    old = day.hub.holder_key.read_bytes()
    assert "in use" in day.them.run(listed)
    day.them.run(begun)
    assert "announced" in day.them.run(listed)
    day.them.run(sealed)
    gate.hears_more()
    day.them.run(moved)
    day.them.end(serving)
    day.them.run(serving)
    gate.hears_more()
    for block in ended:
        day.them.run(block)
    gate.hears_more()
    assert len({answer["holder"] for answer in gate.told}) == 1
    replace(day.hub.directory / "old.key", old)
    serve = (
        'TONGXING_LISTEN__PORT=0 TONGXING_KEYS__HOLDER="$PWD/hub/old.key" '
        "tongxing serve --settings hub/settings.toml"
    )
    day.them.run(Block("the old file", 0, serve, {"refused": "keys.holder"}))
    assert asyncio.run(_opens(day.hub.database, day.hub.holder_key.read_bytes())) == 2
    with pytest.raises(StorageRefused):
        asyncio.run(_opens(day.hub.database, old))


async def _opens(database: Path, file: bytes) -> int:
    async with Database.open(database) as opened:
        return len(list(await living(opened, HolderKey(file))))


def _back_up(day: Day, gate: Gate) -> int:
    """How many answers were there before the backup."""
    before = 0
    for block in [each for each in blocks("backup.md") if each.machine == HUB]:
        gate.hears_more()
        if "tongxing backup" in block.text:
            before = len(gate.told)
        day.them.run(block)
        gate.hears_more()
    assert before
    return before


def _go_on_elsewhere(day: Day, gate: Gate, before: int) -> None:
    said = [day.them.run(block) for block in blocks("backup.md") if block.machine == NEW]
    [checked] = [each for each in said if "条记录完好" in each]
    resumed = int(checked.split("✔ ")[1].split()[0]) - 1
    kept = max(gate.told[:before], key=_index)
    lost = max(gate.told, key=_index)
    assert _index(kept) < resumed < _index(lost)
    assert _is_held(day, kept)
    assert not _is_held(day, lost)

    def status(lasts_seconds: int) -> int:
        return gate.asks_for_token(lasts_seconds).status_code

    await_that(lambda: status(LASTS_SECONDS) not in NOBODY_ANSWERS, "the restored hub runs")
    assert status(LASTS_SECONDS) == 401, "used before, perhaps"
    await_that(lambda: status(LASTING_SECONDS) == 200, "an assertion is taken that is surely new")
    answer = gate.asks(gate.asks_for_token(LASTING_SECONDS).json()["access_token"])
    assert _index(answer) > resumed
    assert _log_of(gate, lost) is None
    assert str(_log_of(gate, answer)).startswith(f"{HUB_ID}/audit/20")
    assert _is_held(day, answer)


def _index(answer: Answer) -> int:
    return int(answer["auditIndex"])


def _is_held(day: Day, answer: Answer) -> bool:
    """What ``audit verify`` at the new machine says of the receipt."""
    (day.directory / STICK / "receipt").write_text(answer["receipt"], "utf-8")
    command = "tongxing audit verify --settings hub/settings.toml --receipt usb/receipt || true"
    said = day.them.run(Block("the receipt", 0, command, {"on": NEW}))
    assert ("条记录完好" in said) is not ("was lost before the log was restored" in said), said
    return "条记录完好" in said


def _published(gate: Gate) -> list[Mapping[str, Any]]:
    """The JWKs; the one in use first."""
    with gate.connected() as caller:
        keys: list[Mapping[str, Any]] = caller.http.get(KEYS).json()["keys"]
    return keys


def _signing(gate: Gate) -> object:
    return _published(gate)[0]["kid"]


def _log_of(gate: Gate, answer: Answer) -> str | None:
    keys = read_public_keys(json.dumps({"keys": _published(gate)}).encode())
    return read_receipt(answer["receipt"], *(each.public_key for each in keys)).audit.log
