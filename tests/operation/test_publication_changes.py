"""In what a trust list and a policy differ from those before, as the audit log says it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.keys.federation import Federation, issuer_entry, key_entry
from tests.recognition.given import shipped
from tongxing.gateway.operation.trust_changes import trust_changes
from tongxing.gateway.policy.rule_changes import compared
from tongxing.schema.audit_words import PublicationChange

FEDERATION = Federation()
HELD = FEDERATION.trust_list()
ZHENJIANG, SUKANGMA, NATIONAL = FEDERATION.issuers()
LISTS = {
    "nothing": ([ZHENJIANG, SUKANGMA, NATIONAL], []),
    "an issuer with its key": (
        [ZHENJIANG, SUKANGMA],
        [("ISSUER_REMOVED", "national"), ("KEY_REMOVED", NATIONAL["keys"][0]["kid"])],
    ),
    "the regions of an issuer": (
        [ZHENJIANG | {"regions": ["321100", "321000"]}, SUKANGMA, NATIONAL],
        [("ISSUER_CHANGED", "zhenjiang")],
    ),
    "a key that is revoked": (
        [
            ZHENJIANG,
            issuer_entry(
                "sukangma",
                key_entry(FEDERATION.sukangma, revoked_at="2020-03-01T00:00:00Z"),
                level="province",
            ),
            NATIONAL,
        ],
        [("KEY_CHANGED", SUKANGMA["keys"][0]["kid"])],
    ),
}


@pytest.mark.parametrize(("issuers", "expected"), LISTS.values(), ids=LISTS)
def test_a_list_differs_by(issuers: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    now = FEDERATION.trust_list(issuers=issuers)
    found = [(change.value, name) for change, name in trust_changes(HELD, now)]
    assert found == expected


def test_what_was_removed_is_added_the_other_way_round() -> None:
    fewer = FEDERATION.trust_list(issuers=[ZHENJIANG, SUKANGMA])
    kinds = [change.value for change, _ in trust_changes(fewer, HELD)]
    assert kinds == ["ISSUER_ADDED", "KEY_ADDED"]


def test_a_policy_differs_by_its_rules() -> None:
    before = shipped("zhenjiang-1")
    first, second, *rest = before.rules
    renamed = replace(first, id="another-name")
    now = replace(before, rules=(renamed, replace(second, text=first.text), *rest))
    version, changes = compared(before, now)
    assert version == before.version.version
    assert changes == [
        (PublicationChange.RULE_ADDED, "another-name"),
        (PublicationChange.RULE_REMOVED, first.id),
        (PublicationChange.RULE_CHANGED, second.id),
    ]


def test_without_a_version_before_there_is_nothing_to_compare() -> None:
    assert compared(None, shipped("zhenjiang-1")) == (None, ())
