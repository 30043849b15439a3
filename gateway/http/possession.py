"""That a client holds what its token is bound to: a certificate (RFC 8705) or a key (RFC 9449).

Responsible for what is compared with what, and for a proof being used once, among all workers and
after a restart. Refuses to know where a certificate was seen.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from starlette.types import Scope

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.credential_refusal import CredentialRefusal, Reason
from tongxing.gateway.http.credentials_shown import ShownCredential
from tongxing.gateway.http.forwarding import CERTIFICATE
from tongxing.keys.client_tokens import AccessToken
from tongxing.keys.dpop_proof import PROOF_ALGORITHMS, DpopProof, check_proof
from tongxing.keys.token_binding import Binding, BindingKind
from tongxing.keys.token_check import InvalidToken

_ALGORITHMS = f'algs="{" ".join(PROOF_ALGORITHMS)}"'

INVALID_PROOF = "invalid_dpop_proof"
_INVALID_TOKEN = "invalid_token"  # noqa: S105  an error's name, no secret


class NotShown(Exception):
    """The client does not show what a token is, or is to be, bound to. ``error`` is RFC 9449's
    word for it; ``reason`` is for the operator only."""

    def __init__(self, reason: Reason, error: str) -> None:
        super().__init__(error)
        self.reason = reason
        self.error = error


class Unproven(Refused):
    """UNAUTHENTICATED, for a request with a bound token; ``error`` as NotShown."""

    def __init__(self, error: str) -> None:
        super().__init__(ErrorCode.UNAUTHENTICATED)
        self.error = error

    def headers(self) -> Mapping[str, str]:
        """RFC 9449 §7.1."""
        return {"www-authenticate": f'DPoP error="{self.error}", {_ALGORITHMS}'}


NO_HEADERS: Mapping[str, str] = {}


def challenge_of(error: Exception) -> Mapping[str, str]:
    """What a client is told about showing what its token is bound to."""
    return error.headers() if isinstance(error, Unproven) else NO_HEADERS


class FirstUse(Protocol):
    async def __call__(self, jti_key: str, expires_at: datetime) -> bool:
        """Whether this is the first use, recorded durably. Raises StorageUnavailable if that cannot
        be known."""
        ...


class Possession:
    """``url`` is the hub's own address as clients write it, without a path; None if no setting
    names it, and then no proof can be for it. ``clock`` gives aware UTC times."""

    def __init__(
        self, url: str | None, *, first_use: FirstUse, clock: Callable[[], datetime]
    ) -> None:
        self._url = url
        self._first_use = first_use
        self._clock = clock

    async def bind(self, kind: BindingKind, proof: str | None, scope: Scope) -> Binding:
        """What a new token of a client that is registered for ``kind`` is bound to. Raises
        NotShown."""
        if kind is BindingKind.CERTIFICATE:
            return Binding(kind, _certificate(scope))
        checked = self._checked(proof, scope)
        await self._use(checked)
        return Binding(kind, checked.thumbprint)

    async def check(self, binding: Binding | None, shown: ShownCredential, scope: Scope) -> None:
        """Raises NotShown unless the request shows what its token is bound to."""
        is_dpop = binding is not None and binding.kind is BindingKind.DPOP
        if binding is None or shown.is_dpop is not is_dpop:
            raise NotShown(CredentialRefusal.OTHER_SCHEME, _INVALID_TOKEN)
        if not is_dpop:
            if _certificate(scope) != binding.thumbprint:
                raise NotShown(CredentialRefusal.OTHER_CERTIFICATE, _INVALID_TOKEN)
            return
        checked = self._checked(shown.proof, scope, shown.token)
        if checked.thumbprint != binding.thumbprint:
            raise NotShown(CredentialRefusal.OTHER_KEY, INVALID_PROOF)
        await self._use(checked)

    def _checked(self, proof: str | None, scope: Scope, token: str | None = None) -> DpopProof:
        if proof is None or self._url is None:
            raise NotShown(CredentialRefusal.NO_PROOF, INVALID_PROOF)
        url, method = self._url + scope["path"], scope["method"]
        try:
            return check_proof(proof, method=method, url=url, at=self._clock(), token=token)
        except InvalidToken as refused:
            raise NotShown(refused.reason, INVALID_PROOF) from None

    async def _use(self, proof: DpopProof) -> None:
        key = f"dpop-proof\x00{proof.thumbprint}\x00{proof.jti}"
        if not await self._first_use(key, proof.expires_at):
            raise NotShown(CredentialRefusal.USED_BEFORE, INVALID_PROOF)


def holds_certificate(token: AccessToken, scope: Scope) -> bool:
    """Whether ``token`` is bound to the certificate that the request came with."""
    binding, shown = token.binding, scope.get(CERTIFICATE)
    return (
        binding is not None
        and binding.kind is BindingKind.CERTIFICATE
        and shown == binding.thumbprint
    )


def _certificate(scope: Scope) -> str:
    thumbprint: str | None = scope.get(CERTIFICATE)
    if thumbprint is None:
        raise NotShown(CredentialRefusal.NO_CERTIFICATE, _INVALID_TOKEN)
    return thumbprint
