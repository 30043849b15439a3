"""What operators do while the hub runs: clients come and go, policies and trust lists follow."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx2

from tests.acceptance.callers import Caller, calling, document_of, fields, request_of
from tests.acceptance.guests import enter_in
from tests.acceptance.operations import TRAVELER
from tests.acceptance.trust_lists import Payload, changed, instant, payload_of, put, root_keys
from tests.acceptance.trust_lists import signed as signed_list
from tests.soak.setting import Setting
from tests.soak.told import Published, Spell
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.gateway.storage.audit import AuditUnavailable
from tongxing.gateway.storage.faults import StorageFault
from tongxing.sandbox.town.records import IssuerName

REVOKED_FOR_SECONDS = 30.0
"""Longer than it may take until nobody believes the key any more."""

CLIENT_GONE_WITHIN_SECONDS = 10.0
"""Twice what is promised: the machine is busy, and a worker may be stopped for a second of it."""

TRIES = 120
BEGINS_AHEAD = timedelta(minutes=3)
MOST_VERSIONS = 20
"""Each worker reads all of them at each start, and runs the tests in them."""

_URGENT = 'urgent = { zh = "疫情急变", en = "an outbreak" }\n'


def renew_trust(setting: Setting, _random: Random) -> None:
    _publish_list(setting, payload_of(setting.stage.layout))


def revoke_key(setting: Setting, random: Random) -> None:
    """Of one issuer, for half a minute; then a list follows that trusts it again."""
    issuer = random.choice(list(IssuerName)).value
    trusted = payload_of(setting.stage.layout)
    revoked_at = datetime.now(UTC)
    listed = [
        {**each, "keys": [key | {"revoked_at": instant(revoked_at)} for key in each["keys"]]}
        if each["id"] == issuer
        else each
        for each in trusted["issuers"]
    ]
    _publish_list(setting, trusted | {"issuers": listed})
    setting.deeds.add(setting.deeds.revoked, Spell(issuer, time.time()))
    setting.hurry.wait(REVOKED_FOR_SECONDS)
    setting.deeds.end(setting.deeds.revoked, issuer, time.time())
    _publish_list(setting, payload_of(setting.stage.layout) | {"issuers": trusted["issuers"]})


def _publish_list(setting: Setting, payload: Payload) -> None:
    following = changed(payload, by=1)
    setting.deeds.publish(
        setting.deeds.trust_lists, Published(int(following["version"]), time.time())
    )
    layout = setting.stage.layout
    put(layout, signed_list(following, root_keys(layout)))


def publish_policy(setting: Setting, _random: Random) -> None:
    """The same rules under the next number, from minutes from now on: on a busy machine workers may
    need more than one of them to read it."""
    number = setting.deeds.policies[-1].number + 1
    now = datetime.now(UTC).replace(microsecond=0)
    if number > MOST_VERSIONS or setting.deeds.policies[-1].at > now.timestamp():
        return
    begins = now + BEGINS_AHEAD
    text = (
        (SHIPPED_POLICIES / "zhenjiang-1.toml")
        .read_text("utf-8")
        .replace("version = 1\n", f"version = {number}\nreplaces = {number - 1}\n")
        .replace("2020-02-27T09:00:00+08:00", now.isoformat())
        .replace(
            "valid_from = 2020-03-01T00:00:00+08:00", f"{_URGENT}valid_from = {begins.isoformat()}"
        )
    )
    setting.deeds.publish(setting.deeds.policies, Published(number, begins.timestamp()))
    beside = setting.stage.policies / f"zhenjiang-{number}.new"
    beside.write_text(text, "utf-8")
    beside.rename(setting.stage.policies / f"zhenjiang-{number}.toml")
    setting.hurry.wait(BEGINS_AHEAD.total_seconds())


def add_and_revoke_client(setting: Setting, _random: Random) -> None:
    """An id is never used again, so each is a client of its own: let in at once, and kept out soon
    after it was revoked, with the token that it has as well."""
    setting.added += 1
    client_id = f"gate-{setting.added}"
    stage = setting.stage
    _until_done(lambda: enter_in(stage.place, stage.layout, client_id, "321100"))
    with calling(stage.hub, client_id) as caller:
        token = _token_of(caller)
        if token is None:
            setting.ledger.violates([f"{client_id} was added, and is not let in"])
            return
        _until_done(lambda: _revoke(setting, client_id))
        setting.hurry.wait(CLIENT_GONE_WITHIN_SECONDS)
        if setting.hurry.is_set():
            return
        statuses = [_asks(caller, token), _status(lambda: caller.ask_for_token(caller.assertion()))]
        if 200 in statuses:
            setting.ledger.violates([f"{client_id} was revoked, and still gets {statuses}"])


async def _revoke(setting: Setting, client_id: str) -> None:
    async with opened(setting.stage.place) as state:
        await state.clients.revoke(client_id, at=datetime.now(UTC), actor="soak", request_id="soak")


def _until_done(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """The database may be away at this moment. What was done unheard is found done."""
    for left in reversed(range(TRIES)):
        try:
            asyncio.run(work())
        except (StorageFault, AuditUnavailable):
            if not left:
                raise
            time.sleep(0.5)
        else:
            return


def _token_of(caller: Caller) -> str | None:
    for _ in range(TRIES):
        response = _response(lambda: caller.ask_for_token(caller.assertion()))
        if response is not None and response.status_code == 200:
            return str(response.json()["access_token"])
        if response is not None and response.status_code == 401:
            return None
        time.sleep(0.5)
    return None


def _asks(caller: Caller, token: str) -> int:
    asked = request_of(fields(document_of("green_everywhere")))
    return _status(lambda: caller.post(TRAVELER, asked, token=token))


def _status(send: Callable[[], httpx2.Response]) -> int:
    response = _response(send)
    return 0 if response is None else response.status_code


def _response(send: Callable[[], httpx2.Response]) -> httpx2.Response | None:
    try:
        return send()
    except httpx2.HTTPError:
        return None
