"""The trust list: signed, in force for a while yet, and naming every issuer of the settings."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tongxing.adapters.dialects import DIALECTS
from tongxing.gateway.operation.doctor.finding import Finding
from tongxing.gateway.settings import IssuerSettings, Settings, authenticates_issuer
from tongxing.keys.root_keys import InvalidRootKeys, parse_root_keys
from tongxing.keys.trust_list import TrustedKey, TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused

SOON = timedelta(days=7)


def examine_trust(settings: Settings, at: datetime) -> Iterator[Finding]:
    about = str(settings.trust.list)
    try:
        roots = parse_root_keys(settings.trust.root_keys.read_bytes())
        held = parse_trust_list(settings.trust.list.read_bytes(), roots, at)
    except OSError as error:
        yield Finding(str(error.filename), f"cannot be read ({error.strerror})", "put it there")
    except InvalidRootKeys as error:
        yield Finding(str(settings.trust.root_keys), str(error), "install the federation's file")
    except TrustListRefused as error:
        yield Finding(about, str(error), "install the latest list of the federation")
    else:
        yield _expiry(about, held, at)
        for issuer in settings.issuers:
            yield _issuer(issuer, held, at)


def _expiry(about: str, held: TrustList, at: datetime) -> Finding:
    if at + SOON < held.expires_at:
        return Finding(about)
    return Finding(
        about,
        f"ends on {held.expires_at:%Y-%m-%d %H:%M} UTC; from then on nothing is believed",
        "ask the holders of the root keys for the next list",
    )


def _issuer(issuer: IssuerSettings, held: TrustList, at: datetime) -> Finding:
    about = f"issuer {issuer.id}"
    if issuer.dialect not in DIALECTS:
        return Finding(about, "its dialect is unknown", f"use one of {', '.join(DIALECTS)}")
    listed = held.issuers.get(issuer.id)
    if listed is None:
        return Finding(about, "is not on the trust list", "mend its id, or take it out")
    if listed.channel_only:
        return _unsigned(about, issuer)
    if not any(_is_good(key, at) for key in listed.keys.values()):
        return Finding(about, "has no key in force on the trust list", "ask for the next list")
    return Finding(about)


def _unsigned(about: str, issuer: IssuerSettings) -> Finding:
    """It is believed for its connection alone, so the connection has to say who answers."""
    if not authenticates_issuer(issuer.url):
        return Finding(about, "signs nothing, and plain HTTP does not say who answers", "use https")
    return Finding(about)


def _is_good(key: TrustedKey, at: datetime) -> bool:
    return key.revoked_at is None and key.not_before <= at < key.not_after
