"""The color of each pass that is kept, as its holder's issuers speak and as time goes.

Told of what issuers state, it judges the holder's passes again, each under the policy of its own
region. Refuses to publish: the next state of the list says what has changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial

from tongxing.gateway.answering.sightings import Sighting
from tongxing.gateway.passes.pass_basis import basis_octets, pass_standing, with_news
from tongxing.gateway.passes.pass_store import FIND_PASS, KEPT_COLUMNS, KeptPass, kept_pass
from tongxing.gateway.policy.in_force import InForce, ruling
from tongxing.gateway.storage import UnitOfWork, Work
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.news import Topic
from tongxing.keys import TrustListRefused, TrustStore, base64url
from tongxing.keys.passes import PassStatus
from tongxing.schema import SourceAnswer

JUDGED_AT_ONCE = 200
"""Passes judged again in one transaction because their time has come: some 50 ms."""

NO_LIST = -1
"""In place of the trust list's version if none is in force: nothing is green then."""


@dataclass(frozen=True, slots=True)
class PassColors:
    policies: InForce
    trust: TrustStore

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        """The work that judges again what is kept of these holders."""
        return partial(self._look, sightings, at)

    def turning(self, at: datetime) -> Callable[[UnitOfWork], bool]:
        """The work that judges again those passes whose time has come; whether more may be left."""
        return partial(self._turn, at)

    def trusted(self, at: datetime) -> int:
        """The version of the trust list in force."""
        try:
            return self.trust.current(at).version
        except TrustListRefused:
            return NO_LIST

    def trusting(self, status: PassStatus, version: int, at: datetime) -> PassStatus:
        """``status``, but for a green whose statements were verified by another version of the
        trust list: they are not at hand, so nobody can say whether their keys still count."""
        is_other = status is PassStatus.GREEN and version != self.trusted(at)
        return PassStatus.YELLOW if is_other else status

    def believed_until(self, issuers: Sequence[str], at: datetime) -> datetime:
        """Until when the keys of ``issuers`` and the trust list count; ``at`` if none is in
        force."""
        try:
            return self.trust.current(at).believed_until(issuers, at)
        except TrustListRefused:
            return at

    def _look(self, sightings: Sequence[Sighting], at: datetime, unit: UnitOfWork) -> None:
        if not sightings:
            return
        refs = [[base64url.decode(ref) for ref in each.holder.refs] for each in sightings]
        holders = [ref for of_one in refs for ref in of_one]
        # Without the time, because questions about the same holder differ by it alone.
        found = unit.read_once(_kept_sql(len(holders)), tuple(holders))
        if not found:  # as for most travelers
            return
        for row in found:
            kept = kept_pass(*row)
            for of_one, sighting in zip(refs, sightings, strict=True):
                if base64url.decode(kept.holder) in of_one:
                    self._judge(kept, sighting.sources, at, unit)

    def told(
        self, place: tuple[int, int], news: Sequence[SourceAnswer], at: datetime, unit: UnitOfWork
    ) -> None:
        """Judge the pass at ``place`` again, after ``news`` about its holder."""
        for row in unit.execute(FIND_PASS, place):
            self._judge(kept_pass(*row), news, at, unit)

    def _turn(self, at: datetime, unit: UnitOfWork) -> bool:
        unit.execute(_UNTRUSTED, (int(PassStatus.YELLOW), self.trusted(at)))
        now = microseconds(at)
        rows = unit.execute(_DUE, (now, now, JUDGED_AT_ONCE))
        for row in rows:
            self._judge(kept_pass(*row), (), at, unit)
        return len(rows) == JUDGED_AT_ONCE

    def _judge(
        self, kept: KeptPass, news: Sequence[SourceAnswer], at: datetime, unit: UnitOfWork
    ) -> None:
        if kept.status is PassStatus.WITHDRAWN:
            return
        basis = with_news(kept.basis, news)
        if basis == kept.basis and at < kept.holds_until:
            return
        standing = pass_standing(basis, ruling(self.policies, kept.region, at), at)
        status = self.trusting(standing.status, kept.trust_list, at)
        turns = kept.ends_at if standing.holds_until <= at else standing.holds_until
        turns = min(turns, kept.ends_at)
        place = (kept.list_number, kept.index)
        unit.execute(_JUDGED, (int(status), microseconds(turns), basis_octets(basis), *place))
        if status is not kept.status:
            unit.announce(Topic.PASSES)


@lru_cache(100)
def _kept_sql(holders: int) -> str:
    """The passes of holders with so many references."""
    marks = ", ".join("?" * holders)
    return f"SELECT {KEPT_COLUMNS} FROM passes WHERE holder IN ({marks})"  # noqa: S608


_DUE = f"""
    SELECT {KEPT_COLUMNS} FROM passes WHERE holds_until <= ? AND ends_at > ? LIMIT ?
"""  # noqa: S608 - constants
_JUDGED = """
    UPDATE passes SET status = ?, holds_until = ?, basis = ? WHERE list = ? AND idx = ?
    AND status <> 1 RETURNING 1
"""
_UNTRUSTED = """
    UPDATE passes SET status = ? WHERE status = 0 AND trust_list <> ? RETURNING 1
"""
