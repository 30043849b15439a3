"""The hub's credential at an issuer is replaced while the hub runs: no restart, no wrong alarm."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree

import pytest

from tests.acceptance.callers import calling, outcomes
from tests.acceptance.hubs import RunningHub, await_that, new_state, serving
from tests.acceptance.standing import FORGETFUL
from tests.sandbox.clients import running
from tongxing.gateway.operation.files import replace
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

GREEN = "green_everywhere"
NEW = "the-second-credential-of-this-hub"
OPTIONS = ("--seed", "7", "--population", "2000")


@pytest.fixture
def second_federation(template: Layout, tmp_path: Path) -> Iterator[Mapping[IssuerName, str]]:
    """The same issuers, which know the hub by another credential already."""
    directory = tmp_path / "issuers"
    copytree(template.issuers, directory)
    with ExitStack() as stack:
        urls = {}
        for name in IssuerName:
            replace(directory / name / "credential", NEW.encode())
            urls[name] = stack.enter_context(running(name, directory, *OPTIONS)).url
        yield urls


@pytest.fixture
def replacing_hub(
    template: Layout, second_federation: Mapping[IssuerName, str], tmp_path: Path
) -> Iterator[RunningHub]:
    with serving(new_state(template, second_federation, tmp_path / "state"), **FORGETFUL) as hub:
        yield hub


def test_a_new_credential_is_used_within_seconds(replacing_hub: RunningHub) -> None:
    hub = replacing_hub
    with calling(hub) as caller:
        before = outcomes(caller.persona(GREEN))
        assert "VERIFIED" not in before.values()
        for name in IssuerName:
            replace(hub.layout.issuers / name / "credential", NEW.encode())
        hub.await_event("issuer_secret_replaced", len(IssuerName))
        await_that(
            lambda: set(outcomes(caller.persona(GREEN)).values()) == {"VERIFIED"},
            "the issuers know the hub",
        )
        assert hub.events("integrity_alarm") == []
        replace(hub.layout.issuers / IssuerName.ZHENJIANG / "credential", b"")
        refused = hub.await_event("issuer_secret_refused", 1)
        assert (refused["issuer"], refused["code"]) == ("zhenjiang", "MALFORMED")
        assert set(outcomes(caller.persona(GREEN)).values()) == {"VERIFIED"}
        assert 'tongxing_file_refused{file="issuer_credential"} 1.0' in hub.figures()
    assert NEW not in (hub.layout.logs / "hub.log").read_text("utf-8")
