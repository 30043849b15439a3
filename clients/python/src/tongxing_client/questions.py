"""What a client says to a hub. Nothing of a person is shown by ``repr``."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Document:
    """A travel document exactly as it is printed. ``kind`` is a DocumentKind, such as
    RESIDENT_ID."""

    kind: str
    number: str = field(repr=False)
    name: str = field(repr=False)

    def variables(self) -> dict[str, str]:
        return {"kind": self.kind, "number": self.number, "name": self.name}


@dataclass(frozen=True)
class ManifestEntry:
    """``ref`` is the client's own name for it, and comes back with the answer: no number and no
    name of a person. ``region`` and ``purpose`` are the manifest's unless they are given."""

    document: Document
    ref: str | None = None
    region: str | None = None
    purpose: str | None = None

    def variables(self) -> dict[str, object]:
        own = {"ref": self.ref, "receivingRegion": self.region, "purpose": self.purpose}
        given = {name: value for name, value in own.items() if value is not None}
        return {"document": self.document.variables(), **given}


@dataclass(frozen=True)
class Checkpoint:
    """Where a code is scanned, and who scans it."""

    name: str
    position: str
    department: str
    verifier_name: str = field(repr=False)
    verifier_phone: str = field(repr=False)

    def variables(self) -> Mapping[str, str]:
        return {
            "name": self.name,
            "position": self.position,
            "department": self.department,
            "verifierName": self.verifier_name,
            "verifierPhone": self.verifier_phone,
        }
