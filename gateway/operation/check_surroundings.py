"""``tongxing doctor``: what lies beyond the disk: the port, the issuers, the clock."""

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx2

from tongxing.gateway.addresses import is_loopback
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import ListenSettings, Profile, Settings
from tongxing.keys.strict_json import MalformedJson, parse_object

PATIENCE_SECONDS = 3.0
CLOCK_MAY_DIFFER_SECONDS = 30
"""As far as the hub lets its clients' clocks be off."""


def examine_port(settings: Settings) -> Iterator[Diagnosis]:
    listen = settings.listen
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        socket.create_server((listen.host, listen.port), family=family).close()
    except OSError as error:
        yield _taken(settings, error)
    else:
        yield _free(settings)


def _taken(settings: Settings, error: OSError) -> Diagnosis:
    """A hub that already runs there is no fault."""
    about = _named(settings.listen)
    if _is_hub(settings.listen):
        return _free(settings, "：平台正在运行 the hub is running")
    return Diagnosis(
        about,
        f"无法在此监听 the hub cannot listen there ({os.strerror(error.errno or 0)})",
        "改用别的端口 set listen.port",
    )


def is_alive(url: str) -> bool:
    """Whether a hub runs there."""
    try:
        return _get(f"{url}/livez").is_success
    except httpx2.HTTPError:
        return False


def _free(settings: Settings, state: str = "") -> Diagnosis:
    """The hub can listen there, or does already."""
    about = _named(settings.listen) + state
    if is_loopback(settings.listen.host):
        return Diagnosis(about)
    if settings.profile is Profile.OPEN:
        return Diagnosis(
            about,
            "开放环境会向其他机器显示结构和 GraphiQL "
            "the open profile shows its schema and GraphiQL beyond this machine",
            '改为 set profile = "production"，或 or listen.host = "127.0.0.1"',
        )
    if settings.listen.tls is not None or settings.proxy.addresses:
        return Diagnosis(about)
    return Diagnosis(
        f"{about}（其他机器可明文访问，请在前面加 TLS "
        "plain HTTP beyond this machine: put TLS in front of it）"
    )


def _is_hub(listen: ListenSettings) -> bool:
    """Whether a hub answers there: with TLS, what has the key of this certificate is one."""
    if listen.tls is None:
        try:
            return _get(f"http://{listen.host}:{listen.port}/livez").is_success
        except httpx2.HTTPError:
            return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    address = (listen.host, listen.port)
    try:
        context.load_verify_locations(listen.tls.certificate)
        with socket.create_connection(address, PATIENCE_SECONDS) as plain:
            context.wrap_socket(plain).close()
    except OSError:
        return False
    return True


def _named(listen: ListenSettings) -> str:
    return f"{listen.host} port {listen.port}"


def examine_issuers(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    with httpx2.Client(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        for issuer in settings.issuers:
            for url in issuer.urls:
                yield _issuer(client, issuer.id, url, at)
        for hub in settings.hubs:
            yield _issuer(client, hub.id, hub.url, at)


def _issuer(client: httpx2.Client, issuer: str, url: str, at: datetime) -> Diagnosis:
    """Or a hub that is asked in their place. Any answer will do, a redirect too; the adapter judges
    what it says."""
    about = f"{issuer} at {url}"
    try:
        date = client.get(url).headers.get("date", "")
    except httpx2.HTTPError as error:
        return _unanswered(about, error)
    if _seconds_apart(date, at) > CLOCK_MAY_DIFFER_SECONDS:
        wrong = "时钟与本机相差过大 its clock differs from this machine's"
        return Diagnosis(about, wrong, "校准本机时钟 synchronize this machine's clock")
    return Diagnosis(about)


def examine_provider(settings: Settings) -> Iterator[Diagnosis]:
    """Does the organization's provider say that it is the one of the settings (OpenID Connect
    Discovery 1.0 §4.3)?"""
    if settings.sign_in is None:
        return
    provider = settings.sign_in.provider
    about = f"sign_in.provider {provider}"
    try:
        answer = _get(settings.sign_in.discovery_url)
        stated = parse_object(answer.content, at_most_bytes=len(answer.content)).get("issuer")
    except httpx2.HTTPError as error:
        yield _unanswered(about, error)
    except MalformedJson:
        yield Diagnosis(about, _NO_PROVIDER, _CORRECT_PROVIDER)
    else:
        is_it = stated == provider
        yield Diagnosis(about) if is_it else Diagnosis(about, _ANOTHER, _CORRECT_PROVIDER)


_NO_PROVIDER = "不是 OpenID Connect 登录服务 is no OpenID Connect provider"
_ANOTHER = "自称是另一个登录服务 says that it is another provider"
_CORRECT_PROVIDER = (
    "照抄对方公布的 issuer，一字不差 set sign_in.provider to its issuer, exactly as it states it"
)


def _unanswered(about: str, error: httpx2.HTTPError) -> Diagnosis:
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error)):
        return Diagnosis(
            about,
            "证书不能证明应答者的身份 its certificate does not prove who answers",
            "改正地址，或请对方换用有效证书 "
            "correct its url, or ask the issuer for a valid certificate",
        )
    wrong = f"没有应答 does not answer ({type(error).__name__})"
    return Diagnosis(about, wrong, "确认对方在运行，或改正地址 start it, or correct its url")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _get(url: str) -> httpx2.Response:
    return httpx2.get(url, timeout=PATIENCE_SECONDS, trust_env=False, follow_redirects=False)


def _seconds_apart(date: str, at: datetime) -> float:
    """0 if the answer has no date that can be read: it says nothing about clocks."""
    try:
        return abs((parsedate_to_datetime(date) - at).total_seconds())
    except (ValueError, TypeError):
        return 0.0
