"""What is noted of requests where only operators ask: a count, and no line in the log.

A probe and a collector come every few seconds for ever.
"""

from tongxing.gateway.operation.watch import Watch


class QuietWatch:
    def __init__(self, watch: Watch) -> None:
        self.refused = watch.refused
        self.refused_at_once = watch.refused_at_once
        self.unexpected = watch.unexpected
        self._watch = watch

    def request_ended(
        self, _request_id: str, _method: str, route: str, status: int, seconds: float
    ) -> None:
        self._watch.request_counted(route, status, seconds)
