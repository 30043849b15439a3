"""Following arrivals: one stream after the other, each from where the last one ended.

A hub ends a stream when the token ends that it was opened with, and when it stops. Then the next
one is opened with the last cursor, and nothing is missed.
"""

from collections.abc import Mapping
from typing import Any

from tongxing_client.answers import ArrivalEvent, event_of, field_of
from tongxing_client.body import members_in
from tongxing_client.documents import shipped
from tongxing_client.errors import AnswerUnreadable, HubRefuses, HubUnreachable, TongxingError
from tongxing_client.flow import Flow, HttpReply, HttpRequest, Wait
from tongxing_client.graphql import EVENTS, TokenEnded, data_of, errors_of
from tongxing_client.patience import ComeBack, patiently
from tongxing_client.session import Session

SILENCE_SECONDS = 20.0
"""A hub sends something every 5 s."""


class Following:
    """``cursor`` is that of the last event that was handed out."""

    def __init__(self, session: Session, region: str, after: str | None) -> None:
        self._session = session
        self._region = region
        self.cursor = after
        self._operation = shipped("follow_arrivals")
        self._failed = 0
        self._opened_at = session.clocks.seconds()

    def opening(self) -> Flow[HttpRequest]:
        """The request of the next stream."""

        def attempt(seconds: float) -> Flow[HttpRequest]:
            variables = {"region": self._region, "after": self.cursor}
            return (yield from self._session.request(self._operation, variables, EVENTS, seconds))

        session = self._session
        request = yield from patiently(attempt, session.patience, session.clocks)
        self._opened_at = session.clocks.seconds()
        return request

    def refused(self, request: HttpRequest, reply: HttpReply) -> Flow[None]:
        """The hub has answered ``request`` with something else than a stream. Returns if another
        one should be opened."""
        try:
            data_of(reply, repeats=True)
        except TokenEnded:
            self._session.forget_token(request)
            yield from self.ended(HubRefuses([{"code": "UNAUTHENTICATED"}]))
        except HubRefuses as refusal:
            if not self._session.lacks_documents(refusal):
                raise
        except ComeBack as later:
            yield from self.ended(later.cause, later.retry_after)
        else:
            raise AnswerUnreadable("an answer in place of a stream")

    def ended(self, why: TongxingError | None, retry_after: float = 0.0) -> Flow[None]:
        """Waits, longer each time that a stream ended soon and no event came since. Raises ``why``
        if it was too often, or if the hub would be waited for too long."""
        patience, clocks = self._session.patience, self._session.clocks
        if clocks.seconds() - self._opened_at > patience.longest_pause_seconds:
            self._failed = 0
        self._failed += 1
        is_enough = self._failed >= patience.times or retry_after > patience.total_seconds
        if is_enough and why is not None:
            raise why
        yield Wait(patience.pause(self._failed, retry_after, clocks.random()))

    def heard(self, event: str, data: str) -> ArrivalEvent | None:
        """Of one server-sent event; None if it is none of the operation's. Raises HubRefuses,
        AnswerUnreadable."""
        if event != "next":
            return None
        members = _members_of(data)
        errors = errors_of(members)
        if errors:
            raise HubRefuses(errors)
        told = event_of(field_of(members.get("data"), "arrivalEvents"))
        self.cursor, self._failed = told.cursor, 0
        return told


LOST = HubUnreachable("the stream broke off")


def _members_of(data: str) -> Mapping[str, Any]:
    members = members_in(data)
    if members is None:
        raise AnswerUnreadable("an event without a JSON object")
    return members
