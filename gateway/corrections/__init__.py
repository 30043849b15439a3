"""Corrections 纠错: from a traveler who says that a color is wrong to the issuer that set it.

Responsible for finding the issuer that can change the color, for handing it the evidence and for
bringing its answer back. Refuses to change a color: what the issuer changes comes in its next
signed statement. A person is a HolderRef here; the document is passed on and not kept.
"""

from gateway.corrections.appeal import Refusal, appeal
from gateway.corrections.corrections import Corrections
from gateway.corrections.sqlite_store import SqliteCorrectionStore
from gateway.corrections.store import KEPT_FOR, CorrectionStore, Filed

__all__ = [
    "KEPT_FOR",
    "CorrectionStore",
    "Corrections",
    "Filed",
    "Refusal",
    "SqliteCorrectionStore",
    "appeal",
]
