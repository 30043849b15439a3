"""``tongxing trust root propose|diff|show``: from a draft to a proposal, and what it says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxing.gateway.ceremony.drafts import (
    DRAFT_MAX_BYTES,
    DraftUnusable,
    ListDraft,
    RootsDraft,
    draft_of,
    list_payload,
    parse_draft,
    roots_of,
)
from tongxing.gateway.ceremony.proposals import Proposal, proposal_of
from tongxing.gateway.ceremony.review import review
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.root_signers import KEY_FILE_MAX_BYTES
from tongxing.gateway.cli.root_view import (
    IN_FORCE,
    ROOTS,
    InForceOption,
    ProposalArgument,
    RootsOption,
    key_lines,
    list_in_force,
    read_proposal,
    show_changes,
    show_concerns,
)
from tongxing.gateway.cli.terminal import now, read_json_object, read_keys
from tongxing.gateway.cli.trust_view import show_list
from tongxing.gateway.operation.files import PUBLIC_FILE, read_at_most, write_new
from tongxing.gateway.operation.root_files import whole_chain
from tongxing.keys.root_keys import ROOT_KEYS_MAX_BYTES, RootKeys, parse_root_keys
from tongxing.keys.root_succession import RootVersion, payload_after
from tongxing.keys.trust_list import TrustList


def propose(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="草稿 A draft, TOML or JSON")],
    proposal: Annotated[Path, typer.Argument(metavar="FILE", help="提案 The proposal to make")],
    roots: RootsOption = ROOTS,
    in_force: InForceOption = IN_FORCE,
) -> None:
    """The next version, which nobody has signed yet. Key files are found beside the draft."""
    chain = whole_chain(roots)
    held = list_in_force(in_force, chain)
    try:
        made = _proposed(draft, chain.newest, held)
    except DraftUnusable as refused:
        raise CommandFailed(f"{draft} 草稿有误 the draft is wrong: {refused}") from None
    _show(made, chain.newest, held)
    try:
        write_new(proposal, made.to_bytes(), PUBLIC_FILE)
    except FileExistsError:
        raise CommandFailed(
            f"{proposal} 已存在，请换一个文件名 exists: take another name"
        ) from None
    typer.echo(f"✔ {proposal}")


def _proposed(file: Path, held: RootVersion, in_force: TrustList | None) -> Proposal:
    draft = parse_draft(read_at_most(file, DRAFT_MAX_BYTES))
    if isinstance(draft, ListDraft):
        version = 1 if in_force is None else in_force.version + 1
        payload = list_payload(
            draft, version=version, at=now(), read_key=lambda name: _jwk(file.parent / name)
        )
        return proposal_of(payload)
    return proposal_of(payload_after(held, _roots(draft, file.parent)))


def _roots(draft: RootsDraft, beside: Path) -> RootKeys:
    return roots_of(
        draft.threshold, [key for name in draft.keys for key in read_keys(beside / name)]
    )


def _jwk(file: Path) -> Mapping[str, Any]:
    """A JWK as it is, of every suite; or PEM, which says no key id and has no SM2."""
    if b"-----BEGIN" not in read_at_most(file, KEY_FILE_MAX_BYTES):
        return read_json_object(file)
    (key, *others) = read_keys(file)
    if others:
        raise DraftUnusable(f"{file} has several keys")
    return key.public_key.to_jwk()


def diff(
    proposal: ProposalArgument, roots: RootsOption = ROOTS, in_force: InForceOption = IN_FORCE
) -> None:
    """Compared with what it follows."""
    chain = whole_chain(roots)
    _show(read_proposal(proposal), chain.newest, list_in_force(in_force, chain))


def _show(proposal: Proposal, held: RootVersion, in_force: TrustList | None) -> None:
    found = review(proposal, held, in_force, now())
    show_changes(found.changes)
    show_concerns(found.concerns)


def show(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="提案、列表或根公钥 A proposal, list, root keys")
    ],
    *,
    draft: Annotated[
        bool, typer.Option("--draft", help="输出为草稿 As a draft (JSON) of the next list")
    ] = False,
) -> None:
    """All that a file says, signed or not."""
    content = read_at_most(file, DRAFT_MAX_BYTES)
    if b'"threshold"' in content:
        _show_roots(1, parse_root_keys(content[: ROOT_KEYS_MAX_BYTES + 1]))
        return
    proposal = read_proposal(file)
    if proposal.is_of_roots:
        _show_roots(proposal.version, proposal.root_keys())
    elif draft:
        typer.echo(json.dumps(draft_of(proposal.content), ensure_ascii=False, indent=2))
    else:
        show_list(proposal.trust_list())


def _show_roots(version: int, keys: RootKeys) -> None:
    number = len(keys.keys)
    typer.echo(
        f"根公钥第{version}版：{number}人中的{keys.threshold}人 root keys of version {version}: "
        f"{keys.threshold} of {number}"
    )
    for line in key_lines(keys):
        typer.echo(line)
