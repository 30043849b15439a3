"""Moments and lengths as people read and write them, and the names of places."""

from datetime import UTC, datetime, timedelta

import pytest

from tongxing.schema import (
    clock,
    length_words,
    name_and_code,
    place_name,
    read_moment,
    stamp,
    to_the_second,
)

EVE = datetime(2020, 3, 7, 16, 5, 9, tzinfo=UTC)


def test_a_moment_is_told_in_beijing_time_and_says_so() -> None:
    assert clock(EVE).zh == "北京时间2020年3月8日00:05"
    assert clock(EVE).en == "2020-03-08 00:05 Beijing time"
    assert to_the_second(EVE).zh == "北京时间2020年3月8日00:05:09"
    assert to_the_second(EVE.replace(second=0)).zh == clock(EVE).zh
    assert stamp(EVE) == "2020-03-08T00:05:09+08:00"


def test_for_ever_is_told_by_the_last_moment_that_beijing_has() -> None:
    for_ever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert to_the_second(for_ever).zh == "北京时间9999年12月31日23:59:59"
    assert stamp(for_ever) == "9999-12-31T23:59:59+08:00"


@pytest.mark.parametrize("text", ["2020-03-08", "2020-03-08T00:00", "2020-03-08 00:00:00"])
def test_a_day_or_a_time_without_a_zone_is_beijings(text: str) -> None:
    assert read_moment(text) == datetime(2020, 3, 7, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2020-03-07T16:00Z", "2020-03-08T01:00+09:00"])
def test_a_time_with_a_zone_keeps_it(text: str) -> None:
    assert read_moment(text) == datetime(2020, 3, 7, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31", "9999-12-31T23:59-14:00", "tomorrow"],
)
def test_a_moment_at_the_ends_of_the_calendar_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_moment(text)


LENGTHS = {
    timedelta(days=14): ("14天", "14 days"),
    timedelta(days=1): ("1天", "1 day"),
    timedelta(hours=36): ("36小时", "36 hours"),
    timedelta(minutes=90): ("90分钟", "90 minutes"),
    timedelta(seconds=45): ("45秒", "45 seconds"),
    timedelta(days=14, seconds=1): ("14天0时0分1秒", "14 days 0:00:01"),
    timedelta(days=1, seconds=7384): ("1天2时3分4秒", "1 day 2:03:04"),
    timedelta(): ("0时0分0秒", "0:00:00"),
}


@pytest.mark.parametrize("length", LENGTHS, ids=str)
def test_a_length_is_told_in_words_of_each_language(length: timedelta) -> None:
    told = length_words(length)
    assert (told.zh, told.en) == LENGTHS[length]


def test_a_place_is_told_by_its_name_and_an_unknown_one_by_its_digits() -> None:
    assert place_name("321100").zh == "镇江市"
    assert place_name("321102").zh == "镇江市京口区"
    assert place_name("000000").zh == "全国"
    assert place_name("659999").zh == place_name("659999").en == "659999"
    assert name_and_code("331000") == "台州市 Taizhou (Zhejiang) 331000"
    assert name_and_code("659999") == "659999"
