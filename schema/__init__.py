"""The common language of the hub: what is asked, what issuers state, what is answered.

Responsible for the words (``docs/architecture.md`` lists them) and for the rules that are part of
a word, such as what makes a document number well formed. Refuses to know of signatures, sockets,
clocks and files.
"""

from tongxing.schema.color import Basis, Color, most_restrictive
from tongxing.schema.decision import Decision, Purpose, RecognitionMode
from tongxing.schema.document import DocumentKind, InvalidDocument, TravelDocument
from tongxing.schema.evidence import Evidence
from tongxing.schema.health_code import (
    HealthCode,
    HistoryEntry,
    Outcome,
    SourceAnswer,
    Via,
)
from tongxing.schema.place import COUNTRY, RegionCode, contains, lie_within, region_code
from tongxing.schema.place_names import name_and_code, place_name
from tongxing.schema.policy_version import PolicyVersion
from tongxing.schema.reason import Reason, ReasonCode
from tongxing.schema.recognition import Recognition
from tongxing.schema.refusal import Refusal, RefusalCode
from tongxing.schema.refusal_texts import REFUSAL_TEXTS
from tongxing.schema.scalars import SCALARS, AuditIndex
from tongxing.schema.time_words import (
    clock,
    is_in_calendar,
    length_words,
    read_moment,
    stamp,
    to_the_second,
)
from tongxing.schema.values import Text

__all__ = [
    "COUNTRY",
    "REFUSAL_TEXTS",
    "SCALARS",
    "AuditIndex",
    "Basis",
    "Color",
    "Decision",
    "DocumentKind",
    "Evidence",
    "HealthCode",
    "HistoryEntry",
    "InvalidDocument",
    "Outcome",
    "PolicyVersion",
    "Purpose",
    "Reason",
    "ReasonCode",
    "Recognition",
    "RecognitionMode",
    "Refusal",
    "RefusalCode",
    "RegionCode",
    "SourceAnswer",
    "Text",
    "TravelDocument",
    "Via",
    "clock",
    "contains",
    "is_in_calendar",
    "length_words",
    "lie_within",
    "most_restrictive",
    "name_and_code",
    "place_name",
    "read_moment",
    "region_code",
    "stamp",
    "to_the_second",
]
