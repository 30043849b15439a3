"""The table of stages and events, and holders' lives that follow it, in any order of events.

The city is driven through its own books. What it may never do is written here a second time,
independently.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tongxing.sandbox.city.books import Figure
from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.community import Refused
from tongxing.sandbox.city.declaration import Declaration, Journey, Stay
from tongxing.sandbox.city.declaring import Traced
from tongxing.sandbox.city.life import Holder, visible
from tongxing.sandbox.city.stages import MOVES, Effect, Event, Stage
from tongxing.sandbox.city.store import NotTheCitysBooks, Store
from tongxing.sandbox.five_days.days import BEGIN_UNIX
from tongxing.sandbox.town.population import CROWD_BEGINS, Population
from tongxing.sandbox.town.records import DAY, HOUR, Basis, Color, IssuerName, day_of

DECLARING = {Event.DECLARES_WELL, Event.DECLARES_ARRIVAL, Event.DECLARES_GROUNDS}
GREENS = {Stage.GREEN, Stage.GREEN_TO_RENEW}


@pytest.mark.parametrize("stage", Stage)
def test_a_holder_can_declare_in_every_stage(stage: Stage) -> None:
    assert MOVES[stage].keys() >= DECLARING


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.OUTSIDE])
def test_the_authority_can_act_in_every_stage_with_a_code(stage: Stage) -> None:
    by_authority = {Event.CONTROL_BEGINS, Event.FOUND_FALSE, Event.FOUND_FALSE_FROM_KEY_AREA}
    assert MOVES[stage].keys() >= by_authority


def test_green_is_reached_from_restriction_by_a_promised_day_alone() -> None:
    to_green = {
        (stage, event)
        for stage, moves in MOVES.items()
        for event, move in moves.items()
        if move.to is Stage.GREEN and stage not in {Stage.OUTSIDE, *GREENS}
    }
    assert to_green == {(Stage.CLEARED, Event.DAY_BREAKS)}
    effects = [(move.effects, move.to) for moves in MOVES.values() for move in moves.values()]
    assert [to for given, to in effects if Effect.CONVERT in given] == [Stage.GREEN]


def _stages_before(stage: Stage) -> set[Stage]:
    return {
        before
        for before, moves in MOVES.items()
        for move in moves.values()
        if move.to is stage and before is not stage
    }


def test_each_step_of_a_conversion_follows_the_one_before_and_no_other() -> None:
    assert _stages_before(Stage.APPLIED) == {Stage.RESTRICTED}
    assert _stages_before(Stage.CONFIRMED) == {Stage.APPLIED}
    assert _stages_before(Stage.CLEARED) == {Stage.CONFIRMED}


PEOPLE = range(CROWD_BEGINS, CROWD_BEGINS + 4)
persons = st.sampled_from(PEOPLE)
regions = st.sampled_from(["420100", "330300", "310100", "321102"])
journeys = st.none() | st.builds(Journey, regions, st.integers(-14, 20))
declarations = st.builds(Declaration, journeys, *[st.booleans()] * 2)


class Lives(RuleBasedStateMachine):
    """Four people, their community, and a clock. The first person may come under control; the
    second may live with them."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self._path = Path(self._directory.name) / "city.sqlite3"
        self._at = BEGIN_UNIX
        self._controlled: dict[int, set[int]] = {}
        self._confirmed_on: dict[int, int] = {}
        self._ranks: dict[int, int] = {}
        self._read = 0
        self._open()

    @initialize()
    def begin(self) -> None:
        assert self._city.ledger.changes(0, 1) == []

    @rule(who=persons, what=declarations)
    def declare(self, who: int, what: Declaration) -> None:
        before = self._city.register.current(who, self._at)
        after = self._city.declaring.declare(who, what, "321102", self._at)
        if before is not None:
            assert _rank(after) >= _rank(before)
        if self._is_bound(who):
            assert after.color is Color.RED

    @rule(who=persons)
    def apply(self, who: int) -> None:
        before = self._city.register.current(who, self._at)
        taken = self._city.community.apply(who, self._at)
        possible = before is not None and before.stage is Stage.RESTRICTED
        assert isinstance(taken, Holder) == possible

    @rule(who=persons)
    def confirm(self, who: int) -> None:
        taken = self._city.community.confirm(who, self._at)
        if isinstance(taken, Holder):
            assert not self._is_bound(who)
            self._confirmed_on[who] = day_of(self._at)

    @rule(who=persons)
    def refuse(self, who: int) -> None:
        taken = self._city.community.refuse(who, self._at)
        assert isinstance(taken, Refused) or taken.stage is Stage.RESTRICTED

    @rule(who=persons)
    def feel_unwell(self, who: int) -> None:
        self._city.community.feels_unwell(who, self._at)

    @rule(who=st.just(PEOPLE[0]), household=st.sets(st.sampled_from(PEOPLE[:2]), max_size=2))
    def control(self, who: int, household: set[int]) -> None:
        members = household - {who}
        self._city.community.control(who, sorted(members), self._at)
        self._controlled.setdefault(who, set()).update(members)

    @rule(who=persons)
    def release(self, who: int) -> None:
        if self._city.community.release(who, self._at) is None:
            del self._controlled[who]

    @rule(who=persons, region=regions, days_ago=st.integers(0, 20))
    def trace(self, who: int, region: str, days_ago: int) -> None:
        last_day = day_of(self._at) - days_ago
        traced = Traced(who, Stay(region, last_day - 1, last_day))
        self._city.cross_check.load([traced], self._at)

    @rule(who=persons, what=declarations | st.just(Declaration()))
    def go_the_whole_way(self, who: int, what: Declaration) -> None:
        """From a wrongly ticked box to the last declaration; random steps rarely find this way."""
        self.declare(who, Declaration(contact_in_key_area=True))
        self.apply(who)
        self.confirm(who)
        self.declare(who, what)

    @rule(hours=st.integers(1, 15 * 24))
    def wait(self, hours: int) -> None:
        self._at += hours * HOUR

    @rule(who=persons)
    def show(self, who: int) -> None:
        self._city.register.count_showing(who, self._at)

    @rule(hours=st.integers(1, 15 * 24), who=persons, what=declarations)
    def declare_before_the_books_are_up_to_date(
        self, hours: int, who: int, what: Declaration
    ) -> None:
        self.wait(hours)
        self.declare(who, what)

    @rule()
    def restart(self) -> None:
        before = self._now()
        self._city.close()
        self._open()
        assert self._now() == before

    @invariant()
    def nobody_bound_is_green(self) -> None:
        for who, holder in self._now().items():
            assert not (self._is_bound(who) and holder.color is Color.GREEN)

    @invariant()
    def nobody_turned_green_without_the_community_and_a_night(self) -> None:
        """Change by change: within one rule a person may turn green in the night and red again."""
        assert self._now().keys() >= self._ranks.keys()
        for change in self._city.ledger.changes(self._read, 10_000):
            rank, holder = _rank(change.holder), change.holder
            if rank < self._ranks.get(change.ordinal, rank):
                assert change.event is Event.DAY_BREAKS
                assert Basis.CONVERTED in holder.basis
                assert self._confirmed_on[change.ordinal] < day_of(holder.changed_at or 0)
            self._ranks[change.ordinal], self._read = rank, change.seq

    @invariant()
    def what_is_over_is_to_be_renewed(self) -> None:
        for holder in self._now().values():
            is_over = holder.valid_until <= self._at
            to_renew = holder.stage in {Stage.GREEN_TO_RENEW, Stage.RESTRICTED_TO_RENEW}
            assert to_renew == (is_over or holder.must_update)
            assert holder.valid_until <= self._at + 14 * DAY

    @invariant()
    def stage_and_color_agree(self) -> None:
        for holder in self._now().values():
            assert (holder.stage in GREENS) == (holder.color is Color.GREEN)

    @invariant()
    def the_feed_ends_in_what_is(self) -> None:
        now = self._now()
        changes = self._city.ledger.changes(0, 10_000)
        assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
        last = {change.ordinal: change.holder for change in changes}
        assert {who: visible(holder) for who, holder in last.items()} == {
            who: visible(holder) for who, holder in now.items()
        }

    @invariant()
    def whoever_applied_is_waited_for(self) -> None:
        waiting = {who for who, holder in self._now().items() if holder.stage is Stage.APPLIED}
        assert set(self._city.ledger.applicants("321102", 0, 10)) == waiting

    @invariant()
    def what_is_counted_is_what_happened(self) -> None:
        totals = self._city.tally.totals()
        days = [c for c in self._city.ledger.changes(0, 10_000) if c.event is Event.DAY_BREAKS]
        assert totals[Figure.CONVERTED] == len(days)
        assert totals[Figure.APPLIED] == len(self._now())
        assert totals[Figure.DECLARED_FALSELY] == len(self._city.trace_book.notices(0, 10_000))

    def teardown(self) -> None:
        self._city.close()
        self._directory.cleanup()

    def _open(self) -> None:
        store = Store.open(self._path)
        self._city = City(store, Population(1, len(PEOPLE)), BEGIN_UNIX, is_enrolled=False)

    def _now(self) -> dict[int, Holder]:
        assert self._city.register.settle(self._at)
        held = {who: self._city.register.current(who, self._at) for who in PEOPLE}
        return {who: holder for who, holder in held.items() if holder is not None}

    def _is_bound(self, who: int) -> bool:
        households = self._controlled.items()
        return any(who == controlled or who in members for controlled, members in households)


def _rank(holder: Holder) -> int:
    return [Color.GREEN, Color.YELLOW, Color.RED].index(holder.color)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


CROWD = range(CROWD_BEGINS, CROWD_BEGINS + 450)


def test_a_nights_codes_are_true_before_they_are_in_the_books(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "city.sqlite3")
    city = City(store, Population(1, len(CROWD)), BEGIN_UNIX, is_enrolled=False)
    with city.transaction():
        for who in CROWD:
            city.declaring.declare(who, Declaration(symptoms=True), "321102", BEGIN_UNIX)
            city.community.apply(who, BEGIN_UNIX)
            city.community.confirm(who, BEGIN_UNIX)
            city.declaring.declare(who, Declaration(), "321102", BEGIN_UNIX)
    morning = BEGIN_UNIX + 32 * HOUR
    assert city.register.settle(morning) is False
    records = [city.register.record_of(who, IssuerName.ZHENJIANG) for who in CROWD]
    assert {record.color for record in records if record is not None} == {Color.GREEN}
    # The last in the row is not in the books yet; what happens to them comes after their green.
    city.community.feels_unwell(CROWD[-1], morning)
    assert city.register.settle(morning) is False
    assert city.register.settle(morning) is True
    assert city.tally.totals()[Figure.CONVERTED] == len(CROWD)
    events = [c.event for c in city.ledger.changes(0, 10_000) if c.ordinal == CROWD[-1]]
    assert events[-2:] == [Event.DAY_BREAKS, Event.FEELS_UNWELL]
    city.close()


def test_a_failure_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "city.sqlite3")
    city = City(store, Population(1, 4), BEGIN_UNIX, is_enrolled=False)

    def fail_halfway() -> None:
        with city.transaction():
            city.declaring.declare(PEOPLE[0], Declaration(), "321102", BEGIN_UNIX)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert city.register.current(PEOPLE[0], BEGIN_UNIX) is None
    assert city.tally.totals()[Figure.APPLIED] == 0
    city.declaring.declare(PEOPLE[0], Declaration(), "321102", BEGIN_UNIX)
    city.close()


def test_another_programs_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    store = Store.open(path)
    store.run("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(NotTheCitysBooks):
        Store.open(path)
