"""Named people with a story each, the same at every start: the cast of the demo and of the tests.

A persona's ``misbehavior`` is what an issuer does wrong whenever it is asked about that person.
``known`` documents stand in a store; ``unknown`` ones are well formed and stand in none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongxing.sandbox.issuers.misbehavior import Misbehavior, Mode
from tongxing.sandbox.issuers.numbers import SEQUENCES, resident_id
from tongxing.sandbox.issuers.records import (
    DAY,
    HOUR,
    Basis,
    Color,
    Document,
    IssuerName,
    Kind,
    Person,
    Record,
    Report,
)

_ZHENJIANG, _SUKANGMA, _NATIONAL = IssuerName.ZHENJIANG, IssuerName.SUKANGMA, IssuerName.NATIONAL


@dataclass(frozen=True, slots=True)
class Persona:
    """``story`` says in a sentence what is particular about this person."""

    name: str
    story: str
    document: Document
    records: Mapping[IssuerName, Record]
    misbehavior: Mapping[IssuerName, Misbehavior] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        return Person(self.document, self.records)


def _green(
    reports: tuple[Report, ...] = (Report("320000", Color.GREEN),),
) -> dict[IssuerName, Record]:
    return {
        _ZHENJIANG: Record(Color.GREEN, place="321102"),
        _SUKANGMA: Record(Color.GREEN),
        _NATIONAL: Record(Color.GREEN, place="000000", reports=reports, tested_at=-2 * DAY),
    }


def _red(basis: Basis) -> dict[IssuerName, Record]:
    reports = (Report("320000", Color.RED),)
    return {
        _ZHENJIANG: Record(Color.RED, (basis, Basis.ARRIVED_WITHIN_14_DAYS), "321102"),
        _SUKANGMA: Record(Color.RED, (basis,)),
        _NATIONAL: Record(Color.RED, (basis,), "000000", reports=reports),
    }


def _yellow() -> dict[IssuerName, Record]:
    basis = Basis.MEDIUM_RISK_AREA
    reports = (Report("320000", Color.YELLOW),)
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
    reports=(Report("320000", Color.GREEN),),
)
_ORANGE = Record(Color.RED, (Basis.CLOSE_CONTACT,), "000000", as_of=-2 * HOUR)
_TWO_PROVINCES = Record(
    Color.GREEN,
    place="000000",
    reports=(
        Report("320000", Color.GREEN),
        Report("420000", Color.RED, -6 * HOUR),
    ),
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


def _id(nth: int, name: str) -> Document:
    """Sequence numbers above those of the crowd, so that no index ever gets one of these."""
    number = resident_id("321102", f"19{60 + nth}0{1 + nth % 9}1{nth % 9}", SEQUENCES + 1 + nth)
    return Document(Kind.RESIDENT_ID, number, name)


_Records = Mapping[IssuerName, Record]


def _spoiled(
    name: str, story: str, document: Document, wrong: Mapping[IssuerName, Misbehavior]
) -> Persona:
    """Somebody green everywhere, about whom one issuer's statements are not to be believed."""
    return Persona(name, story, document, _green(), wrong)


_ORDINARY: tuple[tuple[str, str, Document, _Records], ...] = (
    ("green_everywhere", "green at all three", _id(0, "王安宁"), _green()),
    (
        "freshly_converted",
        "turned green in Zhenjiang today; the province still holds yesterday's red",
        _id(1, "李晓红"),
        {
            **_green(reports=()),
            _ZHENJIANG: _CONVERTED,
            _SUKANGMA: _YESTERDAYS_RED,
        },
    ),
    (
        "national_yellow",
        "a high temperature at a gate made the national code yellow; green in Jiangsu",
        _id(2, "张志远"),
        {**_green(), _NATIONAL: _TEMPERATURE},
    ),
    ("expired_code", "city and province codes ran out yesterday", _id(3, "刘桂兰"), _EXPIRED),
    ("must_update", "has to declare again first", _id(4, "陈立新"), _MUST_UPDATE),
    ("unknown", "a valid document that no issuer knows", _id(5, "杨知夏"), {}),
    (
        "only_zhenjiang",
        "known to the city alone",
        _id(6, "黄若水"),
        {_ZHENJIANG: Record(Color.GREEN, place="321183")},
    ),
    (
        "only_sukangma",
        "known to the province alone",
        _id(7, "赵家和"),
        {_SUKANGMA: Record(Color.GREEN)},
    ),
    (
        "reports_differ",
        "known nationally alone; Jiangsu reports green and Hubei red",
        _id(8, "吴长青"),
        {_NATIONAL: _TWO_PROVINCES},
    ),
    (
        "only_national",
        "a visitor from Shanghai, known nationally alone",
        _id(9, "周景行"),
        {_NATIONAL: Record(Color.GREEN, place="000000", reports=(Report("310000", Color.GREEN),))},
    ),
    ("red_everywhere", "confirmed", _id(10, "徐永康"), _red(Basis.CONFIRMED_OR_SUSPECTED)),
    ("yellow_everywhere", "from a medium-risk area", _id(11, "孙欣怡"), _yellow()),
    (
        "city_green_province_red",
        "a close contact found by the province an hour ago; the city does not know yet",
        _id(12, "马浩然"),
        {**_green(reports=()), _SUKANGMA: _CONTACT_IN_THE_PROVINCE},
    ),
    (
        "national_orange",
        "a close contact to the national platform; green in Jiangsu",
        _id(13, "朱思琪"),
        {**_green(), _NATIONAL: _ORANGE},
    ),
    (
        "false_declaration",
        "found by Zhenjiang's cross-check to have hidden a stay in a key area",
        _id(14, "胡建国"),
        {**_green(), _ZHENJIANG: _FALSE_DECLARATION},
    ),
    (
        "isolation_not_ended",
        "under home observation in the province's books",
        _id(15, "郭玉梅"),
        {**_green(), _SUKANGMA: _ISOLATED},
    ),
    (
        "household_member",
        "lives with somebody under control; red in Zhenjiang",
        _id(16, "何佳乐"),
        {**_green(), _ZHENJIANG: _HOUSEHOLD},
    ),
    (
        "green_passport",
        "green everywhere, with a passport",
        Document(Kind.PASSPORT, "X3211001", "LINDEN MIRA"),
        _green(),
    ),
    (
        "green_hk_macao",
        "green everywhere, with a Hong Kong and Macao permit",
        Document(Kind.HK_MACAO_PERMIT, "M32110001", "林诗雨"),
        _green(),
    ),
    (
        "green_taiwan",
        "green everywhere, with a Taiwan permit",
        Document(Kind.TAIWAN_PERMIT, "3211000101", "罗子涵"),
        _green(),
    ),
    (
        "green_foreign_resident",
        "green everywhere, with a foreigner's permanent residence card",
        Document(Kind.FOREIGN_PERMANENT_RESIDENCE, "CHE321199010101", "MOREL HUGO"),
        _green(),
    ),
)

_SPOILED = (
    _spoiled(
        "forged",
        "Zhenjiang's statements are signed with a key that nobody trusts",
        _id(20, "高文辉"),
        {_ZHENJIANG: Misbehavior(Mode.WRONG_KEY)},
    ),
    _spoiled(
        "another_holder",
        "Zhenjiang answers with another person's record",
        _id(21, "林雪松"),
        {_ZHENJIANG: Misbehavior(Mode.ANOTHER_HOLDER)},
    ),
    _spoiled(
        "replayed",
        "Zhenjiang answers with yesterday's statement",
        _id(22, "罗春燕"),
        {_ZHENJIANG: Misbehavior(Mode.YESTERDAY)},
    ),
    _spoiled(
        "unmapped_value",
        "Sukangma answers with a color that nobody agreed on",
        _id(23, "郑宇轩"),
        {_SUKANGMA: Misbehavior(Mode.UNMAPPED_VALUE, value="grey")},
    ),
    _spoiled(
        "national_unmapped",
        "the national platform answers with the level 20",
        _id(24, "梁嘉俊"),
        {_NATIONAL: Misbehavior(Mode.UNMAPPED_VALUE, value="20")},
    ),
    _spoiled(
        "unsigned",
        "Zhenjiang's statements carry no signature",
        _id(25, "谢清远"),
        {_ZHENJIANG: Misbehavior(Mode.UNSIGNED)},
    ),
    _spoiled(
        "stale_state",
        "Sukangma signs today what was true three days ago",
        _id(26, "宋书瑶"),
        {_SUKANGMA: Misbehavior(Mode.STALE_STATE, seconds=3.0 * DAY)},
    ),
    _spoiled(
        "retired_key",
        "the national platform signs with a key that it gave up",
        _id(27, "唐梓晨"),
        {_NATIONAL: Misbehavior(Mode.RETIRED_KEY)},
    ),
    _spoiled(
        "other_issuers_key",
        "Sukangma's statements are signed with the city's key",
        _id(29, "韩乐天"),
        {_SUKANGMA: Misbehavior(Mode.OTHER_ISSUERS_KEY)},
    ),
    _spoiled(
        "wrong_binding",
        "Sukangma's signature is over another request",
        _id(28, "许雨桐"),
        {_SUKANGMA: Misbehavior(Mode.WRONG_BINDING)},
    ),
)

PERSONAS: Mapping[str, Persona] = {
    persona.name: persona
    for persona in (*(Persona(*ordinary) for ordinary in _ORDINARY), *_SPOILED)
}
