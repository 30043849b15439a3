"""A sandbox with many issuers: the three reference issuers, and members of the federation.

Responsible for a state directory in which trust list, settings and policy fit a number of issuers.
It is a directory of its own: a hub with three issuers beside it keeps its trust list and records.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tongxing.gateway.operation.files import ensure_directory, replace
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.sandbox.federation.members import (
    Member,
    credential_file,
    ensure_members,
    filter_key_file,
    members,
)
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import Child, running
from tongxing.sandbox.provisioning.state import provision, settings_text
from tongxing.sandbox.town.records import IssuerName

FEDERATION_PORTS = (8341, 8342)
"""One for each process, so that both cores of a small machine carry the members."""

FREE_FEDERATION_PORTS = (0, 0)

REFERENCE_ISSUERS = len(IssuerName)

FILTER_AGE = "5m"

MemberUrls = Mapping[Member, str]


def provision_federation(directory: Path, at: datetime, issuers: int) -> Layout:
    """As ``provision``, for ``issuers`` issuers in all."""
    wanted = members(issuers - REFERENCE_ISSUERS)
    ensure_directory(directory)
    ensure_members(Layout(directory).federation, wanted)
    layout = provision(directory, at, wanted)
    replace(layout.federation_policy, everyone_asked().encode("utf-8"))
    return layout


def write_federation_settings(
    layout: Layout, urls: Mapping[IssuerName, str], member_urls: MemberUrls, port: int
) -> Path:
    """Written anew each time: the number of issuers is the command's."""
    text = f'policies = "{layout.federation_policy.parent.name}"\n' + settings_text(urls, port)
    text += "".join(_member(layout, member, url) for member, url in member_urls.items())
    replace(layout.settings, text.encode("utf-8"))
    return layout.settings


@contextmanager
def federation(
    layout: Layout, ports: Sequence[int], seed: int, wanted: Sequence[Member]
) -> Iterator[MemberUrls]:
    """Run ``wanted`` in one process for each port; yields their addresses."""
    shares = [_consecutive(wanted, len(ports), place) for place in range(len(ports))]
    pairs = [(port, share) for port, share in zip(ports, shares, strict=True) if share]
    with running([_child(layout, port, seed, share) for port, share in pairs]) as announced:
        yield {
            member: f"{said['url']}/{member.id}"
            for said, (_, share) in zip(announced, pairs, strict=True)
            for member in share
        }


def everyone_asked() -> str:
    """The shipped policy of Zhenjiang, but that every connected issuer is asked unless its filter
    says that it does not know the holder."""
    shipped = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
    text, circles = re.subn(r"(?m)^\[asked\]\n(?:[^\[\n].*\n)*", "", shipped)
    text, heads = re.subn(r"(?m)^\[issuers\]$", f'[issuers]\nfilter_age = "{FILTER_AGE}"', text)
    if (circles, heads) != (1, 1):
        raise RuntimeError("the shipped policy has another form")
    return text


def _consecutive(wanted: Sequence[Member], shares: int, place: int) -> Sequence[Member]:
    size = -(-len(wanted) // shares)
    return wanted[place * size : (place + 1) * size]


def _child(layout: Layout, port: int, seed: int, share: Sequence[Member]) -> Child:
    name = f"federation-{share[0].number}"
    numbers = {"--port": port, "--seed": seed, "--from": share[0].number, "--to": share[-1].number}
    arguments = ["--directory", str(layout.federation)]
    for option, number in numbers.items():
        arguments += [option, str(number)]
    return Child(name, "tongxing.sandbox.federation", arguments, layout.logs / f"{name}.log")


def _member(layout: Layout, member: Member, url: str) -> str:
    credential = credential_file(layout.federation).relative_to(layout.directory)
    key = filter_key_file(layout.federation, member).relative_to(layout.directory)
    return _MEMBER.format(id=member.id, url=url, credential=credential, filter_key=key)


_MEMBER = """
[[issuers]]
id = "{id}"
dialect = "anhui"
url = "{url}"
credential = "{credential}"
filter_key = "{filter_key}"
"""
