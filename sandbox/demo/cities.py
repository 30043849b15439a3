"""A province's hub in front of two cities' hubs, of which one alone knows a red.

The demo's own hub is the first city's. The other two are started for this step, and end with it.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import monotonic

from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.files import replace
from tongxing.sandbox.demo.actions import Action
from tongxing.sandbox.demo.expectations import Answer, Observed
from tongxing.sandbox.demo.stage import Stage, asked, document_of
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM
from tongxing.sandbox.provisioning.hubs import (
    Behind,
    SandboxHub,
    another_hub,
    let_ask,
    write_hub_settings,
)
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import Child, running
from tongxing.sandbox.provisioning.state import HUB_ID, HUB_REGION
from tongxing.sandbox.town.records import IssuerName

OF_THE_OTHER_CITY = (IssuerName.SUKANGMA, IssuerName.NATIONAL)

ASKED = """
query($input: TravelerInput!) {
  traveler(input: $input) {
    ... on TravelerRecognition {
      color decidedBy { id }
      sources { issuer { id } outcome road codes { color } }
    }
  }
}
"""


def asked_through_two_cities(persona: str) -> Action:
    """Somebody asks the province's hub, which asks the cities'."""

    def ask(stage: Stage) -> Observed:
        with _province(stage) as client:
            began = monotonic()
            answer = client.ask(ASKED, asked(document_of(persona), "ENTRY"))["traveler"]
            return Observed(_summary(answer), monotonic() - began)

    return ask


def _summary(answer: Answer) -> Answer:
    roads = {tuple(source["road"]) for source in answer["sources"]}
    reds = [each for each in answer["sources"] if "RED" in _colors(each)]
    relayed = [each for each in answer["sources"] if each["issuer"]["id"] in OF_THE_OTHER_CITY]
    return {
        "red_at_the_province": int(answer["color"] == "RED"),
        "cities_asked": len(roads),
        "reds_known_to_one_city": len({tuple(each["road"]) for each in reds}),
        "greens_on_a_hubs_word": sum("GREEN" in _colors(each) for each in relayed),
        "road": [hub for each in reds for hub in each["road"]],
    }


def _colors(source: Answer) -> list[str]:
    return [code["color"] for code in source["codes"]]


@contextmanager
def _province(stage: Stage) -> Iterator[HubClient]:
    """Its settings say through which city's hub each issuer is asked."""
    first, at = Layout(stage.database.parent), now()
    folder = first.directory / "other-hubs"
    city = SandboxHub(HUB_ID, HUB_REGION, first)
    other = another_hub(first, "tongxing-nanjing", "320100", folder / "nanjing", at)
    province = another_hub(first, "tongxing-jiangsu", "320000", folder / "jiangsu", at)
    let_ask(province, city, [IssuerName.ZHENJIANG], at)
    let_ask(province, other, OF_THE_OTHER_CITY, at)
    write_hub_settings(other, {name: stage.issuers[name].url for name in OF_THE_OTHER_CITY})
    with ExitStack() as stack:
        behind = [
            Behind(city, stage.hub_url, [IssuerName.ZHENJIANG]),
            Behind(other, _served(other, stack), OF_THE_OTHER_CITY),
        ]
        write_hub_settings(province, {}, behind)
        client = HubClient.from_file(_credentials(province, _served(province, stack)), now)
        yield stack.enter_context(closing(client))


def _served(hub: SandboxHub, stack: ExitStack) -> str:
    arguments = ["serve", "--settings", str(hub.layout.settings)]
    child = Child(hub.id, "tongxing.gateway.cli", arguments, hub.layout.logs / "hub.log")
    (announced,) = stack.enter_context(running([child]))
    return str(announced["url"])


def _credentials(hub: SandboxHub, url: str) -> Path:
    file = hub.layout.client_credentials(CITY_SYSTEM.id)
    key = hub.layout.client_key(CITY_SYSTEM.id).name
    form = {"hub": url, "audience": hub.id, "client_id": CITY_SYSTEM.id, "key": key}
    replace(file, json.dumps(form).encode())
    return file
