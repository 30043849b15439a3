"""``docs/operating/tls.md``, followed with a real nginx, over ports that are free."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.hubs import new_state
from tests.acceptance.trust_lists import changed, instant, payload_of, put, root_keys, signed
from tests.operating.first_day import needs_nginx, ports_and_programs, put_traveler
from tests.operating.followed import HUB, Block, follow, machines
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

PAGE = Path("docs/operating/tls.md")


@pytest.fixture(scope="module")
def followed(
    template: Layout, urls: Mapping[IssuerName, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[tuple[Block, str]]]:
    needs_nginx()
    directory = tmp_path_factory.mktemp("tls")
    with machines(directory, ports_and_programs()) as them:
        machine = them.at(HUB)
        _lasts_as_the_ceremony_has_it(new_state(template, urls, machine / "hub"))
        put_traveler(machine)
        yield follow(PAGE.name, them)


def _lasts_as_the_ceremony_has_it(layout: Layout) -> None:
    """The sandbox's list is one of 30 days, and of those the doctor warns."""
    at = datetime.now(UTC)
    ends = changed(
        payload_of(layout),
        by=1,
        issued_at=instant(at),
        expires_at=instant(at + timedelta(days=90)),
    )
    put(layout, signed(ends, root_keys(layout)))


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
    assert "mv new.pem hub/tls/hub.pem" in block.text
