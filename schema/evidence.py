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
