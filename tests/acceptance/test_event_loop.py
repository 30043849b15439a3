"""No request holds the event loop up: every permitted worst case is done in pieces.

What is measured is the processor time of the loop's thread between two turns of the loop. The
promise is 50 ms; on an idle machine the worst cases take a third of it. A machine that is shared
charges a thread for what others took from it, so a case that is over is asked again: what a request
costs itself it costs each time.
"""

import json
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.acceptance.callers import CITY, COORDINATOR, REGION, document_of, fields, manifest_of
from tests.acceptance.in_process import HubInLoop, LoopWatch, hub_in_loop
from tests.acceptance.operations import TRAVELERS
from tests.acceptance.standing import NewState
from tongxing.sandbox.town.population import Population

LONGEST_SECONDS = 0.050
ATTEMPTS = 3
pytestmark = pytest.mark.asyncio(loop_scope="module")
ALIASES = 30
MANIFEST = 1_000

GOOD = fields(document_of("green_everywhere"))
BAD = GOOD | {"number": "0" * 18}


def _aliased(field: str, count: int = ALIASES) -> str:
    return " ".join(f"a{number}: {field}" for number in range(count))


def _literal(document: dict[str, str]) -> str:
    return (
        f'(input: {{document: {{kind: {document["kind"]}, number: "{document["number"]}", '
        f'name: "{document["name"]}"}}, purpose: ENTRY, receivingRegion: "{REGION}"}})'
    )


MANIFESTS = "query($input: ManifestInput!) {{ {} }}".format
RECOGNIZED = (
    "fragment R on TravelerResult { __typename ... on Refusal { code text { zh en } } "
    "... on TravelerRecognition { color receipt sources { issuer { id } codes { rawValue } } } }"
)
EXPLAINED = (
    "... on TravelerRecognition { "
    + _aliased("explanation { lines { zh } smallestChange { text { zh } } }", 14)
    + " }"
)
SCHEMA = (
    "{ types { name fields { name args { name type { name } } type { name ofType { name } } } } }"
)
ENTRIES = "(first: 1000) { edges { cursor node { ...E } } }"
ENTRY = (
    " fragment E on AuditEntry { index kind requestId client "
    "... on AuditOutcome { sources { issuer { id } } } }"
)
KEYS = "keys { keyId suite suiteName publicKey notBefore notAfter revokedAt isUsable }"
RULE = "rule { id text { zh en } color decision canMakeGreener }"
RULES = RULE.replace("rule", "rules", 1)
ISSUER = f"issuer {{ id name {{ zh en }} level regions evidence isConnected isListed {KEYS} }}"
ALL = f"""
    requestId decidedAt holder purpose color decision madeGreener evidence asOf validUntil
    receivingRegion mode trustListVersion receipt auditIndex
    reasons {{ code text {{ zh en }} {RULE} {ISSUER} }}
    sources {{
        {ISSUER} outcome evidence evidenceDigest via
        codes {{
            {ISSUER} color rawValue issuingPlace basis asOf validUntil previousColor changedAt
        }}
    }}
    decidedBy {{ id }}
    policy {{ region number digest policy {{ id name {{ zh en }} {RULES} }} }}
    notAsked {{ {ISSUER} reason }}
"""
POLICIES = "policy { policy { " + f"{RULES} ref {{ policy {{ " * 6 + RULES + " }" * 14


def _below(fields: str) -> str:
    """Of each traveler of a manifest."""
    return f"travelers(input: $input) {{ result {{ ... on TravelerRecognition {{ {fields} }} }} }}"


@dataclass(frozen=True)
class Worst:
    """``code``: the refusal that it gets, if it is more than is permitted."""

    client: str
    query: str
    variables: dict[str, object] | None = None
    code: str | None = None


def _crowd(count: int) -> dict[str, object]:
    crowd = Population(7, 2_000)
    return manifest_of(fields(crowd.person(index).document) for index in range(count))


def _regions(count: int = MANIFEST) -> dict[str, object]:
    """No two alike, so that none is looked up once for all."""
    entries = [
        {"document": GOOD, "ref": "r" * 64, "receivingRegion": f"99{number:04d}"}
        for number in range(count)
    ]
    return {"purpose": "ENTRY", "entries": entries}


WORST = {
    "a page of a thousand entries": Worst(COORDINATOR, f"{{ auditEntries{ENTRIES} }}" + ENTRY),
    "30 pages of a thousand entries": Worst(
        COORDINATOR, f"{{ {_aliased('auditEntries' + ENTRIES)} }}" + ENTRY, code="TOO_MANY_ENTRIES"
    ),
    "30 pages of 33 entries": Worst(
        COORDINATOR, f"{{ {_aliased('auditEntries' + ENTRIES.replace('1000', '33'))} }}" + ENTRY
    ),
    "a thousand times one person": Worst(CITY, TRAVELERS, manifest_of([GOOD] * MANIFEST)),
    "a thousand people": Worst(CITY, TRAVELERS, _crowd(MANIFEST)),
    "30 times 33 people": Worst(
        CITY,
        MANIFESTS(_aliased("travelers(input: $input) { index ref result { ...R } }")) + RECOGNIZED,
        _crowd(33),
    ),
    "30 times a thousand people": Worst(
        CITY,
        MANIFESTS(_aliased("travelers(input: $input) { index ref result { ...R } }")) + RECOGNIZED,
        _crowd(MANIFEST),
        code="BATCH_SIZE",
    ),
    "a thousand bad documents": Worst(CITY, TRAVELERS, manifest_of([BAD] * MANIFEST)),
    "30 times 33 bad documents": Worst(
        CITY,
        MANIFESTS(_aliased("travelers(input: $input) { index ref result { ...R } }")) + RECOGNIZED,
        manifest_of([BAD] * 33),
    ),
    "a thousand regions that are none": Worst(CITY, TRAVELERS, {"input": _regions()}),
    "30 times 33 regions that are none": Worst(
        CITY,
        MANIFESTS(_aliased("travelers(input: $input) { index ref result { ...R } }")) + RECOGNIZED,
        {"input": _regions(33)},
    ),
    "the statements of a hundred": Worst(
        CITY,
        MANIFESTS(
            "travelers(input: $input) { result { ... on TravelerRecognition "
            "{ sources { statement { form parts receivedAt } } } } }"
        ),
        _crowd(100),
    ),
    "a history of each of a thousand": Worst(
        CITY,
        MANIFESTS(
            "travelers(input: $input) { result { ... on TravelerRecognition "
            "{ history(first: 1) { edges { cursor node { color knownAt } } } } } }"
        ),
        _crowd(MANIFEST),
    ),
    "30 single questions": Worst(
        CITY, f"{{ {_aliased('traveler' + _literal(GOOD) + ' { ...R }')} }}" + RECOGNIZED
    ),
    "20 people explained 14 times": Worst(
        CITY,
        MANIFESTS(f"travelers(input: $input) {{ result {{ {EXPLAINED} }} }}"),
        _crowd(20),
    ),
    "the text of a policy for each of a thousand": Worst(
        CITY, MANIFESTS(_below("policy { policy { source } }")), _crowd(MANIFEST)
    ),
    "the text of a policy, 29 times for each of a thousand": Worst(
        CITY,
        MANIFESTS(_below(f"policy {{ policy {{ {_aliased('source', 29)} }} }}")),
        _crowd(MANIFEST),
        code="ANSWER_TOO_LARGE",
    ),
    "policies that lead to policies": Worst(
        CITY, MANIFESTS(_below(POLICIES)), _crowd(MANIFEST), code="ANSWER_TOO_LARGE"
    ),
    "the keys of every issuer that is named, many times": Worst(
        CITY,
        MANIFESTS(_below(f"sources {{ issuer {{ {_aliased(KEYS, 28)} }} }}")),
        _crowd(MANIFEST),
        code="ANSWER_TOO_LARGE",
    ),
    "29 receipts of each of a thousand": Worst(
        CITY, MANIFESTS(_below(_aliased("receipt", 29))), _crowd(MANIFEST), code="ANSWER_TOO_LARGE"
    ),
    "all that is said of a thousand": Worst(CITY, MANIFESTS(_below(ALL)), _crowd(MANIFEST)),
    "a thousand recognitions by their audit index": Worst(
        COORDINATOR,
        "query($some: [_Any!]!) { _entities(representations: $some) { __typename ...E } }" + ENTRY,
        {"some": [{"__typename": "AuditOutcome", "index": each} for each in range(MANIFEST)]},
        code="ENTITY_NOT_FOUND",  # most are entries of other kinds, or not there
    ),
    "a thousand policies by their ids": Worst(
        CITY,
        "query($some: [_Any!]!) { _entities(representations: $some) { __typename "
        f"... on RecognitionPolicy {{ id {RULES} }} }} }}",
        {"some": [{"__typename": "RecognitionPolicy", "id": "policy:321100:1"}] * MANIFEST},
    ),
    "28 schemas": Worst(
        CITY, f"{{ {_aliased('__schema ' + SCHEMA, 28)} }}", code="TOO_MUCH_INTROSPECTION"
    ),
    "a schema": Worst(CITY, f"{{ __schema {SCHEMA} }}"),
    "30 trust lists": Worst(
        CITY, f"{{ {_aliased('trustList { issuers { id keys { keyId } } }')} }}"
    ),
    "five thousand people": Worst(CITY, TRAVELERS, manifest_of([GOOD] * 5_000), code="BATCH_SIZE"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(new_layout: NewState) -> AsyncIterator[HubInLoop]:
    async with hub_in_loop(new_layout()) as running:
        yield running


@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
async def test_the_worst_that_is_permitted_is_done_in_pieces(hub: HubInLoop, worst: Worst) -> None:
    """What the issuers say of the crowd is in the cache, so nothing waits between the pieces."""
    body = json.dumps({"query": worst.query, "variables": worst.variables or {}}).encode()
    await hub.ask(CITY, TRAVELERS, _crowd(MANIFEST))
    await hub.ask(COORDINATOR, "{ __typename }")
    (_, answered), longest_seconds = await _answered(hub, worst.client, body)
    answer = json.loads(answered)
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes == ({worst.code} if worst.code else set()), answer
    assert longest_seconds < LONGEST_SECONDS


async def _answered(hub: HubInLoop, client: str, body: bytes) -> tuple[tuple[int, bytes], float]:
    """The answer, and the longest turn of the loop: the shortest of the attempts. Each has a body
    of other bytes, so that nothing is remembered of the one before."""
    answer, longest_seconds = (0, b""), math.inf
    for attempt in range(ATTEMPTS):
        async with LoopWatch() as watch:
            answer = await hub.post(client, body.replace(b'": ', b'":', attempt))
        longest_seconds = min(longest_seconds, watch.longest_seconds)
        if longest_seconds < LONGEST_SECONDS:
            break
    return answer, longest_seconds


MEBIBYTE = 1_048_576


def _megabyte(value: bytes, begin: bytes = b"[", end: bytes = b"0]") -> bytes:
    head, tail = b'{"query": "{ __typename }", "variables": {"a": ' + begin, end + b"}}"
    return head + value * ((MEBIBYTE - len(head) - len(tail)) // len(value)) + tail


MEGABYTES = {
    "brackets": (_megabyte(b"[],"), 400),
    "braces": (_megabyte(b"{},"), 400),
    "brackets of few levels": (_megabyte(b"[[[]]],"), 400),
    "empty strings": (_megabyte(b'"",'), 400),
    "short strings": (_megabyte(b'"b",'), 400),
    "strings without commas": (_megabyte(b'""'), 400),
    "escapes": (_megabyte(b'\\"', b'"', b'"'), 400),
    "backslashes": (_megabyte(b"\\\\", b'"', b'"'), 200),
    "numbers": (_megabyte(b"1,"), 400),
    "one text": (_megabyte(b"x", b'"', b'"'), 200),
    "brackets in a text": (_megabyte(b"[", b'"', b'"'), 400),
    "members": (_megabyte(b'"a":1,', b"{", b'"b":1}'), 400),
    "brackets that are not closed": (_megabyte(b"["), 400),
    "a quotation mark again and again": (_megabyte(b'"'), 400),
    "names": (b'{"query": "{' + b" a" * 500_000 + b'}"}', 400),
}


@pytest.mark.parametrize(("body", "expected"), MEGABYTES.values(), ids=MEGABYTES)
async def test_a_megabyte_of_anything_is_read_or_refused_quickly(
    hub: HubInLoop, body: bytes, expected: int
) -> None:
    assert len(body) <= MEBIBYTE
    await hub.ask(CITY, "{ __typename }")
    (status, _), longest_seconds = await _answered(hub, CITY, body)
    assert status == expected
    assert longest_seconds < LONGEST_SECONDS
