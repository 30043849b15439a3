"""``tongxing doctor``: whether a pass of this hub fits into a code that phones read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum

from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.passes.list_publishing import list_uri
from tongxing.gateway.settings import Settings
from tongxing.keys.passes import PassClaims, pass_room
from tongxing.keys.status_bits import ENTRIES_MAX
from tongxing.schema import Color, Decision, DocumentKind, Purpose

_NAME = "李*红"
_LISTS, _POLICIES, _RECOGNITIONS = 999, 999, 9_999_999_999
"""More than a hub comes to in years: as many digits are counted."""


def examine_passes(settings: Settings) -> Iterator[Diagnosis]:
    """How much longer hub.id and hub.url may be. Without room ``issuePass`` answers
    PASSES_NOT_OFFERED."""
    url = settings.hub.url
    if url is None:
        yield Diagnosis("未设 hub.url，不签发通行凭证 no passes are issued without hub.url")
        return
    room = _room(settings.hub.id, url, DocumentKind.RESIDENT_ID)
    about = "通行凭证 passes: hub.id, hub.url"
    if room < 0:
        wrong = (
            f"太长，放不进二维码，多{-room}字节，不能签发 too long for the code by {-room} bytes: "
            "no pass is issued"
        )
        yield Diagnosis(about, wrong, "缩短 shorten hub.url or hub.id")
        return
    left = f"{about}（还可再长{room}字节 room for {room} bytes more"
    longest = DocumentKind(_longest(DocumentKind))
    is_for_all = _room(settings.hub.id, url, longest) >= 0
    rest = (
        ""
        if is_for_all
        else f"；{longest.value} 的放不下 but one for a {longest.value} does not fit"
    )
    yield Diagnosis(f"{left}{rest}）")


def _room(hub_id: str, url: str, kind: DocumentKind) -> int:
    """Bytes that are left, less than 0 if there is no room."""
    return pass_room(ordinary_pass(hub_id, url, kind))


def ordinary_pass(hub_id: str, url: str, kind: DocumentKind) -> PassClaims:
    at = int(datetime(2020, 3, 6, tzinfo=UTC).timestamp())
    return PassClaims(
        iss=hub_id,
        iat=at,
        exp=at + 1,
        name=_NAME,
        doc=kind.value,
        tail="002X",
        region="321100",
        purpose=_longest(Purpose),
        policy=_POLICIES,
        color=_longest(Color),
        decision=_longest(Decision),
        audit=_RECOGNITIONS,
        serial=ENTRIES_MAX,
        idx=ENTRIES_MAX,
        uri=list_uri(url, _LISTS),
    )


def _longest(words: type[Enum]) -> str:
    return max((str(word.value) for word in words), key=len)
