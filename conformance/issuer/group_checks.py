"""The table of the checks of answers beside each other."""

from tongxing.conformance.check import Check
from tongxing.conformance.issuer.answers import COMMON
from tongxing.conformance.issuer.groups import (
    entry_is_believed,
    fails_alone,
    have_no_record,
    is_answered,
    is_answered_alike,
    is_in_order,
    is_not_its_own,
    look_alike,
    of_batches,
    shows_its_holder,
    stands_a_crowd,
    whole_is_answered,
)
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.statements import OF_THE_FORMAT
from tongxing.schema import Text

CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "nobody.no-record",
        Text(zh="无码人员答“未查询到”", en="Somebody without a code gets “no record”"),
        OF_THE_FORMAT,
        Text(
            zh="姓名与号码须一并核对；查不到时按格式答复，不得附带颜色",
            en="Check number and name together; answer as the format says, and state no color",
        ),
        have_no_record,
    ),
    Check(
        "nobody.alike",
        Text(
            zh="号码不存在、姓名不符、没有记录，三者答复相同",
            en="No such person, another name, no record: one and the same answer",
        ),
        COMMON,
        Text(
            zh="三种情形须逐字节相同（时间和绑定除外），不得泄露某号码存在",
            en="Make the three equal but for time and binding: nothing tells that a number exists",
        ),
        look_alike,
    ),
    Check(
        "batch.answered",
        Text(zh="批量查询得到答复", en="A batch is answered"),
        OF_THE_FORMAT,
        Text(zh="请为每一问给出一条答复", en="Give one answer for each question"),
        of_batches(is_answered),
    ),
    Check(
        "batch.order",
        Text(zh="批量答复按提问次序", en="The answers of a batch are in its order"),
        OF_THE_FORMAT + "; docs/invariants.md §6",
        Text(zh="请按提问次序排列答复", en="Put the answers in the order of the questions"),
        of_batches(is_in_order),
    ),
    Check(
        "batch.believed",
        Text(zh="批量中的每条均已签名", en="Each answer of a batch is signed like one alone"),
        OF_THE_FORMAT,
        Text(zh="请为批量中的每条各自签名", en="Sign each answer of a batch by itself"),
        of_batches(entry_is_believed),
    ),
    Check(
        "batch.alone",
        Text(zh="一人无码不影响他人", en="Somebody without a code fails alone"),
        OF_THE_FORMAT,
        Text(
            zh="查不到的人各自答复，不得使整批失败",
            en="Answer about them by themselves: the others of the batch are answered",
        ),
        of_batches(fails_alone),
    ),
    Check(
        "batch.duplicates",
        Text(zh="批量中重复的人答复相同", en="The same person twice is answered alike"),
        OF_THE_FORMAT,
        Text(zh="请勿合并或跳过重复的人", en="Neither join nor skip who is there twice"),
        of_batches(is_answered_alike),
    ),
    Check(
        "batch.whole",
        Text(zh="满额批量在时限内得到答复", en="A batch of the greatest size is answered in time"),
        OF_THE_FORMAT,
        Text(
            zh="请按格式的上限接受批量，并在时限内答完",
            en="Take as many questions as the format allows, and answer within the deadline",
        ),
        of_batches(whole_is_answered),
    ),
    Check(
        "scan.stated",
        Text(zh="扫码得到本人状态", en="A scanned code gets its holder's state"),
        OF_THE_FORMAT,
        Text(zh="请答出所亮码的持码人状态", en="State the code of whoever shows it"),
        shows_its_holder,
    ),
    Check(
        "scan.foreign",
        Text(zh="非本系统的码得到明确答复", en="A code that is not the system's own is told apart"),
        OF_THE_FORMAT,
        Text(
            zh="请按格式答“非本系统的码”", en="Answer “not this system's code” as the format says"
        ),
        is_not_its_own,
    ),
    Check(
        "load.in-time",
        Text(
            zh="同时提问时，百分之九十九在时限内答完",
            en="Asked by many at once, 99 of 100 answers come within the deadline",
        ),
        COMMON,
        Text(zh="请扩容，或在繁忙时立即答 503", en="Add capacity, or answer 503 at once if busy"),
        stands_a_crowd,
    ),
)
