"""What the hub tells operators, as Prometheus figures and as log events.

Responsible for the same words in both forms. Refuses the text of an error: it shows only the
error's type and the line that raised it.
"""

import traceback
from datetime import datetime

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.operation.events import Event, EventLog, shown
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.seldom import Seldom
from tongxing.schema import Color, Decision, Outcome
from tongxing.schema.stopped_client import StopReason

_MAY_PASS = frozenset({Outcome.BUSY, Outcome.TIMED_OUT})
_FAILURES = _MAY_PASS | {
    Outcome.NO_ACCESS,
    Outcome.MALFORMED,
    Outcome.UNMAPPED_VALUE,
    Outcome.BAD_SIGNATURE,
    Outcome.WRONG_HOLDER,
    Outcome.STALE,
}
"""Outcomes with which an issuer did not do its part. That a circuit is open is told when it
opens."""


class Watch:
    def __init__(self, log: EventLog, metrics: Metrics) -> None:
        self._seldom = Seldom()
        self._ready = dict[str, bool]()
        self._log = log
        self._metrics = metrics

    def ready(self, check: str, *, is_ready: bool) -> None:
        """What one check of readiness says now; a line in the log if it says another thing than
        before."""
        self._metrics.ready(check, is_ready=is_ready)
        if is_ready is self._ready.get(check, True):
            return
        self._ready[check] = is_ready
        if is_ready:
            self._log.info(Event.READY_AGAIN, check=check)
        else:
            self._log.error(Event.NOT_READY, check=check)

    def refused(self, code: ErrorCode) -> None:
        self._metrics.refused(code.value)

    def shed(self, reason: str, number: int) -> None:
        """``reason`` is SHARE, LATE or LONG_WORK: the client has its share, would have waited too
        long, or there is too much long work."""
        self._metrics.shed(reason, number)
        together = self._seldom.happened((Event.REQUESTS_SHED, reason), self._log.clock(), number)
        if together is not None:
            self._log.error(Event.REQUESTS_SHED, reason=reason, number=together)

    def refused_at_once(self, code: ErrorCode, route: str, status: int) -> None:
        """No line in the log for each."""
        self._metrics.refused_at_once(code.value, route, status)

    def held(self, seconds: float) -> None:
        self._metrics.held(seconds)

    def places(self, number: int) -> None:
        self._metrics.places(number)

    def assertion_refused(self, request_id: str, reason: str, client: str | None) -> None:
        """``client`` is a registered client that the assertion names, and did not have to come
        from."""
        self._metrics.credential_refused("assertion", reason)
        self._log.info(
            Event.ASSERTION_REFUSED, request_id=request_id, reason=reason, client=shown(client)
        )

    def issuer_secret_replaced(self, issuer: str, file: str) -> None:
        self._log.info(Event.ISSUER_SECRET_REPLACED, issuer=issuer, file=file)

    def issuer_secret_refused(self, issuer: str, file: str, code: str) -> None:
        self._log.error(Event.ISSUER_SECRET_REFUSED, issuer=issuer, file=file, code=code)

    def unexpected(self, error: BaseException) -> None:
        self._metrics.unexpected_error()
        self._log.error(
            Event.UNEXPECTED_ERROR, error_type=type(error).__qualname__, where=_where(error)
        )

    def request_ended(
        self, request_id: str, method: str, route: str, status: int, seconds: float
    ) -> None:
        self.request_counted(route, status, seconds)
        self._log.info(
            Event.REQUEST_ENDED,
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            seconds=round(seconds, 6),
        )

    def request_counted(self, route: str, status: int, seconds: float) -> None:
        """No line in the log."""
        self._metrics.request_ended(route, status, seconds)

    def recognized(self, color: Color, decision: Decision) -> None:
        self._metrics.recognized(color.value, decision.value)

    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None:
        self._metrics.issuer_answered(issuer, outcome.value, seconds)
        if outcome not in _FAILURES:
            return
        number = self._seldom.happened((issuer, outcome), self._log.clock())
        if number is not None:
            tell = self._log.info if outcome in _MAY_PASS else self._log.error
            tell(Event.ISSUER_FAILED, issuer=issuer, outcome=outcome.value, number=number)

    def issuer_fault(self, issuer: str, fault: str) -> None:
        """``fault`` says why an exchange brought no readable answer."""
        self._metrics.issuer_fault(issuer, fault)
        number = self._seldom.happened((issuer, fault), self._log.clock())
        if number is not None:
            self._log.info(Event.ISSUER_FAULT, issuer=issuer, fault=fault, number=number)

    def issuer_hedged(self, issuer: str) -> None:
        """A question went to a second replica as well."""
        self._metrics.issuer_hedged(issuer)

    def integrity_alarm(self, request_id: str, issuer: str) -> None:
        """Only an event, which wakes an operator; the issuer's outcomes are counted already."""
        self._log.error(Event.INTEGRITY_ALARM, request_id=request_id, issuer=issuer)

    def issuer_silent(self, issuer: str, is_silent: bool) -> None:  # noqa: FBT001 - a callback
        """The issuer is left alone because it does not answer; or it answers again."""
        self._metrics.issuer_silent(issuer, silent=is_silent)
        if is_silent:
            self._log.error(Event.ISSUER_SILENT, issuer=issuer)
        else:
            self._log.info(Event.ISSUER_ANSWERS, issuer=issuer)

    def issuer_left_alone(self, issuer: str, why: str, is_left: bool) -> None:  # noqa: FBT001
        """The issuer is left alone because of its answers (``why``: UNREADABLE, BAD_SIGNATURES); or
        it is asked again."""
        self._metrics.issuer_left_alone(issuer, why, left=is_left)
        if is_left:
            self._log.error(Event.ISSUER_LEFT_ALONE, issuer=issuer, why=why)
        else:
            self._log.info(Event.ISSUER_ASKED_AGAIN, issuer=issuer, why=why)

    def dialect_refused(self, issuer: str, dialect: str, code: str) -> None:
        """The issuer is not asked for as long as the hub runs: its plugin is not loaded."""
        self._metrics.issuer_left_alone(issuer, "DIALECT", left=True)
        self._log.error(Event.DIALECT_REFUSED, issuer=issuer, dialect=dialect, code=code)

    def dialects_replaced(self, number: int) -> None:
        self._log.info(Event.DIALECTS_REPLACED, number=number)

    def dialects_refused(self, code: str, file: str | None) -> None:
        self._log.error(Event.DIALECTS_REFUSED, code=code, file=shown(file))

    def mass_flip(self, issuer: str, basis: str, people: int) -> None:
        self._metrics.mass_flip(issuer, basis)
        self._log.error(Event.MASS_FLIP, issuer=issuer, basis=basis, people=people)

    def client_stopped(self, client: str, reason: StopReason, counted: int) -> None:
        self._metrics.client_stopped(reason.value)
        self._log.error(
            Event.CLIENT_STOPPED, client=shown(client), reason=reason.value, number=counted
        )

    def shared_cache_turned(self, is_here: bool, fault: str | None) -> None:  # noqa: FBT001
        """The server in which workers keep statements together can be used, or no longer can."""
        self._metrics.shared_cache_away(away=not is_here)
        if is_here:
            self._log.info(Event.SHARED_CACHE_BACK)
        else:
            self._log.error(Event.SHARED_CACHE_AWAY, fault=fault)

    def shared_cache_exchange(self, fault: str | None) -> None:
        """One round trip, and why it brought nothing."""
        self._metrics.shared_cache_exchange(fault or "GOOD")

    def shared_statements(self, result: str, number: int) -> None:
        """Questions that were looked for among what other workers were told."""
        self._metrics.shared_statements(result, number)

    def trust_list_replaced(self, version: int) -> None:
        self._metrics.trust_list_is(version)
        self._log.info(Event.TRUST_LIST_REPLACED, version=version)

    def root_keys_replaced(self, version: int) -> None:
        self._log.info(Event.ROOT_KEYS_REPLACED, version=version)

    def trust_list_refused(self, code: str) -> None:
        self._log.error(Event.TRUST_LIST_REFUSED, code=code)

    def trust_list_ends(self, at: datetime) -> None:
        self._metrics.trust_list_ends(at)

    def trust_list_ending(self, version: int, seconds: float) -> None:
        self._log.error(Event.TRUST_LIST_ENDING, version=version, seconds=round(seconds))

    def certificate_replaced(self) -> None:
        self._log.info(Event.CERTIFICATE_REPLACED)

    def certificate_refused(self, code: str) -> None:
        self._log.error(Event.CERTIFICATE_REFUSED, code=code)

    def certificate_ends(self, at: datetime) -> None:
        self._metrics.certificate_ends(at)

    def certificate_ending(self, seconds: float) -> None:
        self._log.error(Event.CERTIFICATE_ENDING, seconds=round(seconds))

    def holder_epochs(self, living: int, begun: datetime) -> None:
        self._metrics.holder_epochs(living, begun)

    def holder_epoch_announced(self, number: int, seconds: float) -> None:
        self._log.info(Event.HOLDER_EPOCH_ANNOUNCED, number=number, seconds=round(seconds))

    def holder_epoch_destroyed(self, number: int) -> None:
        self._log.info(Event.HOLDER_EPOCH_DESTROYED, number=number)

    def trust_keys_unusable(self, issuer: str, number: int) -> None:
        self._metrics.unusable_keys(issuer, number)
        self._log.error(Event.TRUST_KEYS_UNUSABLE, issuer=issuer, number=number)

    def list_taken(self, issuer: str, number: int) -> None:
        """``number`` of entries."""
        self._log.info(Event.LIST_TAKEN, issuer=issuer, number=number)

    def list_refused(self, issuer: str, code: str) -> None:
        self._log.error(Event.LIST_REFUSED, issuer=issuer, code=code)

    def filter_taken(self, issuer: str, holders: int) -> None:
        self._log.info(Event.FILTER_TAKEN, issuer=issuer, number=holders)

    def filter_refused(self, issuer: str, code: str) -> None:
        self._log.error(Event.FILTER_REFUSED, issuer=issuer, code=code)

    def feed_begun(self, issuer: str, number: int) -> None:
        """``number``: the change behind which it is read from now on."""
        self._log.info(Event.FEED_BEGUN, issuer=issuer, number=number)

    def changes_taken(self, issuer: str, number: int) -> None:
        """No line in the log."""
        self._metrics.changes_taken(issuer, number)

    def change_passed_over(self, issuer: str, code: str) -> None:
        self._metrics.change_passed_over(issuer, code)
        self._tell_seldom(Event.CHANGE_PASSED_OVER, issuer, code)

    def feed_refused(self, issuer: str, code: str) -> None:
        """How long it has not been read is a figure of its own."""
        self._tell_seldom(Event.FEED_REFUSED, issuer, code)

    def _tell_seldom(self, event: Event, issuer: str, code: str) -> None:
        number = self._seldom.happened((event, issuer, code), self._log.clock())
        if number is not None:
            self._log.error(event, issuer=issuer, code=code, number=number)

    def policies_replaced(self, number: int) -> None:
        self._log.info(Event.POLICIES_REPLACED, number=number)

    def policies_refused(self, code: str, file: str | None, region: str | None) -> None:
        self._log.error(Event.POLICIES_REFUSED, code=code, file=shown(file), region=region)

    def document_unfit(self, number: int, code: str) -> None:
        """The hub no longer answers the registered document of this ``number``."""
        self._log.error(Event.DOCUMENT_UNFIT, number=number, code=code)

    def audit_damaged(self, index: int, damage: str) -> None:
        """``index`` is the first bad entry."""
        self._log.error(Event.AUDIT_DAMAGED, index=index, damage=damage)

    def news_heard(self, *, is_heard: bool) -> None:
        """What other processes change takes effect here at once; or only when it is looked for."""
        self._metrics.news_unheard(unheard=not is_heard)
        if is_heard:
            self._log.info(Event.NEWS_HEARD)
        else:
            self._log.error(Event.NEWS_UNHEARD)

    def hub_keys_changed(self, version: int) -> None:
        self._log.info(Event.HUB_KEYS_CHANGED, version=version)

    def hub_keys_refused(self) -> None:
        """What the database states of the hub's own keys is not believed."""
        self._log.error(Event.HUB_KEYS_REFUSED)

    def hub_key_missing(self, *, is_missing: bool) -> None:
        """The key that the hub signs with is not on this machine; or it is again."""
        self._metrics.hub_key_missing(is_missing=is_missing)
        if is_missing:
            self._log.error(Event.HUB_KEY_MISSING)
        else:
            self._log.info(Event.HUB_KEY_FOUND)

    def clock_jumped(self, seconds: float) -> None:
        self._log.error(Event.CLOCK_JUMPED, seconds=round(seconds, 3))

    def clock_doubted(self, seconds: float) -> None:
        """All issuers that sign a time are ahead of the hub's clock by at least ``seconds``, or
        behind it (negative)."""
        self._log.error(Event.CLOCK_DOUBTED, seconds=round(seconds, 3))


def _where(error: BaseException) -> str | None:
    """Module and line of the innermost frame: enough to find a mistake, without any value."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return None
    frame, line = frames[-1]
    return f"{frame.f_globals.get('__name__', '')}:{line}"
