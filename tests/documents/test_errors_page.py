"""The page about errors lists every code with its status, and every member of an error."""

import re
from pathlib import Path

from tongxing.gateway.errors import ERRORS, Details
from tongxing.gateway.http.graphql_endpoint import REQUEST_ERRORS

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
MEMBERS, CODES = PAGE.split("## 代码 Codes")
ROW = re.compile(r"^\| `([A-Z_]+)` \| (\d{3}) \| (.*) \|$", re.MULTILINE)


def test_every_code_stands_there_with_its_status() -> None:
    told = {code: int(status) for code, status, _ in ROW.findall(CODES)}
    assert told == {code.value: text.status for code, text in ERRORS.items()}


def test_every_member_of_an_error_is_explained() -> None:
    assert re.findall(r"^\| `([a-z]+)` \|", MEMBERS, re.MULTILINE) == list(Details.__slots__)


def test_no_code_is_said_to_have_a_member_that_there_is_not() -> None:
    told = {name for _, _, says in ROW.findall(CODES) for name in re.findall(r"`(\w+)`", says)}
    assert told == {*Details.__slots__, "locations"}


def test_the_codes_with_another_status_for_an_old_client_are_named() -> None:
    (told,) = re.findall(r"状态码为200：\n(.*?)；", MEMBERS, re.DOTALL)
    assert set(re.findall(r"`([A-Z_]+)`", told)) == {code.value for code in REQUEST_ERRORS}
