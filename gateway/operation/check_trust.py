"""``tongxing doctor``: a trust list that lasts a while yet, with keys of all issuers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tongxing.adapters.dialects import DIALECTS
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.settings import IssuerSettings, Settings, authenticates_issuer
from tongxing.keys.root_keys import InvalidRootKeys, parse_root_keys
from tongxing.keys.trust_list import TrustedKey, TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused
from tongxing.schema import to_the_second

SOON = timedelta(days=7)


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
