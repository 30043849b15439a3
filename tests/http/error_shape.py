"""The one error shape, asserted in one place."""

import httpx2

from tests.http.small_hub import SECRET
from tongxing.gateway.errors import ERRORS, Details, ErrorCode

MEMBERS = {"message", "locations", "path", "extensions"}


def assert_errors(answer: httpx2.Response, *codes: ErrorCode) -> None:
    """Every error of ``answer`` has the shape, and their codes are ``codes``, in this order."""
    errors = answer.json()["errors"]
    for error in errors:
        assert set(error) <= MEMBERS
        said = dict(error["extensions"])
        code = ErrorCode(said["code"])
        text = ERRORS[code]
        texts = {name: said.pop(name) for name in ("code", "zh", "en")}
        assert texts == {"code": code.value, "zh": text.zh, "en": text.en}
        assert set(said) <= set(Details.__slots__)
        assert error["message"] == (text.message or text.en) or code is ErrorCode.DOCUMENT_INVALID
    assert [error["extensions"]["code"] for error in errors] == [code.value for code in codes]
    assert SECRET not in answer.text


def details_of(answer: httpx2.Response) -> dict[str, object]:
    """What the only error says besides its code and its texts."""
    (error,) = answer.json()["errors"]
    return {name: said for name, said in error["extensions"].items() if name in Details.__slots__}
