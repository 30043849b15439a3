"""All that a dialect outside this repository may import of the hub: the names of ``__all__``.

Responsible for a small interface that stays (docs/decisions/0100-dialects-as-plugins.md): a name
that is here keeps its meaning as long as INTERFACE is the same number. A plugin is an object
``Plugin`` that its distribution declares under the entry points ``tongxing.dialects``
(docs/new-issuer.md). Refuses to load one: ``plugin_entries`` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tongxing.adapters.binding import request_digest
from tongxing.adapters.dialect import (
    ByCode,
    ByDocument,
    Declined,
    Dialect,
    Exchange,
    Malformed,
    OutOfBounds,
    Question,
    Reading,
    Stamp,
    Statement,
    WrongHolder,
)
from tongxing.adapters.dialects import HubIdentity, docked
from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import (
    HEALTH_SET,
    VENDOR_SET,
    Level,
    bases_of,
    consistent,
    decoded,
    from_local,
    from_unix,
    is_masked,
    level_of,
    number_level_of,
    outcome_of,
    place_of,
    text_of,
)
from tongxing.adapters.remains import Form, against, loosely, outcome_beside, parts, written
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest, HttpResponse
from tongxing.keys.channel import OverChannel
from tongxing.keys.envelope import (
    MalformedEnvelope,
    UnverifiedEnvelope,
    parse_compact_jws,
    parse_detached_jws,
)
from tongxing.keys.verification import Verified
from tongxing.schema import Basis, Color, DocumentKind, HealthCode, Outcome, TravelDocument
from tongxing.schema.source_statement import StatementForm

INTERFACE = 1
"""The number rises if a name goes or means something else; a name that is added changes nothing."""

DIALECTS_GROUP = "tongxing.dialects"
"""The group of entry points: the name of a dialect, and its ``Plugin``."""

Meaning = Color | Basis | Outcome | tuple[Color | Basis | Outcome, ...]
Table = Mapping[str, Meaning] | Mapping[int, Meaning] | Mapping[tuple[str, ...], Meaning]


@dataclass(frozen=True, slots=True)
class Plugin:
    """One dialect. ``make`` is called once for each issuer that speaks it, with how that issuer
    knows the hub. ``colors`` has every word that stands for a state, ``tables`` all other words;
    they are closed, plain mappings. ``vectors`` is the content of a file of vectors
    (``recorded_answers.Vectors``)."""

    interface: int
    make: Callable[[HubIdentity], Dialect]
    colors: Mapping[str, Color] | Mapping[int, Color]
    vectors: bytes = field(repr=False)
    tables: tuple[Table, ...] = ()


__all__ = [
    "ANSWER_LIMIT_BYTES",
    "HEALTH_SET",
    "INTERFACE",
    "VENDOR_SET",
    "Basis",
    "ByCode",
    "ByDocument",
    "CodeParts",
    "Color",
    "Declined",
    "Dialect",
    "DocumentKind",
    "Exchange",
    "Form",
    "HealthCode",
    "HttpRequest",
    "HttpResponse",
    "HubIdentity",
    "Level",
    "Malformed",
    "MalformedEnvelope",
    "OutOfBounds",
    "Outcome",
    "OverChannel",
    "Person",
    "Plugin",
    "Question",
    "Reading",
    "Said",
    "Stamp",
    "State",
    "Statement",
    "StatementForm",
    "System",
    "TravelDocument",
    "UnverifiedEnvelope",
    "Verified",
    "WrongHolder",
    "against",
    "bases_of",
    "consistent",
    "decoded",
    "docked",
    "from_local",
    "from_unix",
    "is_masked",
    "level_of",
    "loosely",
    "number_level_of",
    "outcome_beside",
    "outcome_of",
    "parse_compact_jws",
    "parse_detached_jws",
    "parts",
    "place_of",
    "request_digest",
    "text_of",
    "written",
]
