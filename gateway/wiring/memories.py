"""What a process remembers: how much of it, for how long, and who tidies it up."""

import secrets
from functools import partial
from time import monotonic

from tongxing.gateway.answering.history_store import HistoryStore, RememberedHistories
from tongxing.gateway.answering.prepared import PreparedAnswers
from tongxing.gateway.answering.routes import RememberedRoutes
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.http.sent_before import SentBefore
from tongxing.gateway.memory import tidy_in_time
from tongxing.gateway.wiring.ground import MEGABYTE, NONCE_BYTES, Ground


def remembered_requests(ground: Ground) -> SentBefore:
    """Requests that are the same to the byte as one before."""
    sent = SentBefore(
        secrets.token_bytes(NONCE_BYTES), ground.settings.cache.seconds, clock=monotonic
    )
    ground.background.begin(partial(tidy_in_time, [sent]))
    return sent


def kept_statements(ground: Ground) -> StatementCache:
    """What issuers stated lately; closed with the hub."""
    settings = ground.settings.cache
    cache = StatementCache(
        lifetime_seconds=settings.seconds,
        room_of_client=settings.client_megabytes * MEGABYTE,
        room=settings.megabytes * MEGABYTE,
        clock=monotonic,
    )
    ground.stack.push_async_callback(cache.close)
    ground.background.begin(partial(tidy_in_time, [cache]))
    return cache


def remembered_routes(ground: Ground) -> RememberedRoutes:
    """Which issuers a client's traveler is asked of."""
    routes = RememberedRoutes(lifetime_seconds=ground.settings.cache.seconds, clock=monotonic)
    ground.background.begin(partial(tidy_in_time, [routes]))
    return routes


def remembered_histories(ground: Ground) -> RememberedHistories:
    """As much again as of the statements."""
    histories = RememberedHistories(
        HistoryStore(ground.database),
        lifetime_seconds=ground.settings.cache.seconds,
        room_of_client=ground.settings.cache.client_megabytes * MEGABYTE,
        room=ground.settings.cache.megabytes * MEGABYTE,
        clock=monotonic,
    )
    ground.background.begin(partial(tidy_in_time, [histories]))
    return histories


def prepared_answers(
    ground: Ground, statements: StatementCache, history: RememberedHistories
) -> PreparedAnswers:
    """Whole answers, and as much again."""
    cache = ground.settings.cache
    answers = PreparedAnswers(
        statements,
        history,
        lifetime_seconds=cache.seconds,
        room_of_client=cache.client_megabytes * MEGABYTE,
        room=cache.megabytes * MEGABYTE,
        clock=monotonic,
    )
    ground.background.begin(partial(tidy_in_time, [answers]))
    return answers
