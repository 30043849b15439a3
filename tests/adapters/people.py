"""Synthetic people, a checkpoint and a fixed time for the tests of the adapters."""

from datetime import UTC, datetime

from stdnum.cn import ric

from tongxing.adapters.dialect import Checkpoint
from tongxing.schema import DocumentKind, TravelDocument

AT = datetime(2020, 3, 6, 2, 0, tzinfo=UTC)
"""10:00 in Zhenjiang, on the day of the report."""


def resident(stem: str, name: str) -> TravelDocument:
    number = stem + ric.calc_check_digit(stem + "0")
    return TravelDocument.parse(DocumentKind.RESIDENT_ID, number, name)


WANG = resident("32110219900307001", "王小明")
ZHAO = resident("32110219880911002", "赵一")
STRANGER = resident("42010619750101003", "钱无名")
VISITOR = TravelDocument.parse(DocumentKind.PASSPORT, "E1234567", "DOE JOHN")

GATE = Checkpoint(
    name="镇江站",
    position="出站口 3 号闸机",
    department="车站防控组",
    verifier_name="测试员",
    verifier_phone="13800000000",
)
