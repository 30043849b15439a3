"""The one error shape, asserted in one place."""

import httpx2

from tests.http.small_hub import SECRET
from tongxing.gateway.errors import ERRORS, ErrorCode

MEMBERS = {"message", "locations", "path", "extensions"}


def assert_errors(answer: httpx2.Response, *codes: ErrorCode) -> None:
    """Every error of ``answer`` has the shape, and their codes are ``codes``, in this order."""
    errors = answer.json()["errors"]
    for error in errors:
        assert set(error) <= MEMBERS
        code = ErrorCode(error["extensions"]["code"])
        text = ERRORS[code]
        assert error["extensions"] == {"code": code.value, "zh": text.zh, "en": text.en}
        assert error["message"] == text.en or code is ErrorCode.DOCUMENT_INVALID
    assert [error["extensions"]["code"] for error in errors] == [code.value for code in codes]
    assert SECRET not in answer.text
