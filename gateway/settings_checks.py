"""What the hub cannot run with although each value is one: refused early, with the key to mend.

Plain HTTP to an issuer in production, two issuers of one id, a term that is shorter than another.
Refuses to open the files that settings name (``tongxing doctor`` does).
"""

from urllib.parse import urlsplit

from tongxing.gateway.addresses import LOOPBACK_HOSTS, host_fault, network_fault, url_fault
from tongxing.gateway.settings import (
    ClientCertificates,
    IssuerSettings,
    Profile,
    RetentionSettings,
    Settings,
)


class SettingsRefused(ValueError):
    """Settings that the hub cannot run with: the source, the key and the reason."""

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(f"{source}: {key}: {reason}" if key else f"{source}: {reason}")
        self.source = source
        self.key = key
        self.reason = reason


def check_settings(settings: Settings, source: str) -> None:
    """Raises SettingsRefused."""
    _check_host("listen", settings.listen.host, source)
    _check_host("operation", settings.operation.host, source)
    _check_access(settings, source)
    _check_hubs(settings, source)
    _check_issuers(settings, source)
    _check_retention(settings.retention, source)
    _check_cache(settings, source)
    _check_traces(settings, source)
    _check_sign_in(settings, source)


def _check_retention(retention: RetentionSettings, source: str) -> None:
    log, administration = retention.log_days, retention.administration_days
    if administration is not None and (log is None or administration < log):
        raise SettingsRefused(
            source,
            "retention.administration_days",
            "不得短于 log_days，且须先设 log_days must be at least log_days, which must be set",
        )


def _check_host(table: str, host: str, source: str) -> None:
    reason = host_fault(host)
    if reason:
        raise SettingsRefused(source, f"{table}.host", reason)


def _check_access(settings: Settings, source: str) -> None:
    """By which address clients reach the hub, and through whom."""
    for position, text in enumerate(settings.proxy.addresses):
        reason = network_fault(text)
        if reason:
            raise SettingsRefused(source, f"proxy.addresses[{position}]", reason)
    if settings.proxy.client_certificates and not settings.proxy.addresses:
        reason = "须写明代理地址 needs proxy.addresses, which says whose header counts"
        raise SettingsRefused(source, "proxy.client_certificates", reason)
    url = settings.hub.url
    reason = "" if url is None else url_fault(url) or _origin_fault(url)
    if reason:
        raise SettingsRefused(source, "hub.url", reason)
    for position, origin in enumerate(settings.listen.origins):
        reason = url_fault(origin) or _origin_fault(origin)
        if reason:
            raise SettingsRefused(source, f"listen.origins[{position}]", reason)
    tls = settings.listen.tls
    if tls is not None and tls.clients is ClientCertificates.REQUIRED and tls.client_ca is None:
        reason = "要求证书须有 client_ca needs client_ca, which says whose certificates count"
        raise SettingsRefused(source, "listen.tls.clients", reason)


def _origin_fault(url: str) -> str:
    return "须以主机名或端口结尾 must end with the host or the port" if urlsplit(url).path else ""


def _check_issuers(settings: Settings, source: str) -> None:
    seen: set[str] = set()
    for position, issuer in enumerate(settings.issuers):
        key = f"issuers[{position}]"
        if issuer.id in seen:
            raise SettingsRefused(source, f"{key}.id", f"{issuer.id} 列了两次 is listed twice")
        seen.add(issuer.id)
        _check_addresses(issuer, settings.profile, source, key)
        _check_road(issuer, settings, source, key)


def _check_hubs(settings: Settings, source: str) -> None:
    seen = {settings.hub.id}
    for position, hub in enumerate(settings.hubs):
        key = f"hubs[{position}]"
        if hub.id in seen:
            reason = f"{hub.id} 是本平台，或列了两次 is this hub, or is listed twice"
            raise SettingsRefused(source, f"{key}.id", reason)
        seen.add(hub.id)
        if hub.client_id != settings.hub.id:
            reason = "平台以自己的 hub.id 登记 a hub is registered under its own hub.id"
            raise SettingsRefused(source, f"{key}.client_id", reason)
        reason = _url_fault(hub.url, settings.profile)
        if reason:
            raise SettingsRefused(source, f"{key}.url", reason)


def _check_road(issuer: IssuerSettings, settings: Settings, source: str, key: str) -> None:
    """A hub states nothing about anybody: only issuers do, and each is asked in one way."""
    hubs = {hub.id for hub in settings.hubs}
    if issuer.id in {settings.hub.id, *hubs}:
        reason = f"{issuer.id} 是平台，不是发码机构 is a hub, and no issuer"
        raise SettingsRefused(source, f"{key}.id", reason)
    if issuer.through is None:
        if issuer.credential is None:
            raise SettingsRefused(source, f"{key}.credential", "缺少这一项 is missing")
        return
    if issuer.through not in hubs:
        reason = f"{issuer.through} 不在 hubs 之列 is none of hubs"
        raise SettingsRefused(source, f"{key}.through", reason)
    direct = {
        "url": issuer.url,
        "replicas": issuer.replicas,
        "credential": issuer.credential,
        "cust_num": issuer.cust_num,
        "filter_key": issuer.filter_key,
    }
    for name, given in direct.items():
        if given:
            reason = "经其他平台查询的机构没有这一项 an issuer that is asked through a hub has none"
            raise SettingsRefused(source, f"{key}.{name}", reason)


def _check_addresses(issuer: IssuerSettings, profile: Profile, source: str, key: str) -> None:
    for position, url in enumerate(issuer.urls):
        reason = _url_fault(url, profile)
        if not reason and url in issuer.urls[:position]:
            reason = "列了两次 is listed twice"
        if reason:
            place = f"replicas[{position - 1}]" if position else "url"
            raise SettingsRefused(source, f"{key}.{place}", reason)


def _check_cache(settings: Settings, source: str) -> None:
    place = settings.cache.place
    if place is None or settings.profile is not Profile.PRODUCTION or not place.is_open_to_others:
        return
    reason = "正式环境须用 rediss must be rediss in the production profile"
    raise SettingsRefused(source, "cache.place", reason)


def _check_traces(settings: Settings, source: str) -> None:
    reason = (
        "" if settings.traces.url is None else _url_fault(settings.traces.url, settings.profile)
    )
    if reason:
        raise SettingsRefused(source, "traces.url", reason)


def _check_sign_in(settings: Settings, source: str) -> None:
    if settings.sign_in is None:
        return
    reason = _url_fault(settings.sign_in.provider, settings.profile)
    if reason:
        raise SettingsRefused(source, "sign_in.provider", reason)
    if settings.hub.url is None:
        reason = "须先设，登录服务据此送回 is needed: the provider sends people back there"
        raise SettingsRefused(source, "hub.url", reason)


def authenticates_issuer(issuer: IssuerSettings) -> bool:
    """Whether each connection to ``issuer`` proves who answers."""
    return issuer.through is None and all(map(proves_who_answers, issuer.urls))


def proves_who_answers(url: str) -> bool:
    """TLS does; and a server on this machine was put there by its operator."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK_HOSTS


def _url_fault(url: str, profile: Profile) -> str:
    """Why ``url`` cannot be used; empty if it can. Plain HTTP to another machine was one of the
    faults of 2020 (docs/facts.md §3.2)."""
    fault = url_fault(url)
    if not fault and not proves_who_answers(url) and profile is Profile.PRODUCTION:
        return "正式环境须用 https must be https in the production profile"
    return fault
