"""Membership filters: what one is believed for, and that everything else ends in asking.

The other side is a member of the sandbox's federation, which writes its filter bit by bit from
docs/wire-formats.md and shares no code with what reads it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from strawberry import ID

from tests.adapters.people import AT, STRANGER, WANG
from tongxing.adapters.membership_filter import Membership, ReceivedFilter
from tongxing.gateway.answering.membership import FilterRefused, MembershipFilters
from tongxing.keys import TrustList
from tongxing.keys.filter_key import FilterKey
from tongxing.keys.suites import public_key_from_jwk
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey
from tongxing.sandbox.federation.faults import Fault
from tongxing.sandbox.federation.members import Member, Secrets
from tongxing.sandbox.federation.membership import NEXT_SECONDS, MembershipFilter
from tongxing.sandbox.issuers.signing import EdDsaSigner, base64url, derived_ed25519
from tongxing.sandbox.town.documents import Document, Kind
from tongxing.schema import Basis, Color, HealthCode, RegionCode, TravelDocument

MEMBER = Member(1)
FILTER_KEY = b"f" * 32
AGE = timedelta(minutes=5)
MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)
ROOM = 1_000_000


def signer(seed: bytes) -> EdDsaSigner:
    return EdDsaSigner("member-key", derived_ed25519(seed)[0])


def listed(*, revoked_at: datetime | None = None) -> TrustList:
    _, public = derived_ed25519(b"k" * 32)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(public)}
    key = TrustedKey(
        "member-key", public_key_from_jwk(jwk), AT - MONTH, AT + MONTH, revoked_at=revoked_at
    )
    issuer = TrustedIssuer(
        MEMBER.id, "成员", "member", "province", (MEMBER.region,), "m:", {key.key_id: key}, False
    )
    return TrustList(1, AT - MONTH, AT + MONTH, {MEMBER.id: issuer}, digest="test")


LISTED = listed()


@dataclass
class Seen:
    """What operators are told."""

    refused: list[str] = field(default_factory=list)

    def filter_taken(self, issuer: str, holders: int) -> None: ...

    def filter_refused(self, issuer: str, code: str) -> None:
        self.refused.append(code)


class Issuer:
    """A member that knows Wang and 500 others."""

    def __init__(self, *known: TravelDocument) -> None:
        crowd = [Document(Kind.RESIDENT_ID, f"{n:018d}", "某") for n in range(500)]
        self.people = [*crowd, *map(person, known or (WANG,))]
        secrets = Secrets(signer(b"k" * 32), signer(b"x" * 32), FILTER_KEY)
        self.filter = MembershipFilter(MEMBER, secrets, self.people)

    def give(
        self, at: datetime = AT, after: str | None = None, fault: Fault | None = None
    ) -> ReceivedFilter:
        query = b"" if after is None else f"after={after}".encode()
        head, _, octets = self.filter.give(query, int(at.timestamp()), fault).body.partition(b"\n")
        return ReceivedFilter(head, octets)


def person(document: TravelDocument) -> Document:
    return Document(Kind(document.kind.value), document.number, document.name)


def filters(room: int = ROOM, seen: Seen | None = None) -> MembershipFilters:
    return MembershipFilters({MEMBER.id: FilterKey(FILTER_KEY)}, room=room, watch=seen or Seen())


def is_spared(
    held: MembershipFilters,
    document: TravelDocument,
    at: datetime = AT,
    trust_list: TrustList = LISTED,
) -> bool:
    return bool(held.unknown_to([MEMBER.id], document, AGE, trust_list, at).issuers)


async def test_an_issuer_is_spared_for_those_whom_its_filter_leaves_out() -> None:
    held, issuer = filters(), Issuer()
    assert not is_spared(held, STRANGER)
    await held.take(MEMBER.id, issuer.give(), LISTED, AT)
    assert is_spared(held, STRANGER)
    assert not is_spared(held, WANG)


async def test_a_right_number_with_a_wrong_name_is_left_out_like_no_number_at_all() -> None:
    held, wrong = filters(), TravelDocument.parse(WANG.kind, WANG.number, "王大明")
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    assert is_spared(held, wrong)


async def test_of_ten_thousand_strangers_hardly_one_costs_a_call() -> None:
    held = filters()
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    strangers = (replace(STRANGER, number=f"{number:018d}") for number in range(10_000, 20_000))
    assert sum(not is_spared(held, each) for each in strangers) <= 5


async def test_a_filter_counts_no_longer_than_the_policy_says() -> None:
    held = filters()
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    assert is_spared(held, STRANGER, AT + AGE - timedelta(seconds=1))
    assert not is_spared(held, STRANGER, AT + AGE)


async def test_a_filter_of_the_near_future_begins_to_count_when_its_time_comes() -> None:
    held = filters()
    await held.take(MEMBER.id, Issuer().give(AT + timedelta(seconds=30)), LISTED, AT)
    assert not is_spared(held, STRANGER, AT)
    assert is_spared(held, STRANGER, AT + timedelta(seconds=30))


async def test_trust_is_asked_anew_at_every_use() -> None:
    held, ends = filters(), AT + MINUTE
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    assert is_spared(held, STRANGER)
    turning = listed(revoked_at=ends)
    assert is_spared(held, STRANGER, AT, turning)
    assert not is_spared(held, STRANGER, ends, turning)
    assert not is_spared(held, STRANGER, AT, replace(LISTED, issuers={}))
    assert not is_spared(held, STRANGER, AT, listed(revoked_at=AT))
    assert is_spared(held, STRANGER)


REFUSED: Mapping[Fault, str] = {
    Fault.STALE: "EXPIRED",
    Fault.OF_THE_FUTURE: "MALFORMED",
    Fault.ENDLESS: "MALFORMED",
    Fault.WRONG_KEY: "BAD_SIGNATURE",
    Fault.UNSIGNED: "BAD_SIGNATURE",
    Fault.ANOTHER_FILTER_KEY: "MALFORMED",
    Fault.EMPTY: "MALFORMED",
    Fault.MISFIT: "MISFIT",
    Fault.ENORMOUS: "MALFORMED",
    Fault.MANY_HASHES: "MALFORMED",
    Fault.OTHER_OCTETS: "MALFORMED",
}


@pytest.mark.parametrize("fault", REFUSED)
async def test_a_filter_with_a_fault_is_refused_and_its_issuer_asked(fault: Fault) -> None:
    held = filters()
    with pytest.raises(FilterRefused) as caught:
        await held.take(MEMBER.id, Issuer().give(fault=fault), LISTED, AT)
    assert caught.value.code == REFUSED[fault]
    assert not is_spared(held, STRANGER)


async def test_octets_that_were_changed_on_the_way_are_refused() -> None:
    given = Issuer().give()
    with pytest.raises(FilterRefused, match="MALFORMED"):
        await filters().take(MEMBER.id, replace(given, octets=b"\0" + given.octets[1:]), LISTED, AT)


async def test_a_delta_adds_whom_the_issuer_has_come_to_know() -> None:
    held, issuer = filters(), Issuer()
    await held.take(MEMBER.id, issuer.give(), LISTED, AT)
    issuer.people.append(person(STRANGER))
    later = AT + timedelta(seconds=NEXT_SECONDS)
    given = issuer.give(later, held.follows(MEMBER.id))
    assert len(given.octets) == 16
    await held.take(MEMBER.id, given, LISTED, later)
    assert not is_spared(held, STRANGER, later)
    assert is_spared(held, replace(STRANGER, name="别人"), AT + AGE)


async def test_a_delta_that_follows_another_head_drops_the_filter() -> None:
    held, issuer = filters(), Issuer()
    await held.take(MEMBER.id, issuer.give(), LISTED, AT)
    first = held.follows(MEMBER.id)
    await held.take(MEMBER.id, issuer.give(AT + MINUTE, first), LISTED, AT + MINUTE)
    with pytest.raises(FilterRefused, match="MISFIT"):
        await held.take(MEMBER.id, issuer.give(AT + 2 * MINUTE, first), LISTED, AT + 2 * MINUTE)
    assert not is_spared(held, STRANGER, AT + 2 * MINUTE)
    assert held.follows(MEMBER.id) is None


async def test_an_older_filter_takes_no_newer_ones_place() -> None:
    held, issuer = filters(), Issuer()
    await held.take(MEMBER.id, issuer.give(AT), LISTED, AT)
    with pytest.raises(FilterRefused, match="OLDER"):
        await held.take(MEMBER.id, issuer.give(AT - MINUTE), LISTED, AT)


async def test_a_register_that_was_lost_is_not_believed_while_the_last_one_counts() -> None:
    held = filters()
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    few = Issuer()
    del few.people[200:]
    with pytest.raises(FilterRefused, match="SHRUNK"):
        await held.take(MEMBER.id, few.give(AT + MINUTE), LISTED, AT + MINUTE)
    assert not is_spared(held, WANG, AT + MINUTE)
    ended = AT + timedelta(hours=1)
    await held.take(MEMBER.id, few.give(ended), LISTED, ended)


async def test_a_filter_of_nobody_is_refused() -> None:
    nobody = Issuer()
    nobody.people.clear()
    with pytest.raises(FilterRefused, match="EMPTY"):
        await filters().take(MEMBER.id, nobody.give(), LISTED, AT)


async def test_a_filter_without_room_is_refused_and_its_issuer_asked() -> None:
    held = filters(room=100)
    with pytest.raises(FilterRefused, match="NO_ROOM"):
        await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    assert not is_spared(held, STRANGER)


def code(as_of: datetime) -> HealthCode:
    return HealthCode(
        color=Color.RED,
        raw_value="3",
        issuer=ID(MEMBER.id),
        issuing_place=RegionCode("110000"),
        basis=[Basis.NOT_STATED],
        as_of=as_of,
    )


async def test_a_filter_that_its_issuer_contradicts_is_dropped_and_told() -> None:
    seen = Seen()
    held = filters(seen=seen)
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    held.contradicted(MEMBER.id, STRANGER, [code(AT + MINUTE)])
    assert is_spared(held, STRANGER), "whoever became known later is in no earlier filter"
    held.contradicted(MEMBER.id, STRANGER, [code(AT - MINUTE)])
    assert not is_spared(held, STRANGER)
    assert seen.refused == ["CONTRADICTED"]


async def test_a_filter_that_holds_the_holder_by_now_is_contradicted_by_nothing() -> None:
    """Whoever was left out a moment ago may have come with the last delta."""
    seen = Seen()
    held = filters(seen=seen)
    await held.take(MEMBER.id, Issuer().give(), LISTED, AT)
    held.contradicted(MEMBER.id, WANG, [code(AT - MINUTE)])
    assert is_spared(held, STRANGER)
    assert seen.refused == []


async def test_a_filter_that_was_dropped_does_not_come_back_with_a_delta() -> None:
    held, issuer = filters(), Issuer()
    await held.take(MEMBER.id, issuer.give(), LISTED, AT)
    later = AT + timedelta(seconds=NEXT_SECONDS)
    delta = issuer.give(later, held.follows(MEMBER.id))
    taking = asyncio.ensure_future(held.take(MEMBER.id, delta, LISTED, later))
    await asyncio.sleep(0)
    held.contradicted(MEMBER.id, STRANGER, [code(AT - MINUTE)])
    with pytest.raises(FilterRefused, match="MISFIT"):
        await taking
    assert not is_spared(held, STRANGER, later)


def test_a_filter_is_looked_up_as_the_page_says() -> None:
    """The bits of docs/wire-formats.md, worked out here once more, for one digest."""
    key, subject = FilterKey(FILTER_KEY), b"s" * 16
    state, places = int.from_bytes(key.digest(subject), "little"), []
    for _ in range(3):
        state = (state * 47026247687942121848144207491837418733 + 1) % 2**128
        places.append(state // 2**32 % 2**64 % 128)
    octets = sum(1 << place for place in set(places)).to_bytes(16, "little")
    assert Membership.loaded(octets, 3, key).may_hold(subject)
    missing = sum(1 << place for place in {*places[:2]}).to_bytes(16, "little")
    assert not Membership.loaded(missing, 3, key).may_hold(subject) or places[2] in places[:2]
