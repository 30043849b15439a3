"""A gate of the story loses its network, checks a pass without it, and hands in what it decided.

Everything that it knows it has fetched while it was connected: the hub's keys and its status list.
"""

from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx2

from tongxing.gateway.cli.terminal import now
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_check import GateKnowledge, PassVerdict, judge_pass
from tongxing.keys.public_key_file import named_key_from_jwk
from tongxing.keys.status_list import read_snapshot
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.stage import (
    NO_AUTHORITIES,
    RECEIVING_REGION,
    Stage,
    document_fields,
)
from tongxing.sandbox.provisioning.state import HUB_ID

LISTED_WITHIN_SECONDS = 60.0
"""What the hub promises (docs/passes.md)."""

ISSUE = """
mutation Issue($input: IssuePassInput!) {
  issuePass(input: $input) {
    __typename
    ... on HolderPass { passText statusListUri }
    ... on Refusal { code }
  }
}
"""
WITHDRAW = """
mutation Withdraw($passText: String!) {
  withdrawPass(input: {passText: $passText}) { __typename }
}
"""
HAND_IN = """
mutation HandIn($input: RecordOfflineDecisionsInput!) {
  recordOfflineDecisions(input: $input) { outcome }
}
"""


def offline_and_back(stage: Stage) -> Observed:
    """The first traveler of the story shows a pass at a gate without a network. Then the pass is
    withdrawn, and the gate, connected again, says green no more."""
    began = monotonic()
    receipt, document = stage.answers[0]["receipt"], stage.asked_about[0]
    asked = {"receipt": receipt, "document": document_fields(document)}
    issued = stage.city.ask(ISSUE, {"input": asked})["issuePass"]
    text, uri = issued["passText"], issued["statusListUri"]
    offline = _settled(stage, text, uri)
    decision = _decision(text, offline)
    handed_in = [_handed_in(stage, decision) for _ in range(2)]
    stage.city.ask(WITHDRAW, {"passText": text})
    later = _settled(stage, text, uri, gone=True)
    told = {
        "green_without_a_network": int(_is_green(offline)),
        "green_of_an_altered_pass": int(_is_green(_judged(stage, _altered(text), uri))),
        "decisions_handed_in": sum(outcome == "RECORDED" for outcome in handed_in),
        "handed_in_again": sum(outcome == "RECORDED_BEFORE" for outcome in handed_in),
        "green_after_the_withdrawal": int(_is_green(later)),
    }
    return Observed(told, monotonic() - began)


def _settled(stage: Stage, text: str, uri: str, *, gone: bool = False) -> PassVerdict:
    """The verdict with the first list that knows the news, as long as the hub may take."""
    until = monotonic() + LISTED_WITHIN_SECONDS
    verdict = _judged(stage, text, uri)
    while _is_green(verdict) is gone and monotonic() < until:
        sleep(0.5)
        verdict = _judged(stage, text, uri)
    return verdict


def _judged(stage: Stage, text: str, uri: str) -> PassVerdict:
    """What a gate would say that fetched keys and list a moment ago, and has no network now."""
    at = now()
    with httpx2.Client(trust_env=False, verify=NO_AUTHORITIES) as gate:
        keys = gate.get(f"{stage.hub_url}/.well-known/jwks.json").json()["keys"]
        snapshot = gate.get(uri)
    named = [named_key_from_jwk(key) for key in keys]
    hub = KnownHub(HUB_ID, {key.key_id: key.public_key for key in named}, at)
    lists = {uri: read_snapshot(snapshot.text, hub)} if snapshot.is_success else {}
    newest = max((each.iat for each in lists.values()), default=0)
    return judge_pass(text, GateKnowledge(hub, lists, newest), now())


def _is_green(verdict: PassVerdict) -> bool:
    return verdict.status is not None and verdict.status.name == "GREEN"


def _altered(text: str) -> str:
    middle = len(text) // 2
    return f"{text[:middle]}{'A' if text[middle] != 'A' else 'B'}{text[middle + 1 :]}"


def _decision(text: str, verdict: PassVerdict) -> Mapping[str, Any]:
    return {
        "id": str(uuid4()),
        "passText": text,
        "shownStatus": None if verdict.status is None else verdict.status.name,
        "fault": verdict.fault,
        "decidedAt": now().isoformat(),
    }


def _handed_in(stage: Stage, decision: Mapping[str, Any]) -> str:
    asked = {
        "region": RECEIVING_REGION,
        "handedInAt": now().isoformat(),
        "decisions": [decision],
    }
    (result,) = stage.transport.ask(HAND_IN, {"input": asked})["recordOfflineDecisions"]
    outcome: str = result["outcome"]
    return outcome
