"""What the values of an enum are called, in the words with which the SDL describes them."""

from collections.abc import Mapping
from enum import Enum
from functools import cache

from tongxing.gateway.pages.languages import Language
from tongxing.schema import Basis, Outcome, Purpose
from tongxing.schema.announced_policy import PolicyDirection
from tongxing.schema.audit_words import CorrectionAction, PublicationAction, PublicationChange
from tongxing.schema.correction import CorrectionState, MistakeKind
from tongxing.schema.decision import RecognitionMode
from tongxing.schema.disagreement import LaterProof
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.stopped_client import StopReason
from tongxing.schema.trust_alarm import TrustAlarmKind

_ENUMS: Mapping[str, type[Enum]] = {
    "basis": Basis,
    "correction": CorrectionAction,
    "correction_state": CorrectionState,
    "direction": PolicyDirection,
    "forgery": ForgeryCause,
    "mistake": MistakeKind,
    "mode": RecognitionMode,
    "outcome": Outcome,
    "proof": LaterProof,
    "publication": PublicationAction,
    "published": PublicationChange,
    "purpose": Purpose,
    "stop": StopReason,
    "trust_alarm": TrustAlarmKind,
}
"""By the name that a template uses. In the SDL every value is described in Chinese, then, after one
space, in English."""


def word(enum: str, value: str, language: Language) -> str:
    """``value`` for people; itself if this version of the program does not know it."""
    zh, _, en = _described(enum).get(value, f"{value} {value}").partition(" ")
    return zh if language is Language.ZH else en


def values_of(enum: str) -> tuple[str, ...]:
    return tuple(_described(enum))


@cache
def _described(enum: str) -> Mapping[str, str]:
    declared = _ENUMS[enum].__strawberry_definition__  # type: ignore[attr-defined]
    return {value.name: value.description for value in declared.values}
