"""The log, the database and the disk under it: how large they are, and how much room is left."""

from datetime import datetime

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class StorageFigures:
    def __init__(self, declare: Declaring) -> None:
        self._log_entries = declare.gauge(
            "tongxing_log_entries", "Entries that the audit log ever had", OfWorkers.MOST
        )
        self._log_oldest = declare.gauge(
            "tongxing_log_oldest_timestamp_seconds",
            "When the oldest entry was written that the log still has, in Unix time",
            OfWorkers.MOST,
            ["log"],
        )
        self._log_partitions = declare.gauge(
            "tongxing_log_partitions", "Partitions in which a server keeps the log", OfWorkers.MOST
        )
        self._database_bytes = declare.gauge(
            "tongxing_database_bytes", "What the database takes, by part", OfWorkers.MOST, ["part"]
        )
        self._disk_free = declare.gauge(
            "tongxing_disk_free_bytes",
            "Room left on the disk of the database, or of what is kept beside a server",
            OfWorkers.LEAST,
            ["disk"],
        )
        self._disk_size = declare.gauge(
            "tongxing_disk_size_bytes", "Room on that disk altogether", OfWorkers.MOST, ["disk"]
        )
        self._standbys = declare.gauge(
            "tongxing_database_standbys", "Servers that follow the database's", OfWorkers.MOST
        )
        self._standby_lag = declare.gauge(
            "tongxing_database_standby_lag_bytes",
            "By how much the farthest of them is behind, if the hub's account may see it",
            OfWorkers.MOST,
        )
        self._clock_offset = declare.gauge(
            "tongxing_database_clock_offset_seconds",
            "How far the database's clock is from this machine's, either way",
            OfWorkers.MOST,
        )
        self._works_waiting = declare.gauge(
            "tongxing_database_works_waiting", "Changes that wait to be written", OfWorkers.SUM
        )

    def log_has(self, entries: int, oldest: datetime | None, partitions: int) -> None:
        self._log_entries.set(entries)
        self._log_partitions.set(partitions)
        if oldest is not None:
            self._log_oldest.labels("audit").set(oldest.timestamp())

    def database_takes(self, part: str, octets: int) -> None:
        self._database_bytes.labels(part).set(octets)

    def disk_has(self, free: int, size: int) -> None:
        self._disk_free.labels("database").set(free)
        self._disk_size.labels("database").set(size)

    def server_has(self, standbys: int, lag: int, offset_seconds: float) -> None:
        self._standbys.set(standbys)
        self._standby_lag.set(lag)
        self._clock_offset.set(abs(offset_seconds))

    def works_waiting(self, number: int) -> None:
        self._works_waiting.set(number)
