"""What the request path tells operators, as figures and as events.

Responsible for saying each thing in both forms with the same words. Refuses to carry the text of
an error: only its type, and the line of the program that raised it.
"""

import traceback

from gateway.graphql.errors import ErrorCode
from gateway.observability.events import Event, EventLog
from gateway.observability.metrics import Metrics
from schema import Color, Decision, Outcome


class Watch:
    def __init__(self, log: EventLog, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics

    def refused(self, code: ErrorCode) -> None:
        self._metrics.refused(code.value)

    def unexpected(self, error: BaseException) -> None:
        self._metrics.unexpected_error()
        self._log.error(
            Event.UNEXPECTED_ERROR, error_type=type(error).__qualname__, where=_where(error)
        )

    def request_ended(
        self, request_id: str, method: str, route: str, status: int, seconds: float
    ) -> None:
        self._metrics.request_ended(route, status, seconds)
        self._log.info(
            Event.REQUEST_ENDED,
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            seconds=round(seconds, 6),
        )

    def recognized(self, color: Color, decision: Decision) -> None:
        self._metrics.recognized(color.value, decision.value)

    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None:
        self._metrics.issuer_answered(issuer, outcome.value, seconds)

    def integrity_alarm(self, request_id: str, issuer: str) -> None:
        """Counted with the issuer's outcomes; the event is what somebody is woken by."""
        self._log.error(Event.INTEGRITY_ALARM, request_id=request_id, issuer=issuer)

    def mass_flip(self, issuer: str, basis: str, people: int) -> None:
        self._metrics.mass_flip(issuer, basis)
        self._log.error(Event.MASS_FLIP, issuer=issuer, basis=basis, people=people)

    def trust_list_replaced(self, version: int) -> None:
        self._log.info(Event.TRUST_LIST_REPLACED, version=version)

    def trust_list_refused(self, code: str) -> None:
        self._log.error(Event.TRUST_LIST_REFUSED, code=code)

    def list_taken(self, issuer: str, number: int) -> None:
        """``number`` of entries."""
        self._log.info(Event.LIST_TAKEN, issuer=issuer, number=number)

    def list_refused(self, issuer: str, code: str) -> None:
        self._log.error(Event.LIST_REFUSED, issuer=issuer, code=code)

    def policies_replaced(self, number: int) -> None:
        self._log.info(Event.POLICIES_REPLACED, number=number)

    def policies_refused(self, code: str) -> None:
        self._log.error(Event.POLICIES_REFUSED, code=code)


def _where(error: BaseException) -> str | None:
    """Module and line of the innermost frame: enough to find a mistake, and none of its values."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return None
    frame, line = frames[-1]
    return f"{frame.f_globals.get('__name__', '')}:{line}"
