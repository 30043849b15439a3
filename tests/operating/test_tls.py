"""``docs/operating/tls.md``, followed with a real nginx, over ports that are free."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.callers import document_of, fields
from tests.acceptance.hubs import new_state
from tests.architecture.source import ROOT
from tests.operating.followed import HUB, Block, follow, machines
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

PAGE = Path("docs/operating/tls.md")
NGINX_IS_AT = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"))


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in found]


@pytest.fixture(scope="module")
def followed(
    template: Layout, urls: Mapping[IssuerName, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[tuple[Block, str]]]:
    if shutil.which("nginx", path=NGINX_IS_AT) is None:
        assert not os.environ.get("CI"), ".ci/run installs nginx"
        pytest.skip("the page about TLS needs nginx")
    directory = tmp_path_factory.mktemp("tls")
    new_state(template, urls, directory / HUB)
    traveler = json.dumps(fields(document_of("green_everywhere")), ensure_ascii=False)
    (directory / HUB / "traveler.json").write_text(traveler, "utf-8")
    hub, proxy = free_ports(2)
    environment = {
        "RELEASE": str(ROOT),
        "TONGXING_LISTEN__PORT": str(hub),
        "TONGXING_DEADLINE_SECONDS": "15",
        "PROXY_PORT": str(proxy),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), NGINX_IS_AT)),
    }
    with machines(directory, environment) as them:
        yield follow(PAGE.name, them)


def said(followed: list[tuple[Block, str]], command: str) -> str:
    [found] = [output for block, output in followed if command in block.text]
    return found


def test_the_hub_answers_behind_the_proxy_which_shows_no_figures(
    followed: list[tuple[Block, str]],
) -> None:
    output = said(followed, "/metrics")
    assert '"ready":true' in output
    assert "}404\n" in output
    assert "all is well" in output


def test_bound_clients_are_answered_by_proof_and_by_certificate(
    followed: list[tuple[Block, str]],
) -> None:
    assert said(followed, "--credentials gate.json").count("GREEN 绿 · ADMIT") == 2


def test_over_its_own_tls_the_hub_answers_and_the_doctor_finds_all_well(
    followed: list[tuple[Block, str]],
) -> None:
    output = said(followed, "localhost:[0-9]*")
    assert "GREEN" in output
    assert "the hub is running" in output
    assert "all is well" in output


def test_a_new_certificate_is_shown_at_the_end(followed: list[tuple[Block, str]]) -> None:
    block, _ = followed[-1]
    assert "mv new.pem hub.pem" in block.text
