"""Two machines that serve one hub: each with settings, files and a worker of its own, over one
PostgreSQL server."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from tests.acceptance.deaf_proxy import DeafProxy, deaf_proxy
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tests.acceptance.test_workers_together import place_of
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.policy.published import signatures_path
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys import RootKeys
from tongxing.keys.detached_signatures import add_signature
from tongxing.keys.root_keys import encode_root_keys
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.sandbox.provisioning.clients import register_clients
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

AUTHORS = tuple(Es256Signer.generate() for _ in range(2))
"""Who signs policies: a relaxation takes both."""


@dataclass(frozen=True)
class Machines:
    """``proxy``: the way there to the database, if it is one on which nobody can listen."""

    here: RunningHub
    there: RunningHub
    proxy: DeafProxy | None = None


def policies_of(layout: Layout) -> Path:
    return layout.directory / "policies"


def sign(policy: Path) -> None:
    """By all authors, into the file beside it."""
    content, signatures = policy.read_bytes(), None
    for author in AUTHORS:
        signatures = add_signature(content, signatures, author)
    assert signatures is not None
    signatures_path(policy).write_bytes(signatures)


def set_up(layout: Layout, url: str) -> None:
    """The settings of a machine with signed policies of its own, over the database at ``url``."""
    copytree(SHIPPED_POLICIES, policies_of(layout))
    for policy in policies_of(layout).glob("*.toml"):
        sign(policy)
    keys = RootKeys(1, {author.key_id: author.public_key for author in AUTHORS})
    (layout.directory / "policy-keys.json").write_bytes(encode_root_keys(keys))
    first = f'database = "{url}"\npolicies = "policies"\npolicy_keys = "policy-keys.json"\n'
    layout.settings.write_text(first + layout.settings.read_text("utf-8"), "utf-8")


@contextmanager
def two_machines(
    new_layout: NewState, *, is_deaf: bool = False, **settings: object
) -> Iterator[Machines]:
    """Over an empty database in which the clients are registered. Each hears its news, unless the
    one there ``is_deaf``."""
    here, there = new_layout(), new_layout()
    place = place_of(here)
    assert place.url is not None
    signer = HubSigner.from_pem(here.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))
    asyncio.run(register_clients(here, place, datetime.now(UTC), signer))
    with ExitStack() as stack:
        proxy = stack.enter_context(deaf_proxy(place.url)) if is_deaf else None
        set_up(here, place.url)
        set_up(there, place.url if proxy is None else proxy.url)
        first, second = (stack.enter_context(serving(each, **settings)) for each in (here, there))
        first.await_event("news_heard", 1)
        second.await_event("news_unheard" if is_deaf else "news_heard", 1)
        yield Machines(first, second, proxy)
