"""Whether everything is there that must be: the log by its own verifier, and all accounts by each
other. Nothing is struck meanwhile; the clients may go on."""

import asyncio
import os
import subprocess
import sys
from time import time

from tests.acceptance.arriving import ARRIVALS, DISTRICT
from tests.acceptance.callers import calling
from tests.acceptance.hubs import log_of
from tests.soak.desk import Desk
from tests.soak.followups import insisting
from tests.soak.ledger import RECOVERS_WITHIN_SECONDS, Ledger
from tests.soak.load import Load
from tests.soak.log_check import LogCheck, arrivals_differ
from tests.soak.patience import is_so_within
from tests.soak.stage import Stage
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import AuditFilter
from tongxing.gateway.storage.slices import Slice
from tongxing.sandbox.provisioning.clients import DISTRICT as OFFICE
from tongxing.sandbox.town.records import IssuerName

PAGE = 1_000
WORKERS_BACK_WITHIN_SECONDS = 120.0
"""A supervisor waits for up to 30 s before it replaces a worker that did not live for long."""

VERIFIED_WITHIN_SECONDS = 900.0

ASKED_WITH = {IssuerName.ZHENJIANG: "POST /v1/status", IssuerName.SUKANGMA: "POST /healthCode/self"}
"""What every question about a holder calls once; more people in one call are still one."""

ASKED_AGAIN_SHARE = 1.1
"""A call on a connection that turned out to be closed is made again."""


def recovered(stage: Stage, ledger: Ledger) -> list[str]:
    """While the clients go on: the hub answers after every fault, and all workers are there."""
    now = time()
    faults = []
    if not is_so_within(RECOVERS_WITHIN_SECONDS, lambda: not ledger.not_recovered(now)):
        kinds = {each.kind for each in ledger.not_recovered(now)}
        faults.append(f"the hub does not recover from {sorted(kinds)}")
    if not is_so_within(WORKERS_BACK_WITHIN_SECONDS, lambda: len(stage.workers()) == stage.count):
        faults.append(f"{len(stage.workers())} workers are there, not {stage.count}")
    return faults


def check_log(stage: Stage, ledger: Ledger) -> tuple[LogCheck, list[str]]:
    """What stands in the log, and what is wrong with it."""
    calls = {name: stage.issuers[name].calls() for name in ASKED_WITH}
    check = LogCheck(dict(ledger.answers))
    asyncio.run(_read(stage, check))
    faults = [*verifier_says(stage), *check.end()]
    for name, path in ASKED_WITH.items():
        called, meant = calls[name].get(path, 0), check.intents[name.value]
        if called > meant * ASKED_AGAIN_SHARE:
            faults.append(f"{name} was called {called} times, and {meant} intents name it")
    return check, faults


async def _read(stage: Stage, check: LogCheck) -> None:
    async with opened(stage.place) as state:
        after = None
        while True:
            page = await state.audit.page(AuditFilter(), Slice(PAGE, after=after))
            check.read(page.items)
            after = page.end
            if not page.has_next:
                return


def verifier_says(stage: Stage) -> list[str]:
    """The program's own check of every entry and of the tree over them."""
    program = [sys.executable, "-P", "-m", "tongxing.gateway.cli", "audit", "verify"]
    ran = subprocess.run(
        [*program, "--settings", str(stage.layout.settings)],
        env={**os.environ, "TONGXING_DATABASE": str(stage.place.url)},
        check=False,
        capture_output=True,
        text=True,
        timeout=VERIFIED_WITHIN_SECONDS,
    )
    return [] if ran.returncode == 0 else [f"audit verify: {ran.stdout}{ran.stderr}"]


def check_arrivals(stage: Stage, load: Load, check: LogCheck) -> list[str]:
    """Once nobody records any more."""
    followed = load.follow_ups.followed
    listed = _listed(stage, load.ledger)
    is_so_within(RECOVERS_WITHIN_SECONDS, lambda: listed <= set(followed.recorded))
    acknowledged = load.ledger.acknowledged
    is_so_within(RECOVERS_WITHIN_SECONDS, lambda: acknowledged <= set(followed.acknowledged))
    return [
        *followed.twice(),
        *arrivals_differ(
            acknowledged=load.ledger.arrivals,
            listed=listed,
            told=set(followed.recorded),
            in_the_log=check.recorded_arrivals,
        ),
        *(
            f"{each} was acknowledged, and that was never told"
            for each in sorted(acknowledged - set(followed.acknowledged))
        ),
    ]


def _listed(stage: Stage, ledger: Ledger) -> set[str]:
    listed: set[str] = set()
    asked: dict[str, object] = {"region": DISTRICT, "first": PAGE}
    with calling(stage.hub, OFFICE.id) as caller:
        desk = Desk(caller, ledger)
        while True:
            data = insisting(desk, ARRIVALS, asked)
            assert data is not None, "the arrivals cannot be listed"
            page = data["arrivals"]
            listed |= {edge["node"]["id"] for edge in page["edges"]}
            if not page["pageInfo"]["hasNextPage"]:
                return listed
            asked["after"] = page["pageInfo"]["endCursor"]


def unexpected(stage: Stage) -> list[str]:
    """Errors that nobody expects of the hub, whatever is done to it."""
    lines = log_of(stage.layout).read_text("utf-8").splitlines()
    found = [line for line in lines if line.startswith("{") and "unexpected_error" in line]
    return [f"{len(found)} unexpected errors, such as {found[0]}"] if found else []


def ended(stage: Stage) -> list[str]:
    """Ends the hub, and looks for what it left behind."""
    status = stage.hub.end()
    if status:
        return [f"the hub ended with {status}"]
    is_so_within(30, lambda: not any(worker.is_there() for worker in stage.seen))
    left = [worker.number for worker in stage.seen if worker.is_there()]
    return [f"{len(left)} workers were left behind: {left}"] if left else []
