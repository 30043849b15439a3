"""Named people with a story each, the same at every start: the cast of the demo and the tests.

What an issuer gets wrong about some of them is in ``issuers.misbehavior``.
"""

from collections.abc import Mapping

from tongxing.sandbox.town.documents import SEQUENCES, Document, Kind, resident_id
from tongxing.sandbox.town.records import (
    DAY,
    HOUR,
    Basis,
    Color,
    IssuerName,
    Person,
    ProvinceReport,
    Record,
)

_ZHENJIANG, _SUKANGMA, _NATIONAL = IssuerName.ZHENJIANG, IssuerName.SUKANGMA, IssuerName.NATIONAL


def _green(
    reports: tuple[ProvinceReport, ...] = (ProvinceReport("320000", Color.GREEN),),
) -> dict[IssuerName, Record]:
    return {
        _ZHENJIANG: Record(Color.GREEN, place="321102"),
        _SUKANGMA: Record(Color.GREEN),
        _NATIONAL: Record(Color.GREEN, place="000000", reports=reports, tested_at=-2 * DAY),
    }


def _red(basis: Basis) -> dict[IssuerName, Record]:
    reports = (ProvinceReport("320000", Color.RED),)
    return {
        _ZHENJIANG: Record(Color.RED, (basis, Basis.ARRIVED_WITHIN_14_DAYS), "321102"),
        _SUKANGMA: Record(Color.RED, (basis,)),
        _NATIONAL: Record(Color.RED, (basis,), "000000", reports=reports),
    }


def _yellow() -> dict[IssuerName, Record]:
    basis = Basis.MEDIUM_RISK_AREA
    reports = (ProvinceReport("320000", Color.YELLOW),)
    return {
        _ZHENJIANG: Record(Color.YELLOW, (basis, Basis.ARRIVED_WITHIN_14_DAYS), "321111"),
        _SUKANGMA: Record(Color.YELLOW, (basis,)),
        _NATIONAL: Record(Color.YELLOW, (basis,), "000000", reports=reports),
    }


_CONVERTED = Record(
    Color.GREEN,
    (Basis.CONVERTED,),
    "321102",
    declared_at=-3 * HOUR,
    previous=Color.RED,
    changed_at=-2 * HOUR,
)
_YESTERDAYS_RED = Record(
    Color.RED, (Basis.HIGH_RISK_AREA,), as_of=-20 * HOUR, declared_at=-12 * DAY
)
_TEMPERATURE = Record(
    Color.YELLOW,
    (Basis.ON_SITE_TEMPERATURE,),
    "000000",
    as_of=-HOUR,
    reports=(ProvinceReport("320000", Color.GREEN),),
)
_ORANGE = Record(Color.RED, (Basis.CLOSE_CONTACT,), "000000", as_of=-2 * HOUR)
_TWO_PROVINCES = Record(
    Color.GREEN,
    place="000000",
    reports=(
        ProvinceReport("320000", Color.GREEN),
        ProvinceReport("420000", Color.RED, -6 * HOUR),
    ),
)
_FROM_SHANGHAI = Record(
    Color.GREEN, place="000000", reports=(ProvinceReport("310000", Color.GREEN),)
)
_FALSE_DECLARATION = Record(
    Color.RED,
    (Basis.FALSE_DECLARATION, Basis.CROSS_CHECK, Basis.HIGH_RISK_AREA),
    "321181",
    previous=Color.GREEN,
    changed_at=-4 * HOUR,
)
_CONTACT_IN_THE_PROVINCE = Record(Color.RED, (Basis.CLOSE_CONTACT,), as_of=-HOUR)
_ISOLATED = Record(Color.YELLOW, (Basis.ISOLATION_NOT_ENDED,))
_HOUSEHOLD = Record(Color.RED, (Basis.HOUSEHOLD_MEMBER,), "321112")
_EXPIRED = {
    **_green(),
    _ZHENJIANG: Record(Color.GREEN, place="321102", declared_at=-16 * DAY, valid_until=-DAY),
    _SUKANGMA: Record(Color.GREEN, declared_at=-16 * DAY, valid_until=-DAY),
}
_MUST_UPDATE = {
    **_green(),
    _ZHENJIANG: Record(Color.GREEN, place="321102", must_update=True),
    _SUKANGMA: Record(Color.GREEN, must_update=True),
}


def _woman(nth: int, name: str) -> Document:
    return _id(nth, name, is_man=False)


def _man(nth: int, name: str) -> Document:
    return _id(nth, name, is_man=True)


def _id(nth: int, name: str, *, is_man: bool) -> Document:
    """The sequence numbers are above those of the crowd, so no index ever has one of these. Odd
    ones are men's, even ones women's (GB 11643): the 17th digit has to agree with the name."""
    if nth % 2 != is_man:
        raise ValueError(f"persona {nth} has a number of the other sex")
    number = resident_id("321102", f"19{60 + nth}0{1 + nth % 9}1{nth % 9}", SEQUENCES + 1 + nth)
    return Document(Kind.RESIDENT_ID, number, name)


PERSONAS: Mapping[str, Person] = {
    "green_everywhere": Person(_woman(0, "王安宁"), _green()),
    # Turned green in Zhenjiang today; the province still holds yesterday's red.
    "freshly_converted": Person(
        _man(1, "李晓飞"),
        {**_green(reports=()), _ZHENJIANG: _CONVERTED, _SUKANGMA: _YESTERDAYS_RED},
    ),
    # A high temperature at a gate made the national code yellow; green in Jiangsu.
    "national_yellow": Person(_woman(2, "张丽华"), {**_green(), _NATIONAL: _TEMPERATURE}),
    # The city's and the province's codes expired yesterday.
    "expired_code": Person(_man(3, "刘建平"), _EXPIRED),
    # Must declare again first.
    "must_update": Person(_woman(4, "陈丽娜"), _MUST_UPDATE),
    # A valid document that no issuer knows.
    "unknown": Person(_man(5, "杨知远"), {}),
    "only_zhenjiang": Person(
        _woman(6, "黄若水"), {_ZHENJIANG: Record(Color.GREEN, place="321183")}
    ),
    "only_sukangma": Person(_man(7, "赵家和"), {_SUKANGMA: Record(Color.GREEN)}),
    # Only the national platform knows them; Jiangsu reports green and Hubei red.
    "reports_differ": Person(_woman(8, "吴春梅"), {_NATIONAL: _TWO_PROVINCES}),
    # A visitor from Shanghai.
    "only_national": Person(_man(9, "周景行"), {_NATIONAL: _FROM_SHANGHAI}),
    "red_everywhere": Person(_woman(10, "徐永芳"), _red(Basis.CONFIRMED_OR_SUSPECTED)),
    "yellow_everywhere": Person(_man(11, "孙宇浩"), _yellow()),
    # A close contact found by the province an hour ago; the city does not know yet.
    "city_green_province_red": Person(
        _woman(12, "马晓燕"), {**_green(reports=()), _SUKANGMA: _CONTACT_IN_THE_PROVINCE}
    ),
    # A close contact to the national platform; green in Jiangsu.
    "national_orange": Person(_man(13, "朱博文"), {**_green(), _NATIONAL: _ORANGE}),
    # Zhenjiang's cross-check found that they hid a stay in a key area.
    "false_declaration": Person(_woman(14, "胡秀英"), {**_green(), _ZHENJIANG: _FALSE_DECLARATION}),
    # Under home observation in the province's books.
    "isolation_not_ended": Person(_man(15, "郭志刚"), {**_green(), _SUKANGMA: _ISOLATED}),
    # Lives with a person under control.
    "household_member": Person(_woman(16, "何佳乐"), {**_green(), _ZHENJIANG: _HOUSEHOLD}),
    "green_passport": Person(Document(Kind.PASSPORT, "X3211001", "LINDEN MIRA"), _green()),
    "green_hk_macao": Person(Document(Kind.HK_MACAO_PERMIT, "M32110001", "林诗雨"), _green()),
    "green_taiwan": Person(Document(Kind.TAIWAN_PERMIT, "3211000101", "罗子涵"), _green()),
    "green_foreign_resident": Person(
        Document(Kind.FOREIGN_PERMANENT_RESIDENCE, "CHE321199010101", "MOREL HUGO"), _green()
    ),
    # Green everywhere; one issuer's statements about each of these are spoiled.
    "forged": Person(_woman(20, "高文静"), _green()),
    "another_holder": Person(_man(21, "林雪松"), _green()),
    "replayed": Person(_woman(22, "罗春燕"), _green()),
    "unmapped_value": Person(_man(23, "郑宇轩"), _green()),
    "national_unmapped": Person(_woman(24, "梁嘉敏"), _green()),
    "unsigned": Person(_man(25, "谢清远"), _green()),
    "stale_state": Person(_woman(26, "宋书瑶"), _green()),
    "retired_key": Person(_man(27, "唐梓晨"), _green()),
    "other_issuers_key": Person(_man(29, "韩乐天"), _green()),
    "wrong_binding": Person(_woman(28, "许雨桐"), _green()),
}
"""The order is part of the data: a persona's ordinal is its place here."""
