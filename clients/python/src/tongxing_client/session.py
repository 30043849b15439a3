"""What a client knows between two questions, and the flows of its questions.

Responsible for the token, the hub's public keys and whether the hub knows documents by their ids.
Refuses to send, to wait and to read a clock: ``flow`` says how that is done for it.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from tongxing_client.credentials import Credentials
from tongxing_client.documents import LACKING, Operation
from tongxing_client.errors import HubBusy, HubRefuses, HubUnreachable
from tongxing_client.flow import Alone, Clocks, Flow, HttpReply, HttpRequest, Send
from tongxing_client.graphql import ANSWERS, TokenEnded, data_of, graphql_request, unheard
from tongxing_client.patience import ComeBack, Patience, patiently
from tongxing_client.receipts import Jwks, check_receipt, jwks_of, receipt_key_id
from tongxing_client.tokens import LATER, Prover, Token, retry_after, token_of, token_request

T = TypeVar("T")

KEYS_FRESH_SECONDS = 60.0
"""As the hub says of its keys (``max-age``): so long one that was revoked may still count here."""

KEYS_ASKED_AGAIN_SECONDS = 10.0
"""An unknown key id makes the keys be fetched again, at most so often: ids cost nothing to make
up."""


class Session:
    def __init__(self, credentials: Credentials, patience: Patience, clocks: Clocks) -> None:
        self.credentials = credentials
        self.patience = patience
        self.clocks = clocks
        self._prover = Prover() if credentials.dpop else None
        self._token: Token | None = None
        self._keys: Jwks = {}
        self._keys_came_at = float("-inf")
        self._sends_texts = False

    def ask(self, operation: Operation, variables: Mapping[str, object]) -> Flow[Any]:
        """The data of the answer. A token that the hub does not take any more is renewed once."""
        renewed = False

        def attempt(seconds: float) -> Flow[Any]:
            nonlocal renewed
            try:
                return (yield from self._asked(operation, variables, seconds))
            except TokenEnded:
                refusal = HubRefuses([{"code": "UNAUTHENTICATED", "en": "The token is refused."}])
                if renewed:
                    raise refusal from None
                renewed = True
                raise ComeBack(refusal, at_once=True) from None

        return (yield from patiently(attempt, self.patience, self.clocks))

    def request(
        self, operation: Operation, variables: Mapping[str, object], accept: str, seconds: float
    ) -> Flow[HttpRequest]:
        """With a token that is good for a while. Raises ComeBack beside what ``ask`` raises."""
        token = yield from self._fresh_token(seconds)
        url = f"{self.credentials.hub}/graphql"
        headers = self._shown(token, url)
        body = operation.body(variables, as_text=self._sends_texts)
        return graphql_request(url, body, headers, accept)

    def lacks_documents(self, refusal: HubRefuses) -> bool:
        """Whether the hub was sent an id that it does not know; texts are sent from now on."""
        first = not self._sends_texts and not LACKING.isdisjoint(refusal.codes)
        self._sends_texts = self._sends_texts or first
        return first

    def forget_token(self, request: HttpRequest) -> None:
        """The one that ``request`` was sent with; perhaps another question has a newer one."""
        shown = request.headers["authorization"].partition(" ")[2]
        if self._token is not None and self._token.value == shown:
            self._token = None

    def verified(self, receipt: str) -> Flow[Mapping[str, Any]]:
        """The claims of a receipt of this hub for this client that holds now."""
        kid = receipt_key_id(receipt)
        if self._wants_keys(kid):
            yield Alone(self._fetched_keys(kid))
        own = self.credentials
        return check_receipt(
            receipt,
            self._keys,
            hub=own.audience,
            client_id=own.client_id,
            at=self.clocks.unix(),
        )

    def token(self) -> Flow[str]:
        """An access token that is good for a while, for programs that ask by themselves."""
        fresh = yield from patiently(self._fresh_token, self.patience, self.clocks)
        return fresh.value

    def send(self, request: HttpRequest, seconds: float, *, repeats: bool) -> Flow[HttpReply]:
        """Raises ComeBack, HubUnreachable."""
        try:
            reply: HttpReply = yield Send(request, seconds)
        except HubUnreachable as fault:
            raise unheard(fault, repeats=repeats) from None
        return reply

    def _asked(
        self, operation: Operation, variables: Mapping[str, object], seconds: float
    ) -> Flow[Any]:
        request = yield from self.request(operation, variables, ANSWERS, seconds)
        reply = yield from self.send(request, seconds, repeats=operation.repeats)
        try:
            return data_of(reply, repeats=operation.repeats)
        except TokenEnded:
            self.forget_token(request)
            raise
        except HubRefuses as refusal:
            if self.lacks_documents(refusal):
                raise ComeBack(refusal, at_once=True) from None
            raise

    def _shown(self, token: Token, url: str) -> dict[str, str]:
        if self._prover is None:
            return {"authorization": f"Bearer {token.value}"}
        proof = self._prover.proof("POST", url, self.clocks.unix(), token.value)
        return {"authorization": f"DPoP {token.value}", "dpop": proof}

    def _fresh_token(self, seconds: float) -> Flow[Token]:
        """Raises ComeBack beside what ``token_of`` raises."""
        if not self._has_token():
            yield Alone(self._renewed(seconds))
        assert self._token is not None  # noqa: S101 - the flow above has set it, or raised
        return self._token

    def _renewed(self, seconds: float) -> Flow[None]:
        if self._has_token():  # another question has got it meanwhile
            return
        asked_at = self.clocks.seconds()
        request = token_request(self.credentials, self._prover, self.clocks.unix())
        reply = yield from self.send(request, seconds, repeats=True)
        self._token = token_of(reply, asked_at)

    def _has_token(self) -> bool:
        return self._token is not None and self.clocks.seconds() < self._token.renewed_at

    def _wants_keys(self, kid: str) -> bool:
        age = self.clocks.seconds() - self._keys_came_at
        return age >= (KEYS_FRESH_SECONDS if kid in self._keys else KEYS_ASKED_AGAIN_SECONDS)

    def _fetched_keys(self, kid: str) -> Flow[None]:
        if not self._wants_keys(kid):  # they have come meanwhile
            return
        request = HttpRequest("GET", f"{self.credentials.hub}/.well-known/jwks.json")

        def attempt(seconds: float) -> Flow[HttpReply]:
            reply = yield from self.send(request, seconds, repeats=True)
            if reply.status in LATER:
                raise ComeBack(HubBusy([str(reply.status)]), retry_after(reply))
            return reply

        reply = yield from patiently(attempt, self.patience, self.clocks)
        self._keys, self._keys_came_at = jwks_of(reply), self.clocks.seconds()
