"""The common language of the hub: what is asked, what issuers state, what is answered.

Responsible for the words (``docs/architecture.md`` lists them) and for the rules that are part of
a word, such as what makes a document number well formed. Refuses to know of signatures, sockets,
clocks and files.
"""

from schema.color import Basis, Color, most_restrictive
from schema.decision import Decision, Reason, ReasonCode, RecognitionMode
from schema.document import DocumentKind, DocumentRule, InvalidDocument, TravelDocument
from schema.health_code import Evidence, HealthCode, Outcome, SourceAnswer, Via
from schema.history import HistoryEntry
from schema.place import COUNTRY, RegionCode, contains, region_code
from schema.purpose import Purpose
from schema.recognition import PolicyVersion, Recognition
from schema.scalars import SCALARS, AuditIndex
from schema.text import Text

__all__ = [
    "COUNTRY",
    "SCALARS",
    "AuditIndex",
    "Basis",
    "Color",
    "Decision",
    "DocumentKind",
    "DocumentRule",
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
    "RegionCode",
    "SourceAnswer",
    "Text",
    "TravelDocument",
    "Via",
    "contains",
    "most_restrictive",
    "region_code",
]
