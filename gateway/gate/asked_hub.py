"""What a gate needs of its hub, and how the hub fails it: by silence, for now, or for good."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Any, Protocol


class HubUnreachable(Exception):
    """No answer in time, or one that no hub gives: a page to sign in to a network, for example."""


class HubBusy(Exception):
    """The hub answers, but not this question now."""


class QuestionRefused(HubBusy):
    """The hub never takes such a question: the gate's region, purpose or version does not fit
    it."""


@unique
class StopCode(StrEnum):
    """Why the hub does not serve this gate. The names are stable."""

    CLIENT_REVOKED = "CLIENT_REVOKED"
    CLIENT_FORBIDDEN = "CLIENT_FORBIDDEN"
    CREDENTIALS_UNUSABLE = "CREDENTIALS_UNUSABLE"


class GateStopped(Exception):
    """The hub does not serve this gate until somebody mends that."""

    def __init__(self, code: StopCode) -> None:
        super().__init__(code.value)
        self.code = code


class AskedHub(Protocol):
    """Every method raises HubUnreachable, HubBusy and GateStopped."""

    def ask(self, question: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """The data of the answer to one of the gate's documents, by its name: ``gate_scan``."""

    def get(self, path: str, at_most_bytes: int) -> bytes | None:
        """What is published at ``path``; None if it is not there, or longer."""
