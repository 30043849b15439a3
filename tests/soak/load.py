"""The clients, each in a thread of its own: what each asks, and how often."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

from tests.acceptance.callers import CITY, COORDINATOR, STATION, calling, fields
from tests.soak.desk import Desk
from tests.soak.followups import Followed, FollowUps, follow
from tests.soak.judging import Judge
from tests.soak.ledger import Ledger
from tests.soak.others import Auditor, Doors, bad_request
from tests.soak.patience import is_so_within
from tests.soak.questions import CROWD, Questions, code_shown
from tests.soak.replaying import Replayer
from tests.soak.stage import POPULATION, Stage
from tongxing.gateway.cli.recognize import read_hub_keys
from tongxing.sandbox.provisioning.clients import DISTRICT as OFFICE
from tongxing.sandbox.town.records import IssuerName

Step = Callable[[Desk, Random], None]

SETTLES_WITHIN_SECONDS = 120.0
"""What was begun is insisted on for a minute."""


@dataclass(frozen=True, slots=True)
class Client:
    """Takes ``step`` after ``step``, with about ``pause_seconds`` between two."""

    name: str
    client_id: str
    pause_seconds: float
    step: Step


@dataclass
class Load:
    """``seed`` decides who is asked about; which answer comes first is up to the machine."""

    stage: Stage
    ledger: Ledger
    questions: Questions
    follow_ups: FollowUps
    seed: int
    ends: Event = field(default_factory=Event)
    quiet: Event = field(default_factory=Event)
    stepping: set[int] = field(default_factory=set)
    """The clients that are in the middle of something."""

    @classmethod
    def of(cls, stage: Stage, ledger: Ledger, judge: Judge, seed: int) -> "Load":
        [key] = read_hub_keys(stage.layout.hub_public_key)
        questions = Questions(judge, ledger, key, Replayer(stage.policies, key))
        among = range(CROWD.stop, POPULATION)
        reds = judge.truth.labels_in_crowd("sukangma", "RED", among)
        return cls(
            stage,
            ledger,
            questions,
            FollowUps(questions, Followed(), stage.issuers, reds),
            seed,
        )

    def clients(self) -> list[Client]:
        asked, more, doors = self.questions, self.follow_ups, Doors(self.stage.hub.url)
        station: Step = lambda desk, random: asked.single(desk, random, "TRANSPORT")  # noqa: E731
        scan: Step = lambda desk, random: asked.scan(desk, random, self._shows)  # noqa: E731
        return [
            Client("single", CITY, 0.15, asked.single),
            Client("single", CITY, 0.3, asked.single),
            Client("single", STATION, 0.25, station),
            Client("scan", CITY, 0.4, scan),
            Client("manifest", CITY, 6.0, asked.manifest),
            Client("replay", CITY, 3.0, asked.explained),
            Client("arrival", CITY, 2.0, more.arrival),
            Client("acknowledgement", OFFICE.id, 0.5, more.acknowledgement),
            Client("correction", CITY, 30.0, more.correction),
            Client("audit page", COORDINATOR, 3.0, Auditor().page),
            Client("assertion", STATION, 4.0, doors.once),
            Client("bad request", STATION, 1.5, bad_request),
        ]

    def _shows(self, issuer: str, label: str) -> str | None:
        document = fields(self.questions.judge.truth.document(label))
        return code_shown(self.stage.issuers[IssuerName(issuer)].http, document)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Begins with an arrival, so that who follows has a cursor to come back with."""
        office = Thread(target=self._guarded, args=("follower", OFFICE.id, self._follow))
        clients = [
            Thread(target=self._guarded, args=(c.name, c.client_id, self._steps_of(n, c)))
            for n, c in enumerate(self.clients())
        ]
        try:
            office.start()
            self._first_arrival()
            for each in clients:
                each.start()
            yield
        finally:
            self.ends.set()
            for thread in (t for t in clients if t.ident is not None):
                thread.join()

    def settle(self) -> list[str]:
        """Nobody asks or records anything any more; what is told may still be acknowledged."""
        self.quiet.set()
        if is_so_within(SETTLES_WITHIN_SECONDS, lambda: not self.stepping):
            return []
        return [f"{len(self.stepping)} clients do not come to an end"]

    def _first_arrival(self) -> None:
        followed = self.follow_ups.followed
        assert followed.begun.wait(60), "the district could not follow its arrivals"
        random = Random(self.seed)
        with calling(self.stage.hub) as caller:
            desk = Desk(caller, self.ledger)
            while not self.ledger.arrivals:
                self.follow_ups.arrival(desk, random)
        assert is_so_within(60, lambda: followed.cursor is not None), "the district was not told"

    def _follow(self, desk: Desk) -> None:
        follow(desk, self.follow_ups.followed, self.ends)

    def _steps_of(self, number: int, client: Client) -> Callable[[Desk], None]:
        random = Random(f"{self.seed} {number}")

        def steps(desk: Desk) -> None:
            while not self.ends.wait(random.uniform(0.5, 1.5) * client.pause_seconds):
                self.stepping.add(number)
                if not self.quiet.is_set() or client.name == "acknowledgement":
                    client.step(desk, random)
                self.stepping.discard(number)

        return steps

    def _guarded(self, name: str, client_id: str, work: Callable[[Desk], None]) -> None:
        """A client that stumbles over an answer is a fault of one of the two."""
        try:
            with calling(self.stage.hub, client_id) as caller:
                work(Desk(caller, self.ledger))
        except Exception:  # noqa: BLE001 - whatever it was is told
            self.ledger.violates([f"the client {name} stumbled:\n{traceback.format_exc()}"])


def figures(load: Load) -> Mapping[str, int]:
    """What the district was told, in numbers."""
    followed = load.follow_ups.followed
    return {
        "arrivals recorded": len(load.ledger.arrivals),
        "arrivals told": len(followed.recorded),
        "acknowledgements told": len(followed.acknowledged),
    }
