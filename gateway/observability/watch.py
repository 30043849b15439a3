"""What the request path tells operators, as figures and as events.

Responsible for saying each thing in both forms with the same words. Refuses to carry the text of
an error: only its type.
"""

from gateway.graphql.errors import ErrorCode
from gateway.observability.events import Event, EventLog
from gateway.observability.metrics import Metrics


class HubWatch:
    def __init__(self, log: EventLog, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics

    def refused(self, code: ErrorCode) -> None:
        self._metrics.refused(code.value)

    def unexpected(self, error: BaseException) -> None:
        self._metrics.unexpected_error()
        self._log.error(Event.UNEXPECTED_ERROR, error_type=type(error).__qualname__)

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
