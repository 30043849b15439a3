"""Why a question, a report or a draft was not taken: one family of answers, and one list of codes.

A refusal that a client must expect is a value of a union and no error. All of them implement
``Refusal``, so that a client of today still reads the code and the sentence of a kind that is added
tomorrow. Responsible for the codes of all of them. Refuses to say more than the code: the sentences
are in ``refusal_texts``.
"""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import Text, described


@strawberry.enum(
    description="未办理原因 Why something was not done; stable for programs. A later version may "
    "add codes: show the text of a code that you do not know."
)
@unique
class RefusalCode(Enum):
    """Stored in the audit log under these names, which therefore never change."""

    DOCUMENT_FORM = described(
        "DOCUMENT_FORM",
        "证件号码格式不正确 The number does not have the form of its kind of document",
    )
    DOCUMENT_LENGTH = described(
        "DOCUMENT_LENGTH", "身份证号码位数不对 A resident ID number that has not 18 characters"
    )
    DOCUMENT_CHECK_CHARACTER = described(
        "DOCUMENT_CHECK_CHARACTER", "证件号码校验码不符 The check character is wrong (GB 11643)"
    )
    DOCUMENT_BIRTH_DATE = described(
        "DOCUMENT_BIRTH_DATE",
        "证件号码中的出生日期无效 No such birth date, or one after today or before 1880",
    )
    DOCUMENT_DIVISION = described(
        "DOCUMENT_DIVISION", "证件号码中的行政区划无效 The number begins with no known division"
    )
    DOCUMENT_NAME = described(
        "DOCUMENT_NAME",
        "姓名不符合要求 The name is empty, too long (over 64 characters), has no letter, or has "
        "characters that cannot be seen",
    )
    DOCUMENT_INTERVAL_DOT = described(
        "DOCUMENT_INTERVAL_DOT",
        "姓名间隔号不正确 The dot between two parts of the name is not U+00B7, or is out of place",
    )
    CODE_UNREADABLE = described(
        "CODE_UNREADABLE", "无法识别此码 No issuer's codes look like the scanned text"
    )
    CODE_TOO_LONG = described(
        "CODE_TOO_LONG", "扫码内容过长 The scanned text is longer than any code"
    )
    REGION_MISSING = described(
        "REGION_MISSING", "未写接收地 Neither the entry nor the manifest names a receiving region"
    )
    REGION_UNKNOWN = described(
        "REGION_UNKNOWN", "接收地不存在 The receiving region is no division of GB/T 2260"
    )
    REGION_NOT_GRANTED = described(
        "REGION_NOT_GRANTED", "无权代表该接收地 The client may not act for the receiving region"
    )
    PURPOSE_MISSING = described(
        "PURPOSE_MISSING", "未写用途 Neither the entry nor the manifest names a purpose"
    )
    PURPOSE_NOT_GRANTED = described(
        "PURPOSE_NOT_GRANTED", "未登记该用途 The client is not registered for the purpose"
    )
    NO_POLICY_IN_FORCE = described(
        "NO_POLICY_IN_FORCE",
        "接收地没有现行的互认政策 No policy is in force for the receiving region",
    )
    TEXT_TOO_LONG = described(
        "TEXT_TOO_LONG", "文字过长 A text is longer than its description allows"
    )


@strawberry.interface(
    description="未办理 Why something was not done. Read code and text of every type that "
    "implements this, and types that are added later are understood as well."
)
class Refusal:
    code: RefusalCode = strawberry.field(
        description="原因代码，供程序使用 The reason, for programs"
    )
    text: Text = strawberry.field(
        description="原因及下一步，供人阅读 The reason, and what to do next, for people"
    )
