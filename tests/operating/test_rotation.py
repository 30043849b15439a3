"""``docs/operating/rotation.md``, followed beside a hub that runs and is asked all the while."""

from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.acceptance.callers import calling
from tests.acceptance.hubs import serving
from tests.acceptance.rotating import published, signing_of
from tests.acceptance.standing import NewState
from tests.operating.followed import HUB, PAGES, Machines, blocks, machines
from tongxing.keys.hub_key_set import HEARS_WITHIN

pytestmark = pytest.mark.processes

PAGE = Path("docs/operating/rotation.md").name


def follow_section(heading: str, them: Machines) -> None:
    """The blocks of one section of the page, in their order."""
    whole = "\n".join(blocks_of_page(heading))
    for block in blocks(PAGE, whole):
        if block.is_run:
            them.run(block)


def blocks_of_page(heading: str) -> list[str]:
    text = (PAGES / PAGE).read_text("utf-8")
    _, _, rest = text.partition(f"\n## {heading}\n")
    return [rest.partition("\n## ")[0]]


def test_the_hubs_keys_are_replaced_and_a_stolen_one_is_revoked(
    tmp_path: Path, new_layout: NewState
) -> None:
    layout = new_layout()
    with machines(tmp_path) as them, serving(layout) as hub:
        (them.at(HUB) / "hub").symlink_to(layout.directory, target_is_directory=True)
        with calling(hub) as city:
            first = signing_of(city)
        follow_section("平台密钥 Hub keys", them)
        last = _heard(hub.url)[0]
        with calling(hub) as city:
            assert signing_of(city) == last != first


def _heard(url: str) -> list[str]:
    """What is published once the hub has heard of the last step: without the stolen key."""
    ends = monotonic() + HEARS_WITHIN.total_seconds()
    while len(found := [each["kid"] for each in published(url)]) != 2:
        assert monotonic() < ends, found
        sleep(0.2)
    return found
