"""The second road: what came over the authenticated connection of an issuer that signs nothing.

Responsible for letting nobody take it but an issuer of which the signed trust list says so. Refuses
to make it look like the first: what comes out is no ``Verified`` and names no key, and whoever
takes it has to say that nothing was signed. That the bytes did come over that connection is the
caller's word; nothing in them can show it.
"""

from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import NoReturn

from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Step, VerificationFailed, check_list, listed_issuer

_SEAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverChannel:
    """Bytes that ``issuer`` sent, for which the trust list of that moment stands. Made by
    ``over_channel`` alone. ``parts`` may have been changed by whoever held the connection."""

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
    """Take ``parts`` for what ``issuer`` states at ``at``, or raise VerificationFailed; at the step
    SIGNATURE where the issuer signs, and so has to have signed this."""
    # 1. The trust list itself is in force.
    check_list(trust_list, at)
    # 2. The issuer is on it.
    listed = listed_issuer(trust_list, issuer)
    # 3. It is listed as one that signs nothing. Whoever has keys does not get around them.
    if not listed.channel_only:
        raise VerificationFailed(Step.SIGNATURE)
    return OverChannel(
        parts=parts,
        issuer=issuer,
        regions=listed.regions,
        trust_list_version=trust_list.version,
        seal=_SEAL,
    )
