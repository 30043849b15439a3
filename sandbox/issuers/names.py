"""Invented names out of common characters. Nobody is meant by any of them."""

from tongxing.sandbox.issuers.records import Kind

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅建国"
    "文辉志宏海燕晓红云飞雪松子涵欣怡浩然宇轩梓晨思琪雨桐嘉俊博文"
    "诗佳乐天安宁清远书瑶景行若水知夏长青立新永康家和凯悦"
)
_LATIN_GIVEN = "ANNA MARIA PETER PAUL LENA IVAN OLGA ERIK MIRA TOMAS NADIA HUGO".split()
_LATIN_FAMILY = "NOWAK BERGER LINDEN MOREL SILVA KOVAC PETROV HOLM ROSSI KELLER DUVAL".split()

_LATIN_KINDS = frozenset({Kind.PASSPORT, Kind.FOREIGN_PERMANENT_RESIDENCE})


def name(kind: Kind, draw: int) -> str:
    """The name that ``draw``, a number of 64 random bits, chooses for a document of ``kind``."""
    return _latin(draw) if kind in _LATIN_KINDS else _chinese(draw)


def _chinese(draw: int) -> str:
    rest, surname = divmod(draw, len(_SURNAMES))
    rest, first = divmod(rest, len(_GIVEN))
    rest, second = divmod(rest, len(_GIVEN))
    # One in five has a single given character.
    return _SURNAMES[surname] + _GIVEN[first] + (_GIVEN[second] if rest % 5 else "")


def _latin(draw: int) -> str:
    rest, family = divmod(draw, len(_LATIN_FAMILY))
    return f"{_LATIN_FAMILY[family]} {_LATIN_GIVEN[rest % len(_LATIN_GIVEN)]}"
