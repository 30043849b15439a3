"""What a request shows of its client in its headers: an access token, and perhaps a proof.

Responsible for the spelling of ``Authorization`` and ``DPoP``. Refuses to know whether any of it is
good.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers

_BEARER = "bearer"
_DPOP = "dpop"


@dataclass(frozen=True, slots=True, repr=False)
class ShownCredential:
    """``token`` was shown under the scheme ``DPoP`` (RFC 9449 §7.1) or ``Bearer``. ``proof`` is
    the one DPoP proof beside it; None if there is none, or more than one."""

    token: str
    is_dpop: bool = False
    proof: str | None = None


def credential_of(headers: Headers) -> ShownCredential | None:
    """RFC 6750 §2.1, in the header only: a token in a URL or a form ends up in logs. The scheme is
    in any case and is followed by one space or more (RFC 9110 §11.1, §11.4). Two headers are
    refused, because two readers could choose different ones."""
    given = headers.getlist("authorization")
    if len(given) != 1:
        return None
    scheme, _, rest = given[0].strip(" \t").partition(" ")
    token, scheme = rest.lstrip(" "), scheme.lower()
    if not token or scheme not in (_BEARER, _DPOP):
        return None
    return ShownCredential(token, scheme == _DPOP, proof_of(headers))


def bearer(headers: Headers) -> str | None:
    """The token, if it was shown as a bearer's."""
    shown = credential_of(headers)
    return None if shown is None or shown.is_dpop else shown.token


def proof_of(headers: Headers) -> str | None:
    """The one DPoP proof in the headers (RFC 9449 §4.3)."""
    proofs = headers.getlist("dpop")
    return proofs[0] if len(proofs) == 1 else None
