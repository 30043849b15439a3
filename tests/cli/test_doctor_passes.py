"""``tongxing doctor`` says how much longer a hub's id and address may be: a pass has to fit."""

from dataclasses import replace

import msgspec
import pytest

from tests.keys.pass_vectors import KEY
from tongxing.gateway.cli.pass_checks import examine_passes, ordinary_pass
from tongxing.gateway.settings import Settings
from tongxing.gateway.settings_file import load_settings
from tongxing.keys.passes import PassTooLong, sign_pass
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import DocumentKind


@pytest.fixture
def settings(layout: Layout) -> Settings:
    return load_settings(layout.settings, {})


def at_address(settings: Settings, url: str | None) -> Settings:
    return msgspec.structs.replace(settings, hub=msgspec.structs.replace(settings.hub, url=url))


def test_without_an_address_no_passes_are_offered(settings: Settings) -> None:
    (found,) = examine_passes(at_address(settings, None))
    assert found.is_well
    assert "no passes are issued" in found.about


def test_the_room_that_it_says_is_the_room_that_there_is(settings: Settings) -> None:
    short = "https://h.cn"
    (found,) = examine_passes(at_address(settings, short))
    assert found.is_well
    room = int(found.about.partition("可再长")[2].partition("字节")[0])
    claims = ordinary_pass(settings.hub.id, short, DocumentKind.RESIDENT_ID)
    sign_pass(KEY, replace(claims, uri=claims.uri + "h" * room))
    with pytest.raises(PassTooLong):
        sign_pass(KEY, replace(claims, uri=claims.uri + "h" * (room + 1)))
    (full,) = examine_passes(at_address(settings, short + "h" * room))
    assert full.is_well
    assert "does not fit" in full.about, "of the longest kind of document"
    (over,) = examine_passes(at_address(settings, short + "h" * (room + 1)))
    assert "too long for the code by 1 bytes" in over.wrong
