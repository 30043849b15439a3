"""What a pass shows, what its color means, and that the code stays one that phones read."""

from dataclasses import replace

import pytest

from tests.keys.pass_vectors import KEY, claims
from tongxing.gateway.passes.pass_basis import status_of
from tongxing.gateway.passes.pass_names import masked_name
from tongxing.gateway.passes.qr_drawing import VERSION_MAX, drawn_svg
from tongxing.keys.pass_refusal import PassFault
from tongxing.keys.passes import PASS_MAX_CHARACTERS, PassStatus, PassTooLong, sign_pass
from tongxing.schema import Color, Decision
from tongxing.schema.pass_texts import PASS_TEXTS


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("李红", "*红"),
        ("李晓红", "李*红"),
        ("欧阳晓红", "欧*红"),
        ("LINDEN MIRA", "L* M*"),
        ("A B C D E", "A* B*"),
        ("买买提·艾力", "买* 艾*"),
        ("X", "X*"),
        ("李", "*李"),
    ],
)
def test_a_masked_name_can_be_compared_and_not_guessed(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize("color", Color)
@pytest.mark.parametrize("decision", Decision)
def test_green_means_that_a_gate_may_admit(color: Color, decision: Decision) -> None:
    status = status_of(color, decision)
    is_both = color is Color.GREEN and decision is Decision.ADMIT
    assert (status is PassStatus.GREEN) == is_both
    assert (status is PassStatus.RED) == (color is Color.RED or decision is Decision.REFUSE)


def test_every_fault_has_a_text_in_both_languages() -> None:
    assert set(PASS_TEXTS) == {fault.value for fault in PassFault}


def test_a_pass_that_no_phone_reads_is_not_signed() -> None:
    fits = claims(
        iss="zhenjiang",
        name="L* M*",
        doc="FOREIGN_PERMANENT_RESIDENCE",
        purpose="TRANSPORT",
        policy=10,
        audit=1_000_000_000,
        serial=1_000_000,
        idx=1_000_000,
        uri="https://hub.zj.gov.cn/status-lists/12345",
    )
    assert len(sign_pass(KEY, fits)) <= PASS_MAX_CHARACTERS
    with pytest.raises(PassTooLong):
        sign_pass(KEY, replace(fits, uri=fits.uri + "h" * 100))


async def test_the_longest_pass_is_drawn_at_the_densest_version() -> None:
    svg = await drawn_svg("e" * PASS_MAX_CHARACTERS)
    modules = 4 * VERSION_MAX + 17 + 2 * 4
    assert f'width="{modules}"' in svg
    with pytest.raises(ValueError, match="phones"):
        await drawn_svg("e" * (PASS_MAX_CHARACTERS + 1))
