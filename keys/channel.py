"""The second road: what came over the authenticated connection of an issuer that signs nothing.

Only an issuer that the signed trust list lists as ``channel_only`` may take it. Refuses to make it
look like the first road: the result is no ``Verified`` and names no key, and the caller has to say
that nothing was signed. The caller also vouches that the bytes came over that connection, because
nothing in them can show it.
"""

from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import NoReturn

from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Step, VerificationFailed, check_list, listed_issuer

_SEAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverChannel:
    """Bytes that ``issuer`` sent, as the trust list of that moment allows. Made by ``over_channel``
    alone. Anyone who held the connection may have changed ``parts``."""

    parts: tuple[bytes, ...] = field(repr=False)
    issuer: str
    regions: tuple[str, ...]
    trust_list_version: int
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise RuntimeError("an OverChannel is made by over_channel() alone")

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("an OverChannel is not stored: store what came, and ask the list again")


def over_channel(
    parts: tuple[bytes, ...], *, issuer: str, trust_list: TrustList, at: datetime
) -> OverChannel:
    """Take ``parts`` as what ``issuer`` states at ``at``, or raise VerificationFailed. The step is
    SIGNATURE if the issuer signs, because then it has to have signed this too."""
    # 1. The trust list itself is in force.
    check_list(trust_list, at)
    # 2. The issuer is on it.
    listed = listed_issuer(trust_list, issuer)
    # 3. It is listed as one that signs nothing. An issuer with keys cannot get around them.
    if not listed.channel_only:
        raise VerificationFailed(Step.SIGNATURE)
    return OverChannel(
        parts=parts,
        issuer=issuer,
        regions=listed.regions,
        trust_list_version=trust_list.version,
        seal=_SEAL,
    )
