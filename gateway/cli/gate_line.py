"""The way of ``tongxing gate`` to its hub.

Loaded in a thread, when the hub is first asked: to import it takes longer than a gate may take to
start.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import (
    HubClient,
    HubRefuses,
    NoAccessToken,
    read_credentials,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.gate.asked_hub import (
    AskedHub,
    GateStopped,
    HubBusy,
    HubUnreachable,
    QuestionRefused,
    StopCode,
)
from tongxing.gateway.pages.page_questions import question

_FORBIDDEN = frozenset(
    {
        *(ErrorCode.FORBIDDEN_SCOPE, ErrorCode.FORBIDDEN_REGION, ErrorCode.FORBIDDEN_PURPOSE),
        ErrorCode.CLIENT_STOPPED,
    }
)

_NEVER_TAKEN = frozenset(
    {
        *(ErrorCode.INVALID_VALUE, ErrorCode.REGION_UNKNOWN),
        *(ErrorCode.DOCUMENT_INVALID, ErrorCode.DOCUMENT_NOT_TRUSTED),
    }
)


def connected(credentials: Path, patience_seconds: float) -> AskedHub:
    """Raises GateStopped."""
    try:
        return GateLine(HubClient(*read_credentials(credentials), now, patience_seconds))
    except CommandFailed:
        raise GateStopped(StopCode.CREDENTIALS_UNUSABLE) from None


class GateLine:
    """An answer that no hub gives counts as none: a network that wants a password first gives
    such."""

    def __init__(self, client: HubClient) -> None:
        self._client = client

    def ask(self, name: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        operation = question(name)
        try:
            return self._client.ask(operation, variables)
        except HubRefuses as refused:
            if refused.code != ErrorCode.UNAUTHENTICATED:
                _raise(refused)
        except CommandFailed as failed:
            _raise(failed)
        self._client.forget_token()
        try:
            return self._client.ask(operation, variables)
        except CommandFailed as failed:
            _raise(failed)

    def get(self, path: str, at_most_bytes: int) -> bytes | None:
        try:
            return self._client.get(path, at_most_bytes)
        except CommandFailed as failed:
            _raise(failed)


def _raise(failed: CommandFailed) -> NoReturn:
    if isinstance(failed, NoAccessToken):
        raise _of_token(failed.error) from None
    if isinstance(failed, HubRefuses):
        raise _of_answer(failed.code) from None
    raise HubUnreachable from None


def _of_token(error: str) -> Exception:
    """``invalid_client`` also says that the assertion is from another time than the hub's."""
    is_final = error in ("invalid_client", "unauthorized_client")
    return GateStopped(StopCode.CLIENT_REVOKED) if is_final else HubBusy()


def _of_answer(code: str) -> Exception:
    if code == ErrorCode.UNAUTHENTICATED:
        return GateStopped(StopCode.CLIENT_REVOKED)
    if code in _FORBIDDEN:
        return GateStopped(StopCode.CLIENT_FORBIDDEN)
    return QuestionRefused() if code in _NEVER_TAKEN else HubBusy()
