"""Policies as a directory publishes them: the files, and whether enough people signed each.

A policy takes as many signatures of policy keys as their threshold says; one that relaxes anything
takes at least two. Without policy keys a directory is trusted like the program itself, and may hold
no relaxation. Refuses to know which policy is in force (``in_force``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.text import FILE_LIMIT_BYTES
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import RootKeys
from tongxing.keys.detached_signatures import BadSignatures, signers_of

SIGNATURES_SUFFIX = ".sig"

SIGNATURES_LIMIT_BYTES = 64 * 1024
"""Room for 300 signatures. What is cut off here is no list of signatures. Error: BAD_SIGNATURE."""

RELAXATION_SIGNATURES = 2
"""If one person can relax a policy alone, it happens in silence (Yiwu in docs/facts.md §6;
docs/policies.md §5). Error: NOT_SIGNED."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """``is_shared``: it lies in the database for all machines, and not in this one's directory."""

    name: str
    content: bytes
    signatures: bytes | None
    is_shared: bool = False


def policy_files(path: Path) -> list[Path]:
    """``path`` if it is a file, else every ``*.toml`` in it, by name. Raises PolicyRefused if there
    is none."""
    files = [path] if path.is_file() else sorted(path.glob("*.toml"))
    if not files:
        raise PolicyRefused(
            str(path), 0, PolicyFault.NO_POLICIES, "没有政策文件 holds no policy file"
        )
    return files


def load_policies(directory: Path) -> Policies:
    """Every ``*.toml`` of ``directory``, whether or not it is signed. Raises PolicyRefused for the
    first that is wrong."""
    files = policy_files(directory)
    return Policies.of({file.name: read_policy(file.name, policy_bytes(file)) for file in files})


def published_policies(directory: Path, keys: RootKeys | None) -> Policies:
    """Every policy of ``directory``, if all of them are signed as they have to be. Raises
    PolicyRefused, OSError."""
    return Policies.of(
        {file.name: read_published(file, keys) for file in published_files(directory)}
    )


def published_files(directory: Path) -> Sequence[PublishedFile]:
    """Raises PolicyRefused if there is none, OSError."""
    return [_published(path) for path in policy_files(directory)]


def read_published(file: PublishedFile, keys: RootKeys | None) -> Policy:
    """Raises PolicyRefused."""
    if file.is_shared and keys is not None:
        check_authors(file, keys)
    policy = read_policy(file.name, file.content)
    check_signed(file, policy, keys)
    return policy


def check_signed(file: PublishedFile, policy: Policy, keys: RootKeys | None) -> None:
    """Raises PolicyRefused unless enough people signed."""
    if keys is None:
        if policy.relaxes:
            reason = (
                "含有放宽，而平台没有可验两人签名的公钥 "
                "it relaxes, and there are no policy keys to check two signatures with"
            )
            raise PolicyRefused(file.name, 0, PolicyFault.NOT_SIGNED, reason, region=policy.region)
        return
    needed = max(keys.threshold, RELAXATION_SIGNATURES if policy.relaxes else 1)
    signed = len(_signers(file, keys))
    if signed < needed:
        why = "because it relaxes" if policy.relaxes else "by policy keys of this hub"
        reason = f"须{needed}人签名，现有{signed}人 {signed} of {needed} signatures, {why}"
        raise PolicyRefused(file.name, 0, PolicyFault.NOT_SIGNED, reason, region=policy.region)


def check_authors(file: PublishedFile, keys: RootKeys) -> None:
    """Before anything of a file is read that anybody may have written. Raises PolicyRefused unless
    as many signed as every policy needs."""
    signed = len(_signers(file, keys))
    if signed < keys.threshold:
        reason = f"须{keys.threshold}人签名，现有{signed}人 {signed} of {keys.threshold} signatures"
        raise PolicyRefused(file.name, 0, PolicyFault.NOT_SIGNED, reason)


def policy_bytes(file: Path) -> bytes:
    """One byte more than a policy may have is enough to refuse it. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(FILE_LIMIT_BYTES + 1)


def signatures_path(policy: Path) -> Path:
    return policy.with_name(policy.name + SIGNATURES_SUFFIX)


def signatures_beside(policy: Path) -> bytes | None:
    """Raises OSError."""
    beside = signatures_path(policy)
    if not beside.is_file():
        return None
    with beside.open("rb") as opened:
        return opened.read(SIGNATURES_LIMIT_BYTES)


def highest_versions(policies: Policies) -> Mapping[str, Policy]:
    """The highest version of each region."""
    return {policy.region: policy for policy in policies}


def _published(path: Path) -> PublishedFile:
    """A pipe would keep the hub waiting for whoever writes into it."""
    if not path.is_file():
        raise OSError(f"{path.name} is not a file")
    return PublishedFile(path.name, policy_bytes(path), signatures_beside(path))


def signed_by(file: PublishedFile, keys: RootKeys | None) -> frozenset[str]:
    """The ids of ``keys`` that signed it; none if policies are not signed. Raises PolicyRefused."""
    return frozenset() if keys is None else _signers(file, keys)


def _signers(file: PublishedFile, keys: RootKeys) -> frozenset[str]:
    if file.signatures is None:
        return frozenset()
    try:
        return signers_of(file.content, file.signatures, keys)
    except BadSignatures as error:
        raise PolicyRefused(file.name, 0, PolicyFault.BAD_SIGNATURE, str(error)) from None
