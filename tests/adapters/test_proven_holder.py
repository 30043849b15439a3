"""What a statement of another hub's road comes to, whoever its issuer is."""

import asyncio
from dataclasses import replace

import pytest
from strawberry import ID

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import SIMULATED, TRUSTED, federated
from tests.adapters.people import AT, WANG, ZHAO
from tests.recognition.given import stated
from tongxing.adapters.dialect import ByDocument, Statement
from tongxing.adapters.proven_holder import as_far_as_proven
from tongxing.keys import TrustList
from tongxing.schema import Color, Evidence, Outcome, SourceAnswer

ROAD = ("province-hub", "city-hub")
NAMED = {"zhenjiang", *DOCKED}
"""Their statements show whom they are about, alone or with the nonce."""

UNNAMED = sorted(set(SIMULATED) - NAMED)


def bound_by(issuer: str, *hubs: str) -> TrustList:
    listed = replace(TRUSTED.issuers[issuer], bound_by=hubs)
    return replace(TRUSTED, issuers={**TRUSTED.issuers, issuer: listed})


def relayed(issuer: str, document: object = WANG) -> Statement:
    """As it is put together of what another hub hands over."""
    federation = federated(issuer)
    stated = asyncio.run(federation.state(ByDocument(document)))  # type: ignore[arg-type]
    dialect = federation.adapter._dialect
    opening = dialect.opening(stated)
    return replace(stated, binding=dialect.binding_of(opening), road=ROAD)


def read(issuer: str, statement: Statement, trust_list: TrustList = TRUSTED) -> SourceAnswer:
    adapter = federated(issuer).adapter
    return adapter.read(statement, ByDocument(WANG), trust_list, AT).source


@pytest.mark.parametrize("issuer", sorted(NAMED))
def test_a_statement_that_shows_its_holder_counts_as_if_it_had_come_directly(issuer: str) -> None:
    source = read(issuer, relayed(issuer))
    assert (source.outcome, source.evidence) == (Outcome.VERIFIED, Evidence.SIGNED)
    assert source.road == list(ROAD)
    assert Color.GREEN in {code.color for code in source.codes}


@pytest.mark.parametrize("issuer", sorted(NAMED))
def test_and_is_refused_for_anybody_else(issuer: str) -> None:
    source = read(issuer, relayed(issuer, ZHAO))
    assert (source.outcome, source.codes) == (Outcome.WRONG_HOLDER, [])
    assert source.forgery is None


@pytest.mark.parametrize("issuer", UNNAMED)
@pytest.mark.parametrize("hubs", [(), ROAD[:1], ROAD[1:], ("another-hub",)], ids=repr)
def test_a_green_that_a_hub_alone_ties_to_its_holder_is_not_proven(
    issuer: str, hubs: tuple[str, ...]
) -> None:
    source = read(issuer, relayed(issuer), bound_by(issuer, *hubs))
    assert (source.outcome, source.evidence, source.codes) == (Outcome.NOT_PROVEN, None, [])
    assert source.stated is None


@pytest.mark.parametrize("issuer", UNNAMED)
def test_it_counts_if_every_hub_of_the_road_binds_holders(issuer: str) -> None:
    source = read(issuer, relayed(issuer), bound_by(issuer, *ROAD))
    assert (source.outcome, source.evidence) == (Outcome.VERIFIED, Evidence.RELAYED)


@pytest.mark.parametrize("issuer", UNNAMED)
def test_but_not_if_the_shown_name_is_anothers(issuer: str) -> None:
    source = read(issuer, relayed(issuer, ZHAO), bound_by(issuer, *ROAD))
    assert (source.outcome, source.codes) == (Outcome.WRONG_HOLDER, [])


@pytest.mark.parametrize("issuer", UNNAMED)
def test_what_the_trust_list_says_of_hubs_counts_at_each_use(issuer: str) -> None:
    adapter = federated(issuer).adapter
    question, trusting = ByDocument(WANG), bound_by(issuer, *ROAD)
    first = adapter.read(relayed(issuer), question, trusting, AT)
    assert first.read is not None
    again = adapter.read_again(first.read, TRUSTED, AT).source
    assert (first.source.outcome, again.outcome) == (Outcome.VERIFIED, Outcome.NOT_PROVEN)


@pytest.mark.parametrize("color", [Color.YELLOW, Color.RED])
def test_a_yellow_or_red_that_may_be_anothers_counts_and_proves_nothing(color: Color) -> None:
    """Otherwise another person's yellow stood for what the issuer says of this one."""
    said = as_far_as_proven(stated("sukangma", color))
    assert (said.outcome, [code.color for code in said.codes]) == (Outcome.NOT_PROVEN, [color])


@pytest.mark.parametrize("what", [Outcome.MUST_UPDATE, Outcome.UNMAPPED_VALUE])
@pytest.mark.parametrize("color", [None, Color.YELLOW])
def test_what_lets_nobody_pass_counts_and_is_believed_of_nobody(
    what: Outcome, color: Color | None
) -> None:
    """Without evidence, silence counts beside it (``hearing``)."""
    codes = [] if color is None else stated("sukangma", color).codes
    said = as_far_as_proven(
        SourceAnswer(issuer=ID("sukangma"), outcome=what, evidence=Evidence.RELAYED, codes=codes)
    )
    assert (said.outcome, said.evidence, said.codes) == (what, None, codes)
