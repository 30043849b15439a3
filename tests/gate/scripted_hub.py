"""A hub as a gate meets it, which does what a test says; and a gate beside it, with its clocks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.keys.pass_vectors import HOUR, HUB_ID, KEY, KEYS, URI, T, first_state
from tongxing.gateway.gate.asked_hub import HubUnreachable
from tongxing.gateway.gate.code_lines import LineFault
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.gate_work import Gate
from tongxing.gateway.gate.held_memory import HeldMemory
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.gateway.gate.network import GateWatch, Network
from tongxing.gateway.pages.text_tables import text_table
from tongxing.keys.status_list import StatusList, sign_snapshot

KEYS_PATH = "/.well-known/jwks.json"
LIST = "/status-lists/1"
PLACE = GatePlace(region="321100", purpose="ENTRY", checkpoint={"name": "镇江南站（示例）"})
TEXTS = {**text_table("gate"), **text_table("gate_command")}


def instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def policies(starts: int = T - HOUR, ends: int = T + 240 * HOUR) -> dict[str, Any]:
    version = {
        "ref": {"region": "321100", "number": 1},
        "validFrom": instant(starts),
        "validUntil": instant(ends),
    }
    return {"here": [version], "inTheCity": [version], "inTheProvince": []}


def checked(status: str = "GREEN", **other: object) -> dict[str, Any]:
    """What the hub says of a pass."""
    usual = {
        "__typename": "CheckedPass",
        "status": status,
        "maskedName": "李*红",
        "documentTail": "002X",
        "receivingRegion": "321100",
        "purpose": "ENTRY",
        "validUntil": instant(T + HOUR),
    }
    return {"verifyPass": {**usual, **other}}


def recognized(color: str, decision: str, **other: object) -> dict[str, Any]:
    """What the hub says of a code."""
    usual = {
        "__typename": "TravelerRecognition",
        "color": color,
        "decision": decision,
        "reasons": [{"text": {"zh": "因为", "en": "because"}}],
        "policy": {"region": "321100", "number": 1},
        "validUntil": instant(T + HOUR),
        "receipt": "a receipt",
    }
    return {"verifyCode": {**usual, **other}}


@dataclass
class ScriptedHub:
    """``answers``: by the name of a document what the hub says, or how it fails. ``fault``: how it
    fails whatever it is asked."""

    published: dict[str, bytes | None] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    fault: Exception | None = None
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def publish(self, state: StatusList, *deltas: tuple[int, str]) -> None:
        self.published |= {
            KEYS_PATH: json.dumps(KEYS).encode(),
            "/status-lists": json.dumps({"status_lists": [URI]}).encode(),
            LIST: sign_snapshot(KEY, state).encode(),
        }
        for number, text in deltas:
            self.published[f"{LIST}/deltas/{number}"] = text.encode()

    def ask(self, question: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.fault is not None:
            raise self.fault
        self.asked.append((question, variables))
        answer = self.answers.get(question)
        if isinstance(answer, Exception):
            raise answer
        if question == "gate_decisions" and answer is None:
            ids = [each["id"] for each in variables["input"]["decisions"]]
            return {
                "recordOfflineDecisions": [{"decisionId": i, "outcome": "RECORDED"} for i in ids]
            }
        said: Any = answer() if callable(answer) else answer
        return said  # type: ignore[no-any-return]  # a hub may say anything

    def get(self, path: str, at_most_bytes: int) -> bytes | None:
        if self.fault is not None:
            raise self.fault
        self.fetched.append(path)
        octets = self.published.get(path)
        return None if octets is None or len(octets) > at_most_bytes else octets

    def handed_in(self) -> list[Mapping[str, Any]]:
        asked = [it for question, it in self.asked if question == "gate_decisions"]
        return [each for it in asked for each in it["input"]["decisions"]]


class Rig:
    """A gate that knows what ``hub`` published. ``at`` is its own clock, ``steady`` the one that
    nobody can set, both in seconds."""

    def __init__(
        self,
        directory: Path,
        hub: ScriptedHub | None = None,
        at: float = T + 120,
        place: GatePlace = PLACE,
        within_seconds: float = 60,
    ) -> None:
        self.hub = hub or ScriptedHub()
        if hub is None:
            self.hub.publish(first_state())
            self.hub.answers["gate_policy"] = policies()
        self.at, self.steady = at, 1000.0
        self.kept = KeptState(directory, "gate-1")
        known = self.kept.memory(HUB_ID)
        self.held = HeldMemory(known, lambda: self.steady, self.clock(), self.kept.seen_at())
        self.network = Network(lambda: self.hub)
        self.lookout = GateWatch(
            network=self.network,
            held=self.held,
            kept=self.kept,
            place=place,
            clock=self.clock,
            kept_as=known,
        )
        self.gate = Gate(
            network=self.network,
            held=self.held,
            kept=self.kept,
            place=place,
            texts=TEXTS,
            clock=self.clock,
            within_seconds=within_seconds,
        )

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def pass_time(self, seconds: float) -> None:
        self.at += seconds
        self.steady += seconds

    def look(self) -> bool:
        return self.lookout.look()

    def cut(self) -> None:
        """There is no network any more, and the gate has noticed."""
        self.hub.fault = HubUnreachable()
        assert not self.look()

    def said(self, code: str | LineFault) -> dict[str, Any]:
        line = self.gate.line(code)
        assert line.endswith(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def lamp(self, code: str) -> tuple[str, str | None]:
        said = self.said(code)
        return said["lamp"], said["code"]
