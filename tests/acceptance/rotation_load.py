"""Connections that ask as one client, while its key is changed under them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import time
from typing import NamedTuple

from tests.acceptance.callers import Caller
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import TYPENAME
from tests.connection import connection

CONNECTIONS = 10
QUESTIONS = 5
"""By each token."""

NOT_BELIEVED = (400, 401, 403)


class Got(NamedTuple):
    """What a request by ``key`` got: when it left, when its answer was there, and the status."""

    key: str
    left_at: float
    answered_at: float
    status: int


@dataclass
class Load:
    """``key`` is what the connections use from their next round on."""

    hub: RunningHub
    client_id: str
    key: SigningKey
    ended: Event = field(default_factory=Event)
    got: list[Got] = field(default_factory=list)

    def ask_on(self) -> None:
        """A token by the present key, some questions by it, and again. Each time on another
        connection, so that all workers are met."""
        while not self.ended.is_set():
            with connection(self.hub.url) as http:
                self._round(Caller(http, self.client_id, self.key))

    def _round(self, caller: Caller) -> None:
        left_at = time()
        granted = caller.ask_for_token(caller.assertion())
        self._note(caller, left_at, granted.status_code)
        for _ in range(QUESTIONS if granted.status_code == 200 else 0):
            left_at = time()
            asked = caller.post(TYPENAME, token=granted.json()["access_token"])
            self._note(caller, left_at, asked.status_code)

    def _note(self, caller: Caller, left_at: float, status: int) -> None:
        self.got.append(Got(caller.key.key_id, left_at, time(), status))

    def refused(self, key: SigningKey, until: float) -> list[Got]:
        """What was answered before ``until``, and not believed. A busy machine may say that there
        is no room; that is no refusal of the key."""
        return [
            got
            for got in self.got
            if got.key == key.key_id and got.answered_at < until and got.status in NOT_BELIEVED
        ]

    def accepted(self, key: SigningKey, since: float) -> list[Got]:
        """What left after ``since``, and was answered with 200."""
        return [got for got in self._after(key, since) if got.status == 200]

    def asked_after(self, key: SigningKey, since: float) -> int:
        return len(self._after(key, since))

    def _after(self, key: SigningKey, since: float) -> list[Got]:
        return [got for got in list(self.got) if got.key == key.key_id and got.left_at > since]


@contextmanager
def under_load(hub: RunningHub, client_id: str, key: SigningKey) -> Iterator[Load]:
    load = Load(hub, client_id, key)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        asking = [pool.submit(load.ask_on) for _ in range(CONNECTIONS)]
        try:
            yield load
        finally:
            load.ended.set()
        for each in asking:
            each.result()
