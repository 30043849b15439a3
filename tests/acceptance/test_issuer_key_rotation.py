"""An issuer changes its signing key while clients ask: a list with both keys, the change, a list
without the old one. Nobody is refused falsely, and no green rests on the old key after its end; by
one process, and by two workers over PostgreSQL.

The other key of the sandbox's issuers, which they otherwise give up, is the new one here.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import time
from typing import Any, NamedTuple

import pytest

from tests.acceptance.callers import Answer, Caller, calling, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import Issuers, NewState
from tests.acceptance.test_workers_together import serving_workers
from tests.acceptance.trust_lists import Payload, changed, payload_of, put, root_keys, signed
from tongxing.sandbox.town.records import IssuerName

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["sqlite", "postgres"], indirect=True),
]

GREEN = "green_everywhere"
ISSUER = IssuerName.ZHENJIANG
BY_THE_NEW_KEY = "retired_key"
CONNECTIONS = 10
ENOUGH = 30
PROMISED_SECONDS = 5.2
"""From the file on one machine to all workers (docs/operating/workers.md), and what two clocks may
differ by."""

ASK = """
query($input: TravelerInput!) {
  traveler(input: $input) {
    ... on TravelerRecognition {
      color trustListVersion sources { issuer { id } outcome statement { parts } }
    }
  }
}
"""


class Told(NamedTuple):
    """An answer: when its question left, by which list, its color, and the city's part in it."""

    left_at: float
    version: int
    color: str
    outcome: str
    key: str


@dataclass
class Asking:
    hub: RunningHub
    ended: Event = field(default_factory=Event)
    told: list[Told] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def ask_on(self) -> None:
        while not self.ended.is_set():
            with calling(self.hub) as caller:
                for _ in range(5):
                    self._ask(caller)

    def _ask(self, caller: Caller) -> None:
        left_at = time()
        response = caller.post(ASK, request_of(fields(document_of(GREEN))))
        if response.status_code == 200:
            self.told.append(_read(response.json()["data"]["traveler"], left_at))
        else:
            self.others.append(response.status_code)

    def of(self, version: int) -> list[Told]:
        return [told for told in list(self.told) if told.version == version]

    def after(self, moment: float) -> list[Told]:
        return [told for told in list(self.told) if told.left_at > moment]


def _read(answer: Answer, left_at: float) -> Told:
    city = next(each for each in answer["sources"] if each["issuer"]["id"] == ISSUER)
    statement = city["statement"]
    key = "" if statement is None else _key_of(statement["parts"][0])
    return Told(left_at, answer["trustListVersion"], answer["color"], city["outcome"], key)


def _key_of(part: str) -> str:
    """``part`` is a compact JWS, of which the bytes are handed out."""
    header = _decoded(part).split(b".")[0].decode("ascii")
    said: Any = json.loads(_decoded(header))
    return str(said["kid"])


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def _asking(hub: RunningHub) -> Iterator[Asking]:
    asking = Asking(hub)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        running = [pool.submit(asking.ask_on) for _ in range(CONNECTIONS)]
        try:
            yield asking
        finally:
            asking.ended.set()
            for each in running:
                each.result()


@pytest.fixture
def hub(back_end: str, new_layout: NewState) -> Iterator[RunningHub]:
    layout = new_layout()
    if back_end == "postgres":
        with serving_workers(layout) as serves:
            yield serves
    else:
        with serving(layout) as serves:
            yield serves


def _keys(payload: Payload) -> tuple[Payload, Payload]:
    """The city's key in use, and the other one, as the list of the sandbox names them."""
    (issuer,) = (each for each in payload["issuers"] if each["id"] == ISSUER)
    (new,) = (key for key in issuer["keys"] if "revoked_at" in key)
    (old,) = (key for key in issuer["keys"] if "revoked_at" not in key)
    return old, {name: value for name, value in new.items() if name != "revoked_at"}


def _with_keys(payload: Payload, by: int, keys: list[Payload]) -> Payload:
    issuers = [
        each | {"keys": keys} if each["id"] == ISSUER else each for each in payload["issuers"]
    ]
    return changed(payload, by=by, issuers=issuers)


def test_nobody_is_refused_and_no_green_rests_on_the_old_key(
    hub: RunningHub, issuers: Issuers
) -> None:
    payload, roots = payload_of(hub.layout), root_keys(hub.layout)
    old, new = _keys(payload)
    with _asking(hub) as asking:
        await_that(lambda: len(asking.told) > ENOUGH, "they ask")
        put(hub.layout, signed(_with_keys(payload, 1, [old, new]), roots))
        await_that(lambda: len(asking.of(2)) > ENOUGH, "the list with both is in force")
        with issuers[ISSUER].misbehaving(BY_THE_NEW_KEY):
            put(hub.layout, signed(_with_keys(payload, 2, [new]), roots))
            promised = time() + PROMISED_SECONDS
            await_that(lambda: len(asking.after(promised)) > ENOUGH, "they ask on")
            asking.ended.set()
    assert {told.color for told in asking.told} == {"GREEN"}
    assert {told.version for told in asking.after(promised)} == {3}
    assert {told.key for told in asking.of(3)} == {new["kid"]}
    assert set(asking.others) <= {503}


def test_what_an_issuer_signs_with_the_old_key_is_refused_after_it(
    hub: RunningHub, issuers: Issuers
) -> None:
    """It was told to change and did not: what is kept of it does not count either. A green is the
    others' then, whom the policy lets go on without the city."""
    payload, roots = payload_of(hub.layout), root_keys(hub.layout)
    _old, new = _keys(payload)
    with _asking(hub) as asking:
        await_that(lambda: len(asking.told) > ENOUGH, "they ask")
        put(hub.layout, signed(_with_keys(payload, 1, [new]), roots))
        promised = time() + PROMISED_SECONDS
        await_that(lambda: len(asking.after(promised)) > ENOUGH, "they ask on")
        asking.ended.set()
    assert {told.color for told in asking.of(1)} == {"GREEN"}
    assert {told.version for told in asking.after(promised)} == {2}
    assert {told.outcome for told in asking.of(2)} == {"BAD_SIGNATURE"}
