"""The client that has signed what came: found by the name in it, believed by its keys.

Responsible for the order: the name is not believed, it only finds the keys to check with; and a key
that is not known is looked for again where nothing is remembered. Refuses to know what is signed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.http.oauth_refusal import NotBelieved
from tongxing.keys.client_tokens import ClientKey, InvalidToken
from tongxing.keys.token_binding import BindingKind
from tongxing.keys.token_check import TokenRefusal

T = TypeVar("T")

KeysOf = Callable[[str], Sequence[ClientKey]]
SignedBy = Callable[[KeysOf], T]
"""What is signed, once it was checked with the keys of the client that it names. Raises
InvalidToken."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What has to be known of a registered client: its keys, its rights, and what its tokens must
    be bound to."""

    client_id: str
    keys: Sequence[ClientKey]
    scopes: frozenset[str]
    regions: frozenset[str]
    purposes: frozenset[str]
    bound: BindingKind | None = None


class FindGrant(Protocol):
    async def __call__(self, client_id: str, *, anew: bool = False) -> Grant | None:
        """None if no client of this id is registered, or if it is revoked. With ``anew`` nothing
        that is remembered counts."""
        ...


async def believed(find_grant: FindGrant, check: SignedBy[T]) -> tuple[Grant, T]:
    """The client, and what ``check`` made of its keys. Raises NotBelieved."""
    client_id = _claimed(check)
    registered = await find_grant(client_id)
    if registered is not None:
        try:
            return registered, _checked(registered, check)
        except NotBelieved as refused:
            if refused.reason is not TokenRefusal.UNKNOWN_KEY:
                raise
            # it may have been put in a moment ago, by another worker
            registered = await find_grant(client_id, anew=True)
    if registered is None:
        raise NotBelieved(CredentialRefusal.UNKNOWN_CLIENT)
    return registered, _checked(registered, check)


def _claimed(check: SignedBy[T]) -> str:
    """The client that is named. Without a key every check fails."""
    claimed: list[str] = []

    def no_keys_of(client_id: str) -> Sequence[ClientKey]:
        claimed.append(client_id)
        return ()

    with suppress(InvalidToken):
        check(no_keys_of)
    if not claimed:
        raise NotBelieved(TokenRefusal.MALFORMED)
    return claimed[0]


def _checked(registered: Grant, check: SignedBy[T]) -> T:
    def keys_of(client_id: str) -> Sequence[ClientKey]:
        return registered.keys if client_id == registered.client_id else ()

    try:
        return check(keys_of)
    except InvalidToken as refused:
        raise NotBelieved(refused.reason, registered.client_id) from None
