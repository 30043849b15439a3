"""A statement that says a thing twice says nothing: readers disagree on which one counts.

RFC 8259 §4 leaves it open which of two equal members a reader takes. An issuer that signs both has
signed no answer, at whatever level the member is and however it is spelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.json import Decoder

from tests.adapters.federation import federated
from tests.adapters.people import WANG
from tests.adapters.signers import EVERY_ISSUER
from tongxing.adapters.dialect import ByDocument, Malformed
from tongxing.adapters.reading import decoded
from tongxing.schema import Outcome

ANYTHING = Decoder(object)

TWICE = {
    "a member": '{"leveldata": "red", "leveldata": "green"}',
    "with the same value": '{"leveldata": "green", "leveldata": "green"}',
    "once with an escape": '{"leveldata": "red", "level\\u0064ata": "green"}',
    "in a member": '{"res": {"level": "red", "level": "green"}}',
    "an object": '{"res": {"level": "red"}, "res": {"level": "green"}}',
    "in a list": '[{"level": "red", "level": "green"}]',
    "deep inside": '{"a": [[{"b": {"c": 1, "d": 2, "c": 3}}]]}',
    "the empty name": '{"": 1, "": 2}',
}


@pytest.mark.parametrize("text", TWICE.values(), ids=TWICE)
@pytest.mark.parametrize("form", [str, str.encode], ids=["text", "bytes"])
def test_json_that_says_a_thing_twice_is_malformed(text: str, form: Any) -> None:
    with pytest.raises(Malformed):
        decoded(ANYTHING, form(text))


def test_the_same_name_in_two_objects_is_no_repetition() -> None:
    text = '[{"a": 1, "b": {"a": 1}}, {"a": 1}]'
    assert decoded(ANYTHING, text) == [{"a": 1, "b": {"a": 1}}, {"a": 1}]


class Again(str):
    """A name that a dictionary takes for another one, and JSON for the same."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def objects_in(members: Any) -> Iterator[dict[str, Any]]:
    if isinstance(members, dict):
        yield members
        members = list(members.values())
    if isinstance(members, list):
        for each in members:
            yield from objects_in(each)


@dataclass
class Repeat:
    """Repeats the member with this number, whichever object it is in."""

    number: int
    name: str | None = None

    def __call__(self, members: dict[str, Any]) -> None:
        every = [(each, name) for each in objects_in(members) for name in each]
        if self.number < len(every):
            each, self.name = every[self.number]
            each[Again(self.name)] = each[self.name]


MEMBERS_MAX = 100


@pytest.mark.parametrize("issuer", EVERY_ISSUER)
async def test_no_dialect_reads_a_signed_statement_that_repeats_a_member(issuer: str) -> None:
    for number in range(MEMBERS_MAX):
        repeat = Repeat(number)
        source = await federated(issuer, edit=repeat).ask(ByDocument(WANG))
        if repeat.name is None:
            assert number > 3
            return
        assert source.outcome is Outcome.MALFORMED, repeat.name
        assert source.codes == []
    pytest.fail("a statement has more members than were tried")


async def test_no_member_is_repeated_in_the_json_inside_the_national_json() -> None:
    def repeat(members: dict[str, Any]) -> None:
        content = members.get("content")
        if content:
            members["content"] = content.replace(
                '"healthyStaus": "00"', '"healthyStaus": "10", "healthyStaus": "00"'
            )

    source = await federated("national", edit=repeat).ask(ByDocument(WANG))
    assert source.outcome is Outcome.MALFORMED
