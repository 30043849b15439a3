"""Clients that get passes for holders, and gates that check them by what is public."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from tests.acceptance.callers import Answer, Caller, document_of, fields
from tests.acceptance.rotating import public_keys
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_check import GateKnowledge, PassVerdict, judge_pass
from tongxing.keys.status_delta import take_delta
from tongxing.keys.status_list import StatusList, check_just_fetched, take_snapshot
from tongxing.sandbox.provisioning.state import HUB_ID

REFUSED = "... on Refusal { code text { zh en } }"
ISSUE = (
    "mutation($receipt: RecognitionReceipt!, $document: TravelDocumentInput!) {"
    " issuePass(input: {receipt: $receipt, document: $document}) { __typename "
    f"{REFUSED} ... on HolderPass {{"
    " passText status maskedName documentTail validUntil statusListUri statusIndex } } }"
)
CHECKED = "... on CheckedPass { status maskedName documentKind documentTail validUntil }"
WITHDRAW = (
    "mutation($text: String!) { withdrawPass(input: {passText: $text}) { __typename "
    f"{REFUSED} {CHECKED} }} }}"
)
VERIFY = (
    f"query($text: String!) {{ verifyPass(passText: $text) {{ __typename {REFUSED} {CHECKED} }} }}"
)
DRAWN = (
    "mutation($receipt: RecognitionReceipt!, $document: TravelDocumentInput!) {"
    " issuePass(input: {receipt: $receipt, document: $document}) {"
    " ... on HolderPass { qrSvg } } }"
)


def issue(client: Caller, receipt: object, name: str) -> Answer:
    variables = {"receipt": receipt, "document": fields(document_of(name))}
    answer: Answer = client.data(ISSUE, variables)["issuePass"]
    return answer


def issued(client: Caller, name: str) -> Answer:
    """A pass for this persona, who is recognized first."""
    return issue(client, client.persona(name)["receipt"], name)


def verify(client: Caller, text: str) -> Answer:
    answer: Answer = client.data(VERIFY, {"text": text})["verifyPass"]
    return answer


def withdraw(client: Caller, text: str) -> Answer:
    answer: Answer = client.data(WITHDRAW, {"text": text})["withdrawPass"]
    return answer


@dataclass
class PassGate:
    """Knows a hub by what everybody can read. ``uri`` is that of the one list it follows; the hub
    answers at ``url``, which tests do not know before it runs."""

    url: str
    uri: str
    known: StatusList | None = None
    fetched: list[int] = field(default_factory=list)

    def hub(self) -> KnownHub:
        keys = {key.thumbprint(): key for key in public_keys(self.url)}
        return KnownHub(HUB_ID, keys, datetime.now(UTC))

    def get(self, more: str = "", **headers: str) -> httpx2.Response:
        path = httpx2.URL(self.uri).path
        return httpx2.get(f"{self.url}{path}{more}", headers=headers, trust_env=False)

    def fetch(self) -> bool:
        """Whether there is a list; the whole of it."""
        response = self.get()
        if response.status_code != 200:
            assert response.status_code == 404
            return False
        at = datetime.now(UTC)
        self.known = take_snapshot(response.text, self.uri, self.hub(), self.known, at)
        check_just_fetched(self.known, at)
        return True

    def step(self) -> bool:
        """Whether there was a next state; by its delta."""
        assert self.known is not None
        response = self.get(f"/deltas/{self.known.number}")
        if response.status_code != 200:
            return False
        self.known = take_delta(response.text, self.hub(), self.known, datetime.now(UTC))
        return True

    def judge(self, text: str, at: datetime | None = None) -> PassVerdict:
        lists = {} if self.known is None else {self.uri: self.known}
        return judge_pass(text, GateKnowledge(self.hub(), lists), at or datetime.now(UTC))
