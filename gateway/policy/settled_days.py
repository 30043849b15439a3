"""The blocks of the audit log that a preview may be taken of: whole days in China that are over.

Two windows of such days differ by whole days, and never by one record. Where a day begins depends
neither on the client nor on what was asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongxing.schema import Text
from tongxing.schema.time_words import BEIJING, midnight

SETTLED_AFTER = timedelta(hours=1)
"""After its end a day gets no more records: longer than any deadline, and than clocks differ."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """One after the other; ``since`` and ``until`` are midnights in China, in UTC."""

    since: datetime
    until: datetime

    def each(self) -> Sequence["Days"]:
        number = (self.until - self.since) // _DAY
        begins = [self.since + n * _DAY for n in range(number)]
        return [Days(begin, begin + _DAY) for begin in begins]

    @property
    def words(self) -> Text:
        first = self.since.astimezone(BEIJING).date()
        last = (self.until - _DAY).astimezone(BEIJING).date()
        if self.since == self.until:
            return Text(zh="其间没有已结束的整日", en="no whole day in it is over")
        return Text(
            zh=f"按整日计，{first}至{last}（北京时间）；同日、同一接收地不足10人的结果不计，其余按10取整",
            en=f"whole days, {first} to {last} in Beijing; what fewer than ten people got on one "
            "day at one place is left out, the rest is rounded to tens",
        )


def settled_days(since: datetime, until: datetime, now: datetime) -> Days:
    """The whole days from ``since`` to ``until`` that are settled ``now``; aware times."""
    begin, end = midnight(since), midnight(min(until, now - SETTLED_AFTER))
    if begin < since:
        begin += _DAY
    return Days(begin, max(begin, end))
