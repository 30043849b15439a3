"""Which epoch is written under and which are looked through, and what a client is shown of them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.holder_keys import ALWAYS, epochs_from
from tongxing.keys import Holder, HolderKey, base64url
from tongxing.keys.holder import epoch_of

DAY = timedelta(days=1)
SECOND = datetime(2022, 3, 1, tzinfo=UTC)
THIRD = SECOND + 30 * DAY
EPOCHS = epochs_from({0: ALWAYS, 1: SECOND, 2: THIRD})
PERSON = ("PASSPORT", "E00000000")
MOMENT = timedelta(microseconds=1)


MOMENTS = {
    "before the second": (SECOND - MOMENT, 0),
    "as it begins": (SECOND, 1),
    "before the third": (THIRD - MOMENT, 1),
    "as that begins": (THIRD, 2),
    "long after": (THIRD + 900 * DAY, 2),
    "before there was time": (ALWAYS - DAY, 0),
}


@pytest.mark.parametrize(("at", "number"), MOMENTS.values(), ids=MOMENTS)
def test_one_epoch_is_written_under_at_each_moment(at: datetime, number: int) -> None:
    assert EPOCHS.at(at).number == number
    assert epoch_of(base64url.decode(EPOCHS.holder(*PERSON, at).ref)) == number


def test_a_person_is_looked_for_under_every_epoch_also_one_that_is_announced() -> None:
    before = EPOCHS.holder(*PERSON, SECOND - DAY)
    after = EPOCHS.holder(*PERSON, THIRD)
    assert before.refs == after.refs
    assert [epoch_of(base64url.decode(ref)) for ref in before.refs] == [2, 1, 0]
    assert len(set(after.refs)) == 3
    assert before.ref != after.ref


def test_the_epoch_before_there_were_any_has_the_references_of_before() -> None:
    key = HolderKey(bytes([0]) * 32)
    assert EPOCHS.holder(*PERSON, ALWAYS) == Holder(
        key.ref(*PERSON), EPOCHS.holder(*PERSON, THIRD).refs
    )


def test_what_is_shown_changes_with_the_epoch_and_leads_back_in_its_own_alone() -> None:
    refs = EPOCHS.holder(*PERSON, THIRD).refs
    shown = [EPOCHS.shown_to("city", ref) for ref in refs]
    assert len({*shown}) == 3
    for ref, text in zip(refs, shown, strict=True):
        assert text is not None
        assert len(text) == 22  # as before there were epochs: nothing says in which it was shown
        behind = EPOCHS.behind("city", text)
        assert [each for each in behind if each in refs] == [ref]


def test_what_was_shown_in_an_epoch_that_is_destroyed_is_nobodys() -> None:
    left = epochs_from({1: SECOND, 2: THIRD})
    gone = EPOCHS.holder(*PERSON, ALWAYS).ref
    shown = EPOCHS.shown_to("city", gone)
    assert shown is not None
    assert left.shown_to("city", gone) is None
    assert gone not in left.behind("city", shown)
    never_shown = "A" * 22
    assert len(left.behind("city", shown)) == len(left.behind("city", never_shown))


def test_a_key_shows_no_reference_of_another_epoch() -> None:
    with pytest.raises(ValueError, match="another epoch"):
        HolderKey(bytes([1]) * 32, 1).shown_to("city", EPOCHS.holder(*PERSON, ALWAYS).ref)


def test_a_moment_that_only_a_destroyed_epoch_had_has_none() -> None:
    left = epochs_from({1: SECOND, 2: THIRD})
    assert left.begun_by(SECOND - MOMENT) is None
    assert left.at(SECOND - MOMENT).number == 1


@pytest.mark.parametrize(
    ("begin", "numbers"),
    [
        (THIRD + DAY, [2]),
        (THIRD, [2]),
        (THIRD - MOMENT, [2, 1]),
        (SECOND, [2, 1]),
        (SECOND - MOMENT, [2, 1, 0]),
        (ALWAYS - DAY, [2, 1, 0]),
    ],
    ids=[
        "since after all began",
        "since the last began",
        "since just before",
        "since the second began",
        "since before that",
        "since ever",
    ],
)
def test_what_was_written_since_a_moment_is_under_these(
    begin: datetime, numbers: list[int]
) -> None:
    assert [each.number for each in EPOCHS.since(begin)] == numbers


def test_a_person_is_made_anew_for_another_epoch_and_for_one_more() -> None:
    before = EPOCHS.holder(*PERSON, SECOND - MOMENT)
    assert EPOCHS.is_still(before, SECOND - DAY)
    assert not EPOCHS.is_still(before, SECOND)
    more = epochs_from({0: ALWAYS, 1: SECOND, 2: THIRD, 3: THIRD + DAY})
    assert not more.is_still(before, SECOND - DAY)
