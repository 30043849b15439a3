"""Which policy file an answer is made under."""

from dataclasses import dataclass

from tongxing.schema.place import RegionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """``digest`` is the SHA-256 of the file, base64url."""

    region: RegionCode
    version: int
    digest: str
