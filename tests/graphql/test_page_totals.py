"""How many entries an operation may hold, counted before it runs: below lists and below pages."""

from collections.abc import Mapping
from time import monotonic

import pytest
import strawberry

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.execution import Execution
from tongxing.gateway.graphql.page_totals import PageTotals
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.turns import Turns
from tongxing.schema.paging import First, Last, PageSizes
from tongxing.schema.scope import Scope, any_of

PAGE = PageSizes(usual=5, most=50)


@strawberry.type
class Inner:
    name: str


def _none(first: First = None, last: Last = None) -> list[Inner]:
    return []


@strawberry.type
class Thing:
    name: str

    inner: list[Inner] = strawberry.field(
        resolver=_none, metadata=PAGE.mark, directives=any_of(Scope.AUDIT_READ)
    )

    @strawberry.field
    def again(self) -> "Thing":
        return self


def _nothing(first: First = None, last: Last = None) -> list[Thing]:
    return []


@strawberry.input
class Manifest:
    entries: list[str]
    tags: list[str] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    @strawberry.field
    def one(self) -> Thing:
        return Thing(name="one")

    @strawberry.field
    def several(self, names: list[str]) -> list[Thing]:
        return []

    @strawberry.field
    def manifest(self, given: Manifest) -> list[Thing]:
        return []

    page: list[Thing] = strawberry.field(
        resolver=_nothing, metadata=PAGE.mark, directives=any_of(Scope.AUDIT_READ)
    )


SCHEMA = core_schema(strawberry.Schema(Query))
TOTALS: dict[str, tuple[str, Mapping[str, object], int]] = {
    "no page": ("{ one { name again { name } } }", {}, 0),
    "a page below a thing": ("{ one { inner(first: 7) { name } } }", {}, 7),
    "the usual page": ("{ one { again { inner { name } } } }", {}, 5),
    "from the end": ("{ one { inner(last: 3) { name } } }", {}, 3),
    "a number as a variable": (
        "query($n: Int) { one { inner(first: $n) { name } } }",
        {"n": 9},
        9,
    ),
    "a number as a default of a variable": (
        "query($n: Int = 4) { one { inner(first: $n) { name } } }",
        {},
        4,
    ),
    "for each of a list of arguments": (
        "query($n: [String!]!) { several(names: $n) { again { inner(first: 2) { name } } } }",
        {"n": ["a", "b", "c"]},
        6,
    ),
    "for each entry inside an input object": (
        "query($given: Manifest!) { manifest(given: $given) { inner(first: 2) { name } } }",
        {"given": {"entries": ["a", "b", "c", "d"], "tags": ["x"]}},
        8,
    ),
    "for a list of none, at least one": (
        "{ several(names: []) { inner(first: 2) { name } } }",
        {},
        2,
    ),
    "a page and what is below each of its entries": (
        "{ page(first: 3) { inner(first: 4) { name } } }",
        {},
        3 + 3 * 4,
    ),
    "what fragments repeat, each time": (
        """{ page(first: 3) { ...A ...A x: again { ...A } } }
        fragment A on Thing { y: again { inner(first: 4) { name } } }""",
        {},
        3 + 3 * 3 * 4,
    ),
    "of the operation that runs": (
        "query Other { page(first: 50) { name } } query Asked { page(first: 1) { name } }",
        {},
        1,
    ),
}


async def _total(document: str, variables: Mapping[str, object]) -> int:
    documents = PreparedDocuments(SCHEMA, introspection=True)
    prepared = documents.make(document).operation("Asked" if "Asked" in document else None)
    execution = Execution(SCHEMA, Turns(monotonic), name_the_schema=True)
    operation = await execution.prepare(prepared, variables)
    return PageTotals(SCHEMA).of(operation)


@pytest.mark.parametrize(("document", "variables", "total"), TOTALS.values(), ids=TOTALS)
async def test_counted_is(document: str, variables: Mapping[str, object], total: int) -> None:
    assert await _total(document, variables) == total


NO_PAGES = {
    "first: 0": ErrorCode.PAGE_SIZE,
    "last: 51": ErrorCode.PAGE_SIZE,
    "first: -2": ErrorCode.PAGE_SIZE,
    "first: 2, last: 2": ErrorCode.FIRST_AND_LAST,
}


@pytest.mark.parametrize("size", NO_PAGES)
async def test_a_page_of_another_size_is_refused(size: str) -> None:
    with pytest.raises(Refused) as refused:
        await _total(f"{{ one {{ again {{ inner({size}) {{ name }} }} }} }}", {})
    assert refused.value.code is NO_PAGES[size]
    assert refused.value.details.field == "Thing.inner"
    assert str(refused.value.details.argument) in size


def test_each_field_that_is_read_page_by_page_says_who_may_ask_for_it() -> None:
    """Otherwise it would not be counted."""
    schema = core_schema(graphql_schema())
    guarded = PreparedDocuments(schema, introspection=True)
    paged = PageTotals(schema)._paged
    assert paged
    assert paged <= guarded._guarded._marked
