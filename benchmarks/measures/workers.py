"""Workers over one PostgreSQL server beside one process over a file: hot answers with receipt.

All of them, the server, the issuers and the asking side share the machine's cores, so more workers
than cores bring nothing here: the row shows what a second process and a server cost and bring.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.cores import running_on
from benchmarks.goals import CONNECTIONS, Goal
from benchmarks.load import Load, saturate
from benchmarks.measure import ROUND_SECONDS, NotMeasured, require_right
from benchmarks.measures.run import Run, ratio
from benchmarks.questions import always, is_recognition, of_hub
from benchmarks.rows import Row
from benchmarks.stage import HUB, ROOT, Stage
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.provisioning.clients import register_clients
from tongxing.sandbox.provisioning.processes import Child, running
from tongxing.sandbox.provisioning.state import HUB_ID

SERVER = os.environ.get("TONGXING_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""An account that may create a database. The measure drops it afterwards."""

COUNTS = (1, 2)
WARM_UP_ROUNDS = 2


def workers(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage = run.stage
    stage.move_all_to(stage.cores.all)
    request = of_hub(stage, run.travelers.known_to_all())
    alone: dict[int, list[Load]] = {count: [] for count in COUNTS}
    served: dict[int, list[Load]] = {count: [] for count in COUNTS}
    with _database() as database:
        _register(stage, database)
        for count in COUNTS:
            with _serving(stage, database, count) as url:
                for _ in range(WARM_UP_ROUNDS):
                    _asked(url, request)
                for _ in range(run.rounds):
                    alone[count].append(_asked(stage.servers["hub"].url, request))
                    served[count].append(_asked(url, request))
    stage.restore()
    print(f"\nhot with receipt, {CONNECTIONS[0]} connections, everybody on all cores")
    return [
        _row(goal, alone[count], served[count]) for goal, count in zip(goals, COUNTS, strict=True)
    ]


def _asked(url: str, request: bytes) -> Load:
    load = saturate(
        url, always(request), is_recognition, connections=CONNECTIONS[0], seconds=ROUND_SECONDS
    )
    require_right(load)
    return load


def _row(goal: Goal, alone: Sequence[Load], served: Sequence[Load]) -> Row:
    value = ratio(served, alone, lambda s, a: s.rate / a.rate)
    rates = {"file": _rate(alone), "server": _rate(served)}
    print(
        f"  {goal.what}: {rates['server']:,.0f}/s, one process over a file {rates['file']:,.0f}/s"
    )
    parts = {f"{name}_per_second": rate for name, rate in rates.items()}
    return Row(goal, value, parts)


def _rate(loads: Sequence[Load]) -> float:
    return sorted(load.rate for load in loads)[len(loads) // 2]


@contextmanager
def _database() -> Iterator[str]:
    """Its address. Raises NotMeasured if no server answers."""
    name = f"tongxing_bench_{os.getpid()}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:
        raise NotMeasured(f"no PostgreSQL server answers at {SERVER}") from error
    with server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield f"{SERVER.rpartition('/')[0]}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _register(stage: Stage, database: str) -> None:
    layout = stage.layout
    signer = HubSigner.from_pem(layout.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))
    place = DatabasePlace(layout.directory / "tongxing.postgresql", database)
    asyncio.run(register_clients(layout, place, now(), signer))


@contextmanager
def _serving(stage: Stage, database: str, count: int) -> Iterator[str]:
    settings = stage.layout.directory / "settings-of-workers.toml"
    text = stage.layout.settings.read_text("utf-8")
    settings.write_text(f'database = "{database}"\n{text}', "utf-8")
    arguments = ["serve", "--settings", str(settings), "--workers", str(count)]
    child = Child(f"{count} workers", HUB, arguments, _log(stage), ROOT)
    with running_on(stage.cores.all), running([child]) as (said,):
        yield f"{said['url']}/graphql"


def _log(stage: Stage) -> Path:
    return stage.layout.logs / "workers.log"
