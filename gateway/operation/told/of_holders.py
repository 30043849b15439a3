"""The epochs of the holder key, and when the present one began."""

from datetime import datetime

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class HolderFigures:
    def __init__(self, declare: Declaring) -> None:
        self._holder_epochs = declare.gauge(
            "tongxing_holder_epochs",
            "Epochs of the holder key whose secrets are not destroyed",
            OfWorkers.MOST,
        )
        self._holder_epoch_begun = declare.gauge(
            "tongxing_holder_epoch_begun_timestamp_seconds",
            "When the present epoch of the holder key began, in Unix time",
            OfWorkers.LEAST,
        )

    def holder_epochs(self, living: int, begun: datetime) -> None:
        self._holder_epochs.set(living)
        self._holder_epoch_begun.set(begun.timestamp())
