"""The heads of requests to ``/graphql``: what they say, found once for clients that send the same.

A client that keeps its connection sends the same headers with every question, but for a length.
Responsible for reading them and for remembering what was read, by their exact bytes. Refuses to
know whether a credential is good.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.credentials_shown import ShownCredential, credential_of
from tongxing.gateway.http.federated_trace import is_asked_for
from tongxing.gateway.http.request import answer_type, check_graphql_form
from tongxing.gateway.memory import BoundedMemory

REMEMBERED_BYTES = 8_000_000
"""For some 2,000 heads of eight headers; the one that was put first goes first."""

HEAD_BYTES = 400
HEADER_BYTES = 192
"""What is kept of a head and of each of its headers beside twice their own bytes. Anybody may send
a thousand empty headers, whether or not a credential comes with them."""

_PROOF = b"dpop"

_Raw = tuple[str, tuple[tuple[bytes, bytes], ...]]


@dataclass(frozen=True, slots=True)
class Head:
    """``media_type`` is what the client likes best; ``credential`` is unverified; ``refused`` says
    what is wrong with the form of the request; ``is_traced`` that a gateway asks how long its
    answer takes. Its repr shows nothing of them."""

    media_type: str
    credential: ShownCredential | None
    refused: Refused | None = None
    is_traced: bool = False

    def check(self) -> None:
        """Raises ``refused``."""
        if self.refused is not None:
            raise self.refused

    def __repr__(self) -> str:
        return "Head()"


class Heads:
    """``by_address``: as ``check_graphql_form``."""

    def __init__(self, *, by_address: bool) -> None:
        self._by_address = by_address
        self._read: BoundedMemory[_Raw, Head] = BoundedMemory(REMEMBERED_BYTES)

    def of(self, scope: Scope) -> Head:
        """Raises Refused if the client takes nothing that there is. Only a head in which nothing is
        wrong is remembered, and none with a proof, which never comes again."""
        raw = scope["method"], tuple(scope["headers"])
        head = self._read.get(raw)
        if head is None:
            head = self._checked(scope)
            if head.refused is None and all(name != _PROOF for name, _ in raw[1]):
                self._read.put(raw, head, size=_size(raw))
        return head

    def _checked(self, scope: Scope) -> Head:
        headers = Headers(scope=scope)
        media_type = answer_type(headers)
        try:
            check_graphql_form(scope["method"], headers, by_address=self._by_address)
        except Refused as refused:
            return Head(media_type, None, refused)
        return Head(media_type, credential_of(headers), is_traced=is_asked_for(headers))


def _size(raw: _Raw) -> int:
    return HEAD_BYTES + sum(HEADER_BYTES + 2 * (len(name) + len(value)) for name, value in raw[1])
