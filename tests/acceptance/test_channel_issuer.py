"""A fourth issuer, joined by configuration, that signs nothing: through a hub as a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.acceptance.callers import Answer, Caller, calling, document_of
from tests.acceptance.docked_listener import join, listening
from tests.acceptance.hubs import serving
from tests.acceptance.standing import FORGETFUL, NewState
from tests.adapters.docked_issuers import SimulatedAnhui, in_data, scanned
from tests.adapters.people import AT
from tests.adapters.signers import EdSigner
from tests.adapters.simulated_issuer import leave
from tongxing.schema import DocumentKind, TravelDocument

GREEN = "green_everywhere"
CREDENTIAL = "anhuis-own-credential"
LISTED: dict[str, object] = {
    "id": "anhui",
    "name": {"zh": "安康码", "en": "Anhui health code"},
    "level": "province",
    "regions": ["340000"],
    "code_prefix": "AKM:",
    "keys": [],
    "channel_only": True,
}


@dataclass
class Anhui:
    url: str
    says: SimulatedAnhui
    credentials: set[str | None]


def _person() -> TravelDocument:
    document = document_of(GREEN)
    return TravelDocument.parse(DocumentKind[document.kind.name], document.number, document.name)


@contextmanager
def _listening() -> Iterator[Anhui]:
    says = SimulatedAnhui(
        signer=EdSigner(),
        people=[_person()],
        scanned=scanned("anhui"),
        shown_by=_person(),
        signs=False,
        late=datetime.now(UTC) - AT,
    )
    with listening(says) as heard:
        yield Anhui(heard.url, says, heard.credentials)


@pytest.fixture(scope="module", name="anhui")
def anhui_() -> Iterator[Anhui]:
    with _listening() as anhui:
        yield anhui


@pytest.fixture(scope="module", name="joined")
def joined_(new_layout: NewState, anhui: Anhui) -> Iterator[Caller]:
    """A city in front of a hub that was told of Anhui: one entry here, one in the trust list."""
    layout = new_layout()
    join(layout, LISTED, anhui.url, CREDENTIAL)
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        yield caller


def _anhuis(answer: Answer) -> Answer:
    (source,) = [source for source in answer["sources"] if source["issuer"]["id"] == "anhui"]
    return dict(source)


ISSUERS = "{ issuers { id evidence keys { keyId } } }"


def test_clients_may_know_beforehand_that_it_signs_nothing(joined: Caller) -> None:
    listed = {one["id"]: one for one in joined.data(ISSUERS)["issuers"]}
    assert (listed["anhui"]["evidence"], listed["anhui"]["keys"]) == ("CHANNEL", [])
    assert {one["evidence"] for name, one in listed.items() if name != "anhui"} == {"SIGNED"}


def test_its_green_is_heard_and_marked_as_unsigned(joined: Caller, anhui: Anhui) -> None:
    answer = joined.persona(GREEN)
    source = _anhuis(answer)
    assert (source["outcome"], source["evidence"]) == ("VERIFIED", "CHANNEL")
    assert [(code["color"], code["issuingPlace"]) for code in source["codes"]] == [
        ("GREEN", "340100")
    ]
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")
    assert anhui.credentials == {f"Bearer {CREDENTIAL}"}


def test_its_red_counts_though_nobody_signed_it(joined: Caller, anhui: Anhui) -> None:
    with _saying(anhui, healthStatus=3):
        answer = joined.persona(GREEN)
    assert (answer["color"], answer["evidence"], answer["decidedBy"]["id"]) == (
        "RED",
        "CHANNEL",
        "anhui",
    )


def test_a_digit_that_it_does_not_have_is_no_color(joined: Caller, anhui: Anhui) -> None:
    with _saying(anhui, healthStatus="1"):
        answer = joined.persona(GREEN)
    assert (answer["color"], _anhuis(answer)["outcome"]) == ("UNKNOWN", "UNMAPPED_VALUE")


def test_its_green_alone_admits_nobody_where_the_policy_does_not_rely_on_it(
    joined: Caller, anhui: Anhui
) -> None:
    answer = joined.scan(anhui.says.scanned)
    source = _anhuis(answer)
    assert (source["outcome"], source["evidence"]) == ("VERIFIED", "CHANNEL")
    assert answer["color"] == "UNKNOWN"
    assert answer["decision"] != "ADMIT"


@contextmanager
def _saying(anhui: Anhui, **data: object) -> Iterator[None]:
    anhui.says.edit = in_data(lambda members: members.update(data))
    try:
        yield
    finally:
        anhui.says.edit = leave
