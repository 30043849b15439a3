"""What a client may be given a token for."""

from tongxing.gateway.composition import Parts
from tongxing.gateway.http.signed_forms import FindGrant, Grant


def grants_of(parts: Parts) -> FindGrant:
    """Looks a client up as it is registered now."""

    async def find(client_id: str, *, anew: bool = False) -> Grant | None:
        client = await parts.clients.find(client_id, anew=anew)
        if client is None:
            return None
        return Grant(
            client_id=client.id,
            keys=client.keys_at(parts.clock()),
            scopes=frozenset(scope.value for scope in client.scopes),
            regions=frozenset(client.regions),
            purposes=frozenset(purpose.value for purpose in client.purposes),
            bound=client.bound,
        )

    return find
