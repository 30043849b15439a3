"""Moments and lengths of time as people read and write them: in Beijing time, and said so.

Responsible for the only forms in which a person is shown a moment, and for reading the one that a
person typed. Programs get and give UTC.
"""

from datetime import UTC, datetime, timedelta, timezone

from tongxing.schema.values import Text

BEIJING = timezone(timedelta(hours=8))
"""All of China keeps one time, without summer time since 1991."""

_DAY, _HOUR, _MINUTE, _SECOND = (
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)
_UNITS = (
    (_DAY, "天", "day"),
    (_HOUR, "小时", "hour"),
    (_MINUTE, "分钟", "minute"),
    (_SECOND, "秒", "second"),
)
_MANY = 100

_FIRST = datetime(1, 1, 3, tzinfo=UTC)
_LAST = datetime(9999, 12, 29, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=BEIJING)


def clock(moment: datetime) -> Text:
    """``moment`` to the minute."""
    return _told(moment, "%H:%M")


def to_the_second(moment: datetime) -> Text:
    """``moment`` to the minute, or to the second if it is no whole minute."""
    return _told(moment, "%H:%M:%S") if moment.second else clock(moment)


def stamp(moment: datetime) -> str:
    """``moment`` to the second in one form for both languages: ISO 8601 with Beijing's offset, for
    tables and for lines that are searched."""
    return _in_beijing(moment).isoformat(timespec="seconds")


def length_words(length: timedelta) -> Text:
    """``length``, not negative: ``14天`` and ``14 days`` in the largest unit that fits; if that
    would be a hundred or more, down to seconds."""
    for unit, zh, en in _UNITS:
        number, rest = divmod(length, unit)
        if not rest and 0 < number < _MANY:
            return Text(zh=f"{number}{zh}", en=f"{number} {en}{'' if number == 1 else 's'}")
    days, rest = divmod(length, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    seconds = rest // _SECOND
    return Text(
        zh=(f"{days}天" if days else "") + f"{hours}时{minutes}分{seconds}秒",
        en=(f"{days} day{'' if days == 1 else 's'} " if days else "")
        + f"{hours}:{minutes:02}:{seconds:02}",
    )


def read_moment(text: str) -> datetime:
    """The moment that ``text``, ISO 8601, names. Without a zone it is Beijing's, and a day is the
    first moment of that day. ValueError if it is no moment."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    if not is_in_calendar(moment):
        raise ValueError("the calendar ends there")
    return moment


class TimeWithoutZone(ValueError):
    """It could be Beijing's or Greenwich's: where a program says a time, the hub does not guess."""


class TimeOutsideCalendar(ValueError):
    """It has no date in some zone, or no day before it or after it."""


def midnight(moment: datetime) -> datetime:
    """The beginning of the day of ``moment`` in Beijing, in UTC."""
    day = moment.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.astimezone(UTC)


def is_in_calendar(moment: datetime) -> bool:
    """Whether ``moment``, aware, has a date in every zone, and a day before it and after it: at
    the ends of the calendar Python finds none, with an error that is no ValueError."""
    return _FIRST <= moment <= _LAST


def _in_beijing(moment: datetime) -> datetime:
    """The last moment of the year 9999, by which documents mean "for ever", has no date in Beijing:
    the last one there is stands for it."""
    return min(moment, _END).astimezone(BEIJING)


def _told(moment: datetime, form: str) -> Text:
    there = _in_beijing(moment)
    at = there.strftime(form)
    return Text(
        zh=f"北京时间{there.year}年{there.month}月{there.day}日{at}",
        en=f"{there:%Y-%m-%d} {at} Beijing time",
    )
