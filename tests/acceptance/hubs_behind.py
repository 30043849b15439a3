"""A province's hub that asks a city's hub, each a process with a state of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.acceptance.callers import Answer, Caller, calling
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import FORGETFUL
from tests.acceptance.trust_lists import changed, payload_of, put, root_keys, signed
from tongxing.sandbox.provisioning.hubs import (
    Behind,
    SandboxHub,
    another_hub,
    write_hub_settings,
)
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

PROVINCE, CITY_HUB = "tongxing-jiangsu", "tongxing-city"
ZHENJIANG, SUKANGMA, NATIONAL = IssuerName.ZHENJIANG, IssuerName.SUKANGMA, IssuerName.NATIONAL
EVERY = (ZHENJIANG, SUKANGMA, NATIONAL)

Urls = Mapping[IssuerName, str]


@dataclass(frozen=True)
class Standing:
    """A running hub, and a client system in front of it."""

    hub: SandboxHub
    runs: RunningHub
    caller: Caller


def made(template: Layout, hub_id: str, region: str, directory: Path) -> SandboxHub:
    return another_hub(template, hub_id, region, directory / hub_id, datetime.now(UTC))


@contextmanager
def standing(
    hub: SandboxHub, direct: Urls, behind: Sequence[Behind] = (), **settings: object
) -> Iterator[Standing]:
    write_hub_settings(hub, direct, behind)
    with (
        serving(hub.layout, **FORGETFUL | settings) as runs,
        calling(runs, audience=hub.id) as caller,
    ):
        yield Standing(hub, runs, caller)


def bound_by(hub: SandboxHub, hubs: Sequence[str], issuers: Sequence[IssuerName]) -> None:
    """Have the trust list of ``hub`` say that ``hubs`` bind the holders of ``issuers``."""
    payload = payload_of(hub.layout)
    listed = [
        each | {"bound_by": list(hubs)} if each["id"] in issuers else each
        for each in payload["issuers"]
    ]
    put(hub.layout, signed(changed(payload, by=1, issuers=listed), root_keys(hub.layout)))


def sources_of(answer: Answer) -> dict[str, Answer]:
    return {source["issuer"]["id"]: source for source in answer["sources"]}
