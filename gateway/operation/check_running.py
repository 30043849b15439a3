"""``tongxing doctor``: hubs that run, by what they tell operators: readiness and figures.

Several hubs, or several workers of one, are also compared with each other. Refuses to ask anything
that needs more than the operator's own credential.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.schema import to_the_second

PATIENCE_SECONDS = 5.0

SOON = timedelta(days=30)
"""Before an end: people have to meet, sign and publish."""

LITTLE_ROOM, NO_ROOM = 0.15, 0.05
"""Parts of a disk that are left."""

CLOCKS_APART_SECONDS = 2.0

FEED_OLD_SECONDS = 120.0
"""A feed is read every few seconds; what is looked at for the figure may be half a minute old."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunningFigures:
    """What the hub at ``url`` told."""

    url: str
    samples: Mapping[str, list[tuple[Labels, float]]]

    def of(self, name: str) -> list[tuple[Labels, float]]:
        return self.samples.get(name, [])


def examine_running(
    urls: Iterable[str], credential: str | None, at: datetime
) -> Iterator[Diagnosis]:
    """Each of ``urls``, and then whether they agree."""
    found = []
    for url in urls:
        yield from _readiness(url)
        figures = _figures(url, credential)
        if isinstance(figures, Diagnosis):
            yield figures
        else:
            found.append(figures)
            yield from _told(figures, at)
    yield from _agreement(found)


def _readiness(url: str) -> Iterator[Diagnosis]:
    about = f"{url} 就绪 readiness"
    try:
        answer = _get(f"{url}/readyz")
        checks: dict[str, bool] = answer.json()["checks"]
    except httpx2.HTTPError as error:
        wrong = f"没有应答 does not answer ({type(error).__name__})"
        yield Diagnosis(about, wrong, "启动平台，或改正地址 start the hub, or correct the address")
        return
    except (ValueError, KeyError, TypeError):
        wrong = "应答的不是平台 what answers is no hub"
        yield Diagnosis(about, wrong, "改正地址 correct the address")
        return
    for missing in [name for name, is_there in checks.items() if not is_there]:
        yield Diagnosis(
            about,
            f"缺少 lacks {missing}，不作任何答复 and answers nobody",
            "见 see docs/operating/alerts.md#tongxingnotready",
        )
    if answer.is_success:
        yield Diagnosis(about)


def _figures(url: str, credential: str | None) -> RunningFigures | Diagnosis:
    about = f"{url} 指标 figures"
    if credential is None:
        wrong = "没有设凭据，无法读取 cannot be read without a credential"
        return Diagnosis(about, wrong, "设置 set metrics_credential", is_soon=True)
    try:
        answer = _get(f"{url}/metrics", {"authorization": f"Bearer {credential}"})
        answer.raise_for_status()
        samples: dict[str, list[tuple[Labels, float]]] = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    except (httpx2.HTTPError, ValueError) as error:
        wrong = f"无法读取 cannot be read ({type(error).__name__})"
        mend = (
            "核对凭据与 operation.port look at the credential and at operation.port, then restart "
            "the hub"
        )
        return Diagnosis(about, wrong, mend)
    return RunningFigures(url, samples)


def _told(figures: RunningFigures, at: datetime) -> Iterator[Diagnosis]:
    url = figures.url
    yield from _ends(figures, at)
    yield from _room(figures)
    for name, (wrong, section) in _NOT_ZERO.items():
        for labels, value in figures.of(name):
            if value:
                which = " ".join(labels.values())
                yield Diagnosis(f"{url} {which}".strip(), wrong, _read_on(section))
    for labels, seconds in figures.of("tongxing_issuer_feed_read_timestamp_seconds"):
        if at.timestamp() - seconds > FEED_OLD_SECONDS:
            told = to_the_second(datetime.fromtimestamp(seconds, UTC))
            wrong = f"变更流上次读完是{told.zh} its change feed was last read {told.en}"
            about = " ".join([url, *labels.values()])
            yield Diagnosis(about, wrong, _read_on("TongxingFeedOld"))
    for _, seconds in figures.of("tongxing_database_clock_offset_seconds"):
        if seconds > CLOCKS_APART_SECONDS:
            wrong = f"与数据库的时钟相差{seconds:.1f}秒 its clock and the database's differ"
            yield Diagnosis(url, wrong, _read_on("TongxingClockOff"))
    if any(value for _, value in figures.of("tongxing_unexpected_errors_total")):
        wrong = "启动以来出现过未预见的错误 met errors that no rule foresaw since it started"
        yield Diagnosis(url, wrong, _read_on("TongxingUnexpectedErrors"), is_soon=True)


_NOT_ZERO = {
    "tongxing_file_refused": ("没有采用 does not take this", "TongxingFileRefused"),
    "tongxing_news_unheard": ("听不到变更通知 does not hear news", "TongxingNewsUnheard"),
    "tongxing_hub_key_missing": ("没有现用的私钥 lacks the key in use", "TongxingHubKeyMissing"),
    "tongxing_shared_cache_away": ("共用缓存不可用 is without Redis", "TongxingSharedCacheAway"),
    "tongxing_issuer_silent": ("没有应答 does not answer it", "TongxingIssuerSilent"),
    "tongxing_issuer_left_alone": ("答复不能用 gives bad answers", "TongxingIssuerUnreadable"),
    "tongxing_unusable_keys": ("有不识别的算法 has unknown suites", "TongxingUnusableKeys"),
}
"""Figures that are 0 if all is well, with what is wrong, and the alert that says what to do."""


def _read_on(alert: str) -> str:
    return f"见 see docs/operating/alerts.md#{alert.lower()}"


_ENDS = {
    "tongxing_trust_list_expires_timestamp_seconds": "信任列表 trust list",
    "tongxing_issuer_keys_expire_timestamp_seconds": "发码机构公钥 keys of issuer",
    "tongxing_policy_expires_timestamp_seconds": "互认政策 policy of region",
}


def _ends(figures: RunningFigures, at: datetime) -> Iterator[Diagnosis]:
    for name, what in _ENDS.items():
        for labels, seconds in figures.of(name):
            end = datetime.fromtimestamp(seconds, UTC)
            about = " ".join([figures.url, what, *labels.values()])
            if end - at < SOON:
                told = to_the_second(end)
                wrong = f"{told.zh}到期 ends on {told.en}"
                mend = "着手准备下一份 prepare the next one"
                yield Diagnosis(about, wrong, mend, is_soon=end > at)


def _room(figures: RunningFigures) -> Iterator[Diagnosis]:
    sizes = {labels["disk"]: size for labels, size in figures.of("tongxing_disk_size_bytes")}
    for labels, free in figures.of("tongxing_disk_free_bytes"):
        part = free / sizes[labels["disk"]]
        if part < LITTLE_ROOM:
            wrong = f"磁盘只剩 {part:.0%} of its disk is left"
            mend = _read_on("TongxingDiskNearlyFull")
            yield Diagnosis(figures.url, wrong, mend, is_soon=part >= NO_ROOM)


def _agreement(found: Iterable[RunningFigures]) -> Iterator[Diagnosis]:
    """Who of all workers and machines goes by another trust list than the newest that is used."""
    versions = {
        f"{figures.url} {labels.get('pid', '')}".strip(): value
        for figures in found
        for labels, value in figures.of("tongxing_trust_list_version")
    }
    newest = max(versions.values(), default=0.0)
    for who, version in versions.items():
        if version < newest:
            wrong = (
                f"用信任列表第{version:.0f}版，别处用第{newest:.0f}版 "
                f"goes by trust list {version:.0f}, others by {newest:.0f}"
            )
            yield Diagnosis(who, wrong, _read_on("TongxingHubsDisagree"))


def _get(url: str, headers: Labels | None = None) -> httpx2.Response:
    return httpx2.get(
        url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False, follow_redirects=False
    )
