"""Other people's gateways in front of the hub and its neighbours, each as a process of its own."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from tests.connection import PATIENCE_SECONDS
from tests.interop.composing import (
    APOLLO,
    GUILD,
    HERE,
    INSTALLED,
    NODE_MODULES,
    Urls,
    composed,
    node,
    subgraphs,
)

GRAFBASE = NODE_MODULES / "@grafbase" / "cli-x86_64-unknown-linux-musl" / "grafbase"
RUNTIME = NODE_MODULES / "@graphql-hive" / "router-runtime" / "dist" / "index.js"


@dataclass(frozen=True)
class Start:
    """How a gateway is started: in ``folder``, at ``port``."""

    urls: Urls
    folder: Path
    port: int

    def supergraph(self, composer: str, *, access: bool = True) -> Path:
        made = composed(subgraphs(self.urls, access=access))[composer]
        assert made["errors"] == []
        file = self.folder / "supergraph.graphql"
        file.write_text(made["supergraph"], "utf-8")
        return file


Command = tuple[Sequence[str | Path], Mapping[str, str]]


@dataclass(frozen=True)
class Gateway:
    """``package`` is in tests/interop/package.json; ``path`` is where it answers. ``refused`` is
    its own code for a request that the hub refuses as a whole, if it does not read why."""

    name: str
    package: str
    path: str
    command: Callable[[Start], Command]
    refused: str | None = None


def _apollo(start: Start) -> Command:
    """It starts with no supergraph that says who may ask, because it could not enforce it."""
    file = start.supergraph(APOLLO, access=False)
    program = HERE / "apollo_gateway.mjs"
    return [node(), program, NODE_MODULES, file, str(start.port)], {"NODE_ENV": "production"}


def _hive(start: Start) -> Command:
    file, settings = start.supergraph(GUILD), INSTALLED / "hive_gateway.mjs"
    shutil.copy(HERE / settings.name, settings)
    program = NODE_MODULES / ".bin" / "hive-gateway"
    at = ["-h", "127.0.0.1", "-p", str(start.port)]
    return [program, "supergraph", file, "-c", settings, *at], {}


def _hive_in_rust(start: Start) -> Command:
    command, _ = _hive(start)
    return command, {"HIVE_ROUTER_RUNTIME": str(RUNTIME)}


def _grafbase(start: Start) -> Command:
    """It composes for itself."""
    node()
    if not os.access(GRAFBASE, os.X_OK):
        pytest.skip("Grafbase's program is for x86-64; npm has not installed it here")
    lines = ['[[headers]]\nrule = "forward"\nname = "authorization"\n']
    for each in subgraphs(start.urls):
        file = start.folder / f"{each['name']}.graphql"
        file.write_text(each["sdl"], "utf-8")
        lines.append(f'[subgraphs.{each["name"]}]\nurl = "{each["url"]}"\n')
        lines.append(f'schema_path = "{file}"\n')
    settings = start.folder / "grafbase.toml"
    settings.write_text("".join(lines), "utf-8")
    at = ["-c", str(settings), "-p", str(start.port)]
    return [GRAFBASE, "--home", start.folder, "dev", *at], {}


GATEWAYS = {
    each.name: each
    for each in (
        Gateway("Apollo Gateway", "@apollo/gateway", "/", _apollo),
        Gateway("Hive Gateway", "@graphql-hive/gateway", "/graphql", _hive),
        Gateway(
            "Hive Gateway, planner in Rust",
            "@graphql-hive/router-runtime",
            "/graphql",
            _hive_in_rust,
        ),
        Gateway(
            "Grafbase",
            "@grafbase/cli-x86_64-unknown-linux-musl",
            "/graphql",
            _grafbase,
            refused="SUBGRAPH_REQUEST_ERROR",
        ),
    )
}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def standing(gateway: Gateway, urls: Urls, folder: Path) -> Iterator[str]:
    """The URL at which ``gateway`` answers."""
    start = Start(urls, folder, _free_port())
    command, environment = gateway.command(start)
    url = f"http://127.0.0.1:{start.port}{gateway.path}"
    log = folder / "log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [str(each) for each in command],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            _await(url, process, log)
            yield url
        finally:
            process.terminate()


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = monotonic() + PATIENCE_SECONDS
    while not _answers(url):
        ended = process.poll() is not None or monotonic() > until
        assert not ended, log.read_text("utf-8", "replace")[-3_000:]
        sleep(0.1)


def _answers(url: str) -> bool:
    try:
        answer = httpx2.post(url, json={"query": "{ __typename }"}, timeout=5)
    except httpx2.HTTPError:
        return False
    return answer.status_code == 200
