"""A plugin that fails: no error of it gets out, each is counted, and nothing of it is a green."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.adapters.federation import KEYS, NONCE, Federated, dialect, federated
from tests.adapters.people import AT, WANG
from tests.adapters.signers import trust_list
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument, Declined, Malformed, Reading
from tongxing.adapters.guarded_dialect import GuardedDialect, NotLoadedDialect
from tongxing.schema import Basis, Color, Outcome, SourceAnswer

ISSUER = "zhenjiang"
Break = Callable[[Any], object]


def _raising(*_: Any) -> Any:
    raise KeyError("a mistake")


def _exiting(*_: Any) -> Any:
    sys.exit(1)


def _cancelling(*_: Any) -> Any:
    raise asyncio.CancelledError


def _emptying(ask: Callable[..., Any]) -> Callable[..., Any]:
    def asked(documents: Any, stamp: Any) -> Any:
        taken = [documents.pop()]
        return ask(taken, stamp)

    return asked


def _asks(*results: Any) -> Callable[..., Any]:
    def ask(*_: Any) -> Any:
        yield from ()
        return results

    return ask


def _asks_declined(*_: Any) -> Any:
    yield from ()
    raise Declined(Outcome.NOT_ENROLLED)


def _asks_nonsense(*_: Any) -> Any:
    yield "no request"


def _reads(change: Callable[[Reading], Any]) -> Break:
    def plant(broken: Any) -> None:
        read = broken.decode
        broken.decode = lambda *asked: change(read(*asked))

    return plant


def _each_code(**changes: Any) -> Break:
    return _reads(lambda r: replace(r, codes=tuple(replace(code, **changes) for code in r.codes)))


def _set(name: str, value: Any) -> Break:
    return lambda broken: setattr(broken, name, value)


FAULTS: Mapping[str, tuple[Break, Outcome]] = {
    "an error while it asks": (_set("ask_documents", _raising), Outcome.MALFORMED),
    "no request": (_set("ask_documents", _asks_nonsense), Outcome.MALFORMED),
    "no result": (_set("ask_documents", _asks()), Outcome.MALFORMED),
    "a result too many": (
        _set("ask_documents", _asks(Outcome.BUSY, Outcome.BUSY)),
        Outcome.MALFORMED,
    ),
    "a green without a statement": (
        _set("ask_documents", _asks(Outcome.VERIFIED)),
        Outcome.MALFORMED,
    ),
    "nobody, without a statement": (
        _set("ask_documents", _asks(Outcome.NOT_ENROLLED)),
        Outcome.MALFORMED,
    ),
    "nobody, declined": (_set("ask_documents", _asks_declined), Outcome.MALFORMED),
    "an error while it opens": (_set("open", _raising), Outcome.BAD_SIGNATURE),
    "nothing signed": (_set("open", lambda _: ()), Outcome.BAD_SIGNATURE),
    "what was signed is no envelope": (_set("open", lambda _: ("x",)), Outcome.BAD_SIGNATURE),
    "an error while it reads": (_set("decode", _raising), Outcome.MALFORMED),
    "no reading": (_reads(lambda _: None), Outcome.MALFORMED),
    "verified, and no code": (_reads(lambda r: replace(r, codes=())), Outcome.MALFORMED),
    "codes that are a list": (
        _reads(lambda r: replace(r, codes=cast("Any", [*r.codes]))),
        Outcome.MALFORMED,
    ),
    "a code of another issuer": (_each_code(issuer="national"), Outcome.MALFORMED),
    "a color that is a word": (_each_code(color="GREEN"), Outcome.MALFORMED),
    "a time without a zone": (_each_code(as_of=AT.replace(tzinfo=None)), Outcome.MALFORMED),
    "a time that is none": (_each_code(as_of=None), Outcome.MALFORMED),
    "a change at a time without a zone": (
        _each_code(changed_at=AT.replace(tzinfo=None)),
        Outcome.MALFORMED,
    ),
    "signed at a time without a zone": (
        _reads(lambda r: replace(r, signed_at=AT.replace(tzinfo=None))),
        Outcome.MALFORMED,
    ),
    "signed at a text": (
        _reads(lambda r: replace(r, signed_at=cast("Any", "2020-03-05"))),
        Outcome.MALFORMED,
    ),
    "its end has no zone": (
        _reads(lambda r: replace(r, ends_at=AT.replace(tzinfo=None))),
        Outcome.MALFORMED,
    ),
    "a holder that is a text": (
        _reads(lambda r: replace(r, document=cast("Any", "3211"))),
        Outcome.MALFORMED,
    ),
    "a place that is a number": (_each_code(issuing_place=321100), Outcome.MALFORMED),
    "no list of bases": (_each_code(basis=None), Outcome.MALFORMED),
    "a basis that is a word": (_each_code(basis=["DECLARED"]), Outcome.MALFORMED),
    "bases that can be read only once": (
        _reads(
            lambda r: replace(
                r,
                codes=tuple(
                    replace(code, basis=cast("Any", (each for each in [Basis.CLOSE_CONTACT])))
                    for code in r.codes
                ),
            )
        ),
        Outcome.MALFORMED,
    ),
    "a value that is a number": (_each_code(raw_value=1), Outcome.MALFORMED),
    "a place that is no place": (_each_code(issuing_place="云州"), Outcome.MALFORMED),
    "nobody, and a code": (
        _reads(
            lambda r: replace(
                r,
                outcome=Outcome.NOT_ENROLLED,
                codes=tuple(replace(code, color=Color.UNKNOWN) for code in r.codes),
            )
        ),
        Outcome.MALFORMED,
    ),
    "it ends the interpreter while it asks": (_set("ask_documents", _exiting), Outcome.MALFORMED),
    "it ends the interpreter while it opens": (_set("open", _exiting), Outcome.BAD_SIGNATURE),
    "it ends the interpreter while it reads": (_set("decode", _exiting), Outcome.MALFORMED),
    "it cancels whoever asks": (_set("decode", _cancelling), Outcome.MALFORMED),
    "it takes away what it was asked about": (
        lambda broken: setattr(broken, "ask_documents", _emptying(broken.ask_documents)),
        Outcome.MALFORMED,
    ),
    "a color of before that is a word": (_each_code(previous_color="RED"), Outcome.MALFORMED),
}


def guarded(plant: Break, faults: list[bool]) -> Federated:
    asked, broken = federated(ISSUER), dialect(ISSUER)
    plant(broken)
    guard = GuardedDialect(broken, ISSUER, lambda: faults.append(True))
    return Federated(asked.issuer, Adapter(guard, asked.issuer, lambda: NONCE))


async def told(plant: Break, faults: list[bool]) -> SourceAnswer:
    return await guarded(plant, faults).ask(ByDocument(WANG))


@pytest.mark.parametrize(("plant", "outcome"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_an_outcome_and_is_counted(plant: Break, outcome: Outcome) -> None:
    faults: list[bool] = []
    source = await told(plant, faults)
    assert (source.outcome, source.codes) == (outcome, [])
    assert faults == [True]


async def test_a_good_dialect_is_as_without_a_guard() -> None:
    faults: list[bool] = []
    asked = guarded(lambda _: None, faults)
    for question in (ByDocument(WANG), asked.scan):
        source, other = await asked.ask(question), await federated(ISSUER).ask(question)
        assert (source.outcome, source.codes) == (other.outcome, other.codes)
    assert faults == []
    assert asked.adapter.claims(asked.scan.code)


async def test_a_green_that_contradicts_itself_is_none() -> None:
    source = await told(_each_code(basis=[Basis.CLOSE_CONTACT]), [])
    assert source.outcome is Outcome.UNMAPPED_VALUE
    assert [code.color for code in source.codes] == [Color.UNKNOWN]


async def test_what_a_dialect_may_raise_is_no_fault() -> None:
    def malformed(*_: Any) -> Any:
        raise Malformed

    faults: list[bool] = []
    assert (await told(_set("decode", malformed), faults)).outcome is Outcome.MALFORMED
    assert faults == []


async def test_an_error_about_a_scanned_code_claims_nothing() -> None:
    faults: list[bool] = []
    asked = guarded(_set("claims", _raising), faults)
    assert not asked.adapter.claims(asked.scan.code)
    assert faults == [True]


async def test_a_statement_that_cannot_be_shown_is_not() -> None:
    faults: list[bool] = []
    source = await told(_set("shown_as", _raising), faults)
    assert (source.outcome, source.stated) == (Outcome.VERIFIED, None)
    assert faults


def test_a_dialect_that_speaks_of_another_issuer_is_not_taken() -> None:
    with pytest.raises(ValueError, match="the issuer that it was made for"):
        GuardedDialect(dialect(ISSUER), "national", lambda: None)


async def test_an_issuer_without_its_dialect_is_not_asked_and_never_a_green() -> None:
    asked = federated(ISSUER)
    down = Federated(asked.issuer, Adapter(NotLoadedDialect(ISSUER), asked.issuer, lambda: NONCE))
    statement = await asked.state(ByDocument(WANG))
    for question in (ByDocument(WANG), asked.scan):
        source = await down.ask(question)
        assert (source.outcome, source.codes) == (Outcome.CIRCUIT_OPEN, [])
    kept = down.adapter.read(statement, ByDocument(WANG), asked.trust_list, AT)
    assert kept.source.outcome is Outcome.BAD_SIGNATURE
    unsigned = trust_list({**{name: [key] for name, key in KEYS.items()}, ISSUER: []})
    over = down.adapter.read(statement, ByDocument(WANG), unsigned, AT)
    assert over.source.codes == []
