"""A refused request leaves an entry in the audit log."""

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.composition import Parts
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.request_ids import RequestId


async def record_refusal(
    parts: Parts, client_id: str, request_id: RequestId, code: ErrorCode
) -> None:
    """What is refused before an operation begins is recorded as one question."""
    asker = Asker(client_id, request_id)
    await parts.services.refusals.record(asker, [RefusedQuestion(code.value)])
