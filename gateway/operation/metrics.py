"""All figures of a process, or of all workers on a machine, in Prometheus' text format."""

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass

from tongxing.gateway.operation.told.declaring import Declaring
from tongxing.gateway.operation.told.of_holders import HolderFigures
from tongxing.gateway.operation.told.of_issuers import IssuerFigures
from tongxing.gateway.operation.told.of_made_behind import MadeBehindFigures
from tongxing.gateway.operation.told.of_processes import ProcessFigures
from tongxing.gateway.operation.told.of_publications import PublicationFigures
from tongxing.gateway.operation.told.of_requests import RequestFigures
from tongxing.gateway.operation.told.of_storage import StorageFigures

STANDING_SECONDS = 2.0


class Metrics(
    RequestFigures,
    IssuerFigures,
    PublicationFigures,
    HolderFigures,
    StorageFigures,
    MadeBehindFigures,
    ProcessFigures,
):
    """The figures of one process, or of all workers on a machine if the library was told at its
    start where they count together. ``registry`` holds nothing else."""

    def __init__(self, registry: CollectorRegistry) -> None:
        declare = Declaring(registry)
        RequestFigures.__init__(self, declare)
        IssuerFigures.__init__(self, declare)
        PublicationFigures.__init__(self, declare)
        HolderFigures.__init__(self, declare)
        StorageFigures.__init__(self, declare)
        MadeBehindFigures.__init__(self, declare)
        ProcessFigures.__init__(self, declare)
        self._registry = registry
        self._are_shared = ValueClass is not MutexValue
        self._followed: dict[str, Callable[[], bool]] = {}

    def follows(self, file: str, is_refused: Callable[[], bool]) -> None:
        """``file`` is one of a few words."""
        self._followed[file] = is_refused

    async def keep_standing(self) -> None:
        """Tell again and again what another worker, whom the figures are asked of, cannot see."""
        while True:
            self._note_standing()
            await asyncio.sleep(STANDING_SECONDS)

    def _note_standing(self) -> None:
        self.note_gathered()
        for file, is_refused in self._followed.items():
            self.file_refused(file, refused=is_refused())

    def text(self) -> bytes:
        """All figures, in the text format 0.0.4, with what was gathered until now; in the thread
        in which all is counted."""
        self._note_standing()
        return self.text_elsewhere()

    def text_elsewhere(self) -> bytes:
        """The same for any thread; what is gathered is up to STANDING_SECONDS old."""
        if not self._are_shared:
            return generate_latest(self._registry)
        of_all = CollectorRegistry()
        MultiProcessCollector(of_all)  # type: ignore[no-untyped-call]  # the library has none
        return generate_latest(of_all)
