"""In what one trust list differs from the one before, in words of the audit log."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from tongxing.keys.trust_list import ListedKey, TrustedIssuer, TrustList
from tongxing.schema.audit_words import PublicationChange

T = TypeVar("T")

Change = tuple[PublicationChange, str]


def trust_changes(before: TrustList, now: TrustList) -> Iterator[Change]:
    """Issuers first, then their keys; each in the order of its id."""
    yield from _changes(
        {each.id: _of_issuer(each) for each in before.issuers.values()},
        {each.id: _of_issuer(each) for each in now.issuers.values()},
        PublicationChange.ISSUER_ADDED,
        PublicationChange.ISSUER_REMOVED,
        PublicationChange.ISSUER_CHANGED,
    )
    yield from _changes(
        _keys(before),
        _keys(now),
        PublicationChange.KEY_ADDED,
        PublicationChange.KEY_REMOVED,
        PublicationChange.KEY_CHANGED,
    )


def _changes(
    before: Mapping[str, T],
    now: Mapping[str, T],
    added: PublicationChange,
    removed: PublicationChange,
    changed: PublicationChange,
) -> Iterator[Change]:
    yield from ((added, name) for name in sorted(now.keys() - before.keys()))
    yield from ((removed, name) for name in sorted(before.keys() - now.keys()))
    both = sorted(now.keys() & before.keys())
    yield from ((changed, name) for name in both if now[name] != before[name])


def _of_issuer(issuer: TrustedIssuer) -> tuple[object, ...]:
    """All but its keys."""
    names = issuer.name_zh, issuer.name_en
    spoken_for = issuer.level, issuer.regions, issuer.code_prefix
    return (*names, *spoken_for, issuer.channel_only, issuer.bound_by)


def _keys(of: TrustList) -> Mapping[str, ListedKey]:
    """An id is that of one key of one issuer."""
    return {key.key_id: key for issuer in of.issuers.values() for key in issuer.listed_keys()}
