"""The sets of type codes for documents that several systems share (domain, §5).

Responsible for each set being written once. A system that numbers documents in its own way keeps
its table to itself.
"""

from collections.abc import Mapping

from schema import DocumentKind

HEALTH_SET: Mapping[DocumentKind, str] = {
    DocumentKind.RESIDENT_ID: "01",
    DocumentKind.PASSPORT: "03",
    DocumentKind.HK_MACAO_PERMIT: "06",
    DocumentKind.TAIWAN_PERMIT: "07",
    DocumentKind.FOREIGN_PERMANENT_RESIDENCE: "34",
}
"""The national health set, which has no code for the last kind; the vendors' stands in."""

VENDOR_SET: Mapping[DocumentKind, str] = {
    DocumentKind.RESIDENT_ID: "10",
    DocumentKind.PASSPORT: "14",
    DocumentKind.HK_MACAO_PERMIT: "15",
    DocumentKind.TAIWAN_PERMIT: "20",
    DocumentKind.FOREIGN_PERMANENT_RESIDENCE: "34",
}
"""Only the last is sure; which of the others means which is our reading (wire-formats.md §4)."""
