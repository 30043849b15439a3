"""What the story asks afterwards: why, what was known before, what receipts and the audit prove."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any

from tongxing.gateway.answering.rejudging import rejudge
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import AUDIT, EXPLAIN, HISTORY
from tongxing.gateway.cli.recognize import read_hub_keys
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys.receipts import verify_receipt
from tongxing.sandbox.demo.actions import Action
from tongxing.sandbox.demo.expectations import Answer, Observed
from tongxing.sandbox.demo.stage import RECEIVING_REGION, Stage, asked, document_of
from tongxing.sandbox.town.documents import Document


def explained(persona: str) -> Action:
    """The city asks why. ``needs``: how many things would have to change for another answer."""

    def ask(stage: Stage) -> Observed:
        began = monotonic()
        answer = stage.city.ask(EXPLAIN, asked(document_of(persona), "ENTRY"))["traveler"]
        seconds = monotonic() - began
        explanation = answer["explanation"]
        change = explanation["smallestChange"]
        told = {
            "rules_that_did_not_apply": len(explanation["deciding"]["unmet"]),
            "needs": len(change["needs"]) if change else 0,
            "lines": explanation["lines"],
        }
        return Observed(told, seconds)

    return ask


def history_of(persona: str) -> Action:
    """The city may read the history; the station has no right to and is refused."""

    def ask(stage: Stage) -> Observed:
        began = monotonic()
        answer = stage.city.ask(HISTORY, asked(document_of(persona), "ENTRY"))["traveler"]
        seconds = monotonic() - began
        history = [edge["node"] for edge in answer["history"]["edges"]]
        states = [(entry["issuer"]["id"], entry["issuingPlace"]) for entry in history]
        told = {
            "conversions": sum("CONVERTED" in entry["basis"] for entry in history),
            "states_learned_twice": len(states) - len(set(states)),
            "refused_to_the_station": _is_refused(stage.transport, persona),
        }
        return Observed(told, seconds)

    return ask


def _is_refused(client: HubClient, persona: str) -> int:
    question = asked(document_of(persona), "TRANSPORT")
    return _refused(client, HISTORY, question, ErrorCode.FORBIDDEN_SCOPE)


def _refused(
    client: HubClient, query: str, variables: Mapping[str, object], code: ErrorCode
) -> int:
    try:
        client.ask(query, variables)
    except CommandFailed as refused:
        return int(code in str(refused))
    return 0


POLICY = SHIPPED_POLICIES / "zhenjiang-1.toml"
PREVIEW = """
query Preview($input: PolicyPreviewInput!) {
  previewPolicy(input: $input) {
    __typename
    ... on DraftRefused { code line reason }
    ... on PolicyPreview {
      total changed notJudged summary { zh en }
      decisions { decision before after }
    }
  }
}
"""
STRICTER = """
[[rules]]
id = "green-after-red-inspect"
text.zh = "14天内曾为红码：现为绿码，核查后放行"
text.en = "Red within the last 14 days: green now, inspected before anyone is admitted"
when.color = ["GREEN"]
when.previous_color = ["RED"]
when.changed_within = "14d"
then = { color = "GREEN", decision = "INSPECT" }

[[rules.tests]]
name = "昨天转的绿码 Converted yesterday"
given = [{ issuer = "zhenjiang", color = "GREEN", previous_color = "RED", changed = "1d" }]
expect = { color = "GREEN", decision = "INSPECT" }

"""
BEFORE = '[[rules]]\nid = "green-admit"\n'
WITHIN = timedelta(minutes=30)
INVENTED_TRAVELERS = 1_000


def previewed(stage: Stage) -> Observed:
    """The coordinators try a stricter rule on invented travelers. Those of today are in no window
    before the day is over."""
    at = now()
    today = {"since": (at - WITHIN).isoformat(), "until": (at + WITHIN).isoformat()}
    invented = {"population": {"size": INVENTED_TRAVELERS, "seed": 1}}
    began = monotonic()
    tried = stage.coordinator.ask(PREVIEW, _draft_on(invented))["previewPolicy"]
    seconds = monotonic() - began
    asked = _draft_on({"records": today})
    too_early = _refused(stage.coordinator, PREVIEW, asked, ErrorCode.TOO_FEW_TRAVELERS)
    more = {each["decision"]: each["after"] - each["before"] for each in tried["decisions"]}
    return Observed(
        {
            "crossings": tried["total"],
            "refused_for_today": too_early,
            "somebody_more_inspected": int(more["INSPECT"] > 0),
            "more_let_in": max(0, more["ADMIT"]),
            "lines": [tried["summary"]],
        },
        seconds,
    )


def _draft_on(travelers: Mapping[str, object]) -> dict[str, object]:
    return {
        "input": {"region": RECEIVING_REGION, "draft": _draft(), "travelers": travelers},
    }


def _draft() -> str:
    """The next version of the policy in force, with one more rule."""
    policy = POLICY.read_text("utf-8")
    return (
        policy.replace("version = 1\n", "version = 2\nreplaces = 1\n")
        .replace("valid_from = 2020-03-01", "valid_from = 2020-06-01")
        .replace(BEFORE, STRICTER + BEFORE)
    )


def replayed(stage: Stage) -> Observed:
    """Every answer of the story is decided again, only from its receipt and the policy's file."""
    began = monotonic()
    keys = read_hub_keys(stage.hub_key)
    policies = [read_policy(POLICY.name, POLICY.read_bytes())]
    receipts = [verify_receipt(str(answer["receipt"]), *keys) for answer in stage.answers]
    again = [rejudge(claims, policies) for claims in receipts]
    return Observed(
        {
            "receipts": len(receipts),
            "decided_otherwise": sum(bool(each.differences) for each in again),
        },
        monotonic() - began,
    )


AUDIT_PAGE = 100


def audit_of_all(stage: Stage) -> Observed:
    """A provincial coordinator reads the audit log of the whole story."""
    began = monotonic()
    entries = {entry["index"]: entry for entry in _entries(stage)}
    seconds = monotonic() - began
    in_the_clear = {
        "documents_in_the_clear": found_in_the_clear(stage.database.read_bytes(), stage.asked_about)
    }
    return Observed({**_audited(stage.answers, entries), **in_the_clear}, seconds)


def found_in_the_clear(database: bytes, documents: Iterable[Document]) -> int:
    """How many of these documents can be found in the hub's database by number or name."""
    held = b"\0".join(_COULD_NAME_A_PERSON.findall(database))
    texts = ((document.number, document.name) for document in documents)
    return sum(any(text.encode("utf-8") in held for text in each) for each in texts)


_COULD_NAME_A_PERSON = re.compile(rb"[0-9A-Z \x80-\xff]{6,}")
"""The bytes of any number and name in the story, at least six of them: a few percent of the
database. Searching all of it for 1,200 people takes seconds."""


def _entries(stage: Stage) -> Iterable[Mapping[str, Any]]:
    after = None
    while True:
        page = stage.coordinator.ask(AUDIT, {"first": AUDIT_PAGE, "after": after})["auditEntries"]
        yield from (edge["node"] for edge in page["edges"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


def _audited(answers: list[Answer], entries: Mapping[int, Mapping[str, Any]]) -> Answer:
    recognized = [answer for answer in answers if answer["__typename"] == "TravelerRecognition"]
    missing = sum(not _is_recorded(answer, entries) for answer in recognized)
    return {
        "entries": len(entries),
        "answers": len(recognized),
        "answers_without_their_entry": missing,
        "entries_by_kind": dict(Counter(entry["kind"] for entry in entries.values())),
    }


def _is_recorded(answer: Answer, entries: Mapping[int, Mapping[str, Any]]) -> bool:
    entry = entries.get(answer["auditIndex"], {})
    return all(entry.get(field) == answer[field] for field in ("color", "decision"))
