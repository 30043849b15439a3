"""Packing, and the chain of states: a reader ends at the state of the hub, or says why not."""

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.pass_vectors import EIGHTH, HUB_ID, KEY, SEVENTH, URI, after
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.status_bits import (
    ENTRIES_MAX,
    MalformedStatuses,
    compressed,
    entry,
    expanded,
    octets_of,
    packed,
    replaced,
)
from tongxing.keys.status_delta import CHANGES_MAX, sign_delta, take_delta
from tongxing.keys.status_list import sign_snapshot, take_snapshot

AT = datetime.fromtimestamp(SEVENTH.iat, UTC)
HUB = KnownHub(HUB_ID, {KEY.key_id: KEY.public_key}, AT)
ENTRIES = SEVENTH.entries

widths = st.sampled_from([1, 2, 4, 8])
statuses = st.integers(0, 3)
changes = st.dictionaries(st.integers(0, ENTRIES - 1), statuses, max_size=8)


@given(widths, st.data())
def test_what_is_packed_is_read_again(bits: int, data: st.DataObject) -> None:
    entries = data.draw(st.integers(1, 70))
    values = data.draw(
        st.dictionaries(st.integers(0, entries - 1), st.integers(0, (1 << bits) - 1))
    )
    octets = packed(entries, values, bits=bits)
    assert len(octets) == octets_of(entries, bits)
    read = {index: entry(octets, index, bits=bits) for index in range(entries)}
    assert read == {index: values.get(index, 0) for index in range(entries)}
    assert expanded(compressed(octets), octets=len(octets)) == octets


@given(changes, changes)
def test_a_change_touches_no_other_entry(first: dict[int, int], then: dict[int, int]) -> None:
    octets = replaced(packed(ENTRIES, first, bits=2), then.items(), bits=2)
    assert octets == packed(ENTRIES, {**first, **then}, bits=2)


@pytest.mark.parametrize(("entries", "bits"), [(0, 2), (-1, 2), (ENTRIES_MAX + 1, 2), (8, 3)])
def test_a_list_of_no_such_size_is_refused(entries: int, bits: int) -> None:
    with pytest.raises(MalformedStatuses):
        octets_of(entries, bits)


@pytest.mark.parametrize(("index", "value"), [(-1, 0), (ENTRIES, 0), (0, 4), (0, -1)], ids=str)
def test_an_entry_that_the_list_does_not_have_is_refused(index: int, value: int) -> None:
    with pytest.raises(MalformedStatuses):
        replaced(bytes(ENTRIES // 4), [(index, value)], bits=2)


UNFIT = {
    "a-byte-short": compressed(bytes(15)),
    "a-byte-long": compressed(bytes(17)),
    "a-gigabyte-in-a-megabyte": zlib.compress(bytes(1 << 24)),
    "cut-off": compressed(bytes(16))[:-1],
    "with-more-behind": compressed(bytes(16)) + b"x",
    "bare-deflate": zlib.compress(bytes(16), wbits=-15),
    "gzip": zlib.compress(bytes(16), wbits=31),
    "empty": b"",
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
def test_what_is_not_exactly_the_list_is_refused(unfit: bytes) -> None:
    with pytest.raises(MalformedStatuses):
        expanded(unfit, octets=16)


@given(st.lists(changes, min_size=1, max_size=5), st.data())
def test_who_follows_the_deltas_knows_what_the_snapshot_says(
    steps: list[dict[int, int]], data: st.DataObject
) -> None:
    """One delta left out, repeated or given in another order is found."""
    states, deltas = [SEVENTH], []
    for step in steps:
        states.append(after(states[-1], step, later=1))
        delta = sign_delta(KEY, states[-1], step)
        assert delta is not None
        deltas.append(delta)
    at = datetime.fromtimestamp(states[-1].iat, UTC)
    known = SEVENTH
    for delta, state in zip(deltas, states[1:], strict=True):
        known = take_delta(delta, HUB, known, at)
        assert known == state
    assert take_snapshot(sign_snapshot(KEY, states[-1]), URI, HUB, known, at) == known
    wrong = data.draw(st.integers(0, len(states) - 1))
    for number, delta in enumerate(deltas):
        if number != wrong:
            with pytest.raises(PassFaulty) as error:
                take_delta(delta, HUB, states[wrong], at)
            gap = number > wrong
            assert error.value.fault is (PassFault.LIST_GAP if gap else PassFault.LIST_ROLLED_BACK)


@given(changes, changes)
def test_two_histories_never_meet(one: dict[int, int], other: dict[int, int]) -> None:
    """Also if both come to the same colors in the end."""
    ours, theirs = after(SEVENTH, one), after(SEVENTH, other, later=16)
    delta = sign_delta(KEY, after(theirs, {0: 1}), {0: 1})
    assert delta is not None
    with pytest.raises(PassFaulty) as of_delta:
        take_delta(delta, HUB, ours, AT)
    with pytest.raises(PassFaulty) as of_snapshot:
        take_snapshot(sign_snapshot(KEY, theirs), URI, HUB, ours, AT)
    assert of_delta.value.fault is of_snapshot.value.fault is PassFault.LIST_FORKED


def test_there_is_no_delta_for_more_changes_than_a_snapshot_tells_shorter() -> None:
    most = dict.fromkeys(range(CHANGES_MAX), 1)
    assert sign_delta(KEY, EIGHTH, most) is not None
    assert sign_delta(KEY, EIGHTH, {**most, CHANGES_MAX: 1}) is None


def test_a_refused_list_leaves_what_was_known() -> None:
    """A state is a value: nothing is half taken."""
    before = SEVENTH.digest()
    with pytest.raises(PassFaulty):
        take_snapshot(sign_snapshot(KEY, EIGHTH), URI, HUB, SEVENTH, AT + timedelta(days=2))
    assert SEVENTH.digest() == before
