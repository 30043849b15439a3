"""Where a gate stands, and what it asks for: as ``tongxing gate`` was told."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatePlace:
    """``checkpoint`` is what issuers of scanned codes are told."""

    region: str
    purpose: str
    checkpoint: Mapping[str, str]

    @property
    def regions(self) -> tuple[str, str, str]:
        """The region itself, its city, its province (GB/T 2260)."""
        return self.region, f"{self.region[:4]}00", f"{self.region[:2]}0000"
