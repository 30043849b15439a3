"""One client system on one connection, as a careful program is: it renews its token, and what it
is refused it counts and asks again later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx2

from tests.acceptance.callers import RENEWED_AFTER_SECONDS, Caller
from tests.soak.ledger import Ledger

MAY_PASS = frozenset({408, 429, 502, 503, 504})
"""Statuses that say "later"."""

Data = Mapping[str, Any]


@dataclass
class Desk:
    """Safe for one thread."""

    caller: Caller
    ledger: Ledger
    _token: str = field(default="", repr=False)
    _renewed_at: float = field(default=0.0, repr=False)

    def data(self, operation: str, variables: Mapping[str, object] | None = None) -> Data | None:
        """What was answered; None if nothing was, and that was counted."""
        for _ in range(2):
            response = self._response(operation, variables)
            if response is None:
                return None
            if response.status_code != 401:
                return self._read(response)
            self._token = ""
        self.ledger.refused("401")
        self.ledger.violates([f"{self.caller.client_id} is registered, and its token is refused"])
        return None

    def _response(
        self, operation: str, variables: Mapping[str, object] | None
    ) -> httpx2.Response | None:
        token = self.token()
        if token is None:
            return None
        try:
            return self.caller.post(operation, variables, token=token)
        except httpx2.HTTPError as error:
            self.ledger.refused(type(error).__name__)
            return None

    def token(self) -> str | None:
        if not self._token or monotonic() - self._renewed_at > RENEWED_AFTER_SECONDS:
            try:
                response = self.caller.ask_for_token(self.caller.assertion())
            except httpx2.HTTPError as error:
                self.ledger.refused(f"token: {type(error).__name__}")
                return None
            if response.status_code != 200:
                self.ledger.refused(f"token: {response.status_code}")
                if response.status_code not in MAY_PASS:
                    self.ledger.violates([f"an honest assertion got {response.status_code}"])
                return None
            self._token = str(response.json()["access_token"])
            self._renewed_at = monotonic()
        return self._token

    def _read(self, response: httpx2.Response) -> Data | None:
        try:
            body = response.json()
        except ValueError:
            self.ledger.refused(str(response.status_code))
            return None
        if response.status_code == 200 and "errors" not in body:
            data: Data = body["data"]
            return data
        codes = [error["extensions"]["code"] for error in body.get("errors", [])]
        for code in codes or [str(response.status_code)]:
            self.ledger.refused(code)
            if code in NEVER_AN_HONEST_CLIENTS:
                self.ledger.violates([f"{self.caller.client_id} was refused with {code}"])
        return None


NEVER_AN_HONEST_CLIENTS = frozenset(
    {
        "CLIENT_STOPPED",
        "DOCUMENT_INVALID",
        "FORBIDDEN_PURPOSE",
        "FORBIDDEN_REGION",
        "FORBIDDEN_SCOPE",
        "INTERNAL",
        "INVALID_VALUE",
    }
)
"""Codes that blame the client, or that nobody should ever see."""
