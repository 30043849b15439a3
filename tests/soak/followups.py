"""What follows from an answer: arrivals, what a district is told of them, and corrections."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, Queue
from random import Random
from threading import Event, Lock
from time import sleep

import httpx2

from tests.acceptance.arriving import ACKNOWLEDGE, DISTRICT, FOLLOW, RECORD, told
from tests.acceptance.callers import fields
from tests.acceptance.test_corrections import REFRESH, REPORT
from tests.http.event_frames import events
from tests.sandbox.clients import RunningIssuer
from tests.soak.desk import Data, Desk
from tests.soak.questions import Questions, someone
from tests.soak.truth import GREEN
from tongxing.keys.receipts import verify_receipt
from tongxing.sandbox.town.records import IssuerName

A_PAUSE_SECONDS = 0.5
STILL_TRIED = 120
"""How often what was begun is tried again before it is left: a minute."""


def insisting(desk: Desk, operation: str, variables: Mapping[str, object]) -> Data | None:
    """What is sent again is not done twice, so it is sent until it is answered."""
    for _ in range(STILL_TRIED):
        data = desk.data(operation, variables)
        if data is not None:
            return data
        sleep(A_PAUSE_SECONDS)
    return None


@dataclass
class Followed:
    """What a district has been told. ``recorded`` counts the events of each arrival."""

    recorded: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    cursors: Counter[str] = field(default_factory=Counter)
    cursor: str | None = None
    begun: Event = field(default_factory=Event)
    waiting: Queue[str] = field(default_factory=Queue)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def hear(self, cursor: str, node: Data) -> None:
        with self._lock:
            self.cursor = cursor
            self.cursors[cursor] += 1
            if node["__typename"] == "ArrivalRecorded":
                self.recorded[node["arrival"]["id"]] += 1
                self.waiting.put(node["arrival"]["id"])
            elif node["__typename"] == "ArrivalAcknowledged":
                self.acknowledged[node["arrival"]["id"]] += 1

    def twice(self) -> list[str]:
        with self._lock:
            counted = {
                "event": self.cursors,
                "arrival": self.recorded,
                "acknowledgement of": self.acknowledged,
            }
            return [
                f"the {what} {each} was told {count} times"
                for what, counts in counted.items()
                for each, count in counts.items()
                if count > 1
            ]


def follow(desk: Desk, followed: Followed, ends: Event) -> None:
    """Comes back with its last cursor whenever the stream ends."""
    while not ends.is_set():
        token = desk.token()
        if token is not None:
            try:
                _listen(desk, token, followed, ends)
            except httpx2.HTTPError as error:
                desk.ledger.refused(f"stream: {type(error).__name__}")
        sleep(A_PAUSE_SECONDS)


def _listen(desk: Desk, token: str, followed: Followed, ends: Event) -> None:
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    asked = {"region": DISTRICT} | ({"after": followed.cursor} if followed.cursor else {})
    body = {"query": FOLLOW, "variables": asked}
    with desk.caller.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        if response.status_code != 200:
            desk.ledger.refused(f"stream: {response.status_code}")
            return
        followed.begun.set()
        for event in events(response.iter_raw()):
            if event.event == "next":
                if json.loads(event.data).get("data") is None:
                    desk.ledger.refused("stream: errors")
                    return
                followed.hear(*told(event))
            if ends.is_set():
                return


@dataclass
class FollowUps:
    questions: Questions
    followed: Followed
    issuers: Mapping[IssuerName, RunningIssuer]
    to_correct: list[str]
    """People whom the province holds red, and about whom nothing else is asked."""

    def arrival(self, desk: Desk, random: Random) -> None:
        answer = self.questions.about(desk, someone(random))
        if answer is None or answer["decision"] == "REFUSE" or answer["holder"] is None:
            return
        variables = {"receipt": answer["receipt"], "destination": DISTRICT}
        data = insisting(desk, RECORD, variables)
        if data is not None:
            result = data["recordArrival"]
            desk.ledger.asked("arrival")
            if result["__typename"] == "TravelerArrival":
                desk.ledger.arrived(result["id"])
            else:
                desk.ledger.refused(f"arrival: {result.get('code')}")

    def acknowledgement(self, desk: Desk, _random: Random) -> None:
        try:
            arrival_id = self.followed.waiting.get_nowait()
        except Empty:
            return
        data = insisting(desk, ACKNOWLEDGE, {"id": arrival_id})
        if data is not None:
            desk.ledger.asked("acknowledgement")
            if data["acknowledgeArrival"]["__typename"] == "TravelerArrival":
                desk.ledger.acknowledges(arrival_id)
            else:
                desk.ledger.violates([f"{arrival_id} was told, and cannot be acknowledged"])

    def correction(self, desk: Desk, _random: Random) -> None:
        """The province accepts it, and from then on holds a green."""
        answer = self.questions.about(desk, self.to_correct[0]) if self.to_correct else None
        if answer is None or self._color(answer) != "RED":
            return
        label = self.to_correct.pop(0)
        document = fields(self.questions.judge.truth.document(label))
        asked = {"receipt": answer["receipt"], "document": document, "issuer": "sukangma"}
        data = insisting(desk, REPORT, asked | {"mistake": "NEVER_THERE"})
        if data is None or data["reportMistake"]["__typename"] != "HealthCodeCorrection":
            return
        if self._decided(label, document, str(answer["receipt"])):
            desk.ledger.asked("correction")
            self._until_accepted(desk, data["reportMistake"]["id"])

    def _color(self, answer: Data) -> str | None:
        codes = [
            c for s in answer["sources"] if s["issuer"]["id"] == "sukangma" for c in s["codes"]
        ]
        return codes[0]["color"] if codes else None

    def _decided(self, label: str, document: Mapping[str, str], receipt: str) -> bool:
        """The same report tells the reference; an issuer that is silent now is asked again."""
        claims: Data = verify_receipt(receipt, self.questions.key)
        digest = next(s["digest"] for s in claims["sources"] if s["issuer"] == "sukangma")
        body = {**document, "mistake": "never_there", "evidence": digest, "nonce": "A" * 22}
        issuer = self.issuers[IssuerName.SUKANGMA]
        for _ in range(STILL_TRIED):
            try:
                reference = issuer.post_json("/corrections", body).json()["reference"]
                decision = {"reference": reference, "accepted": True}
                with self.questions.judge.truth.turning("sukangma", {label: GREEN}):
                    decided = issuer.post_json("/app/corrections/decide", decision)
            except (httpx2.HTTPError, ValueError, KeyError):
                sleep(A_PAUSE_SECONDS)
            else:
                return bool(decided.status_code == 200)
        return False

    def _until_accepted(self, desk: Desk, correction_id: str) -> None:
        for _ in range(STILL_TRIED):
            data = insisting(desk, REFRESH, {"id": correction_id})
            if data is not None and data["refreshCorrection"].get("state") == "ACCEPTED":
                return
            sleep(A_PAUSE_SECONDS)
        desk.ledger.violates([f"{correction_id} was accepted, and the hub never learned of it"])
