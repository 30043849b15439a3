"""One code, one answer: the hub's if it is there in time, else a pass's own, else by hand.

Never greener than what is known: an answer that came too late is dropped, and what could not be
kept for the hub lets nobody in.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tongxing.gateway.gate.asked_hub import (
    GateStopped,
    HubBusy,
    HubUnreachable,
    QuestionRefused,
)
from tongxing.gateway.gate.code_lines import LineFault
from tongxing.gateway.gate.deputy import Deputy
from tongxing.gateway.gate.gate_answers import (
    GateAnswer,
    GateTexts,
    of_checked_pass,
    of_hub,
    of_pass,
    unknown,
)
from tongxing.gateway.gate.gate_lines import line_of
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.handing_in import decision_of
from tongxing.gateway.gate.held_memory import HeldMemory
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.gateway.gate.network import Network
from tongxing.keys.pass_check import PassVerdict, judge_pass
from tongxing.keys.pass_refusal import PassFault
from tongxing.keys.passes import PASS_MAX_CHARACTERS

_PASS = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""Three parts of base64url: no issuer's code looks so, and what is no pass is refused as one."""

NOT_KEPT = "NOT_KEPT"
QUESTION_REFUSED = "QUESTION_REFUSED"


class Gate:
    """``clock`` is the gate's own; aware times. ``within_seconds``: how long the hub is waited
    for."""

    def __init__(
        self,
        *,
        network: Network,
        held: HeldMemory,
        kept: KeptState,
        place: GatePlace,
        texts: GateTexts,
        clock: Callable[[], datetime],
        within_seconds: float,
    ) -> None:
        self._network = network
        self._held = held
        self._kept = kept
        self._place = place
        self._texts = texts
        self._clock = clock
        self._within = within_seconds
        self._deputy: Deputy[Mapping[str, Any]] = Deputy("tongxing-ask")
        self._number = 0

    def line(self, code: str | LineFault) -> bytes:
        """The line for ``code``."""
        answer = self._answer(code)
        self._number += 1
        return line_of(
            answer,
            self._held.now,
            self._texts,
            self._clock(),
            number=self._number,
            is_online=self._network.is_online,
            waiting=self._kept.waiting,
        )

    def _answer(self, code: str | LineFault) -> GateAnswer:
        if isinstance(code, LineFault):
            return unknown(self._texts, code.value, f"fault_{code}", "not_asked_todo")
        try:
            if is_pass(code):
                return self._of_pass(code)
            return self._of_code(code)
        except HubUnreachable:
            return unknown(self._texts, "OFFLINE", "offline_code_why")
        except HubBusy as busy:
            return self._busy(is_for_good=isinstance(busy, QuestionRefused))
        except GateStopped as stopped:
            name = f"fault_{stopped.code}"
            return unknown(self._texts, stopped.code.value, name, "revoked_todo")

    def _busy(self, *, is_for_good: bool) -> GateAnswer:
        code = QUESTION_REFUSED if is_for_good else "HUB_BUSY"
        why = f"fault_{code}" if is_for_good else "not_asked_why"
        return unknown(self._texts, code, why, "not_asked_todo")

    def _of_code(self, code: str) -> GateAnswer:
        asked = {
            "code": code,
            "checkpoint": dict(self._place.checkpoint),
            "receivingRegion": self._place.region,
            "purpose": self._place.purpose,
        }
        data = self._ask("gate_scan", {"input": asked})
        return of_hub(data.get("verifyCode"), self._texts, self._clock())

    def _of_pass(self, code: str) -> GateAnswer:
        """The hub knows more of a pass than any list does; without it the pass is verified here."""
        try:
            data = self._ask("gate_pass", {"passText": code})
        except (HubUnreachable, HubBusy):
            return self._verified(code)
        answer = of_checked_pass(data.get("verifyPass"), self._place, self._texts, self._clock())
        if answer.code == "HUB_ANSWER_UNKNOWN":
            return self._verified(code)
        return answer

    def _ask(self, question: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        if self._network.is_known_to_be_down:
            self._network.look_soon()
            raise HubUnreachable
        try:
            data = self._deputy.do(
                lambda: self._network.hub().ask(question, variables), self._within
            )
        except HubUnreachable:
            self._network.is_down()
            raise
        except GateStopped as stopped:
            self._held.change(stopped=stopped.code)
            raise
        self._network.is_up()
        self._held.change(stopped=None)
        return data

    def _verified(self, code: str) -> GateAnswer:
        at, memory = self._clock(), self._held.now
        verdict = self._judged(code, at)
        status, fault, answer = of_pass(verdict, memory, self._place, self._texts, at)
        state = None if verdict.claims is None else memory.lists.get(verdict.claims.uri)
        number = None if state is None else state.number
        try:
            self._kept.keep_decision(decision_of(code, number, status, fault, at))
        except OSError:
            return self._not_kept(answer)
        return answer

    def _judged(self, code: str, at: datetime) -> PassVerdict:
        known = self._held.knowledge()
        if known is None:
            return PassVerdict(None, PassFault.KEYS_TOO_OLD, None, at)
        return judge_pass(code, known, at)

    def _not_kept(self, answer: GateAnswer) -> GateAnswer:
        if answer.lamp != "GREEN":
            return replace(answer, code=answer.code or NOT_KEPT)
        return unknown(self._texts, NOT_KEPT, f"fault_{NOT_KEPT}")


def is_pass(code: str) -> bool:
    return len(code) <= PASS_MAX_CHARACTERS and _PASS.fullmatch(code) is not None
