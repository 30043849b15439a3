"""Issuers that sign nothing: what their answers are worth, and what nobody can make of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.federation import KEYS, NONCE, dialect, federated, unsigned
from tests.adapters.people import AT, STRANGER, WANG, ZHAO
from tests.adapters.signers import DOCKED_ISSUERS, ISSUERS, trust_list
from tests.recognition.given import all_shipped
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument, Statement
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import ChannelEvidence, Policy
from tongxing.schema import Color, Evidence, Outcome, Purpose, ReasonCode, RegionCode
from tongxing.schema.case import Case, Circumstances

every_docked = pytest.mark.parametrize("issuer", DOCKED_ISSUERS)


@every_docked
@pytest.mark.parametrize("way", ["by document", "by scanned code"])
async def test_an_answer_is_read_and_says_that_nobody_signed_it(issuer: str, way: str) -> None:
    asked = unsigned(issuer)
    source = await asked.ask(ByDocument(WANG) if way == "by document" else asked.scan)
    assert (source.outcome, source.evidence) == (Outcome.VERIFIED, Evidence.CHANNEL)
    assert {code.color for code in source.codes} == {Color.GREEN}


@every_docked
async def test_nobody_of_that_name_is_an_answer_too(issuer: str) -> None:
    source = await unsigned(issuer).ask(ByDocument(STRANGER))
    assert (source.outcome, source.evidence) == (Outcome.NOT_ENROLLED, Evidence.CHANNEL)


@every_docked
async def test_where_the_list_has_keys_an_unsigned_answer_is_no_evidence(issuer: str) -> None:
    source = await federated(issuer, signs=False).ask(ByDocument(WANG))
    assert (source.outcome, source.evidence) == (Outcome.BAD_SIGNATURE, None)


@every_docked
async def test_where_it_has_none_a_signature_adds_nothing(issuer: str) -> None:
    asked = unsigned(issuer)
    asked.issuer.signs = True  # type: ignore[attr-defined]
    source = await asked.ask(ByDocument(WANG))
    assert (source.outcome, source.evidence) == (Outcome.VERIFIED, Evidence.CHANNEL)


@every_docked
async def test_a_kept_answer_is_no_evidence_once_its_issuer_has_keys(issuer: str) -> None:
    asked = unsigned(issuer)
    statement = await asked.state(ByDocument(WANG))
    asked.trust_list = trust_list({name: [key] for name, key in KEYS.items()})
    assert asked.read(statement, ByDocument(WANG)).source.outcome is Outcome.BAD_SIGNATURE


@every_docked
async def test_a_kept_answer_is_no_evidence_once_its_issuer_is_off_the_list(issuer: str) -> None:
    asked = unsigned(issuer)
    statement = await asked.state(ByDocument(WANG))
    others = {name: [key] for name, key in KEYS.items() if name != issuer}
    asked.trust_list = trust_list(others)
    assert asked.read(statement, ByDocument(WANG)).source.outcome is Outcome.BAD_SIGNATURE


@every_docked
async def test_over_a_connection_to_anybody_nothing_is_believed(issuer: str) -> None:
    asked = unsigned(issuer)
    asked.adapter = Adapter(dialect(issuer), asked.issuer, lambda: NONCE)
    source = await asked.ask(ByDocument(WANG))
    assert (source.outcome, source.evidence, source.codes) == (Outcome.BAD_SIGNATURE, None, [])


@pytest.mark.parametrize("issuer", ISSUERS)
async def test_a_system_that_signs_is_not_read_without_its_signatures(issuer: str) -> None:
    """A list that forgot the keys of such a system does not open another road to it."""
    asked = federated(issuer)
    statement = await asked.state(ByDocument(WANG))
    listed = trust_list({name: [key] for name, key in KEYS.items()} | {issuer: []})
    adapter = Adapter(dialect(issuer), asked.issuer, lambda: NONCE, authenticates_issuer=True)
    answer = adapter.read(statement, ByDocument(WANG), listed, AT)
    assert (answer.source.outcome, answer.source.codes) == (Outcome.BAD_SIGNATURE, [])


@every_docked
async def test_another_persons_state_is_no_answer(issuer: str) -> None:
    source = await unsigned(issuer, about=ZHAO).ask(ByDocument(WANG))
    assert (source.outcome, source.codes) == (Outcome.WRONG_HOLDER, [])


@every_docked
async def test_a_kept_answer_answers_no_other_question(issuer: str) -> None:
    asked = unsigned(issuer)
    statement = await asked.state(ByDocument(WANG))
    alike = replace(WANG, number=WANG.number[:9] + "9" + WANG.number[10:])
    for other in (ByDocument(ZHAO), ByDocument(alike), asked.scan):
        assert asked.read(statement, other).source.outcome is Outcome.WRONG_HOLDER
    scanned = await asked.state(asked.scan)
    for question in (ByDocument(WANG), replace(asked.scan, code=asked.scan.code[:-1] + "1")):
        assert asked.read(scanned, question).source.outcome is Outcome.WRONG_HOLDER


@every_docked
async def test_an_issuer_does_not_speak_for_another_place(issuer: str) -> None:
    asked = unsigned(issuer)
    listed = asked.trust_list.issuers[issuer]
    elsewhere = dict(asked.trust_list.issuers) | {issuer: replace(listed, regions=("650000",))}
    asked.trust_list = replace(asked.trust_list, issuers=elsewhere)
    source = await asked.ask(ByDocument(WANG))
    assert (source.outcome, source.codes) == (Outcome.BAD_SIGNATURE, [])


@every_docked
async def test_nothing_of_a_person_is_shown_when_a_statement_is_printed(issuer: str) -> None:
    statement = await unsigned(issuer).state(ByDocument(WANG))
    assert isinstance(statement, Statement)
    assert WANG.number[:4] not in repr(statement)


POLICY_FROM = datetime(2026, 12, 1, tzinfo=UTC)


def _policy(channel: ChannelEvidence) -> Policy:
    """Of a place that asks nobody but the issuer in question."""
    policy = all_shipped().in_force(RegionCode("321100"), POLICY_FROM)
    alone = replace(policy.issuers, mandatory=frozenset())
    return replace(policy, channel_evidence=channel, issuers=alone)


@every_docked
@pytest.mark.parametrize(
    ("channel", "expected"),
    [(ChannelEvidence.GREEN, Color.GREEN), (ChannelEvidence.UNKNOWN, Color.UNKNOWN)],
    ids=["a policy that relies on it", "a policy that does not"],
)
async def test_what_it_leads_to_is_the_receiving_places_policy(
    issuer: str, channel: ChannelEvidence, expected: Color
) -> None:
    source = await unsigned(issuer).ask(ByDocument(WANG))
    circumstances = Circumstances(Purpose.ENTRY, WANG.kind, None)
    at = AT + timedelta(seconds=1)
    judgement = recognize(Case([source], circumstances, at), _policy(channel))
    assert judgement.color is expected
    if expected is Color.GREEN:
        assert judgement.evidence is Evidence.CHANNEL
    else:
        assert ReasonCode.RULE in {reason.code for reason in judgement.reasons}
