"""What an access token still allows: no more than its client is registered for now.

Responsible for what is taken away ending with the token's next use, and for a token being worth
what the key is worth that it was got with. Refuses to widen a token: what is granted counts from
the next one on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tongxing.keys.client_tokens import AccessToken
from tongxing.keys.token_check import ClientKey
from tongxing.schema import RegionCode, contains


def narrowed(
    token: AccessToken,
    *,
    scopes: frozenset[str],
    regions: frozenset[RegionCode],
    purposes: frozenset[str],
    keys: Sequence[ClientKey],
) -> AccessToken | None:
    """``token`` as far as it is still good; itself, if nothing was taken away. None if its client
    no longer has the key that it was got with."""
    ends = _ends(token, keys)
    if ends is None:
        return None
    if (
        ends == token.expires_at
        and token.scopes <= scopes
        and token.regions <= regions
        and token.purposes <= purposes
    ):
        return token
    return replace(
        token,
        scopes=frozenset(scope for scope in token.scopes if scope in scopes),
        regions=_common(token.regions, regions),
        purposes=frozenset(purpose for purpose in token.purposes if purpose in purposes),
        expires_at=ends,
    )


def _ends(token: AccessToken, keys: Sequence[ClientKey]) -> datetime | None:
    """A token that names no key comes from an older version: it is good for minutes, unless any key
    of its client has ended, which may have been its own."""
    if token.key is not None:
        keys = [key for key in keys if key.public_key.thumbprint() == token.key]
        if not keys:
            return None
    return min([token.expires_at, *(key.ends_at for key in keys if key.ends_at is not None)])


def _common(held: Iterable[str], registered: Iterable[RegionCode]) -> frozenset[str]:
    """The places that lie in a region of both."""
    wide, narrow = [RegionCode(region) for region in held], list(registered)
    inside = {place for place in wide if any(contains(region, place) for region in narrow)}
    return frozenset(inside | {place for place in narrow if any(contains(r, place) for r in wide)})
