"""Questions about travelers, each answer judged as soon as it is there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from time import time
from typing import Any

import httpx2

from tests.acceptance.callers import fields, manifest_of, request_of, scan_variables
from tests.acceptance.operations import SCAN, TRAVELER, TRAVELERS
from tests.soak.desk import Desk
from tests.soak.judging import Answer, Judge, Put
from tests.soak.ledger import Acknowledged, Ledger
from tests.soak.replaying import Replayer
from tongxing.keys.receipts import InvalidReceipt, verify_receipt
from tongxing.keys.suites import PublicKey
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import IssuerName

ASKED_OFTEN = 300
CROWD = range(ASKED_OFTEN, 6_000)
"""Whom manifests name; those of higher numbers are kept for corrections."""

EXPLAINED = TRAVELER.replace(
    "...Answer }",
    "...Answer ... on TravelerRecognition"
    " { explanation { deciding { rule { id } } lines { zh en } smallestChange { decision } } } }",
)

BOUND_SECONDS = 10.0
"""What takes longer is counted: twice the deadline, because the clients share the machine."""


@dataclass
class Questions:
    """``judge`` knows what is right; ``key`` is the hub's."""

    judge: Judge
    ledger: Ledger
    key: PublicKey
    replayer: Replayer

    def single(self, desk: Desk, random: Random, purpose: str = "ENTRY") -> None:
        self.about(desk, someone(random), purpose)

    def about(
        self, desk: Desk, label: str, purpose: str = "ENTRY", operation: str = TRAVELER
    ) -> Answer | None:
        """The answer, once it was judged and entered."""
        document = fields(self.judge.truth.document(label))
        asked_at = time()
        data = desk.data(operation, request_of(document, purpose))
        if data is None:
            return None
        put = Put(label, purpose, asked_at, time())
        return self._take(desk, [(data["traveler"], put)], "single")

    def explained(self, desk: Desk, random: Random) -> None:
        """It explains itself by the rule that its receipt, decided again by itself, comes out
        with."""
        answer = self.about(desk, someone(random), operation=EXPLAINED)
        if answer is not None:
            self.ledger.asked("replay")
            deciding = answer["explanation"]["deciding"]["rule"]["id"]
            self.ledger.violates(self.replayer.differences(answer["receipt"], deciding))

    def manifest(self, desk: Desk, random: Random) -> None:
        labels = [f"crowd:{index}" for index in random.sample(CROWD, random.choice(SIZES))]
        documents = [fields(self.judge.truth.document(label)) for label in labels]
        asked_at = time()
        data = desk.data(TRAVELERS, manifest_of(documents))
        if data is None:
            return
        if [each["index"] for each in data["travelers"]] != list(range(len(labels))):
            self.ledger.violates(["a manifest is answered in another order"])
            return
        now = time()
        answers = [each["result"] for each in data["travelers"]]
        puts = [Put(label, "ENTRY", asked_at, now) for label in labels]
        self._take(desk, list(zip(answers, puts, strict=True)), "manifest")

    def scan(self, desk: Desk, random: Random, shows: Callable[[str, str], str | None]) -> None:
        """``shows`` lets an issuer's app show the code of somebody; None if it cannot now."""
        issuer, label = random.choice(list(IssuerName)).value, someone(random)
        if self.judge.truth.before(issuer, label) is None:
            return
        code = shows(issuer, label)
        if code is None:
            return
        asked_at = time()
        data = desk.data(SCAN, scan_variables(code))
        if data is not None:
            put = Put(label, "ENTRY", asked_at, time(), scanned=issuer)
            self._take(desk, [(data["verifyCode"], put)], "scan")

    def _take(self, desk: Desk, answered: Sequence[tuple[Answer, Put]], kind: str) -> Answer | None:
        self.ledger.asked(kind, len(answered))
        entries = []
        for answer, put in answered:
            if answer["__typename"] != "TravelerRecognition":
                self.ledger.refused(str(answer.get("code")))
                if answer.get("code") not in MAY_BE_REFUSED:
                    self.ledger.violates([f"{put.label} was refused: {answer.get('code')}"])
                continue
            self._judge(desk, answer, put)
            entries.append(_entry(desk.caller.client_id, answer, put))
        self.ledger.acknowledge(entries, BOUND_SECONDS)
        return answered[-1][0] if entries else None

    def _judge(self, desk: Desk, answer: Answer, put: Put) -> None:
        faults = self._faults(answer, put)
        self.ledger.violates(f"request {answer['requestId']}, {put}: {f}" for f in faults)
        if not self.judge.may_be_of_another(put):
            self.ledger.shown(desk.caller.client_id, put.label, answer["holder"])

    def _faults(self, answer: Answer, put: Put) -> list[str]:
        try:
            claims: Mapping[str, Any] = verify_receipt(answer["receipt"], self.key)
        except InvalidReceipt:
            return ["the receipt does not verify"]
        changes = [(each["issuer"], each["place"], each["at"]) for each in claims["changes"]]
        faults = self.judge.faults_in(answer, put, tuple(changes))
        return [*faults, *said_otherwise(answer, claims)]


SIZES = (20, 40, 80, 200)
MAY_BE_REFUSED = frozenset({"OVERLOADED", "UNAVAILABLE"})


def someone(random: Random) -> str:
    """One in four has a story."""
    if random.random() < 0.25:
        return f"persona:{random.choice(list(PERSONAS))}"
    return f"crowd:{random.randrange(ASKED_OFTEN)}"


def _entry(client_id: str, answer: Answer, put: Put) -> Acknowledged:
    verified = (s["issuer"]["id"] for s in answer["sources"] if s["outcome"] == "VERIFIED")
    return Acknowledged(
        index=int(answer["auditIndex"]),
        request_id=answer["requestId"],
        client_id=client_id,
        color=answer["color"],
        decision=answer["decision"],
        label=put.label,
        asked_at=put.asked_at,
        answered_at=put.answered_at,
        verified=tuple(verified),
        receipt=answer["receipt"],
    )


def said_otherwise(answer: Answer, claims: Mapping[str, Any]) -> list[str]:
    """Where a receipt and the answer that brought it differ."""
    said = {
        "color": answer["color"],
        "decision": answer["decision"],
        "sub": answer["holder"],
        "request": answer["requestId"],
        "audit": int(answer["auditIndex"]),
    }
    told = {name: claims.get(name) for name in said} | {"audit": claims["audit"]["index"]}
    return [
        f"the receipt says {told[name]!r} as {name}, the answer {value!r}"
        for name, value in said.items()
        if told[name] != value
    ]


def code_shown(http: httpx2.Client, document: Mapping[str, str]) -> str | None:
    """What the holder's app shows now."""
    try:
        response = http.post("/app/code", json=dict(document))
    except httpx2.HTTPError:
        return None
    return str(response.json()["code"]) if response.status_code == 200 else None
