"""Apollo's subgraph compatibility suite, through the hub's own HTTP stack.

Its own tests run as they are published. Its script would fetch Rover and a router from outside the
registry; here the same supergraph is composed by ``@apollo/composition`` and served by Apollo
Gateway, at the address that the tests name.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.acceptance.hubs import await_that
from tests.http.small_hub import SmallHub, serving
from tests.interop import products
from tests.interop.composing import APOLLO, HERE, NODE_MODULES, composed, node
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.http.credentials_shown import ShownCredential

SUITE = NODE_MODULES / "@apollo" / "federation-subgraph-compatibility-tests"
NEIGHBOURS = {"users": 4002, "inventory": 4003}
GATEWAY = 4000
"""The suite's own fixed ports."""

CHECKS = (
    "@composeDirective",
    "ftv1",
    "@inaccessible should return @inaccessible directives in _service sdl",
    "@inaccessible should be able to query @inaccessible fields via the products schema directly",
    "@interfaceObject verifies schema contains entity type marked as @interfaceObject",
    "@interfaceObject verifies @interfaceObject entity returns new fields",
    "introspection",
    "@key single applies single field @key on User",
    "@key single resolves single field @key on User",
    "@key multiple applies multiple field @key on DeprecatedProduct",
    "@key multiple resolves multiple field @key on DeprecatedProduct",
    "@key composite applies composite object @key on ProductResearch",
    "@key composite resolves composite object @key on ProductResearch",
    "repeatable @key applies repeatable @key directive on Product",
    "repeatable @key resolves multiple @key directives on Product",
    "@link",
    "@override should return @override directives in _service sdl",
    "@override should return overridden user name",
    "@provides",
    "@requires",
    "@shareable should return @shareable directives in _service sdl",
    "@shareable should be able to resolve @shareable ProductDimension types",
    "@tag",
)
"""As the suite names them."""

pytestmark = pytest.mark.processes


class OpenToAll(SmallHub):
    """The suite shows no token."""

    async def authenticate(self, shown: ShownCredential | None, _scope: object) -> str:
        return "suite"


def _answers(url: str) -> bool:
    try:
        return httpx2.post(url, json={"query": "{ __typename }"}, timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


@contextmanager
def _program(folder: Path, url: str, *arguments: str) -> Iterator[None]:
    command = [node(), *arguments]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet) as process:
        try:
            await_that(lambda: _answers(url), f"{url} answers")
            yield
        finally:
            process.terminate()


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


def _subgraphs(products_url: str) -> list[dict[str, str]]:
    sdl = httpx2.post(products_url, json={"query": "{ _service { sdl } }"}).json()
    found = [{"name": "products", "url": products_url, "sdl": sdl["data"]["_service"]["sdl"]}]
    for name, port in NEIGHBOURS.items():
        file = SUITE / "dist" / "subgraphs" / name / f"{name}.graphql"
        url = f"http://localhost:{port}/"
        found.append({"name": name, "url": url, "sdl": file.read_text("utf-8")})
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, dict[str, Any]]]:
    """What came of each check, by its name."""
    program = node()
    if not {"INTEROP", "CI"} & os.environ.keys():
        pytest.skip("`make interop` runs the suite, and `.ci/run`: it takes ports of its own")
    if not all(map(_is_free, [GATEWAY, *NEIGHBOURS.values()])):
        taken = "the suite's own ports, 4000, 4002 and 4003, are taken here"
        pytest.fail(taken) if "CI" in os.environ else pytest.skip(taken)
    with ExitStack() as stack:
        here = stack.enter_context
        hub = OpenToAll(declared=core_schema(products.SCHEMA))
        url = f"{here(serving(hub.app()))}/graphql"
        for name, port in NEIGHBOURS.items():
            folder = SUITE / "dist" / "subgraphs" / name
            here(_program(folder, f"http://localhost:{port}/", "index.js"))
        supergraph = tmp_path_factory.mktemp("suite") / "supergraph.graphql"
        made = composed(_subgraphs(url))[APOLLO]
        assert made["errors"] == []
        supergraph.write_text(made["supergraph"], "utf-8")
        gateway = map(str, [HERE / "apollo_gateway.mjs", NODE_MODULES, supergraph, GATEWAY])
        here(_program(SUITE, f"http://localhost:{GATEWAY}/", *gateway))
        jest = NODE_MODULES / "jest" / "bin" / "jest.js"
        settings = SUITE / "federation-jest.config.js"
        run = subprocess.run(
            [program, jest, SUITE / "dist" / "tests", "--ci", "--json", "--config", settings],
            cwd=SUITE,
            env={**os.environ, "PRODUCTS_URL": url},
            capture_output=True,
            check=False,
            text=True,
        )
        files = json.loads(run.stdout)["testResults"]
        yield {each["fullName"]: each for file in files for each in file["assertionResults"]}


ROW = pytest.mark.row(
    "Apollo subgraph compatibility suite", "@apollo/federation-subgraph-compatibility"
)


@ROW
@pytest.mark.parametrize("check", CHECKS)
def test_a_check_of_the_suite_passes(results: Mapping[str, dict[str, Any]], check: str) -> None:
    assert results[check]["status"] == "passed", results[check]["failureMessages"]


def test_there_are_no_others(results: Mapping[str, dict[str, Any]]) -> None:
    assert results.keys() == set(CHECKS)
