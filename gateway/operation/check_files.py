"""``tongxing doctor``: what the settings name on this machine's disk.

Secrets that only the hub may read, a trust list that lasts a while yet, policies that load, a
database that can be written. Responsible for naming each fault with the way to mend it; changes
nothing.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tongxing.adapters.dialects import DIALECTS
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.credentials import bearer_credential, metrics_credential
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.operation.followed_hub_keys import HubKeysRefused, take_newest
from tongxing.gateway.operation.hub_key_files import later_files
from tongxing.gateway.operation.local_state import MEND_A_LOST_DATABASE
from tongxing.gateway.operation.log_signing import perhaps_local_keys
from tongxing.gateway.policy.in_force import NoPolicyInForce, Policies
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.published import published_policies
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import IssuerSettings, Settings, authenticates_issuer
from tongxing.gateway.storage import StorageFault, durability
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog, Damage
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.gateway.storage.ownership import Owner, check_owner
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys.holder import HolderKey
from tongxing.keys.root_keys import InvalidRootKeys, parse_root_keys
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.keys.trust_list import TrustedKey, TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused
from tongxing.schema import name_and_code, place_name, to_the_second

SOON = timedelta(days=7)

_OTHERS = 0o077

Reader = Callable[[bytes], object]
"""Takes a file's content. Raises ValueError, whose text repeats nothing of it, if it is wrong."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at. ``wrong`` is empty if all is well; else ``mend`` says what to
    do about it. Both in Chinese, then in English."""

    about: str
    wrong: str = ""
    mend: str = ""

    @property
    def is_well(self) -> bool:
        return not self.wrong


def examine_secrets(settings: Settings) -> Iterator[Diagnosis]:
    for file, read in _secrets(settings):
        yield _secret(file, read)


def _secrets(settings: Settings) -> Iterator[tuple[Path, Reader]]:
    keys = settings.keys
    yield from ((file, HubSigner.from_pem) for file in _key_files(keys.hub))
    yield from ((file, Sm2Signer.from_pem) for file in _key_files(keys.sm2))
    yield keys.holder, HolderKey
    for issuer in settings.issuers:
        yield issuer.credential, bearer_credential
    if settings.metrics_credential is not None:
        yield settings.metrics_credential, metrics_credential


def _key_files(named: Path) -> Sequence[Path]:
    """The named one may be gone once a later key has taken its place."""
    later = later_files(named)
    return later if later and not named.exists() else [named, *later]


def _secret(file: Path, read: Reader) -> Diagnosis:
    about = str(file)
    try:
        content = file.read_bytes()
        mode = file.stat().st_mode
    except FileNotFoundError:
        return Diagnosis(
            about,
            "不存在 is missing",
            "放到该处，或改正配置中的路径 put it there, or correct the path in the settings",
        )
    except OSError as error:
        return Diagnosis(
            about,
            f"无法读取 cannot be read ({error.strerror})",
            f"改为本账户所有并收紧权限 chown it, chmod 600 {file}",
        )
    if mode & _OTHERS:
        return Diagnosis(
            about, "其他账户可以读取 is open to other accounts", f"收紧权限 chmod 600 {file}"
        )
    try:
        read(content)
    except ValueError as error:
        return Diagnosis(
            about, f"内容不对 {error}", "换成正确的文件 replace it with the right file"
        )
    return Diagnosis(about)


def examine_trust(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    about = str(settings.trust.list)
    try:
        roots = parse_root_keys(settings.trust.root_keys.read_bytes())
        held = parse_trust_list(settings.trust.list.read_bytes(), roots, at)
    except OSError as error:
        yield Diagnosis(
            str(error.filename),
            f"无法读取 cannot be read ({error.strerror})",
            "放到该处 put it there",
        )
    except InvalidRootKeys as error:
        yield Diagnosis(
            str(settings.trust.root_keys),
            fault_words(error),
            "安装联盟发给的文件 install the federation's file",
        )
    except TrustListRefused as error:
        yield Diagnosis(
            about,
            fault_words(error),
            "安装联盟最新的信任列表 install the latest list of the federation",
        )
    else:
        yield _expiry(about, held, at)
        for issuer in settings.issuers:
            yield _trusted(issuer, held, at)


def _expiry(about: str, held: TrustList, at: datetime) -> Diagnosis:
    if at + SOON < held.expires_at:
        return Diagnosis(about)
    until = to_the_second(held.expires_at)
    return Diagnosis(
        about,
        f"{until.zh}到期，此后不采信任何机构 expires on {until.en}; the hub then believes no "
        f"issuer",
        "向根密钥持有人索取下一份信任列表 ask the holders of the root keys for the next list",
    )


def _trusted(issuer: IssuerSettings, held: TrustList, at: datetime) -> Diagnosis:
    about = f"发码机构 issuer {issuer.id}"
    if issuer.dialect not in DIALECTS:
        return Diagnosis(
            about,
            "不认识它的方言 its dialect is unknown",
            f"改用其一 use one of {', '.join(DIALECTS)}",
        )
    listed = held.issuers.get(issuer.id)
    if listed is None:
        return Diagnosis(
            about,
            "不在信任列表上 is not on the trust list",
            "改正编号，或从配置中删去 correct its id, or remove the issuer",
        )
    if listed.channel_only:
        return _unsigned(about, issuer)
    if not any(_is_good(key, at) for key in listed.keys.values()):
        return Diagnosis(
            about,
            "信任列表上没有它的有效公钥 has no key in force on the trust list",
            "索取下一份信任列表 ask for the next list",
        )
    suites = ", ".join(sorted({key.suite for key in listed.unusable}))
    if suites:
        about += f"（另列有本程序不识别的算法 also lists {suites}, unknown here）"
    return Diagnosis(about)


def _unsigned(about: str, issuer: IssuerSettings) -> Diagnosis:
    """It is believed for its connection alone, so the connection must prove who answers."""
    if authenticates_issuer(issuer):
        return Diagnosis(about)
    wrong = (
        "不签名，而 HTTP 不能证明谁在作答 signs nothing, and plain HTTP does not prove who answers"
    )
    return Diagnosis(about, wrong, "改用 use https")


def _is_good(key: TrustedKey, at: datetime) -> bool:
    return key.revoked_at is None and key.not_before <= at < key.not_after


def examine_policies(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    about = f"互认政策 policies {settings.policies}"
    try:
        policy = _policies(settings).in_force(settings.hub.region, at)
    except OSError as error:
        why = f"{error.filename} 无法读取 cannot be read ({error.strerror})"
        yield Diagnosis(about, why, "改正配置 correct `policies` or `policy_keys`")
    except InvalidRootKeys as error:
        yield Diagnosis(
            about,
            f"policy_keys：公钥文件有误 policy_keys: {error}",
            "改正 `policy_keys` 所指的文件 correct the file that `policy_keys` names",
        )
    except PolicyRefused as error:
        yield Diagnosis(
            about,
            fault_words(error),
            "改正该文件，有一份有误则全部不用 correct the file; no policy is used while one is "
            "wrong",
        )
    except NoPolicyInForce as error:
        yield Diagnosis(
            about,
            f"{place_name(error.region).zh}没有现行的互认政策 {error}",
            "为该地区、该日补一份政策 add a policy for this region and day",
        )
    else:
        yield Diagnosis(about)
        yield _mandatory(policy, settings)


def _policies(settings: Settings) -> Policies:
    keys = settings.policy_keys
    signers = None if keys is None else parse_root_keys(keys.read_bytes())
    return published_policies(settings.policies, signers)


def _mandatory(policy: Policy, settings: Settings) -> Diagnosis:
    """Without a mandatory issuer no traveler would ever be admitted, and no answer would look
    wrong."""
    about = (
        f"互认政策 policy · {name_and_code(policy.version.region)} · "
        f"第{policy.version.version}版 version {policy.version.version}"
    )
    missing = set(policy.issuers.mandatory) - {issuer.id for issuer in settings.issuers}
    if not missing:
        return Diagnosis(about)
    names = ", ".join(sorted(missing))
    return Diagnosis(
        about,
        f"必查机构 {names} 不在配置中 needs {names}, not in the settings",
        "在配置中加上 add the issuer",
    )


def examine_database(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    database = settings.database
    if database.url is None:
        yield _journal()
        if not database.file.exists():
            yield _no_database(database.file)
            return
    about = str(database)
    try:
        asyncio.run(_open(database, settings, at))
    except HubKeysRefused as error:
        yield Diagnosis(
            str(settings.keys.hub),
            str(error),
            "见 see docs/operating/rotation.md",
        )
    except StorageFault as error:
        yield Diagnosis(
            about,
            fault_words(error),
            "照所说的处理，或从备份恢复 do what the sentence says, or restore it",
        )
    except AuditDamaged as error:
        yield Diagnosis(
            about,
            fault_words(error),
            _mend_damage(database, error),
        )
    else:
        yield Diagnosis(about)


def _mend_damage(place: DatabasePlace, damage: AuditDamaged) -> str:
    if place.url is not None and damage.damage is Damage.TRUNCATED:
        return (
            "接回保有这些记录的主库，见 connect to the primary that has them "
            "(docs/operators.md, A standby)"
        )
    return "保留数据库，详情见 keep the database; `tongxing audit verify` says more"


def _journal() -> Diagnosis:
    chosen = durability(sqlite3.sqlite_version_info)
    return Diagnosis(f"SQLite {sqlite3.sqlite_version}: {chosen.reason}")


async def _open(place: DatabasePlace, settings: Settings, at: datetime) -> None:
    async with open_database(place) as database:
        await AuditLog.open(database)
        keys = perhaps_local_keys(settings.hub.id, settings.keys, lambda: at)
        holder = _holder(settings)
        if keys is None or holder is None:
            return
        await take_newest(keys, HubKeyStore(database), None)
        owner = Owner(settings.hub.id, keys.current.founder, holder.fingerprint)
        await check_owner(database, owner)


def _holder(settings: Settings) -> HolderKey | None:
    """None if it cannot be read, which is said of it."""
    try:
        return HolderKey(settings.keys.holder.read_bytes())
    except (OSError, ValueError):
        return None


def _no_database(database: Path) -> Diagnosis:
    if head_file_of(database).exists():
        return Diagnosis(
            str(database),
            "不见了，其中的记录也不见了 is gone, and its records with it",
            MEND_A_LOST_DATABASE,
        )
    return _directory(database.parent)


def _directory(directory: Path) -> Diagnosis:
    """The hub makes its database there at its first start; nothing is made here."""
    if os.access(directory, os.W_OK):
        return Diagnosis(
            f"{directory}：首次启动时建立数据库 the database is made at the first start"
        )
    return Diagnosis(
        str(directory),
        "不存在或不可写 is missing or cannot be written",
        f"建立目录 mkdir -m 700 {directory}",
    )
