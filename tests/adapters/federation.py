"""Three simulated issuers, an adapter for each, and the trust list that believes them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.adapters.docked_issuers import DOCKED, scanned
from tests.adapters.people import AT, GATE, VISITOR, WANG, ZHAO
from tests.adapters.signers import Signer, own_keys, trust_list
from tests.adapters.simulated_issuer import (
    NATIONAL_SCAN,
    SUKANGMA_SCAN,
    ZHENJIANG_SCAN,
    SimulatedIssuer,
    SimulatedNational,
    SimulatedSukangma,
    SimulatedZhenjiang,
)
from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import (
    Answer,
    ByCode,
    Dialect,
    Question,
    ReadStatement,
    Result,
    Statement,
)
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.keys.signing import Sm2Signer
from tongxing.keys.trust_list import TrustList
from tongxing.schema import SourceAnswer

NONCE = "AAAAAAAAAAAAAAAAAAAAAA"
SCANS = {
    "zhenjiang": ZHENJIANG_SCAN,
    "sukangma": SUKANGMA_SCAN,
    "national": NATIONAL_SCAN,
} | {name: scanned(name) for name in DOCKED}
SIMULATED: Mapping[str, type[SimulatedIssuer]] = {
    "zhenjiang": SimulatedZhenjiang,
    "sukangma": SimulatedSukangma,
    "national": SimulatedNational,
    **DOCKED,
}
KEYS = own_keys()
TRUSTED = trust_list({issuer: [key] for issuer, key in KEYS.items()})
HUB_KEY = Sm2Signer.generate()
HUB = HubIdentity("", Credential("hub-token"), "hub", lambda: HUB_KEY)


def dialect(issuer: str) -> Dialect:
    """As the settings would have it, under an issuer's id that is the dialect's name too."""
    return DIALECTS[issuer](replace(HUB, issuer=issuer))


@dataclass
class Federated:
    """One issuer of the federation, and the adapter that asks it."""

    issuer: SimulatedIssuer
    adapter: Adapter
    trust_list: TrustList = TRUSTED
    kept: dict[Statement, ReadStatement] = field(default_factory=dict)

    @property
    def scan(self) -> ByCode:
        return ByCode(SCANS[self.adapter.issuer], GATE)

    async def fetch(self, *questions: Question, seconds: float = PATIENCE_SECONDS) -> list[Result]:
        deadline = asyncio.get_running_loop().time() + seconds
        return await self.adapter.fetch(questions, at=AT, deadline=deadline)

    async def state(self, question: Question) -> Statement:
        (result,) = await self.fetch(question)
        assert isinstance(result, Statement), result
        return result

    def read(self, statement: Statement, question: Question, at: datetime = AT) -> Answer:
        """Whatever is read from a statement is read from it again: kept, it says the same."""
        answer = self.adapter.read(statement, question, self.trust_list, at)
        if answer.read is not None:
            self.kept.setdefault(statement, answer.read)
        if statement in self.kept:
            assert answer == self.read_again(statement, at)
        return answer

    def read_again(self, statement: Statement, at: datetime = AT) -> Answer:
        return self.adapter.read_again(self.kept[statement], self.trust_list, at)

    async def ask(self, question: Question, at: datetime = AT) -> SourceAnswer:
        """The whole road: ask, verify, decode."""
        (result,) = await self.fetch(question)
        return self.source(result, question, at)

    async def ask_all(self, *questions: Question) -> list[SourceAnswer]:
        """The same for a manifest."""
        results = await self.fetch(*questions)
        return [self.source(*pair) for pair in zip(results, questions, strict=True)]

    def source(self, result: Result, question: Question, at: datetime = AT) -> SourceAnswer:
        if isinstance(result, Statement):
            return self.read(result, question, at).source
        return SourceAnswer(issuer=self.adapter.issuer, outcome=result)  # type: ignore[arg-type]


def unsigned(issuer: str, **misbehavior: Any) -> Federated:
    """The same issuer, if it signed nothing and the trust list said so."""
    asked = federated(issuer, signs=False, **misbehavior)
    adapter = Adapter(dialect(issuer), asked.issuer, lambda: NONCE, authenticates_issuer=True)
    listed = {name: [key] for name, key in KEYS.items()} | {issuer: []}
    return Federated(asked.issuer, adapter, trust_list(listed))


def federated(issuer: str, **misbehavior: Any) -> Federated:
    signer: Signer = misbehavior.pop("signer", KEYS[issuer])
    simulated = SIMULATED[issuer](
        signer=signer,
        people=[WANG, ZHAO, VISITOR],
        scanned=SCANS[issuer],
        shown_by=WANG,
        **misbehavior,
    )
    return Federated(simulated, Adapter(dialect(issuer), simulated, lambda: NONCE))
