"""What a statement of an issuer can rest on."""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import described


@strawberry.enum(
    name="StatementEvidence",
    description="证据类别 What an issuer's statement rests on.",
)
@unique
class Evidence(Enum):
    SIGNED = described("SIGNED", "签名 A signature over exactly this holder, state and time")
    CHANNEL = described("CHANNEL", "信道 Only the connection to the issuer was authenticated")
    RELAYED = described(
        "RELAYED",
        "转递：机构签名，是否关于此人凭转递平台的说法 A signature over state and time; that it is "
        "about exactly this holder is the word of the hubs on its road",
    )
