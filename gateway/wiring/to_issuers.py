"""The ways to the issuers, and what is shared about them with the hub's other workers."""

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import Dialect
from tongxing.adapters.dialects import HubIdentity
from tongxing.adapters.through_hub import ThroughHub
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.other_hub import OtherHub
from tongxing.gateway.answering.shared_statements import SharedStatements
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.followup.outdated import LOOK_SECONDS as OUTDATED_SECONDS
from tongxing.gateway.followup.outdated import SHARED_FOR, OutdatedStatements, follow_outdated
from tongxing.gateway.operation.credentials import bearer_credential
from tongxing.gateway.operation.declared_dialects import DeclaredDialects
from tongxing.gateway.operation.followed_secret import FollowedSecret
from tongxing.gateway.settings import IssuerSettings
from tongxing.gateway.settings_checks import authenticates_issuer
from tongxing.gateway.sharing.presence import Presence
from tongxing.gateway.sharing.redis_line import RedisFault, RedisLine
from tongxing.gateway.sharing.shared_values import SharedValues
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.wiring.following_secrets import begin_following_secrets
from tongxing.gateway.wiring.ground import NONCE_BYTES, Ground, utc_now
from tongxing.gateway.wiring.issuer_dialects import dialect_of
from tongxing.gateway.wiring.issuer_transport import open_transport
from tongxing.gateway.wiring.to_hubs import other_hubs

READER_THREADS = 2
CREDENTIAL_FILE = "credential"
NO_CREDENTIAL = "none"
"""Of an issuer that another hub asks."""


async def issuer_links(
    ground: Ground, cache: StatementCache, declared: DeclaredDialects | None
) -> dict[str, IssuerLink]:
    """By the issuers' ids; closed with the hub. Raises OSError, and ValueError for a credential, a
    key or a dialect that is none."""
    settings, stack = ground.settings, ground.stack
    shared = _shared(ground, cache)
    readers = stack.enter_context(ThreadPoolExecutor(READER_THREADS, "statement-reader"))
    links: dict[str, IssuerLink] = {}
    secrets: list[FollowedSecret] = []
    hubs = await other_hubs(ground, secrets)
    for issuer in settings.issuers:
        adapter = await _adapter(issuer, ground, declared, hubs, secrets)
        links[issuer.id] = IssuerLink(
            adapter,
            cache=cache,
            readers=readers,
            evidence=ground.evidence,
            watch=ground.watch,
            clock=monotonic,
            shared=shared,
        )
        stack.push_async_callback(links[issuer.id].close)
    begin_following_secrets(ground, "issuer_credential", secrets)
    return links


def _credential(issuer: str, file: Path) -> tuple[FollowedSecret, Credential]:
    """What the issuer knows the hub by, and the file that it comes from, now and later."""
    content = file.read_bytes()
    credential = Credential(bearer_credential(content))

    def take(content: bytes) -> None:
        credential.replace(bearer_credential(content))

    name = CREDENTIAL_FILE
    return FollowedSecret(issuer, name, file, content, take), credential


async def _adapter(
    issuer: IssuerSettings,
    ground: Ground,
    declared: DeclaredDialects | None,
    hubs: Mapping[str, OtherHub],
    secrets: list[FollowedSecret],
) -> Adapter:
    """The issuer itself, or by way of one of ``hubs``. Its credential is put with ``secrets``."""
    if issuer.through is not None:
        dialect = await _dialect(issuer, Credential(NO_CREDENTIAL), ground, declared)
        return ThroughHub(dialect, hubs[issuer.through], own_hub=ground.settings.hub.id)
    if issuer.credential is None:
        raise ValueError(f"{issuer.id} has no credential")
    secret, credential = _credential(issuer.id, issuer.credential)
    secrets.append(secret)
    transport = await open_transport(issuer, credential, ground.stack, ground.watch, ground.tracing)
    dialect = await _dialect(issuer, credential, ground, declared)
    return Adapter(dialect, transport, _nonce, authenticates_issuer=authenticates_issuer(issuer))


async def _dialect(
    issuer: IssuerSettings,
    credential: Credential,
    ground: Ground,
    declared: DeclaredDialects | None,
) -> Dialect:
    hub = HubIdentity(
        issuer=issuer.id,
        token=credential,
        customer_number=issuer.cust_num,
        signer=lambda: ground.hub_keys.sm2,
    )
    return await dialect_of(issuer.dialect, hub, ground.watch, declared)


def _nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)


def _shared(ground: Ground, cache: StatementCache) -> SharedStatements | None:
    """What the workers of the hub keep together, if the settings say where."""
    settings, holder_key = ground.settings.cache, ground.holder_keys.file
    if settings.place is None:
        return None
    watch = ground.watch
    presence = Presence(monotonic, watch.shared_cache_turned)

    def heard(fault: RedisFault | None) -> None:
        watch.shared_cache_exchange(fault)
        presence.heard(fault)

    line = RedisLine(settings.place, settings.wait_milliseconds / 1_000, heard)
    ground.stack.push_async_callback(line.close)
    values = SharedValues(
        line,
        presence,
        space=f"tongxing:{holder_key.cache_ref('shared by workers')}",
        lifetime_seconds=settings.seconds,
    )
    shared = SharedStatements(
        values,
        cache,
        holder_key,
        lifetime_seconds=settings.seconds,
        watch=watch,
        clock=utc_now,
    )
    ground.metrics.shared_cache_away(away=True)
    ground.background.begin(partial(values.go_on, shared.hear))
    return shared


async def begin_following_outdated(ground: Ground, links: dict[str, IssuerLink]) -> None:
    """The task that forgets what is known to be outdated."""
    store = OutdatedStatements(ground.database)
    ear = NewsEar(ground.database.news, Topic.OUTDATED, OUTDATED_SECONDS, monotonic)
    last = await store.last_number(utc_now() - SHARED_FOR)
    ground.background.begin(partial(follow_outdated, store, links, ear, after=last))
