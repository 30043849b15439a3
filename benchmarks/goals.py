"""Every row of the table: its name, what it says, its unit, and the goal if there is one.

Rows come in the order of the table. A row's name is what ``make bench ARGS=…`` takes; so is the
name of its group, which stands for all of the group's rows. The goals are those that the project
set itself; a row without one is shown because another row is hard to judge without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

TIMES = "×"
SHARE = "% of the floor"


@dataclass(frozen=True, slots=True)
class Goal:
    """``bound`` is what the value must reach: at least, or ``at_most``. None: there is no goal."""

    name: str
    group: str
    what: str
    unit: str
    bound: float | None = None
    at_most: bool = False

    def met(self, value: float) -> bool | None:
        if self.bound is None:
            return None
        return value <= self.bound if self.at_most else value >= self.bound

    @property
    def text(self) -> str | None:
        if self.bound is None:
            return None
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g}"


CONNECTIONS = (32, 128)

_HOT_GOALS = {"hive": 15.0, "mercurius": 1.2, "mercurius-duties": 2.0}
HOT_PEERS = {
    "strawberry": "plain Strawberry, three issuers asked",
    "strawberry-cache": "plain Strawberry with a TTL cache",
    "hive": "Hive Gateway with Mesh, three issuers asked",
    "mercurius": "mercurius with JIT, three issuers asked",
    "mercurius-duties": "mercurius with JIT and the same duties",
    "tailcall": "tailcall, three issuers asked",
}


def _hot() -> list[Goal]:
    return [
        Goal(
            f"hot-{connections}-{peer}",
            "hot",
            f"hot with receipt, {connections} connections: rate against {what}",
            TIMES,
            _HOT_GOALS.get(peer),
        )
        for connections, (peer, what) in product(CONNECTIONS, HOT_PEERS.items())
    ]


def _overload() -> list[Goal]:
    """Beside a load of cold questions, a client that asks 20 hot ones a second."""
    of_peak, at_ten = "answers in time, of the peak", "10 × the load"
    return [
        Goal("overload-3", "overload", f"3 × the load, open loop: {of_peak}", TIMES, 0.9),
        Goal("overload-10", "overload", f"{at_ten}, open loop: {of_peak}", TIMES, 0.9),
        Goal(
            "overload-closed",
            "overload",
            f"1,500 connections without a pause: {of_peak}",
            TIMES,
            0.9,
        ),
        Goal(
            "overload-refusal-p99",
            "overload",
            f"{at_ten}: p99 of a refusal",
            "ms",
            5.0,
            at_most=True,
        ),
        Goal(
            "overload-small-p99",
            "overload",
            f"{at_ten}: p99 of a small client, against beside the peak",
            TIMES,
            1.1,
            at_most=True,
        ),
        Goal(
            "overload-small-answered",
            "overload",
            f"{at_ten}: what a small client is answered in time, of all that it asks",
            TIMES,
            1.0,
        ),
        Goal(
            "overload-normal-after",
            "overload",
            f"after {at_ten}, at half the peak: the last answer that is not normal",
            "s",
            5.0,
            at_most=True,
        ),
    ]


GOALS: Sequence[Goal] = (
    *_hot(),
    Goal(
        "hot-floor",
        "hot",
        "hot with receipt, 32 connections: share of its signature in its cost",
        "%",
    ),
    Goal(
        "hot-proof-32-tailcall",
        "hot",
        "hot with proof, 32 connections: rate against tailcall",
        TIMES,
        0.8,
    ),
    Goal(
        "hot-proof-128-tailcall",
        "hot",
        "hot with proof, 128 connections: rate against tailcall",
        TIMES,
        1.0,
    ),
    Goal(
        "hot-instructions",
        "instructions",
        "instructions of one hot question",
        "thousand",
        450.0,
        at_most=True,
    ),
    Goal(
        "hot-open-query", "open", "hot, an open query: rate against a trusted document", TIMES, 0.5
    ),
    Goal("hot-p99", "latency", "hot at half the saturated rate: p99", "ms", 10.0, at_most=True),
    Goal("cold-one-core", "cold", "cold, three issuers asked and verified, one core", SHARE, 55.0),
    Goal("cold-two-cores", "cold", "the same, two cores, of both cores' floor", SHARE, 70.0),
    Goal(
        "cold-mercurius-duties",
        "cold",
        "cold, against mercurius with the same duties, by processor time",
        TIMES,
        1.5,
    ),
    Goal(
        "cold-calls-mercurius-duties",
        "cold",
        "cold, issuer calls of mercurius for one of the hub's",
        TIMES,
        5.0,
    ),
    Goal("cold-strawberry", "cold", "cold, against plain Strawberry, by processor time", TIMES),
    Goal(
        "manifest",
        "manifest",
        "manifest of 1,000, cold, two cores: time against the floor",
        TIMES,
        1.8,
        at_most=True,
    ),
    Goal(
        "growth-issuers",
        "growth",
        "340 issuers of which 3 know the holder: cost against 3 issuers",
        TIMES,
        1.1,
        at_most=True,
    ),
    Goal(
        "federation",
        "federation",
        "asked through one hub more, cold: time of an answer against asked directly",
        TIMES,
    ),
    Goal(
        "stall-healthy-p99",
        "stall",
        "a superior stalls: p99 of what does not need it, against before",
        TIMES,
        1.1,
        at_most=True,
    ),
    Goal(
        "stall-latest",
        "stall",
        "a superior stalls: the latest answer of what needs it",
        "s",
        3.05,
        at_most=True,
    ),
    Goal("audit-bytes", "audit", "audit log on disk, for a record", "B", 300.0, at_most=True),
    Goal(
        "audit-proof",
        "audit-proof",
        "proof of one record among 10 million",
        "ms",
        5.0,
        at_most=True,
    ),
    Goal(
        "memory",
        "memory",
        "kept health codes: memory against their own bytes",
        TIMES,
        3.0,
        at_most=True,
    ),
    Goal(
        "workers-1",
        "workers",
        "one worker over PostgreSQL, two cores: rate against one process over a file",
        TIMES,
    ),
    Goal(
        "workers-2",
        "workers",
        "two workers over PostgreSQL, two cores: rate against one process over a file",
        TIMES,
    ),
    *_overload(),
    Goal(
        "five-days",
        "five-days",
        "five days of Zhenjiang through HTTP on two cores, against real time",
        TIMES,
        480.0,
    ),
    Goal(
        "status-list",
        "status-list",
        "status list of a million passes, 1 % not green, two bits: bytes per bit",
        "KB",
        13.7,
        at_most=True,
    ),
    Goal(
        "gate-start",
        "gate-start",
        "`tongxing gate`, to its first line: against a bare interpreter that imports cryptography",
        TIMES,
        10.0,
        at_most=True,
    ),
    Goal(
        "gate-answer",
        "gate-answer",
        "`tongxing gate`, from scan to line without a network: against verdict and durable write",
        TIMES,
        2.0,
        at_most=True,
    ),
    Goal("neighbors", "neighbors", "a second client's question about the same travelers", "calls"),
)

BY_NAME = {goal.name: goal for goal in GOALS}
GROUPS = tuple(dict.fromkeys(goal.group for goal in GOALS))


def wanted(names: Sequence[str]) -> list[Goal]:
    """The rows that ``names`` name, each a row or a group; all if there is none. Raises KeyError
    with the names that are neither."""
    unknown = [name for name in names if name not in BY_NAME and name not in GROUPS]
    if unknown:
        raise KeyError(*unknown)
    return [goal for goal in GOALS if not names or {goal.name, goal.group} & set(names)]
