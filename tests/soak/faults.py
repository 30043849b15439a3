"""What goes wrong: servers and workers that die, stop or are replaced, each with its own end.

A fault strikes one target and returns when it is over; recovering is the hub's own affair.
"""

import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import psycopg

from tests.soak.announcements import add_and_revoke_client, publish_policy, renew_trust, revoke_key
from tests.soak.issuer_faults import ISSUER_FAULTS, IssuerStrike, stop, turn_red
from tests.soak.setting import Setting
from tongxing.sandbox.town.records import IssuerName

A_SECOND = 1.0
FEWEST_WORKERS = 2
"""A worker is not killed if fewer would be left."""

CANNOT_BE_STRUCK = (psycopg.Error, OSError)
"""The server is going down or coming up under another fault's hands."""


def kill_worker(setting: Setting, random: Random) -> None:
    workers = setting.stage.workers()
    if len(workers) > FEWEST_WORKERS:
        setting.stage.strike_worker(random.choice(workers), signal.SIGKILL)


def stop_worker(setting: Setting, random: Random) -> None:
    workers = setting.stage.workers()
    if workers:
        stopped = random.choice(workers)
        setting.stage.strike_worker(stopped, signal.SIGSTOP)
        time.sleep(A_SECOND)
        setting.stage.strike_worker(stopped, signal.SIGCONT)


def restart_workers(setting: Setting, _random: Random) -> None:
    """Returns when all that ran before are gone, or at once if the soak is to pause."""
    stage = setting.stage
    before = set(stage.workers())
    stage.hub.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + ROLLING_SECONDS
    while before & set(stage.workers()) and time.monotonic() < until:
        if setting.hurry.wait(0.5):
            return


ROLLING_SECONDS = 120.0


def end_sessions(setting: Setting, random: Random) -> None:
    share = random.choice((0.1, 0.5, 1.0))
    with suppress(*CANNOT_BE_STRUCK):
        setting.stage.server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608 - a number
            f" WHERE application_name = 'tongxing' AND random() < {share}"
        )


def exhaust_connections(setting: Setting, _random: Random) -> None:
    """Ends those that there are, and takes all places for a second."""
    taken = []
    try:
        end_sessions(setting, Random(0))
        with suppress(*CANNOT_BE_STRUCK):
            while True:
                taken.append(psycopg.connect(setting.stage.server.url(), connect_timeout=2))
        time.sleep(A_SECOND)
    finally:
        for each in taken:
            each.close()


def restart_server_fast(setting: Setting, _random: Random) -> None:
    setting.stage.server.stop()
    setting.start_server()


def restart_server_at_once(setting: Setting, _random: Random) -> None:
    setting.stage.server.stop(signal.SIGQUIT)
    setting.start_server()


def kill_server(setting: Setting, random: Random) -> None:
    setting.stage.server.kill()
    time.sleep(random.uniform(0, 2))
    setting.start_server()


def kill_redis(setting: Setting, random: Random) -> None:
    redis = setting.stage.redis
    redis.kill()
    time.sleep(random.uniform(0, 2))
    redis.start()


def empty_redis(setting: Setting, _random: Random) -> None:
    setting.stage.redis.run("FLUSHALL")


def stop_redis(setting: Setting, _random: Random) -> None:
    with setting.stage.redis.held():
        time.sleep(A_SECOND)


Strike = Callable[[Setting, Random], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """``target``: two faults never strike the same at once. ``weight``: how often it is drawn,
    beside the others. ``issuer``: whose word must come back before the hub is itself again."""

    kind: str
    target: str
    weight: int
    strike: Strike
    issuer: str | None = None


def _of_issuer(issuer: IssuerName, kind: str, weight: int, strike: IssuerStrike) -> Fault:
    def struck(setting: Setting, random: Random) -> None:
        strike(setting, random, issuer)

    return Fault(f"issuer: {kind}", f"issuer {issuer}", weight, struck, issuer.value)


_OF_ONE_ISSUER: Mapping[str, tuple[int, IssuerStrike]] = {
    **{kind: (1, strike) for kind, strike in ISSUER_FAULTS.items()},
    "stopped": (1, stop),
    "turns somebody red": (2, turn_red),
}

FAULTS = (
    Fault("worker: SIGKILL", "one worker", 8, kill_worker),
    Fault("worker: stopped for a second", "one worker", 12, stop_worker),
    Fault("workers: rolling restart", "workers", 5, restart_workers),
    Fault("database: sessions ended", "database", 14, end_sessions),
    Fault("database: no connections", "database", 4, exhaust_connections),
    Fault("database: restart, fast", "database", 2, restart_server_fast),
    Fault("database: restart, immediate", "database", 2, restart_server_at_once),
    Fault("database: kill -9", "database", 2, kill_server),
    Fault("redis: kill -9", "redis", 5, kill_redis),
    Fault("redis: emptied", "redis", 6, empty_redis),
    Fault("redis: stopped for a second", "redis", 5, stop_redis),
    Fault("client: added, then revoked", "clients", 6, add_and_revoke_client),
    Fault("policy: published", "policies", 3, publish_policy),
    Fault("trust list: renewed", "trust list", 6, renew_trust),
    Fault("trust list: key revoked", "trust list", 1, revoke_key),
    *(
        _of_issuer(issuer, kind, weight, strike)
        for issuer in IssuerName
        for kind, (weight, strike) in _OF_ONE_ISSUER.items()
    ),
)
