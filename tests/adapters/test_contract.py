"""What holds for every dialect alike: the road from a question to an answer to believe."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import KEYS, SCANS, TRUSTED, Federated, federated
from tests.adapters.people import AT, STRANGER, VISITOR, WANG, ZHAO
from tests.adapters.recorded import recorded
from tests.adapters.signers import EVERY_ISSUER, REGIONS, own_keys, trust_list
from tongxing.adapters.contract import CHECKS, run
from tongxing.adapters.dialect import ByDocument, Question, Statement
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.wire import HttpResponse
from tongxing.keys import TrustList
from tongxing.schema import Color, Evidence, Outcome

LISTED = {name: [key] for name, key in KEYS.items()}
every_issuer = pytest.mark.parametrize("issuer", EVERY_ISSUER)
WAYS = ("by document", "by scanned code")
WITHOUT_AN_END = ("beijing", "shanghai")
"""Their states have no validity of their own."""

every_way = pytest.mark.parametrize("way", WAYS)


def question(asked: Federated, way: str) -> Question:
    return ByDocument(WANG) if way == "by document" else asked.scan


def unsigned(_path: str, response: HttpResponse) -> HttpResponse:
    """The same answer with the signature left out, in each format."""
    body = response.body
    if b'"sign"' in body:
        start = body.index(b'"sign": "') + len(b'"sign": "')
        body = body[:start] + body[body.index(b'"', start) :]
    elif b'"statement' in body:
        body = body[: body.rindex(b".") + 1] + body[body.index(b'"', body.rindex(b".")) :]
    return HttpResponse(response.status, {}, body)


BUILT_IN = [
    (name, signs) for name in DIALECTS for signs in (True, False) if signs or name in DOCKED
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("name", "signs"),
    BUILT_IN,
    ids=[f"{name}{'' if signs else ', unsigned'}" for name, signs in BUILT_IN],
)
def test_what_is_asked_of_plugins_holds_for_the_hubs_own(
    name: str, check: str, *, signs: bool
) -> None:
    run(check, recorded(name, signs=signs))


@every_issuer
@every_way
async def test_a_signed_green_is_verified(issuer: str, way: str) -> None:
    asked = federated(issuer)
    source = await asked.ask(question(asked, way))
    assert source.outcome is Outcome.VERIFIED
    assert source.evidence is Evidence.SIGNED
    assert {code.color for code in source.codes} == {Color.GREEN}
    assert all(code.issuer == issuer for code in source.codes)
    assert source.evidence_digest is not None
    assert len(source.evidence_digest) == 43


@every_issuer
async def test_a_person_with_a_passport_is_known_by_it(issuer: str) -> None:
    assert (await federated(issuer).ask(ByDocument(VISITOR))).outcome is Outcome.VERIFIED


@every_issuer
async def test_nobody_of_that_name_is_a_signed_statement(issuer: str) -> None:
    renamed = replace(WANG, name="王二")
    outcomes = [await federated(issuer).ask(ByDocument(who)) for who in (STRANGER, renamed)]
    assert [source.outcome for source in outcomes] == [Outcome.NOT_ENROLLED] * 2
    assert [source.evidence for source in outcomes] == [Evidence.SIGNED] * 2


@every_issuer
@pytest.mark.parametrize("asked_for", [WANG, STRANGER], ids=["enrolled", "not enrolled"])
async def test_a_statement_by_an_unknown_key_is_not_believed(issuer: str, asked_for: Any) -> None:
    source = await federated(issuer, signer=own_keys()[issuer]).ask(ByDocument(asked_for))
    assert source.outcome is Outcome.BAD_SIGNATURE
    assert source.evidence is None
    assert source.codes == []


@every_issuer
@every_way
async def test_an_unsigned_statement_is_not_believed(issuer: str, way: str) -> None:
    asked = federated(issuer, mangle=unsigned)
    assert (await asked.ask(question(asked, way))).outcome is Outcome.BAD_SIGNATURE


@every_issuer
@every_way
async def test_another_issuers_key_is_no_key_of_this_one(issuer: str, way: str) -> None:
    """The key is on the trust list, with the right suite, under another issuer."""
    stranger = own_keys()[issuer]
    other = "sukangma" if issuer == "zhenjiang" else "zhenjiang"
    listed = {name: [key] for name, key in KEYS.items()} | {other: [KEYS[other], stranger]}
    asked = federated(issuer, signer=stranger)
    asked.trust_list = trust_list(listed)
    assert (await asked.ask(question(asked, way))).outcome is Outcome.BAD_SIGNATURE


@every_issuer
@every_way
async def test_a_key_that_is_revoked_meanwhile_takes_its_statements_along(
    issuer: str, way: str
) -> None:
    asked = federated(issuer)
    statement = await asked.state(question(asked, way))
    assert asked.read(statement, question(asked, way)).source.outcome is Outcome.VERIFIED
    signers = {name: [key] for name, key in KEYS.items()}
    asked.trust_list = trust_list(signers, revoked=frozenset({issuer}))
    answer = asked.read(statement, question(asked, way))
    assert answer.source.outcome is Outcome.BAD_SIGNATURE
    assert answer.document is None


TURNS: dict[str, Callable[[str], TrustList]] = {
    "the key is revoked": lambda issuer: trust_list(LISTED, revoked=frozenset({issuer})),
    "the key is gone": lambda issuer: trust_list(LISTED | {issuer: [own_keys()[issuer]]}),
    "the issuer is gone": lambda issuer: trust_list(
        {name: keys for name, keys in LISTED.items() if name != issuer}
    ),
    "another region": lambda _: trust_list(LISTED, regions=dict.fromkeys(REGIONS, ("650000",))),
    "an issuer that signs nothing": lambda issuer: trust_list(LISTED | {issuer: []}),
}
AFTER = {"at once": timedelta(0), "a day later": timedelta(days=1), "a year": timedelta(days=366)}


@every_issuer
@pytest.mark.parametrize("turned", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)
async def test_a_kept_statement_is_believed_by_the_trust_list_of_its_use(
    issuer: str, turned: Callable[[str], TrustList], after: timedelta
) -> None:
    asked, question = federated(issuer), ByDocument(WANG)
    statement = await asked.state(question)
    assert asked.read(statement, question).source.outcome is Outcome.VERIFIED
    asked.trust_list = turned(issuer)
    again = asked.read_again(statement, AT + after)
    assert again == asked.adapter.read(statement, question, asked.trust_list, AT + after)
    assert again.source.outcome is not Outcome.VERIFIED


@every_issuer
@every_way
async def test_a_key_does_not_speak_for_a_region_that_it_does_not_have(
    issuer: str, way: str
) -> None:
    elsewhere = dict.fromkeys(REGIONS, ("650000",))
    asked = federated(issuer)
    asked.trust_list = trust_list({n: [key] for n, key in KEYS.items()}, regions=elsewhere)
    source = await asked.ask(question(asked, way))
    assert source.outcome is Outcome.BAD_SIGNATURE
    assert source.codes == []


@every_issuer
async def test_another_persons_statement_is_no_answer(issuer: str) -> None:
    source = await federated(issuer, about=ZHAO).ask(ByDocument(WANG))
    assert source.outcome is Outcome.WRONG_HOLDER
    assert source.evidence is None
    assert source.codes == []


@every_issuer
async def test_a_kept_statement_answers_no_other_question(issuer: str) -> None:
    asked = federated(issuer)
    statement = await asked.state(ByDocument(WANG))
    alike = replace(WANG, number=WANG.number[:9] + "9" + WANG.number[10:])
    for other in (ByDocument(ZHAO), ByDocument(alike), asked.scan):
        assert asked.read(statement, other).source.outcome is Outcome.WRONG_HOLDER
    scanned = await asked.state(asked.scan)
    other_code = replace(asked.scan, code=asked.scan.code[:-1] + "1")
    for other in (ByDocument(WANG), other_code):
        assert asked.read(scanned, other).source.outcome is Outcome.WRONG_HOLDER


@every_issuer
@every_way
@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(days=-1), Outcome.STALE),
        (timedelta(seconds=-121), Outcome.STALE),
        (timedelta(seconds=-119), Outcome.VERIFIED),
        (timedelta(seconds=59), Outcome.VERIFIED),
        (timedelta(seconds=61), Outcome.STALE),
    ],
    ids=["yesterday", "121 s ago", "119 s ago", "59 s ahead", "61 s ahead"],
)
async def test_a_signature_of_another_time_is_a_replay(
    issuer: str, way: str, late: timedelta, expected: Outcome
) -> None:
    asked = federated(issuer, late=late)
    answer = asked.read(await asked.state(question(asked, way)), question(asked, way))
    assert answer.source.outcome is expected
    assert answer.ahead is not None
    assert abs(answer.ahead - late) < timedelta(seconds=1)


@pytest.mark.parametrize("issuer", [name for name in EVERY_ISSUER if name not in WITHOUT_AN_END])
async def test_a_code_ends_with_its_validity_and_its_color_stays_visible(issuer: str) -> None:
    asked = federated(issuer)
    asked.issuer.edit = _expire
    source = await asked.ask(ByDocument(WANG))
    assert source.outcome is Outcome.CODE_EXPIRED
    assert source.codes[0].color is Color.GREEN


@every_issuer
async def test_a_change_to_any_byte_breaks_the_signature(issuer: str) -> None:
    asked = federated(issuer)
    statement = await asked.state(ByDocument(WANG))
    last = statement.parts[-1]
    for position in range(0, len(last), 37):
        flipped = last[:position] + bytes([last[position] ^ 1]) + last[position + 1 :]
        changed = replace(statement, parts=(*statement.parts[:-1], flipped))
        source = asked.read(changed, ByDocument(WANG)).source
        assert source.outcome in (Outcome.BAD_SIGNATURE, Outcome.MALFORMED), position


@every_issuer
async def test_reading_is_pure(issuer: str) -> None:
    asked = federated(issuer)
    statement = await asked.state(ByDocument(WANG))
    assert asked.read(statement, ByDocument(WANG)) == asked.read(statement, ByDocument(WANG))


@every_issuer
async def test_nothing_of_a_person_is_shown_when_a_value_is_printed(issuer: str) -> None:
    asked = federated(issuer)
    statement = await asked.state(ByDocument(WANG))
    scanned = await asked.state(asked.scan)
    answer = asked.read(scanned, asked.scan)
    shown = f"{statement!r} {scanned!r} {asked.issuer.requests!r} {asked.scan!r} {answer!r}"
    for secret in (WANG.number, WANG.name, asked.scan.code, "13800000000", NAME_OF_VERIFIER):
        assert secret not in shown


@every_issuer
def test_a_dialect_claims_its_own_codes_alone(issuer: str) -> None:
    adapter = federated(issuer).adapter
    claimed = {name for name in EVERY_ISSUER if adapter.claims(SCANS[name])}
    assert claimed == {issuer}


@every_issuer
@pytest.mark.parametrize(
    "mistake",
    [lambda c: c + " ", lambda c: " " + c, lambda c: c + "\n", lambda c: c[:5], lambda c: ""],
    ids=["trailing blank", "leading blank", "line feed", "truncated", "empty"],
)
def test_a_code_that_is_not_exactly_one_is_not_claimed(
    issuer: str, mistake: Callable[[str], str]
) -> None:
    assert not federated(issuer).adapter.claims(mistake(SCANS[issuer]))


@every_issuer
async def test_a_statement_names_the_issuer_that_was_asked(issuer: str) -> None:
    statement = await federated(issuer).state(ByDocument(WANG))
    assert isinstance(statement, Statement)
    assert (statement.issuer, statement.received_at) == (issuer, AT)
    assert TRUSTED.issuers[issuer].id == statement.issuer


NAME_OF_VERIFIER = "测试员"


def _expire(members: dict[str, Any]) -> None:
    """The end of the validity, in each format, an hour before AT."""
    if "valid_until" in members:
        members["valid_until"] = int(AT.timestamp()) - 3_600
    elif members.get("res"):
        members["res"] |= {"updateTime": "2020-03-01 09:00:00", "remainDays": 5}
    elif "fxdj" in members:
        members |= {"updateTime": "2020-03-01 09:00:00", "validDays": 5}
    elif members.get("data"):
        for code in members["data"].get("codes", [members["data"]]):
            code |= {"updateTime": "2020-03-01 09:00:00", "validDays": 5}
            code["validUntil"] = "2020-03-06 09:00:00"
