"""What becomes of a device's request to be enrolled: the registry, the log, the answer."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.storage.clients import EnrollmentRefusal, Enrollments
from tongxing.keys.enrollment_requests import EnrollmentRequest

_REASONS = {
    EnrollmentRefusal.UNKNOWN: CredentialRefusal.UNKNOWN_CODE,
    EnrollmentRefusal.ENDED: CredentialRefusal.CODE_ENDED,
    EnrollmentRefusal.WRONG: CredentialRefusal.WRONG_CODE,
    EnrollmentRefusal.GUESSED_AT: CredentialRefusal.GUESSED_AT,
    EnrollmentRefusal.USED: CredentialRefusal.CODE_USED,
}


class DeviceEnrollment:
    def __init__(self, enrollments: Enrollments, hub_id: str) -> None:
        self._enrollments = enrollments
        self._hub_id = hub_id

    async def enroll(
        self, asked: EnrollmentRequest, at: datetime, request_id: str
    ) -> Mapping[str, str] | CredentialRefusal:
        """What the device has to know of itself, and of no person. Raises StorageUnavailable."""
        made = await self._enrollments.use(
            asked.unverified_code, asked.key, at=at, request_id=request_id
        )
        if isinstance(made, EnrollmentRefusal):
            return _REASONS[made]
        return {"hub": self._hub_id, **msgspec.structs.asdict(made)}
