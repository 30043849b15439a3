"""An answer that is given again is written as its plan writes it, byte for byte, each time."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import (
    GraphQLObjectType,
    VariableValues,
    get_named_type,
    is_leaf_type,
    is_object_type,
    parse,
    validate,
)

from tests.graphql.both_ways import prepared
from tongxing.gateway.graphql.given_again import TEXT_OBJECTS_BYTES
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.run import Run, Unusual
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.writers import Write
from tongxing.schema import (
    Basis,
    Color,
    Decision,
    Evidence,
    HealthCode,
    HistoryEntry,
    Outcome,
    Purpose,
    Recognition,
    RegionCode,
    SourceAnswer,
)
from tongxing.schema.decision import RecognitionMode
from tongxing.schema.issuer import Issuer
from tongxing.schema.kept_texts import MOST_TEXTS, KeptTexts
from tongxing.schema.not_asked import IssuerNotAsked, NotAskedReason
from tongxing.schema.page_info import PageInfo
from tongxing.schema.reason import Reason, ReasonCode
from tongxing.schema.recognition import HistoryConnection
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex
from tongxing.schema.values import Text

SCHEMA = core_schema(graphql_schema())
AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)
ROOM = 100_000
OPERATIONS = 300
GIVEN = 4
"""Times, each operation."""

PLAIN = "as written"
TEXTS = (
    PLAIN,
    "%",
    "%b%s%%",
    "%(request_id)s {} {0}",
    '"',
    "\\",
    "\ue000",
    "\ue000request\ue000",
    '"\ue000receipt\ue000"',
    "\ue000proof\ue000",
    "9998-12-31T23:59:58.123Z",
    '"9998-12-31T23:59:59.321Z"',
    "9007199254740881",
    "镇江\u2028\x00\x1f",
)
"""Also the marks that stand in the places of what changes, and what a form could take for one."""


@dataclass
class Made:
    """What lies behind the answer of the request ``number``; ``calls`` counts who asked for it."""

    number: int
    text: str
    calls: Counter[str] = field(default_factory=Counter)

    def signed(self) -> str:
        self.calls["signed"] += 1
        return f"signed.{self.number}.{'x' * self.number}%b"

    def proven(self) -> str:
        self.calls["proven"] += 1
        return f"c2sp.org/tlog-proof@v1\nindex {self.number}\n\n—"

    def left_out(self) -> list[IssuerNotAsked]:
        self.calls["left out"] += 1
        return [
            IssuerNotAsked(issuer=strawberry.ID(self.text), reason=NotAskedReason.NOT_CONNECTED)
        ]

    def past(self) -> Sequence[HistoryEntry]:
        self.calls["past"] += 1
        return [()] * self.number  # type: ignore[list-item]

    async def explained(self) -> Any:
        raise AssertionError("nobody waits here")


class Around:
    """What resolvers find in the context of one request: ``name`` is that of its client."""

    def __init__(self, name: str) -> None:
        self.name = name

    def issuer(self, issuer_id: str) -> Issuer:
        named = Text(zh=f"名{issuer_id}", en=issuer_id)
        return Issuer(
            id=strawberry.ID(issuer_id),
            name=named,
            level=None,
            regions=[RegionCode("320000")],
            keys=[],
            evidence=None,
            is_connected=True,
            is_listed=True,
        )

    def history_page(self, past: Sequence[object], holder: str | None, _: object) -> Any:
        info = PageInfo(
            has_next_page=len(past) > 1,
            has_previous_page=False,
            start_cursor=self.name,
            end_cursor=holder,
        )
        return HistoryConnection(edges=[], page_info=info)

    def policy(self, region: RegionCode, number: int) -> None:
        """A hub that does not hold it any more."""


def answer(number: int, text: str = PLAIN, texts: KeptTexts[Any] | None = None) -> Recognition:
    """The one of the request ``number``: what may differ between two of them does."""
    at = AT + timedelta(microseconds=number * 1_500_500)
    named = Text(zh=text, en=text)
    code = HealthCode(
        color=Color.GREEN,
        raw_value=text,
        issuer=strawberry.ID("zhenjiang"),
        issuing_place=RegionCode("321102"),
        basis=[Basis.DECLARED],
        as_of=AT,
        valid_until=None,
        previous_color=None,
        changed_at=None,
    )
    return Recognition(
        request_id=f"request-{number}%",
        decided_at=at,
        holder=text,
        purpose=Purpose.ENTRY,
        color=Color.GREEN,
        decision=Decision.ADMIT,
        reasons=[
            Reason(code=ReasonCode.NO_RECORD, text=named, issuer=strawberry.ID(text)),
            Reason(code=ReasonCode.CONFLICT, text=Text(zh="x", en="y")),
        ],
        sources=[
            SourceAnswer(
                issuer=strawberry.ID("zhenjiang"),
                outcome=Outcome.VERIFIED,
                evidence=Evidence.SIGNED,
                codes=[code, code],
                evidence_digest=text,
            )
        ],
        decided_by=strawberry.ID("zhenjiang"),
        relaxed=False,
        evidence=Evidence.SIGNED,
        as_of=AT,
        valid_until=at + timedelta(minutes=10),
        receiving_region=RegionCode("321100"),
        mode=RecognitionMode.SHARE,
        policy=PolicyRef(region=RegionCode("321100"), number=1, digest=text),
        trust_list_version=1,
        audit_index=AuditIndex(10**number),
        behind=Made(number, text),
        texts=texts,
    )


class Asked:
    """One operation, compiled; ``more`` stands between the braces of the recognition."""

    def __init__(self, more: str, fragments: str = "", /, **variables: object) -> None:
        used = [f"${name}: {KINDS[name]}" for name in KINDS if f"${name}" in more + fragments]
        document = parse(
            f"query ({', '.join(['$input: TravelerInput!', *used])}) {{ traveler(input: $input) {{"
            f" ... on TravelerRecognition {{ {more} }} }} }} {fragments}"
        )
        assert validate(SCHEMA, document) == []
        self.variables = VariableValues({}, dict(variables))
        plan = prepared(SCHEMA, document).plan(self.variables)
        plan.meet()
        plan.meet()
        assert plan.only is not None
        self.write: Write = plan.only.write

    def written(self, given: Recognition, client: str = "city-a") -> bytes:
        run = Run(Around(client), self.variables)
        return msgspec.json.encode(run.written(self.write, given))

    def anew(self, given: Recognition, client: str = "city-a") -> bytes:
        return self.written(replace(given, texts=None), client)


KINDS = {"a": "Boolean!", "b": "Boolean!", "first": "Int"}

ALWAYS_KEPT: Mapping[str, tuple[str, str]] = {
    "all that changes": ("requestId decidedAt validUntil auditIndex receipt proof", ""),
    "none of it": ("color decision", ""),
    "a changing member twice": ("a: receipt requestId b: receipt c: requestId d: receipt", ""),
    "through fragments": (
        "...A ...B",
        """fragment A on TravelerRecognition { requestId ...B }
        fragment B on TravelerRecognition { x: auditIndex validUntil }""",
    ),
    "names of issuers": (
        "requestId decidedBy { id name { zh en } } sources { issuer { id regions } }",
        "",
    ),
    "names of those that were not asked": ("notAsked { issuer { id } reason } proof", ""),
    "only its type": ("__typename", ""),
}


@pytest.mark.parametrize("what", ALWAYS_KEPT)
@pytest.mark.parametrize("text", TEXTS)
def test_it_is_written_once_and_filled_in(what: str, text: str) -> None:
    asked, kept = Asked(*ALWAYS_KEPT[what]), KeptTexts[Any](ROOM)
    for number in range(GIVEN):
        given = answer(number, text, kept)
        assert asked.written(given) == asked.anew(given)


@pytest.mark.parametrize("what", ALWAYS_KEPT)
def test_the_rest_of_it_is_not_looked_at_again(what: str) -> None:
    asked, kept = Asked(*ALWAYS_KEPT[what]), KeptTexts[Any](ROOM)
    asked.written(answer(0, texts=kept))
    given = answer(1, texts=kept)
    expected = asked.anew(given)
    bare = replace(given, sources=[], reasons=[], policy=None, decided_by=None)  # type: ignore[arg-type]
    assert asked.written(bare) == expected


def test_receipt_and_proof_are_made_only_for_whom_they_are() -> None:
    asked, kept = Asked("requestId notAsked { reason }"), KeptTexts[Any](ROOM)
    made = [answer(number, texts=kept) for number in range(3)]
    for each in made:
        asked.written(each)
    calls = [each.behind.calls for each in made if isinstance(each.behind, Made)]
    assert not any(each["signed"] or each["proven"] or each["past"] for each in calls)
    assert not calls[2]["left out"]


ANEW: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "a history": ("requestId history { pageInfo { startCursor endCursor hasNextPage } }", {}),
    "a page of one": ("history(first: 1) { pageInfo { startCursor hasNextPage } }", {}),
    "one of a size that is a variable": (
        "requestId history(first: $first) { pageInfo { startCursor hasNextPage } }",
        {"first": 3},
    ),
    "the policy itself": ("requestId policy { region policy { id } }", {}),
}


@pytest.mark.parametrize("what", ANEW)
def test_what_looks_at_more_is_written_anew(what: str) -> None:
    more, variables = ANEW[what]
    asked, kept = Asked(more, "", **variables), KeptTexts[Any](ROOM)
    for number, client in enumerate(("city-a", "city-b", "city-a")):
        given = answer(number, texts=kept)
        assert asked.written(given, client) == asked.anew(given, client)


@pytest.mark.parametrize("first", [(True, False), (False, True), (True, True), (False, False)])
def test_each_choice_of_directives_has_a_text_of_its_own(first: tuple[bool, bool]) -> None:
    kept = KeptTexts[Any](ROOM)
    more = "requestId receipt @include(if: $a) color @skip(if: $b) ... @include(if: $b) { proof }"
    for a, b in (first, (True, False), (False, True), first):
        asked = Asked(more, a=a, b=b)
        for number in range(2):
            given = answer(number, texts=kept)
            assert asked.written(given) == asked.anew(given)


class Writing:
    """Selections of a recognition, made at random: each field may come several times, under names
    of its own, in fragments and under directives."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names = 0
        self.fragments: list[str] = []

    def selection(self, kind: GraphQLObjectType, levels: int) -> str:
        count = self._random.randint(1, 7 if levels > 2 else 3)
        return " ".join(self._part(kind, levels) for _ in range(count))

    def _part(self, kind: GraphQLObjectType, levels: int) -> str:
        choice = self._random.randrange(10)
        if choice == 0 and levels > 1:
            return f"...{self._directive()} {{ {self.selection(kind, levels - 1)} }}"
        if choice == 1 and levels > 1:
            body, name = self.selection(kind, levels - 1), self._name()
            self.fragments.append(f"fragment {name} on {kind.name} {{ {body} }}")
            return f"...{name}{self._directive()}"
        return self._field(kind, levels)

    def _field(self, kind: GraphQLObjectType, levels: int) -> str:
        fields = {**dict.fromkeys(["__typename"]), **dict(_fields(kind, levels))}
        name = self._random.choice(list(fields))
        below = fields[name]
        inner = f" {{ {self.selection(below, levels - 1)} }}" if below else ""
        arguments = ""
        if name == "history":
            arguments = self._random.choice(["", "(first: 1)", "(first: $first)"])
        return f"{self._name()}: {name}{arguments}{self._directive()}{inner}"

    def _directive(self) -> str:
        return self._random.choice(["", "", "", " @include(if: $a)", " @skip(if: $b)"])

    def _name(self) -> str:
        self._names += 1
        return f"x{self._names}"


def _fields(kind: GraphQLObjectType, levels: int) -> Iterator[tuple[str, GraphQLObjectType | None]]:
    """With the type of what lies below. An explanation has to be waited for: no plan writes it."""
    for name, each in kind.fields.items():
        inner = get_named_type(each.type)
        if is_leaf_type(inner):
            yield name, None
        elif is_object_type(inner) and levels > 1 and name != "explanation":
            yield name, inner


@pytest.mark.parametrize("part", range(4))
def test_whatever_is_asked_for_it_is_the_same_each_time(part: int) -> None:
    kind = SCHEMA.type_map["TravelerRecognition"]
    assert isinstance(kind, GraphQLObjectType)
    met: Counter[str] = Counter()
    for number in range(OPERATIONS // 4):
        random = Random(f"{part} {number}")
        writing, text = Writing(random), random.choice(TEXTS)
        more = writing.selection(kind, 4)
        flags = {"a": random.random() < 0.7, "b": random.random() < 0.3, "first": 2}
        asked, kept = Asked(more, " ".join(writing.fragments), **flags), KeptTexts[Any](ROOM)
        for each in range(GIVEN):
            given = answer(each, text, kept)
            client = random.choice(["city-a", "city-b"])
            assert asked.written(given, client) == asked.anew(given, client), (more, flags, text)
        bare = replace(answer(GIVEN, text, kept), sources=None)  # type: ignore[arg-type]
        met["kept" if " sources" in more and _is_written(asked, bare) else "other"] += 1
    assert min(met.values()) > 3, met


def _is_written(asked: Asked, given: Recognition) -> bool:
    try:
        asked.written(given)
    except Exception:  # noqa: BLE001 - whatever a writer makes of it
        return False
    return True


def test_other_values_are_none_of_its_business() -> None:
    """A union: the same writer gets refusals too, and what is no answer at all."""
    asked = Asked("requestId")
    with pytest.raises(Unusual):
        asked.written(object())  # type: ignore[arg-type]


LARGE = 3_000


def test_an_answer_without_room_is_written_once_each_time() -> None:
    """And not with marks besides, at twice the cost."""
    asked, kept = Asked("requestId notAsked { reason issuer { id } }"), KeptTexts[Any](LARGE)
    made = [answer(number, "x" * LARGE, kept) for number in range(4)]
    for each in made:
        assert asked.written(each) == asked.anew(each)
    calls = [each.behind.calls["left out"] for each in made if isinstance(each.behind, Made)]
    assert calls[1:] == [2, 2, 2], "once here and once to compare"


def test_nor_is_it_if_too_many_operations_have_asked() -> None:
    kept = KeptTexts[Any](ROOM)
    for number in range(MOST_TEXTS):
        Asked(f"x{number}: requestId").written(answer(number, texts=kept))
    asked, given = Asked("requestId notAsked { reason }"), answer(9, texts=kept)
    assert asked.written(given) == asked.anew(given)
    assert isinstance(given.behind, Made)
    assert given.behind.calls["left out"] == 2, "once here and once to compare"


def test_what_is_too_large_for_the_rest_of_an_answer_is_told_as_ever() -> None:
    asked, kept = Asked("requestId holder receipt"), KeptTexts[Any](ROOM)
    asked.written(answer(0, texts=kept))
    for left in (0, 40, 80):
        told = []
        for given in (answer(1, texts=kept), answer(1)):
            run = Run(Around("city-a"), asked.variables)
            run.size.left = left
            with pytest.raises(Unusual):
                run.written(asked.write, given)
            told.append(run.size.left)
        assert told == [left, left]


@pytest.mark.parametrize("texts", [1, MOST_TEXTS])
def test_they_take_no_more_than_their_room(texts: int) -> None:
    room = 8_192
    changing = "requestId decidedAt validUntil auditIndex receipt proof"
    asked = [Asked(f"a{number}: holder {changing}") for number in range(texts)]
    given = answer(1, "x" * (room // texts - TEXT_OBJECTS_BYTES - 400))
    rooms = [KeptTexts[Any](room) for _ in range(200)]
    tracemalloc.start()
    for each in rooms:
        for one in asked:
            one.written(replace(given, texts=each))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert room * 0.7 < taken / len(rooms) <= room


def test_room_is_shared_by_a_few_texts() -> None:
    kept = KeptTexts[str](10)
    kept.keep(1, "one", 6)
    kept.keep(2, "two", 5)
    kept.keep(3, "three", 4)
    kept.keep(4, "four", 0)
    assert [kept.get(number) for number in range(1, 5)] == ["one", None, "three", "four"]


def test_they_are_a_few_at_the_most() -> None:
    kept = KeptTexts[int](10)
    for number in range(MOST_TEXTS + 1):
        kept.keep(number, number, 0)
    assert [kept.get(number) for number in range(MOST_TEXTS + 1)] == [*range(MOST_TEXTS), None]
