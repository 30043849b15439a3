"""A hub says what it is to whoever comes to connect, and says the same to people in GraphQL."""

from typing import Any

from tests.acceptance.callers import calling
from tests.acceptance.hubs import RunningHub
from tests.connection import get
from tongxing.gateway.http.discovery import DISCOVERY_PATH

FEDERATION = """{
  hub { id version schemaDigest publicKeys { keyId } }
  trustList { version digest expiresAt }
  federation {
    issuers { issuer { id level regions keys { keyId revokedAt } } dialect reach }
    regions { region policy { region number digest } }
    limits { travelers bodyBytes documentCharacters streams deadlineMilliseconds }
  }
}"""


def _discovered(hub: RunningHub) -> dict[str, Any]:
    response = get(hub.url + DISCOVERY_PATH)
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def test_whoever_comes_finds_all_that_is_needed_to_connect(hub: RunningHub) -> None:
    found = _discovered(hub)
    assert (found["hub"], found["region"]) == ("tongxing-zhenjiang", "321100")
    metadata = get(found["authorization_server_metadata"]).json()
    assert metadata["issuer"] == found["hub"]
    assert get(found["jwks_uri"]).json()["keys"]
    with calling(hub) as city:
        shown = {"authorization": f"Bearer {city.token()}"}
        asked = city.http.post(
            found["graphql_endpoint"], json={"query": "{ hub { id } }"}, headers=shown
        )
        assert asked.json() == {"data": {"hub": {"id": found["hub"]}}}
        assert city.http.get(found["schema_uri"], headers=shown).status_code == 200


def test_programs_and_people_are_told_the_same(hub: RunningHub) -> None:
    found = _discovered(hub)
    with calling(hub) as city:
        told = city.data(FEDERATION)
    federation = told["federation"]
    assert (found["hub"], found["version"]) == (told["hub"]["id"], told["hub"]["version"])
    assert found["schema_digest"] == told["hub"]["schemaDigest"]
    assert found["trust_list"]["version"] == told["trustList"]["version"]
    assert found["regions"][0]["policy"]["digest"] == federation["regions"][0]["policy"]["digest"]
    assert [each["region"] for each in found["regions"]] == [
        each["region"] for each in federation["regions"]
    ]
    assert [_short(each) for each in found["issuers"]] == [
        (each["issuer"]["id"], each["dialect"], len(each["issuer"]["keys"]))
        for each in federation["issuers"]
    ]
    assert {each["reach"] for each in federation["issuers"]} == {"ASKED"}
    assert not any("reach" in each for each in found["issuers"]), "that is for clients"
    assert sorted(found["limits"].values()) == sorted(federation["limits"].values())


def _short(issuer: dict[str, Any]) -> tuple[str, str, int]:
    return issuer["id"], issuer["dialect"], len(issuer["keys"])
