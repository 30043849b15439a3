"""Tokens that are asked for twice, pages of the log, and questions that must be refused."""

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import httpx2

from tests.acceptance.callers import GRAPHQL, document_of, fields, form, request_of, scan_variables
from tests.acceptance.operations import AUDIT, SCAN, TRAVELER
from tests.connection import connection
from tests.soak.desk import MAY_PASS, Desk

AT_ONCE = 4
REMEMBERED = 50
PAGE = 100


@dataclass
class Doors:
    """Each assertion opens the door once, whatever happens around it."""

    url: str
    spent: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def once(self, desk: Desk, random: Random) -> None:
        assertion = desk.caller.assertion()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = Counter(pool.map(self._status, [assertion] * AT_ONCE))
        desk.ledger.asked("assertion", AT_ONCE)
        if statuses[200] > 1:
            desk.ledger.violates([f"an assertion was accepted {statuses[200]} times"])
        if statuses[401] == AT_ONCE:
            desk.ledger.violates(["an honest assertion was refused everywhere"])
        if statuses[200] == 1:
            self.spent.append(assertion)
        if self.spent:
            self._again(desk, random.choice(list(self.spent)))

    def _again(self, desk: Desk, assertion: str) -> None:
        status = self._status(assertion)
        desk.ledger.asked("replayed assertion")
        if status == 200:
            desk.ledger.violates(["an assertion that was spent opened the door again"])

    def _status(self, assertion: str) -> int:
        """0 if nothing was answered."""
        try:
            with connection(self.url) as http:
                return http.post("/oauth/token", data=form(assertion)).status_code
        except httpx2.HTTPError:
            return 0


@dataclass
class Auditor:
    """Follows the log page by page: what it is shown rises, and changes no more."""

    cursor: str | None = None
    last: int = -1

    def page(self, desk: Desk, _random: Random) -> None:
        data = desk.data(AUDIT, {"first": PAGE, "after": self.cursor})
        if data is None:
            return
        desk.ledger.asked("audit page")
        for edge in data["auditEntries"]["edges"]:
            index = int(edge["node"]["index"])
            if index <= self.last:
                desk.ledger.violates([f"the log shows entry {index} after {self.last}"])
            self.last = index
            kept = desk.ledger.answers.get(index)
            shown = edge["node"].get("color"), edge["node"].get("decision")
            if kept is not None and shown != (kept.color, kept.decision):
                desk.ledger.violates([f"entry {index} shows {shown}, the answer was {kept}"])
        self.cursor = data["auditEntries"]["pageInfo"]["endCursor"] or self.cursor


def _wrong_purpose(desk: Desk, token: str) -> httpx2.Response:
    asked = request_of(fields(document_of("green_everywhere")), "AUDIT")
    return desk.caller.post(TRAVELER, asked, token=token)


def _wrong_region(desk: Desk, token: str) -> httpx2.Response:
    asked = request_of(fields(document_of("green_everywhere")), "TRANSPORT", "310000")
    return desk.caller.post(TRAVELER, asked, token=token)


def _wrong_scope(desk: Desk, token: str) -> httpx2.Response:
    return desk.caller.post(AUDIT, {"first": 1}, token=token)


def _no_token(desk: Desk, _token: str) -> httpx2.Response:
    return desk.caller.post(SCAN, scan_variables("ZJC1.nothing"), token="not.a.token")


def _no_json(desk: Desk, token: str) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}", "accept": GRAPHQL}
    headers |= {"content-type": "application/json"}
    return desk.caller.http.post("/graphql", content=b'{"query": ', headers=headers)


def _no_operation(desk: Desk, token: str) -> httpx2.Response:
    return desk.caller.post("{ everything { about everybody } }", token=token)


BAD: dict[str, tuple[Callable[[Desk, str], httpx2.Response], int]] = {
    "a purpose that it does not have": (_wrong_purpose, 403),
    "another region": (_wrong_region, 403),
    "a scope that it does not have": (_wrong_scope, 403),
    "no token": (_no_token, 401),
    "no JSON": (_no_json, 400),
    "no operation of ours": (_no_operation, 400),
}
"""What is asked, and the one status that it gets while the hub answers at all."""


def bad_request(desk: Desk, random: Random) -> None:
    what = random.choice(list(BAD))
    send, status = BAD[what]
    token = desk.token()
    if token is None:
        return
    try:
        got = send(desk, token).status_code
    except httpx2.HTTPError as error:
        desk.ledger.refused(type(error).__name__)
        return
    desk.ledger.asked("bad request")
    if got not in MAY_PASS | {status}:
        desk.ledger.violates([f"{what} got {got}, not {status}"])
