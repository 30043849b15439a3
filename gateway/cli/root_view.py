"""What the commands of the ceremony read and show: root keys, proposals, lists in force.

A signer's machine has no hub and no settings: all that it needs are files, by default in the
directory in which the command is run.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.ceremony.concerns import Concern
from tongxing.gateway.ceremony.proposals import Proposal, Signing, parse_proposal
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.operation.judged_lists import have_signed
from tongxing.keys.root_chain import RootChain
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_MAX_BYTES, signed_payload
from tongxing.keys.root_succession import RootVersion
from tongxing.keys.trust_list import TrustList, unsigned_list
from tongxing.schema.values import Text

RootsOption = Annotated[
    Path,
    typer.Option(
        "--roots",
        metavar="FILE",
        help="第一版根公钥，后续各版在其旁 The first root keys; those that followed lie beside",
    ),
]
InForceOption = Annotated[
    Path,
    typer.Option(
        "--in-force",
        metavar="FILE",
        help="现行信任列表，尚无则略 The trust list in force, if there is one yet",
    ),
]
NextOption = Annotated[
    Path | None,
    typer.Option(
        "--next",
        metavar="FILE",
        show_default=False,
        help="将要接替的根公钥提案 The proposal of root keys that are to follow",
    ),
]
ProposalArgument = Annotated[Path, typer.Argument(metavar="FILE", help="提案 The proposal")]
ROOTS = Path("root-keys.json")
IN_FORCE = Path("trust-list.json")


def read_proposal(file: Path) -> Proposal:
    """Raises TrustListRefused, OSError."""
    return parse_proposal(read_at_most(file, TRUST_LIST_MAX_BYTES))


def list_in_force(file: Path, chain: RootChain) -> TrustList | None:
    """The list that a proposal is compared with, if there is one; it may have ended. Raises
    CommandFailed if no root keys of ``chain`` have signed it."""
    if not file.exists():
        return None
    content = read_at_most(file, TRUST_LIST_MAX_BYTES)
    for root in reversed(list(chain)):
        if have_signed(root.keys, content):
            return unsigned_list(signed_payload(content, root.keys))
    raise CommandFailed(
        f"{file} 不是根密钥签发的列表，请取得现行的列表 is not signed by the root keys: get the "
        "list in force"
    )


def signings(
    proposal: Proposal, chain: RootChain, following: Path | None
) -> Sequence[tuple[RootVersion, Signing]]:
    """Whose signatures it needs: those of the newest root keys and, of other root keys, their own;
    of a list those of ``following`` as well, if they are named. Raises TrustListRefused, and
    CommandFailed if anybody else has signed it."""
    needed = [chain.newest]
    if proposal.is_of_roots:
        needed.append(proposal.roots(chain.newest))
    elif following is not None:
        needed.append(read_proposal(following).roots(chain.newest))
    _refuse_strangers(proposal, [root.keys for root in needed])
    return [(root, proposal.signing(root.keys)) for root in needed]


def _refuse_strangers(proposal: Proposal, known: Sequence[RootKeys]) -> None:
    strangers = proposal.strangers(known)
    if strangers:
        names = ", ".join(strangers)
        raise CommandFailed(
            f"{names} 不是根密钥；如是将要接替的，请用 --next 指明 have signed it and are no root "
            "keys; name those that are to follow with --next"
        )


def show_signings(found: Iterable[tuple[RootVersion, Signing]]) -> None:
    for root, signing in found:
        must, of, have = signing.keys.threshold, len(signing.keys.keys), len(signing.signed)
        mark = "✔" if signing.is_enough else "…"
        typer.echo(f"{mark} 根公钥第{root.version}版：已签{have}，须签{must}，共{of}")
        typer.echo(
            f"  root keys of version {root.version}: {have} of {of} have signed, {must} must"
        )
        typer.echo(f"  已签 signed: {', '.join(sorted(signing.signed)) or '–'}")
        typer.echo(f"  未签 missing: {', '.join(signing.missing) or '–'}")


def show_changes(changes: Iterable[Text]) -> None:
    for change in changes:
        typer.echo(change.zh)
        typer.echo(f"    {change.en}")


def show_concerns(concerns: Iterable[Concern]) -> None:
    for concern in concerns:
        typer.echo(f"⚠ {concern.name} {concern.why.zh}\n    {concern.why.en}")


def key_lines(keys: RootKeys) -> Iterator[str]:
    """Each with its thumbprint, to be compared over the telephone."""
    for key_id, key in keys.keys.items():
        yield f"  {key_id} {key.suite} {key.thumbprint()}"
