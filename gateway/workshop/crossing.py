"""One traveler at one moment as a policy sees him: what the issuers said, and the circumstances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.recognition.circumstances import Circumstances
from gateway.recognition.decide import Judgement, recognize
from gateway.recognition.policy import Policy
from schema import SourceAnswer


@dataclass(frozen=True, slots=True)
class Crossing:
    """``at`` is aware UTC."""

    sources: Sequence[SourceAnswer]
    circumstances: Circumstances
    at: datetime

    def under(self, policy: Policy) -> Judgement:
        """Whether or not ``policy`` is in force at that moment: that is what is being tried."""
        return recognize(self.sources, policy, self.circumstances, self.at)
