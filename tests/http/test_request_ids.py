"""Ids of requests rise with time, and tell one request from another."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.http.request_ids import RequestIds

FORM = re.compile(r"[A-Za-z0-9_-]{16}")
SECONDS = st.integers(0, 2**47).map(lambda milliseconds: milliseconds / 1_000)


def _at(unix_time: float) -> str:
    return RequestIds(lambda: unix_time).next()


@given(SECONDS, SECONDS)
def test_a_later_id_is_the_greater_text(one: float, other: float) -> None:
    first, second = sorted((one, other))
    if int(first * 1_000) < int(second * 1_000):
        assert _at(first)[:8] < _at(second)[:8]


def test_ids_of_one_millisecond_differ_and_begin_alike() -> None:
    ids = [_at(1_583_971_200.0) for _ in range(1_000)]
    assert len(set(ids)) == len(ids)
    assert len({text[:8] for text in ids}) == 1


@pytest.mark.parametrize("unix_time", [0.0, 1_583_971_200.123, 4_102_444_800.0])
def test_an_id_has_the_form_of_an_identifier(unix_time: float) -> None:
    assert FORM.fullmatch(_at(unix_time))
