"""What one of all processes makes behind the answers: the status lists, and the sums of the log."""

from datetime import datetime

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class MadeBehindFigures:
    def __init__(self, declare: Declaring) -> None:
        self._lists_published = declare.gauge(
            "tongxing_status_list_published_timestamp_seconds",
            "When the status list was published that has waited longest for a new state, "
            "in Unix time",
            OfWorkers.LEAST,
        )
        self._lists_unpublished = declare.gauge(
            "tongxing_status_lists_unpublished",
            "Status lists with passes that were never published",
            OfWorkers.MOST,
        )
        self._log_counted = declare.gauge(
            "tongxing_log_counted_timestamp_seconds",
            "Up to when the log is counted in the figures of interoperation, in Unix time",
            OfWorkers.LEAST,
        )

    def lists_are(self, oldest: datetime | None, unpublished: int) -> None:
        self._lists_unpublished.set(unpublished)
        if oldest is not None:
            self._lists_published.set(oldest.timestamp())

    def log_counted(self, until: datetime) -> None:
        self._log_counted.set(until.timestamp())
