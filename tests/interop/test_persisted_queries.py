"""Apollo Client with automatic persisted queries: told once that the hub keeps none, it asks on."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.callers import CITY, calling
from tests.acceptance.hubs import RunningHub
from tests.interop.composing import HERE, NODE_MODULES, node

WITH_A_HASH = {"query": False, "hash": True}
WHOLE = {"query": True, "hash": False}

pytestmark = [
    pytest.mark.processes,
    pytest.mark.row("persisted queries by Apollo Client", "@apollo/client"),
]


@pytest.mark.parametrize("profile", ["hub", "production_hub"])
def test_it_falls_back_to_the_document_once_and_for_all(
    request: pytest.FixtureRequest, profile: str
) -> None:
    hub: RunningHub = request.getfixturevalue(profile)
    with calling(hub) as caller:
        command: list[str | Path] = [
            node(),
            HERE / "apollo_client.mjs",
            NODE_MODULES,
            f"{hub.url}/graphql",
        ]
        run = subprocess.run([*command, caller.token()], capture_output=True, check=True, text=True)
    said = json.loads(run.stdout)
    assert [{**each, "status": 0} for each in said["sent"]] == [
        {**each, "status": 0} for each in (WITH_A_HASH, WHOLE, WHOLE)
    ]
    assert [each["status"] for each in said["sent"]] == [400, 200, 200]
    assert said["asked"][0]["me"]["id"] == CITY
