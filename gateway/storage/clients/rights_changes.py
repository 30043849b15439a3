"""How an operator changes what a client is called and may do, under the same id. Pure.

Responsible for sets that are given whole, or by what comes to them and leaves them. Refuses to take
away what is not there: of a client for a province no city can be taken, and an operator who is not
told so would believe that it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

from tongxing.gateway.storage.clients.registration import Client, InvalidClient, register


@dataclass(frozen=True, slots=True)
class SetChange:
    """``whole`` takes the place of what is there, if any is given; then ``added`` and
    ``removed``."""

    whole: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def of(self, field: str, held: Iterable[str]) -> frozenset[str]:
        """Raises InvalidClient."""
        before = frozenset(self.whole or held)
        if not before >= frozenset(self.removed):
            has = " ".join(sorted(before))
            raise InvalidClient(field, f"其中没有要去掉的一项，现有 it has only {has}")
        return (before | frozenset(self.added)) - frozenset(self.removed)


UNCHANGED = SetChange()


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChange:
    """``name`` is None if it stays."""

    name: str | None = None
    regions: SetChange = UNCHANGED
    scopes: SetChange = UNCHANGED
    purposes: SetChange = UNCHANGED
    relays: SetChange = UNCHANGED

    def of(self, client: Client) -> Client | InvalidClient:
        """``client`` as it is from now on, checked as a new one is; the keys stay."""
        try:
            return self._made(client)
        except InvalidClient as refused:
            return refused

    def _made(self, client: Client) -> Client:
        with_any_keys = [{"kid": key.key_id, **key.public_key.to_jwk()} for key in client.keys[:1]]
        changed = register(
            id=client.id,
            name=client.name if self.name is None else self.name,
            regions=self.regions.of("regions", client.regions),
            scopes=self.scopes.of("scopes", client.scopes),
            purposes=self.purposes.of("purposes", map(attrgetter("name"), client.purposes)),
            jwks=with_any_keys,
            at=client.created_at,
            is_person=not client.keys,
            relays=self.relays.of("relays", client.relays),
        )
        return replace(changed, keys=client.keys, bound=client.bound)
