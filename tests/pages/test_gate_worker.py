"""A worker of an older version is replaced by the hub's, with all that it kept."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from tests.pages.browser import visit
from tests.pages.gate_device import await_in
from tongxing.gateway.pages.gate_page import gate_routes
from tongxing.gateway.pages.page_files import file_routes


class TwoVersions:
    """A hub that is updated while a page is open; of its pages alone."""

    def __init__(self) -> None:
        self._of = {name: self._app(name) for name in ("before", "after")}
        self.now = "before"

    @staticmethod
    def _app(hub_id: str) -> Starlette:
        routes = [*gate_routes(hub_id, {}, lambda _: "sha256:"), *file_routes()]
        return Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._of[self.now](scope, receive, send)


@contextmanager
def serving(app: TwoVersions) -> Iterator[str]:
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


CACHES = "caches.keys()"
VERSION = "JSON.parse(document.getElementById('told').textContent).version"


@pytest.mark.processes
def test_the_page_of_a_new_version_takes_the_place_of_the_old(browser: Browser) -> None:
    app = TwoVersions()
    with serving(app) as base, visit(browser, base, size="phone") as window:
        window.may_fail = True
        page = window.open("/gate")
        await_in(page, "navigator.serviceWorker.controller !== null")
        page.reload()
        old = page.evaluate(VERSION)
        assert page.evaluate(CACHES) == [f"gate-{old}"]
        app.now = "after"
        new = page.request.get(f"{base}/gate-version").text()
        assert new != old
        page.reload()
        await_in(page, f"{VERSION} === {new!r}")
        await_in(page, f"{CACHES}.then((names) => names.length === 1)")
        assert page.evaluate(CACHES) == [f"gate-{new}"]
        page.context.set_offline(True)
        page.reload()
        assert page.evaluate(VERSION) == new
