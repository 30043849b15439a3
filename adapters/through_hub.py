"""One issuer that is asked through another hub: its own dialect still verifies and decodes.

Responsible for nothing of another hub getting further than its form allows: a call that the dialect
does not know, a road that does not begin with the hub that was asked, or that comes back. What only
the issuer itself takes, mistakes, lists and filters, is not passed on.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.between_hubs import MAX_HOPS, QUESTIONS_AT_ONCE, Handed, Told
from tongxing.adapters.dialect import Dialect, Malformed, Question, Result, Statement
from tongxing.adapters.wire import HttpRequest, HttpResponse, UnreadableStatus
from tongxing.schema import Outcome

_HUB_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")


class HubLine(Protocol):
    """The way to one hub, shared by all issuers that are asked through it."""

    @property
    def hub(self) -> str: ...

    async def ask(
        self, issuer: str, questions: Sequence[Question], *, at: datetime, deadline: float
    ) -> Sequence[Told]:
        """As ``Adapter.fetch``, before anything is verified."""
        ...


class ThroughHub(Adapter):
    """``own_hub`` is the id of this hub."""

    def __init__(self, dialect: Dialect, line: HubLine, *, own_hub: str) -> None:
        super().__init__(dialect, _NotDirectly(), _no_nonce)
        self.batch_limit = QUESTIONS_AT_ONCE
        self.road = (line.hub,)
        self.change_feed = None
        self._line = line
        self._own_hub = own_hub

    async def fetch(
        self, questions: Sequence[Question], *, at: datetime, deadline: float
    ) -> list[Result]:
        told = await self._line.ask(self.issuer, questions, at=at, deadline=deadline)
        return [self._result(*pair, at) for pair in zip(questions, told, strict=True)]

    def _result(self, question: Question, told: Told, at: datetime) -> Result:
        if isinstance(told, Outcome):
            return told
        forms = self._dialect.forms_of_answer(question)
        if forms.get(told.call) != len(told.parts) or not self._is_possible(told.road):
            return Outcome.MALFORMED
        return self._stated(told, at)

    def _stated(self, told: Handed, at: datetime) -> Result:
        try:
            binding = self._dialect.binding_of(told.opening)
        except Malformed:
            return Outcome.MALFORMED
        return Statement(self.issuer, told.call, at, told.parts, binding, told.road)

    def _is_possible(self, road: Sequence[str]) -> bool:
        is_new = len(set(road)) == len(road) <= MAX_HOPS and self._own_hub not in road
        are_ids = all(_HUB_ID.fullmatch(hub) for hub in road)
        return is_new and are_ids and tuple(road[:1]) == self.road


class _NotDirectly:
    """The transport to an issuer that this hub has no access to."""

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:  # noqa: ARG002 - of every transport
        raise UnreadableStatus(HTTPStatus.FORBIDDEN)


def _no_nonce() -> str:
    return ""
