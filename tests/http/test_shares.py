"""Nobody takes all of what there is only so much of, and nobody is kept from using most of it."""

import pytest

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.shares import Shares, address_of

CAPACITY = 1_024


def _taken(shares: Shares, holder: str) -> int:
    count = 0
    while shares.take(holder):
        count += 1
    return count


def test_one_holder_alone_has_three_quarters() -> None:
    assert _taken(Shares(CAPACITY), "a") == CAPACITY * 3 / 4


@pytest.mark.parametrize("greedy", [1, 2, 4, 16])
def test_however_many_are_greedy_one_more_comes_in(greedy: int) -> None:
    shares = Shares(CAPACITY)
    for number in range(greedy):
        _taken(shares, f"greedy {number}")
    assert shares.take("small")


def test_what_is_given_back_can_be_taken_again() -> None:
    shares = Shares(CAPACITY)
    for _ in range(3):
        count = _taken(shares, "a")
        shares.give_back("a", count)
    assert count == CAPACITY * 3 / 4


def test_a_claim_ends_with_its_context_also_after_it_could_not_grow() -> None:
    shares = Shares(4)
    with pytest.raises(Refused) as caught, shares.claim("a", 3) as claim:
        claim.grow(2)
    assert caught.value.code is ErrorCode.OVERLOADED
    assert _taken(shares, "a") == 3


def test_no_header_names_another_address() -> None:
    scope = {"client": ("10.0.0.1", 4_711), "headers": [(b"x-forwarded-for", b"10.9.9.9")]}
    assert address_of(scope) == "address 10.0.0.1"


class Peer:
    def __init__(self) -> None:
        self.ended = False

    def make_room(self) -> None:
        self.ended = True


def _admitted(connections: Connections, address: str, count: int) -> list[Peer]:
    peers = [Peer() for _ in range(count)]
    for peer in peers:
        assert connections.admit(peer, address)
    return peers


def test_of_one_address_the_connection_that_waited_longest_makes_room() -> None:
    connections = Connections(8)
    peers = _admitted(connections, "a", 6)
    connections.works(peers[0])
    _admitted(connections, "a", 2)
    assert [peer.ended for peer in peers] == [False, True, True, False, False, False]


def test_a_connection_that_is_answered_never_makes_room() -> None:
    connections = Connections(8)
    for peer in _admitted(connections, "a", 6):
        connections.works(peer)
    assert not connections.admit(Peer(), "a")
    assert connections.admit(Peer(), "b")


def test_connections_that_come_and_go_leave_nothing_behind() -> None:
    connections = Connections(8)
    for _ in range(100):
        (peer,) = _admitted(connections, "a", 1)
        connections.works(peer)
        connections.waits(peer)
        connections.left(peer)
        connections.left(peer)
        connections.waits(peer)
    assert len(_admitted(connections, "b", 6)) == 6
