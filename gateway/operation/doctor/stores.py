"""The rules and the records: policies that load, a database that can be written."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tongxing.gateway.operation.doctor.finding import Finding
from tongxing.gateway.operation.local_state import MEND_A_LOST_DATABASE, opened
from tongxing.gateway.policy.in_force import NoPolicyInForce, Policies
from tongxing.gateway.policy.published import published_policies
from tongxing.gateway.policy.refusal import PolicyRefused
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage import StorageFault, durability
from tongxing.gateway.storage.audit import AuditDamaged
from tongxing.gateway.storage.chain import head_file_of
from tongxing.keys.root_keys import InvalidRootKeys, parse_root_keys


def examine_policies(settings: Settings, at: datetime) -> Iterator[Finding]:
    about = f"policies {settings.policies}"
    try:
        policy = _policies(settings).in_force(settings.hub.region, at)
    except OSError as error:
        why = f"{error.filename} cannot be read ({error.strerror})"
        yield Finding(about, why, "mend `policies` or `policy_keys`")
    except InvalidRootKeys as error:
        yield Finding(about, f"policy_keys: {error}", "mend the file that `policy_keys` names")
    except PolicyRefused as error:
        yield Finding(about, str(error), "mend the file; none is used while one is wrong")
    except NoPolicyInForce as error:
        yield Finding(about, str(error), "add a policy for this region and day")
    else:
        yield Finding(about)
        yield _mandatory(policy, settings)


def _policies(settings: Settings) -> Policies:
    keys = settings.policy_keys
    signers = None if keys is None else parse_root_keys(keys.read_bytes())
    return published_policies(settings.policies, signers)


def _mandatory(policy: Policy, settings: Settings) -> Finding:
    """Without a mandatory issuer nobody would ever be admitted, and no answer would be wrong."""
    about = f"policy of {policy.version.region}, version {policy.version.version}"
    missing = set(policy.issuers.mandatory) - {issuer.id for issuer in settings.issuers}
    if not missing:
        return Finding(about)
    names = ", ".join(sorted(missing))
    return Finding(about, f"needs {names}, not in the settings", "add the issuer")


def examine_database(settings: Settings) -> Iterator[Finding]:
    yield _journal()
    database = settings.database
    if not database.exists():
        yield _no_database(database)
        return
    try:
        asyncio.run(_open(database))
    except StorageFault as error:
        yield Finding(str(database), str(error), "the sentence says how, or restore it")
    except AuditDamaged as error:
        yield Finding(str(database), str(error), "keep the file; `tongxing audit verify` says more")
    else:
        yield Finding(str(database))


def _journal() -> Finding:
    chosen = durability(sqlite3.sqlite_version_info)
    return Finding(f"SQLite {sqlite3.sqlite_version}: {chosen.reason}")


async def _open(database: Path) -> None:
    async with opened(database):
        pass


def _no_database(database: Path) -> Finding:
    if head_file_of(database).exists():
        return Finding(str(database), "is gone with its records", MEND_A_LOST_DATABASE)
    return _directory(database.parent)


def _directory(directory: Path) -> Finding:
    """Where the hub will make its database at the first start; nothing is made here."""
    if os.access(directory, os.W_OK):
        return Finding(f"{directory}: the database is made at the first start")
    return Finding(str(directory), "is not there or cannot be written", f"mkdir -m 700 {directory}")
