"""From a verdict to what a gate shows, as one JSON object. Pure.

The color is the hub's or the list's. The lamp is GREEN only if the color is green and the decision
is to admit; what the gate does not know is UNKNOWN. What only the gate knows, its place, its policy
and whether the hub still serves it, takes a green away and makes none. The gate's page says the
same (``gateway/pages/files/gate_answer.js``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from tongxing.gateway.gate.gate_memory import GateMemory
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.keys.pass_check import PassVerdict
from tongxing.keys.passes import PassStatus

Words = Mapping[str, str]
"""One text, in ``zh`` and ``en``."""

GateTexts = Mapping[str, Words]
"""The texts of a gate by their keys."""

_LAMPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "GREEN": {"ADMIT": "GREEN", "INSPECT": "YELLOW", "REFUSE": "RED"},
        "YELLOW": {"ADMIT": "YELLOW", "INSPECT": "YELLOW", "REFUSE": "RED"},
        "RED": {"ADMIT": "RED", "INSPECT": "RED", "REFUSE": "RED"},
        "UNKNOWN": {"ADMIT": "UNKNOWN", "INSPECT": "UNKNOWN", "REFUSE": "RED"},
    }
)
_OF_STATUS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "GREEN": ("GREEN", "ADMIT", "todo_pass"),
        "YELLOW": ("YELLOW", "INSPECT", "todo_INSPECT"),
        "RED": ("RED", "REFUSE", "todo_REFUSE"),
        "WITHDRAWN": ("RED", "REFUSE", "todo_REFUSE"),
    }
)
"""Lamp, decision and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """``code``: what is wrong, None if nothing is. ``holder`` holds the masked name and the end of
    the number, to be compared with the document. From ``until`` on it is to be asked anew."""

    lamp: str = "UNKNOWN"
    decision: str = "UNKNOWN"
    color: str | None = None
    source: str | None = None
    code: str | None = None
    why: Words
    todo: Words
    holder: Mapping[str, str] | None = None
    policy: Mapping[str, Any] | None = None
    until: datetime | None = None


def unknown(texts: GateTexts, code: str | None, why: str, todo: str = "todo_UNKNOWN") -> GateAnswer:
    """No verdict: the procedure by hand."""
    return GateAnswer(code=code, why=texts[why], todo=texts[todo])


def of_hub(data: Any, texts: GateTexts, at: datetime) -> GateAnswer:
    """``data`` is a TravelerRecognition or a Refusal."""
    try:
        if data["__typename"] != "TravelerRecognition":
            return replace(
                unknown(texts, str(data["code"]), "not_asked_why"), why=_words(data["text"])
            )
        until = datetime.fromisoformat(data["validUntil"])
        lamp = _LAMPS[data["color"]][data["decision"]]
        why = _words(data["reasons"][0]["text"]) if data["reasons"] else {"zh": "", "en": ""}
        policy = {"region": data["policy"]["region"], "number": data["policy"]["number"]}
        is_over = until <= at
    except (KeyError, TypeError, ValueError):
        return unknown(texts, "HUB_ANSWER_UNKNOWN", "not_asked_why", "not_asked_todo")
    if is_over:
        return unknown(texts, "HUB_ANSWER_OVER", "not_asked_why", "not_asked_todo")
    return GateAnswer(
        lamp=lamp,
        decision=data["decision"],
        color=data["color"],
        source="HUB",
        why=why,
        todo=texts[f"todo_{data['decision']}"],
        policy=policy,
        until=until,
    )


def _words(text: Any) -> Words:
    return {"zh": str(text["zh"]), "en": str(text["en"])}


def of_checked_pass(data: Any, place: GatePlace, texts: GateTexts, at: datetime) -> GateAnswer:
    """A pass by what the hub knows now: ``data`` is a CheckedPass or a Refusal."""
    try:
        if data["__typename"] != "CheckedPass":
            return replace(
                unknown(texts, str(data["code"]), "not_asked_why"), why=_words(data["text"])
            )
        status, until = PassStatus[data["status"]], datetime.fromisoformat(data["validUntil"])
        holder = (str(data["maskedName"]), str(data["documentTail"]))
        is_here = _is_here(data["receivingRegion"], data["purpose"], place, None)
        is_over = until <= at
    except (KeyError, TypeError, ValueError):
        return unknown(texts, "HUB_ANSWER_UNKNOWN", "not_asked_why", "not_asked_todo")
    fault = "PASS_ELSEWHERE" if not is_here else "HUB_ANSWER_OVER" if is_over else None
    return replace(_of_pass(status, fault, holder, texts), source="HUB", until=until)


def of_pass(
    verdict: PassVerdict, memory: GateMemory, place: GatePlace, texts: GateTexts, at: datetime
) -> tuple[PassStatus | None, str | None, GateAnswer]:
    """A pass that the gate verified by itself: status and fault as the hub is told them, and what
    is shown."""
    claims, status = verdict.claims, verdict.status
    fault = verdict.fault or _fault_here(verdict, memory, place, at)
    if fault is not None and status is PassStatus.GREEN:
        status = None
    if claims is None:
        return status, fault, _of_pass(None, fault, None, texts)
    answer = _of_pass(status, fault, (claims.name, claims.tail), texts)
    until = verdict.until
    if memory.policy is not None:
        until = min(until, datetime.fromtimestamp(memory.policy.until, UTC))
    policy = {"region": claims.region, "number": claims.policy}
    return status, fault, replace(answer, policy=policy, until=until if fault is None else None)


def _fault_here(
    verdict: PassVerdict, memory: GateMemory, place: GatePlace, at: datetime
) -> str | None:
    claims, policy = verdict.claims, memory.policy
    if memory.stopped is not None:
        return memory.stopped.value
    if policy is None or not policy.is_in_force(at):
        return "POLICY_TOO_OLD"
    if claims is None or not _is_here(claims.region, claims.purpose, place, policy.region):
        return "PASS_ELSEWHERE"
    return None


def _is_here(region: str, purpose: str, place: GatePlace, of_policy: str | None) -> bool:
    return region in (place.region, of_policy) and purpose == place.purpose


def _of_pass(
    status: PassStatus | None,
    fault: str | None,
    holder: tuple[str, str] | None,
    texts: GateTexts,
) -> GateAnswer:
    """Never green beside a fault."""
    if status is PassStatus.GREEN and fault is not None:
        status = None
    if status is None:
        answer = unknown(texts, fault, f"fault_{fault}")
    else:
        lamp, decision, todo = _OF_STATUS[status.name]
        answer = GateAnswer(
            lamp=lamp,
            decision=decision,
            color=None if status is PassStatus.WITHDRAWN else status.name,
            code=fault or (status.name if status is PassStatus.WITHDRAWN else None),
            why=texts[f"why_pass_{status.name}"],
            todo=texts[todo],
        )
    if holder is None:
        return replace(answer, source="PASS")
    name, tail = holder
    filled = {
        language: text.replace("{name}", name).replace("{tail}", tail)
        for language, text in answer.todo.items()
    }
    shown = {"maskedName": name, "documentTail": tail}
    return replace(answer, source="PASS", todo=filled, holder=shown)
