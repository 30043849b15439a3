"""The JSON line that ``tongxing gate`` writes for each code (docs/gate-command.md). Pure."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from tongxing.gateway.gate.gate_answers import GateAnswer, GateTexts
from tongxing.gateway.gate.gate_memory import GateMemory
from tongxing.keys.known_hub import KEYS_MAX_AGE

LINE_VERSION = 1
"""Members are only added; another meaning gets another number."""


def line_of(
    answer: GateAnswer,
    memory: GateMemory,
    texts: GateTexts,
    at: datetime,
    *,
    number: int,
    is_online: bool,
    waiting: int,
) -> bytes:
    """One line, UTF-8, with its end."""
    members = {
        "version": LINE_VERSION,
        "number": number,
        "at": _instant(at),
        "lamp": answer.lamp,
        "decision": answer.decision,
        "words": texts[f"word_{answer.decision}"],
        "color": answer.color,
        "source": answer.source,
        "code": answer.code,
        "why": answer.why,
        "todo": answer.todo,
        "holder": answer.holder,
        "policy": answer.policy,
        "validUntil": None if answer.until is None else _instant(answer.until),
        "gate": {
            "isOnline": is_online,
            "stopped": memory.stopped,
            "keysAgeSeconds": _age(memory.keys_read_at, at),
            "policyAgeSeconds": _age(memory.policy.read_at if memory.policy else 0, at),
            "listAgeSeconds": None if (age := memory.list_age(at)) is None else round(age),
            "tooOld": list(too_old(memory, at)),
            "listRefused": memory.refused,
            "waiting": waiting,
        },
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def too_old(memory: GateMemory, at: datetime) -> Iterator[str]:
    """What is missing or too old to verify passes by without a network."""
    if not memory.keys or at >= datetime.fromtimestamp(memory.keys_read_at, UTC) + KEYS_MAX_AGE:
        yield "KEYS"
    if memory.policy is None or not memory.policy.is_in_force(at):
        yield "POLICY"
    if all(state.is_over(at) for state in memory.lists.values()):
        yield "LIST"


def _age(read_at: int, at: datetime) -> int | None:
    return round(at.timestamp() - read_at) if read_at else None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
