"""Which failed verifications no honest failure explains."""

from collections.abc import Mapping

from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Step, VerificationFailed
from tongxing.schema.forgery import ForgeryCause

_FORGERIES: Mapping[Step, ForgeryCause] = {
    Step.KEY_NOT_REVOKED: ForgeryCause.REVOKED_KEY,
    Step.SUITE_AS_LISTED: ForgeryCause.OTHER_SUITE,
    Step.SIGNATURE: ForgeryCause.WRONG_SIGNATURE,
}


def forgery_of(failed: VerificationFailed, trust_list: TrustList) -> ForgeryCause | None:
    """None if there is an honest reason: a list that has ended, an issuer that rotates before the
    list says so, a key used beyond its time."""
    if failed.step is Step.KEY_OF_THIS_ISSUER:
        named = failed.unverified_key_id
        is_listed = any(named in issuer.keys for issuer in trust_list.issuers.values())
        return ForgeryCause.OTHER_ISSUERS_KEY if is_listed else None
    return _FORGERIES.get(failed.step)
