"""A code a line, however a scanner ends its lines and however its bytes come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.gate.code_lines import LINE_MAX_BYTES, CodeLines, LineFault


def read(*parts: bytes) -> list[str | LineFault]:
    lines = CodeLines()
    found = [code for part in parts for code in lines.feed(part)]
    return [*found, *lines.end()]


LONGEST = "码" * (LINE_MAX_BYTES // 3)
TOO_LONG = b"a" * (LINE_MAX_BYTES + 1)

CASES: dict[str, tuple[list[bytes], list[str | LineFault]]] = {
    "LF": ([b"a\nb\n"], ["a", "b"]),
    "CR LF": ([b"a\r\nb\r\n"], ["a", "b"]),
    "CR alone": ([b"a\rb\r"], ["a", "b"]),
    "CR LF in two parts": ([b"a\r", b"\nb"], ["a", "b"]),
    "no end": ([b"a"], ["a"]),
    "empty lines": ([b"\n\r\n \n\ta \n\n"], ["a"]),
    "nothing": ([b""], []),
    "a byte order mark": ([b"\xef\xbb\xbfa\n"], ["a"]),
    "a character in two parts": (["码\n".encode()[:2], "码\n".encode()[2:]], ["码"]),
    "no UTF-8, and the next line": ([b"\xff\xfe\nb\n"], [LineFault.LINE_NOT_UTF8, "b"]),
    "GBK": (["码\n".encode("gbk")], [LineFault.LINE_NOT_UTF8]),
    "the longest": ([LONGEST.encode() + b"\n"], [LONGEST]),
    "one byte more, and the next line": (
        [TOO_LONG + b"\nb\n"],
        [LineFault.LINE_TOO_LONG, "b"],
    ),
    "endless": ([TOO_LONG] * 9, [LineFault.LINE_TOO_LONG]),
}


@pytest.mark.parametrize(("parts", "codes"), CASES.values(), ids=CASES)
def test_bytes_become_codes(parts: list[bytes], codes: list[str | LineFault]) -> None:
    assert read(*parts) == codes


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_it_does_not_matter_how_the_bytes_come(octets: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    parts = [octets[a:b] for a, b in pairwise(places)]
    assert read(*parts) == read(octets)
