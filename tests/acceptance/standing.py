"""Three reference issuers and the hubs before them, as processes, started once for all folders.

The hub that most tests ask keeps nothing in its cache to speak of, so that each question reaches
the issuers; its database is its own.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.acceptance.callers import COORDINATOR, STATION, Caller, calling
from tests.acceptance.hubs import RunningHub, new_state, serving
from tests.sandbox.clients import RunningIssuer, running
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import provision
from tongxing.sandbox.town.records import IssuerName

FORGETFUL = {"cache__seconds": 0.001}
HASTY_DEADLINE_SECONDS = 1.0
OTHER_ORIGIN = "https://travel.example"
"""Whose pages may ask the hub in production."""

Issuers = Mapping[IssuerName, RunningIssuer]
NewState = Callable[[], Layout]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """What every hub of the session starts from: one set of keys, clients and issuers' files."""
    return provision(tmp_path_factory.mktemp("template") / "state", datetime.now(UTC))


@pytest.fixture(scope="session")
def issuers(template: Layout) -> Iterator[Issuers]:
    options = ("--seed", "7", "--population", "2000")
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(name, template.issuers, *options))
            for name in IssuerName
        }


@pytest.fixture(scope="session")
def urls(issuers: Issuers) -> Mapping[IssuerName, str]:
    return {name: issuer.url for name, issuer in issuers.items()}


@pytest.fixture(scope="session")
def new_layout(
    template: Layout, urls: Mapping[IssuerName, str], tmp_path_factory: pytest.TempPathFactory
) -> NewState:
    """Makes the state of one more hub in front of the issuers."""

    def made() -> Layout:
        return new_state(template, urls, tmp_path_factory.mktemp("hub") / "state")

    return made


@pytest.fixture(scope="session")
def hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as serves:
        yield serves


@pytest.fixture(scope="session")
def hasty_hub(new_layout: NewState) -> Iterator[RunningHub]:
    """A hub that waits for its issuers one second at most."""
    with serving(new_layout(), **FORGETFUL, deadline_seconds=HASTY_DEADLINE_SECONDS) as serves:
        yield serves


@pytest.fixture(scope="session")
def production_hub(new_layout: NewState) -> Iterator[RunningHub]:
    layout = new_layout()
    settings = layout.settings.read_text("utf-8")
    registered = f'[listen]\norigins = ["{OTHER_ORIGIN}"]'
    layout.settings.write_text(settings.replace("[listen]", registered), "utf-8")
    with serving(layout, **FORGETFUL, profile="production") as serves:
        yield serves


@pytest.fixture(scope="session")
def city(hub: RunningHub) -> Iterator[Caller]:
    """May ask by document and by code, for the city, to let people in."""
    with calling(hub) as caller:
        yield caller


@pytest.fixture(scope="session")
def station(hub: RunningHub) -> Iterator[Caller]:
    """The same rights for another purpose."""
    with calling(hub, STATION) as caller:
        yield caller


@pytest.fixture(scope="session")
def coordinator(hub: RunningHub) -> Iterator[Caller]:
    """May read the audit log of the province, and may not scan codes."""
    with calling(hub, COORDINATOR) as caller:
        yield caller


@pytest.fixture(scope="session")
def hasty_city(hasty_hub: RunningHub) -> Iterator[Caller]:
    with calling(hasty_hub) as caller:
        yield caller


@pytest.fixture
def untouched(issuers: Issuers) -> Iterator[None]:
    """Fails a test in which any issuer was asked anything."""
    before = {name: issuer.calls() for name, issuer in issuers.items()}
    yield
    assert {name: issuer.calls() for name, issuer in issuers.items()} == before
