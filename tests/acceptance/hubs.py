"""A hub as a process of its own, with a state directory of its own."""

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from time import monotonic, sleep
from typing import Any

from tests import forked
from tests.connection import PATIENCE_SECONDS, get
from tests.forked import Forked
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import write_settings
from tongxing.sandbox.town.records import IssuerName

UNHURRIED = {"deadline_seconds": 15.0}
"""The hubs whose deadline a test does not measure: there, an issuer that answers is heard."""

Event = Mapping[str, Any]


@dataclass(frozen=True)
class RunningHub:
    process: Forked
    url: str
    layout: Layout
    operation: str | None = None
    """Where operators are answered, if not there."""

    def events(self, name: str | None = None) -> list[Event]:
        """What the hub has logged so far, all of it or the events of one name."""
        lines = log_of(self.layout).read_text("utf-8").splitlines()
        events = [json.loads(line) for line in lines if line.endswith("}")]
        return [event for event in events if name in (None, event["event"])]

    def figures(self) -> str:
        credential = self.layout.metrics_credential.read_text("ascii").strip()
        shown = {"authorization": f"Bearer {credential}"}
        return get(f"{self.operation or self.url}/metrics", shown).text

    def event_of(self, name: str, request_id: str) -> list[Event]:
        """The events of a request, once the log has its last: an answer may be here before."""

        def events(name: str) -> list[Event]:
            return [event for event in self.events(name) if event["request_id"] == request_id]

        await_that(lambda: bool(events("request_ended")), "the request ended")
        return events(name)

    def await_event(self, name: str, count: int) -> Event:
        """The ``count``-th event of that name, from 1, once it is there."""
        await_that(lambda: len(self.events(name)) >= count, f"{name} came")
        return self.events(name)[count - 1]

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE_SECONDS)


def await_that(holds: Callable[[], bool], what: str) -> None:
    until = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < until, f"it never was so that {what}"
        sleep(0.05)


def log_of(layout: Layout) -> Path:
    return layout.logs / "hub.log"


def new_state(template: Layout, urls: Mapping[IssuerName, str], directory: Path) -> Layout:
    """A copy of ``template`` with the settings of a hub in front of the issuers at ``urls``."""
    layout = Layout(directory)
    copytree(template.directory, directory)
    write_settings(layout, urls, port=0)
    return layout


def start(layout: Layout, *options: str, **settings: object) -> Forked:
    """The process; ``settings`` are those of the environment, as in ``deadline_seconds=1.0``."""
    return forked.start(
        "tongxing.gateway.cli",
        "serve",
        "--settings",
        str(layout.settings),
        *options,
        errors=log_of(layout),
        **environment_of(UNHURRIED | settings),
    )


def environment_of(settings: Mapping[str, object]) -> Mapping[str, str]:
    return {f"TONGXING_{name.upper()}": str(value) for name, value in settings.items()}


@contextmanager
def serving(layout: Layout, *options: str, **settings: object) -> Iterator[RunningHub]:
    """A hub that answers, and is gone when the block ends."""
    with start(layout, *options, **settings) as process:
        line = process.first_line()
        assert line, "the hub did not start"
        announced = json.loads(line)
        yield RunningHub(process, announced["url"], layout, announced.get("operation"))
