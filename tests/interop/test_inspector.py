"""GraphQL Inspector finds no breaking change since the last release that was not announced.

``tests/graphql/test_schema_changes.py`` rules: it knows scopes, defaults and descriptions too, and
needs no npm. This is the second opinion of another program, and what it says of a new major
version is held against the deprecations of the release before.
"""

from datetime import UTC, date, datetime

import pytest

from tests.graphql import test_schema_changes as promise
from tests.graphql.schema_changes import Release, refused_changes
from tests.interop.inspecting import breaking, unannounced

BEFORE, FROM = date(2028, 11, 28), date(2028, 11, 29)

pytestmark = [
    pytest.mark.processes,
    pytest.mark.row("changes by GraphQL Inspector", "@graphql-inspector/core"),
]


def test_nothing_breaks_unannounced_since_the_last_release() -> None:
    released = Release.kept(promise.RELEASED.read_text("utf-8"))
    assert unannounced(released, Release.now(), datetime.now(UTC).date()) == []


WITHOUT_OLD = (promise.BASE[promise.BASE.index('  """旧') : promise.BASE.index('  """开放')], "")
WITHOUT_OPEN = ('  """开放 For everybody."""\n  open: HubTime!\n', "")
CASES = {
    "what is deprecated goes with the next major version on its day": (
        WITHOUT_OLD,
        "2.0.0",
        FROM,
        True,
    ),
    "what is deprecated goes a day too early": (WITHOUT_OLD, "2.0.0", BEFORE, False),
    "what is deprecated goes within a version": (WITHOUT_OLD, "1.5.0", FROM, False),
    "what is not deprecated goes with a major version": (WITHOUT_OPEN, "2.0.0", FROM, False),
    "what is not deprecated goes within a version": (WITHOUT_OPEN, "1.5.0", FROM, False),
}


@pytest.mark.parametrize(("change", "version", "day", "may"), CASES.values(), ids=CASES)
def test_only_what_was_announced_goes(
    change: tuple[str, str], version: str, day: date, *, may: bool
) -> None:
    after = promise.release(promise.changed(*change), version)
    assert (unannounced(promise.release(promise.BASE), after, day) == []) is may


def test_both_checks_agree_wherever_both_look() -> None:
    """What breaks by GraphQL Inspector, breaks by ours; what clients expect breaks by neither."""
    cases = {**promise.BREAKING, **promise.EXPECTED}
    afters = [promise.followed(promise.changed(*each)) for each in cases.values() if each[0]]
    pairs = [(promise.BASE, after + ANOTHER) for after in afters]
    ours = [
        bool(refused_changes(promise.release(old), promise.release(new, "1.5.0")))
        for old, new in pairs
    ]
    theirs = [bool(found) for found in breaking(pairs)]
    assert [broken for broken, refused in zip(theirs, ours, strict=True) if broken > refused] == []
    assert sum(theirs) > len(theirs) / 3


ANOTHER = '"x"\ntype AnotherRefusal { "x" code: String }\n'
