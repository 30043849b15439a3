"""One question to the hub, after it was checked at the border."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tongxing.adapters.dialect import Question
from tongxing.schema import Purpose, RegionCode


@dataclass(frozen=True, slots=True)
class Inquiry:
    """May the person of ``question`` pass into ``receiving_region`` for ``purpose``? ``ref`` is the
    keyed digest of the question, if it is known already (``asked.ref_of``)."""

    question: Question
    receiving_region: RegionCode
    purpose: Purpose
    ref: str | None = field(default=None, compare=False)


class Asker(NamedTuple):
    """A registered client, and the request id that ties its entries in the audit log together.
    ``travelers`` counts those that the whole request asks about, in all of its fields."""

    client_id: str
    request_id: str
    travelers: int = 1
