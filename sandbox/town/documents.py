"""Documents of invented people: their numbers, their names, and how much of both is shown.

Numbers are arithmetic: from an index to a number and back, with no table. A bijection over all
numbers of a kind scatters the indexes, so that neighbors in the population do not share birthdays.
The last sequence numbers of each day are reserved for the named personas; no number of the crowd
can be one of theirs. Names are drawn from common characters and belong to no real person.
"""

import math
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, unique
from operator import mul


@unique
class Kind(StrEnum):
    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    FOREIGN_PERMANENT_RESIDENCE = "FOREIGN_PERMANENT_RESIDENCE"


@dataclass(frozen=True, slots=True)
class Document:
    kind: Kind
    number: str = field(repr=False)
    name: str = field(repr=False)


DIVISIONS = (
    "321102 321111 321112 321181 321182 321183 "
    "320102 320205 320311 320402 320508 321003 310101 330102 340102 420102"
).split()
"""Six of Zhenjiang, six elsewhere in Jiangsu, and Shanghai, Hangzhou, Hefei and Wuhan."""

SEQUENCES = 899
_FIRST_DAY = date(1935, 1, 1).toordinal()
_DAYS = date(2014, 12, 31).toordinal() - _FIRST_DAY
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_DIGITS = 8
_DIVISION_PLACES = {division: place for place, division in enumerate(DIVISIONS)}
_MULTIPLIER_BASE = 0x9E3779B1

_PREFIXES = {
    Kind.PASSPORT: "E",
    Kind.HK_MACAO_PERMIT: "H",
    Kind.TAIWAN_PERMIT: "",
    Kind.FOREIGN_PERMANENT_RESIDENCE: "POL3211",
}


def resident_id(division: str, born: str, sequence: int) -> str:
    """GB 11643 with its check character (ISO 7064 MOD 11-2); ``born`` is yyyymmdd."""
    body = f"{division}{born}{sequence:03d}"
    total = sum(map(mul, map(int, body), _WEIGHTS))
    return body + _CHECK_CHARACTERS[total % 11]


def is_resident_id(number: str) -> bool:
    """Whether the check character is right; any division and any day pass."""
    body = number[:17]
    if len(number) != 18 or not (body.isascii() and body.isdecimal()):  # noqa: PLR2004 -- GB 11643
        return False
    return resident_id(body[:6], body[6:14], int(body[14:])) == number


class Permutation:
    """An affine bijection on 0 … size - 1, drawn from a seed."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._offset = (seed * 2_654_435_761) % size
        self._multiplier = _coprime(_MULTIPLIER_BASE + 2 * seed, size)
        self._inverse = pow(self._multiplier, -1, size)

    def forward(self, index: int) -> int:
        return (self._multiplier * index + self._offset) % self._size

    def backward(self, place: int) -> int:
        return (place - self._offset) * self._inverse % self._size


def _coprime(start: int, size: int) -> int:
    candidate = start % size
    while math.gcd(candidate, size) != 1:
        candidate += 1
    return candidate


class Numbers:
    """The numbers of one seed's population."""

    def __init__(self, seed: int) -> None:
        self._resident = Permutation(len(DIVISIONS) * _DAYS * SEQUENCES, seed)
        self._digits = Permutation(10**_DIGITS, seed)

    def number(self, kind: Kind, index: int) -> str:
        if kind is Kind.RESIDENT_ID:
            return _resident_at(self._resident.forward(index))
        return f"{_PREFIXES[kind]}{self._digits.forward(index):08d}"

    def index(self, kind: Kind, number: str) -> int | None:
        """The index that has this number, in a population of any size; None if no index has it."""
        if kind is Kind.RESIDENT_ID:
            place = _resident_place(number)
            return None if place is None else self._resident.backward(place)
        place = _digits_place(number, _PREFIXES[kind])
        return None if place is None else self._digits.backward(place)


def _resident_at(place: int) -> str:
    rest, division = divmod(place, len(DIVISIONS))
    sequence, day = divmod(rest, _DAYS)
    born = date.fromordinal(_FIRST_DAY + day).isoformat().replace("-", "")
    return resident_id(DIVISIONS[division], born, sequence + 1)


def _digits_place(number: str, prefix: str) -> int | None:
    digits = number.removeprefix(prefix)
    whole = len(digits) == _DIGITS and len(number) == _DIGITS + len(prefix)
    return int(digits) if whole and digits.isascii() and digits.isdecimal() else None


def _resident_place(number: str) -> int | None:
    """The place of a resident ID among all that the crowd can have; None for any other text."""
    body = number[6:17]
    if number[:6] not in _DIVISION_PLACES or not (body.isascii() and body.isdecimal()):
        return None
    try:
        born = date(int(body[:4]), int(body[4:6]), int(body[6:8]))
    except ValueError:
        return None
    day, sequence = born.toordinal() - _FIRST_DAY, int(body[8:]) - 1
    possible = 0 <= day < _DAYS and 0 <= sequence < SEQUENCES
    if not possible or resident_id(number[:6], body[:8], sequence + 1) != number:
        return None
    return (sequence * _DAYS + day) * len(DIVISIONS) + _DIVISION_PLACES[number[:6]]


_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
)
_EITHER = "子梓晨云乐安宁清水知青和晓文思嘉"
_MEN = "伟强磊军洋勇杰涛明超平刚建国辉志宏海飞松浩然宇轩俊博天远景行长立新永康家凯" + _EITHER
_WOMEN = "芳娜敏静丽艳娟秀霞桂英华玉兰春梅燕红雪涵欣怡琪雨桐诗佳书瑶若夏悦" + _EITHER
_SEX_PLACE = 16
"""The 17th digit of a resident ID: odd for a man, even for a woman (GB 11643)."""

_LATIN_GIVEN = "ANNA MARIA PETER PAUL LENA IVAN OLGA ERIK MIRA TOMAS NADIA HUGO".split()
_LATIN_FAMILY = "NOWAK BERGER LINDEN MOREL SILVA KOVAC PETROV HOLM ROSSI KELLER DUVAL".split()

_LATIN_KINDS = frozenset({Kind.PASSPORT, Kind.FOREIGN_PERMANENT_RESIDENCE})


def invented_name(kind: Kind, number: str, draw: int) -> str:
    """The name that ``draw``, 64 random bits, chooses for the document ``number`` of ``kind``."""
    if kind in _LATIN_KINDS:
        return _latin_name(draw)
    says_sex = kind is Kind.RESIDENT_ID
    return _chinese_name(draw, is_man=bool(int(number[_SEX_PLACE]) % 2 if says_sex else draw % 2))


def _chinese_name(draw: int, *, is_man: bool) -> str:
    given = _MEN if is_man else _WOMEN
    rest, surname = divmod(draw, len(_SURNAMES))
    rest, first = divmod(rest, len(given))
    rest, second = divmod(rest, len(given))
    # One in five has a single given character.
    return _SURNAMES[surname] + given[first] + (given[second] if rest % 5 else "")


def _latin_name(draw: int) -> str:
    rest, family = divmod(draw, len(_LATIN_FAMILY))
    return f"{_LATIN_FAMILY[family]} {_LATIN_GIVEN[rest % len(_LATIN_GIVEN)]}"


_SHORT = 9


def masked_number(number: str) -> str:
    """The first and last four characters; of a number shorter than nine, the first and last two."""
    shown = 4 if len(number) >= _SHORT else 2
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def masked_name(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)
