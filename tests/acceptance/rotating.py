"""A hub whose keys change, from the operator's side and from its callers'."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from tests.acceptance.arriving import header_of
from tests.acceptance.callers import Caller, calling, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.operations import TRAVELER
from tests.conftest import Tongxing
from tests.connection import get
from tongxing.gateway.operation.hub_key_files import later_files
from tongxing.keys import PublicKey, verify_receipt
from tongxing.keys.hub_key_file import log_keys_in
from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.signed_note import VerifierKey

KEYS = "/.well-known/jwks.json"


@dataclass(frozen=True)
class Operator:
    """At the machine of one hub."""

    tongxing: Tongxing
    hub: RunningHub

    def keys(self, *arguments: str) -> str:
        """What a command prints; it must not fail."""
        ran = self.tongxing("hub", "keys", *arguments, "--settings", self.hub.layout.settings)
        assert ran.status == 0, ran.err
        return ran.out

    def refused(self, *arguments: str) -> str:
        ran = self.tongxing("hub", "keys", *arguments, "--settings", self.hub.layout.settings)
        return ran.complaint

    def new(self) -> str:
        """The id of a key that this hub's process holds, too."""
        self.keys("new")
        (key_id,) = [each["kid"] for each in self.listed() if each["state"] == "ANNOUNCED"]
        self.await_held(key_id)
        return str(key_id)

    def await_held(self, key_id: str) -> None:
        def is_held() -> bool:
            _, _, about = self.keys().partition(key_id)
            found = re.search(r"(\d+)/(\d+)", about)
            return found is not None and found[1] == found[2]

        await_that(is_held, "every process has the key")

    def use(self, key_id: str, signed_at: RunningHub | None = None) -> None:
        self.keys("use", key_id)
        self.await_signing(key_id, signed_at or self.hub)

    def await_signing(self, key_id: str, hub: RunningHub) -> None:
        await_that(lambda: published(hub.url)[0]["kid"] == key_id, "the hub signs with the key")

    def listed(self) -> Sequence[Mapping[str, Any]]:
        ran = self.tongxing("hub", "keys", "--json", "--settings", self.hub.layout.settings)
        assert ran.status == 0, ran.err
        found: Sequence[Mapping[str, Any]] = json.loads(ran.out)["keys"]
        return found

    def signing(self) -> str:
        return str(next(each["kid"] for each in self.listed() if each["state"] == "SIGNING"))


def published(url: str) -> list[Mapping[str, Any]]:
    """The JWKs; the one in use first."""
    response = get(url + KEYS)
    assert response.status_code == 200
    keys: list[Mapping[str, Any]] = response.json()["keys"]
    return keys


def public_keys(url: str) -> Sequence[PublicKey]:
    octets = get(url + KEYS).content
    return [each.public_key for each in read_public_keys(octets)]


def log_keys(url: str) -> Sequence[VerifierKey]:
    return log_keys_in(get(url + KEYS).content)


def later_keys(hub: RunningHub) -> list[Path]:
    return later_files(hub.layout.hub_key)


@dataclass
class Load:
    """Two callers that ask as fast as they can: one with one token for long, one with a new token
    for each question. Each answer's receipt is verified with the keys that the hub publishes."""

    hub: RunningHub
    failures: list[str] = field(default_factory=list)
    answers: int = 0
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [
            Thread(target=self._ask, kwargs={"renews": each}) for each in (False, True)
        ]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join()

    def go_on(self, answers: int = 6) -> None:
        """Returns after so many more answers."""
        wanted = self.answers + answers
        await_that(lambda: self.answers >= wanted or bool(self.failures), "answers came")

    def _ask(self, *, renews: bool) -> None:
        with calling(self.hub) as city:
            while not self._stop.is_set():
                try:
                    self._one(city, renews=renews)
                except Exception as error:  # noqa: BLE001 - the test's thread tells
                    self.failures.append(repr(error))
                    return

    def _one(self, city: Caller, *, renews: bool) -> None:
        token = city.new_token() if renews else city.token()
        asked = request_of(fields(document_of("green_everywhere")))
        response = city.post(TRAVELER, asked, token=token)
        assert response.status_code == 200, (response.status_code, response.text)
        receipt = response.json()["data"]["traveler"]["receipt"]
        verify_receipt(receipt, *public_keys(self.hub.url))
        self.answers += 1


def signing_of(caller: Caller) -> object:
    """The key of a receipt that is given now."""
    return header_of(str(caller.persona("red_everywhere")["receipt"]))["kid"]
