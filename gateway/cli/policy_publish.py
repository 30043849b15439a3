"""``tongxing policy key|sign|publish``: from a draft to a file that hubs believe.

If a policy relaxes anything, two people sign it, each with their own key on their own machine; they
pass on the file, with the signatures beside it.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongxing.adapters.declared_dialect import declares_dialect, read_dialect
from tongxing.adapters.dialect_refusal import DIALECT_MENDINGS, DialectRefused
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    local_database,
    read_settings,
)
from tongxing.gateway.cli.policy_view import ONE_REFUSED, console, headline, show_refusal
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.files import replace, write_once
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.policy.in_force import Policies, check_succession
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.published import (
    PublishedFile,
    policy_bytes,
    published_files,
    read_published,
    signatures_beside,
    signatures_path,
)
from tongxing.gateway.policy.shared_policies import publication, shared_files, with_shared
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import SHIPPED_POLICIES, Settings
from tongxing.keys import RootKeys
from tongxing.keys.detached_signatures import BadSignatures, add_signature
from tongxing.keys.root_keys import parse_root_keys
from tongxing.keys.signing import Es256Signer, InvalidPrivateKey

KeyOption = Annotated[
    Path, typer.Option("--key", metavar="PEM", help="签名人的私钥 The signer's private key")
]
DraftArgument = Annotated[Path, typer.Argument(metavar="FILE", help="政策文件 The policy file")]


def key(
    file: Annotated[Path, typer.Argument(metavar="PEM", help="私钥文件 The file to make")],
) -> None:
    """Prints the public half as the hub's file of policy keys takes it."""
    if file.exists():
        raise CommandFailed(
            f"{file} 已存在，密钥不会被覆盖，请换一个文件名 exists; a key is never overwritten"
        )
    signer = Es256Signer.from_pem(write_once(file, lambda: Es256Signer.generate().to_pem()))
    described = signer.public_key.to_jwk() | {"kid": signer.key_id}
    typer.echo(json.dumps({"threshold": 1, "keys": [described]}, indent=2))


def sign(file: DraftArgument, key: KeyOption) -> None:
    """A policy, or a file that declares a dialect: both by the same people."""
    content = policy_bytes(file)
    beside = signatures_path(file)
    said = _of_dialect(file, content) if declares_dialect(content) else _of_policy(file, content)
    present = signatures_beside(file)
    try:
        signatures = add_signature(content, present, Es256Signer.from_pem(key.read_bytes()))
    except (BadSignatures, InvalidPrivateKey) as error:
        raise CommandFailed(
            f"私钥或已有的签名文件有误，请核对 the key or the signatures are wrong: {error}"
        ) from None
    replace(beside, signatures)
    console().print(f"✔ {said}", markup=False)


def _of_policy(file: Path, content: bytes) -> str:
    try:
        return headline(signatures_path(file).name, read_policy(file.name, content))
    except PolicyRefused as refused:
        show_refusal(refused)
        raise CommandFailed(ONE_REFUSED) from None


def _of_dialect(file: Path, content: bytes) -> str:
    try:
        dialect = read_dialect(file.name, content)
    except DialectRefused as refused:
        mending = DIALECT_MENDINGS[refused.fault]
        raise CommandFailed(f"{mending.wrong.zh} {mending.wrong.en}: {refused}") from None
    return f"{signatures_path(file).name}: {dialect.name} · 第{dialect.version}版"


def publish(file: DraftArgument, settings: SettingsOption = None) -> None:
    """Checks first what a running hub would check, then shares a signed policy with all machines,
    if a server holds the hub's database, and puts the file where this machine's hub looks. The
    signatures are written before the file, so that the hub never meets a file without them."""
    hub = read_settings(settings)
    if hub.policies == SHIPPED_POLICIES:
        raise CommandFailed(
            "随附的政策属于程序本身：请抄到另一目录，并在配置的 `policies` 中写明该目录 "
            "the shipped policies are part of the program: copy them into another directory "
            "and name it in the settings as `policies`"
        )
    signatures = signatures_beside(file)
    published = PublishedFile(file.name, policy_bytes(file), signatures)
    try:
        policy = asyncio.run(_published(published, hub, local_database(settings)))
    except PolicyRefused as refused:
        show_refusal(refused)
        raise CommandFailed(ONE_REFUSED) from None
    if signatures is not None:
        replace(signatures_path(hub.policies / file.name), signatures)
    replace(hub.policies / file.name, published.content)
    console().print(f"✔ {headline(file.name, policy)}", markup=False)


async def _published(file: PublishedFile, hub: Settings, database: LocalDatabase) -> Policy:
    """Checked, and shared if it can be. Raises PolicyRefused."""
    keys = _policy_keys(hub)
    if keys is None or database.place.url is None:
        return _checked(file, hub, keys, ())
    async with opened(database.place, database.signer) as state:
        shared = shared_files(await state.publications.policies())
        policy = _checked(file, hub, keys, shared)
        await state.publications.share_policies([publication(file, policy)])
    return policy


def _checked(
    file: PublishedFile,
    hub: Settings,
    keys: RootKeys | None,
    shared: Sequence[PublishedFile],
) -> Policy:
    """Against what this machine's directory holds and what is ``shared``, as a hub sees it."""
    policy = read_published(file, keys)
    is_first = not any(hub.policies.glob("*.toml"))
    own = [] if is_first else published_files(hub.policies)
    others = [each for each in own if each.name != file.name]
    held = Policies.of(_named(own, shared, keys))
    files = _named([*others, file], shared, keys)
    check_succession(held, files, now())
    Policies.of(files)
    return policy


def _named(
    own: Sequence[PublishedFile], shared: Sequence[PublishedFile], keys: RootKeys | None
) -> dict[str, Policy]:
    """Of what is shared, what a hub takes. Raises PolicyRefused for what is the machine's own."""
    named = {}
    for each in with_shared(own, shared):
        try:
            named[each.name] = read_published(each, keys)
        except PolicyRefused:
            if not each.is_shared:
                raise
    return named


def _policy_keys(hub: Settings) -> RootKeys | None:
    return None if hub.policy_keys is None else parse_root_keys(hub.policy_keys.read_bytes())
