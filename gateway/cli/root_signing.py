"""``tongxing trust root sign|verify``: a proposal gets one signature after the other, each on the
machine of the person who signs."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tongxing.gateway.ceremony.concerns import Concern
from tongxing.gateway.ceremony.proposals import Proposal, Signing, parse_proposal
from tongxing.gateway.ceremony.review import review
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.root_signers import KEY_HELP, root_signer
from tongxing.gateway.cli.root_view import (
    IN_FORCE,
    ROOTS,
    InForceOption,
    NextOption,
    ProposalArgument,
    RootsOption,
    list_in_force,
    read_proposal,
    show_changes,
    show_concerns,
    show_signings,
    signings,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.files import PUBLIC_FILE, replace
from tongxing.gateway.operation.root_files import whole_chain
from tongxing.keys.root_signatures import SIGNATURES_MAX, RootSigner
from tongxing.keys.root_succession import RootVersion

Signings = Sequence[tuple[RootVersion, Signing]]


def sign(  # noqa: PLR0917 - typer hands options over by name
    proposal: ProposalArgument,
    key: Annotated[str, typer.Option("--key", metavar="KEY", help=KEY_HELP)],
    roots: RootsOption = ROOTS,
    in_force: InForceOption = IN_FORCE,
    following: NextOption = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="NAME",
            show_default=False,
            help="已知悉的警示 The name of a warning that is meant so",
        ),
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="不再询问 Sign without being asked; warnings still count")
    ] = False,
) -> None:
    """Shows first what changes. A warning has to be accepted by its name."""
    chain = whole_chain(roots)
    found = read_proposal(proposal)
    shown = review(found, chain.newest, list_in_force(in_force, chain), now())
    before = signings(found, chain, following)
    show_changes(shown.changes)
    show_signings(before)
    show_concerns(shown.concerns)
    _check_accepted(shown.concerns, accept or [])
    if not yes:
        typer.confirm("签名 sign it?", abort=True)
    with root_signer(key) as signer:
        content = _signed(found, signer, before).to_bytes()
    after = signings(parse_proposal(content), chain, following)
    replace(proposal, content, PUBLIC_FILE)
    show_signings(after)


def _check_accepted(concerns: Sequence[Concern], accepted: Sequence[str]) -> None:
    open_ = [concern.name for concern in concerns if concern.name not in accepted]
    if open_:
        names = " ".join(f"--accept {name}" for name in dict.fromkeys(open_))
        raise CommandFailed(
            f"有警示，确认无误后请加 there are warnings; if it is meant so: {names}"
        )


def _signed(proposal: Proposal, signer: RootSigner, needed: Signings) -> Proposal:
    """With the signature of ``signer``, under its id among the root keys."""
    mine = [
        key_id
        for _, signing in needed
        for key_id, key in signing.keys.keys.items()
        if key == signer.public_key
    ]
    if not mine:
        raise CommandFailed(
            "这把密钥不是根密钥；如属将要接替的，请用 --next 指明 this is none of the root keys; "
            "if it is of those that are to follow, name these with --next"
        )
    signed = {key_id for _, signing in needed for key_id in signing.signed}
    still = [key_id for key_id in mine if key_id not in signed]
    if not still:
        raise CommandFailed("这把密钥已经签过 this key has signed it already")
    for key_id in dict.fromkeys(still):
        proposal = proposal.signed_by(key_id, signer)
    if len(proposal.form.signatures) > SIGNATURES_MAX:
        raise CommandFailed(
            f"已有{SIGNATURES_MAX}人签名，不必再签 as many as {SIGNATURES_MAX} have signed: "
            "that is enough for any root keys"
        )
    return proposal


def verify(
    proposal: ProposalArgument, roots: RootsOption = ROOTS, following: NextOption = None
) -> None:
    """How many have signed, and who is missing. Fails while there are too few."""
    found = signings(read_proposal(proposal), whole_chain(roots), following)
    show_signings(found)
    if not all(signing.is_enough for _, signing in found):
        raise CommandFailed("签名不足 SHORT_OF_SIGNATURES: not enough have signed yet")
