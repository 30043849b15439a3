"""Two workers that end TLS: each takes up a new certificate, and a restart refuses nobody."""

import signal
import ssl
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.standing import NewState
from tests.acceptance.test_tls import put, serial_shown, trusting
from tests.acceptance.test_workers_together import WORKERS, serving_workers
from tests.authority import Authority
from tests.connection import PATIENCE_SECONDS

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

CONNECTIONS = 24
"""All of them at one of two workers once in 2²³ rounds."""


PAUSE_SECONDS = 0.05
"""Handshakes without a pause would leave nothing for the worker that is to start."""


def ask_until(hub: RunningHub, context: ssl.SSLContext, ends: Event) -> Counter[str]:
    """With a new connection each time."""
    answered: Counter[str] = Counter()
    while not ends.wait(PAUSE_SECONDS):
        connection = HTTPSConnection(
            urlsplit(hub.url).netloc, timeout=PATIENCE_SECONDS, context=context
        )
        try:
            connection.request("GET", "/livez")
            answered[str(connection.getresponse().status)] += 1
        except (OSError, HTTPException) as error:
            answered[type(error).__name__] += 1
        finally:
            connection.close()
    return answered


def test_all_workers_take_up_a_new_pair_and_are_replaced_without_a_refusal(
    back_end: str, new_layout: NewState, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    pair, following = authority.certify("hub"), authority.certify("following")
    context = trusting(authority)
    new = following.certificate.serial_number
    tls = {"listen__tls__certificate": pair.file, "listen__tls__key": pair.key}
    with serving_workers(new_layout(), **tls) as hub, ThreadPoolExecutor(2) as pool:
        ends = Event()
        asking = [pool.submit(ask_until, hub, context, ends) for _ in range(2)]
        try:
            put(pair, following)
            await_that(shows(hub, context, new), "both show the new one")
            began = len(hub.events("policies_replaced"))
            hub.process.send_signal(signal.SIGHUP)
            for replaced in range(1, WORKERS + 1):
                hub.await_event("policies_replaced", began + replaced)
        finally:
            ends.set()
        answered = sum((each.result() for each in asking), Counter[str]())
        assert set(answered) == {"200"}
        assert shows(hub, context, new)()


def shows(hub: RunningHub, context: ssl.SSLContext, serial: int) -> Callable[[], bool]:
    return lambda: {serial_shown(hub, context) for _ in range(CONNECTIONS)} == {serial}
