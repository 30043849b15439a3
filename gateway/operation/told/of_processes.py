"""What runs here, whether it is ready, and what its processes take of the machine."""

from collections.abc import Iterable

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class ProcessFigures:
    def __init__(self, declare: Declaring) -> None:
        self._build = declare.gauge(
            "tongxing_build_info",
            "1; the labels say what runs",
            OfWorkers.MOST,
            ["version", "python", "database"],
        )
        self._workers = declare.gauge("tongxing_workers", "Processes that answer", OfWorkers.SUM)
        self._ready = declare.gauge(
            "tongxing_ready",
            "1 while what every answer needs is there, by what it is",
            OfWorkers.LEAST,
            ["check"],
        )
        self._memory = declare.gauge(
            "tongxing_memory_bytes", "What is remembered, by what it is", OfWorkers.SUM, ["memory"]
        )
        self._resident = declare.gauge(
            "tongxing_process_resident_memory_bytes",
            "Memory of all processes that answer",
            OfWorkers.SUM,
        )
        self._open_files = declare.gauge(
            "tongxing_process_open_fds",
            "Files that one process has open, at the most",
            OfWorkers.MOST,
        )
        self._most_files = declare.gauge(
            "tongxing_process_max_fds", "Files that it may open", OfWorkers.LEAST
        )
        self._started = declare.gauge(
            "tongxing_process_start_time_seconds",
            "When the youngest of the processes started, in Unix time",
            OfWorkers.MOST,
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
