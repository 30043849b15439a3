"""``tongxing doctor``: a trust list that lasts a while yet, with keys of all issuers."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin_entries import installed
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.operation.judged_lists import have_signed
from tongxing.gateway.operation.root_files import whole_chain
from tongxing.gateway.settings import IssuerSettings, Profile, Settings
from tongxing.gateway.settings_checks import authenticates_issuer
from tongxing.keys.hub_identities import check_no_hub_is_an_issuer
from tongxing.keys.root_keys import InvalidRootKeys, RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_MAX_BYTES
from tongxing.keys.root_succession import RootVersion
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.keys.suites import PublicKey
from tongxing.keys.trust_list import TrustedKey, TrustList, parse_trust_list
from tongxing.keys.trust_refusal import RootKeysRefused, TrustListRefused, TrustRefusal
from tongxing.schema import to_the_second

SOON = timedelta(days=7)

CEREMONY = "docs/operating/ceremony.md"
"""How root keys and lists come about."""


def examine_trust(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    about = str(settings.trust.list)
    try:
        chain = list(whole_chain(settings.trust.root_keys))
        held = _held(settings.trust.list, chain, at)
    except OSError as error:
        yield Diagnosis(
            str(error.filename),
            f"无法读取 cannot be read ({error.strerror})",
            f"{CEREMONY} 说明如何制作 says how it is made; then put it there",
        )
    except InvalidRootKeys as error:
        yield Diagnosis(
            str(settings.trust.root_keys),
            fault_words(error),
            f"安装根公钥，制作见 install the root keys: {CEREMONY}",
        )
    except RootKeysRefused as error:
        yield Diagnosis(
            f"{settings.trust.root_keys} …",
            fault_words(error),
            f"补齐或换成正确的各版根公钥 put the right versions beside it: {CEREMONY}",
        )
    except TrustListRefused as error:
        yield Diagnosis(
            about,
            fault_words(error),
            f"公布最新的信任列表，签发见 publish the latest list; how it is signed: {CEREMONY}",
        )
    else:
        yield _expiry(about, held, at)
        yield from _hubs_among_issuers(about, settings, held)
        yield _threshold(settings, chain[-1].keys)
        for issuer in settings.issuers:
            if not _offers(settings, issuer.dialect):
                yield _without_dialect(issuer)
            else:
                yield _trusted(issuer, held, at)


def _hubs_among_issuers(about: str, settings: Settings, held: TrustList) -> Iterator[Diagnosis]:
    hubs = {settings.hub.id, *(hub.id for hub in settings.hubs)}
    try:
        check_no_hub_is_an_issuer(held, hubs=hubs, own_keys=_own_keys(settings))
    except TrustListRefused as error:
        yield Diagnosis(
            about,
            fault_words(error),
            "请根密钥持有人把平台从发码机构中删去 have the next list leave the hub out: "
            f"{CEREMONY}",
        )


def _own_keys(settings: Settings) -> Iterator[PublicKey]:
    """As far as they can be read; that they cannot is said elsewhere."""
    with suppress(OSError, ValueError):
        yield HubSigner.from_pem(settings.keys.hub.read_bytes()).public_key
    with suppress(OSError, ValueError):
        yield Sm2Signer.from_pem(settings.keys.sm2.read_bytes()).public_key


def _held(file: Path, chain: Sequence[RootVersion], at: datetime) -> TrustList:
    """By the newest root keys on this machine. Raises as ``parse_trust_list``, OSError."""
    content = read_at_most(file, TRUST_LIST_MAX_BYTES)
    try:
        return parse_trust_list(content, chain[-1].keys, at)
    except TrustListRefused:
        if any(have_signed(root.keys, content) for root in chain[:-1]):
            raise TrustListRefused(TrustRefusal.EARLIER_ROOTS) from None
        raise


def _threshold(settings: Settings, roots: RootKeys) -> Diagnosis:
    number, needed = len(roots.keys), roots.threshold
    about = f"根公钥 root keys：{number}人中的{needed}人 {needed} of {number}"
    if needed > 1 or settings.profile is not Profile.PRODUCTION:
        return Diagnosis(about)
    return Diagnosis(
        about,
        "一把密钥被盗，平台就采信盗用者 whoever steals one key decides whom the hub believes",
        f"请至少两人签名 have two people sign at the least: {CEREMONY}",
    )


def _expiry(about: str, held: TrustList, at: datetime) -> Diagnosis:
    if at + SOON < held.expires_at:
        return Diagnosis(about)
    until = to_the_second(held.expires_at)
    return Diagnosis(
        about,
        f"{until.zh}到期，此后不采信任何机构 expires on {until.en}; the hub then believes no "
        f"issuer",
        "请根密钥持有人签发下一份信任列表 have the holders of the root keys sign the next list: "
        f"{CEREMONY}",
    )


def _offers(settings: Settings, dialect: str) -> bool:
    """Whether there can be such a dialect; whether it loads is looked at elsewhere."""
    return dialect in DIALECTS or bool(installed(dialect)) or settings.dialects is not None


def _without_dialect(issuer: IssuerSettings) -> Diagnosis:
    return Diagnosis(
        f"发码机构 issuer {issuer.id}",
        "不认识它的方言 its dialect is unknown",
        f"改用其一 use one of {', '.join(DIALECTS)}；"
        "或安装扩展包，或配置 or install a plugin, or set `dialects`",
    )


def _trusted(issuer: IssuerSettings, held: TrustList, at: datetime) -> Diagnosis:
    about = f"发码机构 issuer {issuer.id}"
    if issuer.through is not None:
        about += f"（经 through {issuer.through}）"
    listed = held.issuers.get(issuer.id)
    if listed is None:
        return Diagnosis(
            about,
            "不在信任列表上 is not on the trust list",
            "改正编号，或从配置中删去，或请根密钥持有人列入 correct its id, remove it, or have it "
            f"listed: {CEREMONY}",
        )
    if listed.channel_only:
        return _unsigned(about, issuer)
    if listed.bound_by:
        about += f"（可担保持码人 bound by {', '.join(listed.bound_by)}）"
    if not any(_is_good(key, at) for key in listed.keys.values()):
        return Diagnosis(
            about,
            "信任列表上没有它的有效公钥 has no key in force on the trust list",
            f"请根密钥持有人更新列表 have the next list name its new key: {CEREMONY}",
        )
    suites = ", ".join(sorted({key.suite for key in listed.unusable}))
    if suites:
        about += f"（另列有本程序不识别的算法 also lists {suites}, unknown here）"
    return Diagnosis(about)


def _unsigned(about: str, issuer: IssuerSettings) -> Diagnosis:
    """It is believed for its connection alone, so the connection must prove who answers."""
    if issuer.through is not None:
        wrong = (
            "不签名，其陈述不能经其他平台转递 signs nothing, and so cannot be asked through a hub"
        )
        return Diagnosis(about, wrong, "请直接接入 connect it directly")
    if authenticates_issuer(issuer):
        return Diagnosis(about)
    wrong = (
        "不签名，而 HTTP 不能证明谁在作答 signs nothing, and plain HTTP does not prove who answers"
    )
    return Diagnosis(about, wrong, "改用 use https")


def _is_good(key: TrustedKey, at: datetime) -> bool:
    return key.revoked_at is None and key.not_before <= at < key.not_after
