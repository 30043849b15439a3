"""What grows: the log, the database, memory; whether the hub is ready; and what runs here."""

from collections.abc import Iterable
from datetime import datetime

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class GrowthFigures:
    def __init__(self, declare: Declaring) -> None:
        most, total = OfWorkers.MOST, OfWorkers.SUM
        self._build = declare.gauge(
            "tongxing_build_info",
            "1; the labels say what runs",
            most,
            ["version", "python", "database"],
        )
        self._workers = declare.gauge("tongxing_workers", "Processes that answer", total)
        self._ready = declare.gauge(
            "tongxing_ready",
            "1 while what every answer needs is there, by what it is",
            OfWorkers.LEAST,
            ["check"],
        )
        self._log_entries = declare.gauge(
            "tongxing_log_entries", "Entries that the audit log ever had", most
        )
        self._log_oldest = declare.gauge(
            "tongxing_log_oldest_timestamp_seconds",
            "When the oldest entry was written that the log still has, in Unix time",
            most,
            ["log"],
        )
        self._log_partitions = declare.gauge(
            "tongxing_log_partitions", "Partitions in which a server keeps the log", most
        )
        self._database_bytes = declare.gauge(
            "tongxing_database_bytes", "What the database takes, by part", most, ["part"]
        )
        self._disk_free = declare.gauge(
            "tongxing_disk_free_bytes",
            "Room left on the disk of the database, or of what is kept beside a server",
            OfWorkers.LEAST,
            ["disk"],
        )
        self._disk_size = declare.gauge(
            "tongxing_disk_size_bytes", "Room on that disk altogether", most, ["disk"]
        )
        self._standbys = declare.gauge(
            "tongxing_database_standbys", "Servers that follow the database's", most
        )
        self._standby_lag = declare.gauge(
            "tongxing_database_standby_lag_bytes",
            "By how much the farthest of them is behind, if the hub's account may see it",
            most,
        )
        self._clock_offset = declare.gauge(
            "tongxing_database_clock_offset_seconds",
            "How far the database's clock is from this machine's, either way",
            most,
        )
        self._works_waiting = declare.gauge(
            "tongxing_database_works_waiting", "Changes that wait to be written", total
        )
        self._memory = declare.gauge(
            "tongxing_memory_bytes", "What is remembered, by what it is", total, ["memory"]
        )
        self._resident = declare.gauge(
            "tongxing_process_resident_memory_bytes", "Memory of all processes that answer", total
        )
        self._open_files = declare.gauge(
            "tongxing_process_open_fds", "Files that one process has open, at the most", most
        )
        self._most_files = declare.gauge(
            "tongxing_process_max_fds", "Files that it may open", OfWorkers.LEAST
        )
        self._started = declare.gauge(
            "tongxing_process_start_time_seconds",
            "When the youngest of the processes started, in Unix time",
            most,
        )
        self._cpu = declare.counter(
            "tongxing_process_cpu_seconds", "Time of processors, of all processes together"
        )
        self._cpu_told = 0.0

    def runs(self, version: str, python: str, database: str) -> None:
        self._build.labels(version, python, database).set(1)
        self._workers.set(1)

    def ready(self, check: str, *, is_ready: bool) -> None:
        self._ready.labels(check).set(int(is_ready))

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

    def memory_takes(self, memory: str, octets: int) -> None:
        self._memory.labels(memory).set(octets)

    def process_takes(self, samples: Iterable[tuple[str, float]]) -> None:
        """As the library's collector for one process names them, without a prefix."""
        found = dict(samples)
        gauges = {
            "resident_memory_bytes": self._resident,
            "open_fds": self._open_files,
            "max_fds": self._most_files,
            "start_time_seconds": self._started,
        }
        for name, gauge in gauges.items():
            if name in found:
                gauge.set(found[name])
        cpu = found.get("cpu_seconds_total", self._cpu_told)
        self._cpu.inc(max(0.0, cpu - self._cpu_told))
        self._cpu_told = cpu
