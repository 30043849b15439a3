"""``tongxing doctor``: the hub's own certificate and its key, if it ends TLS itself.

Responsible for the pair, the names in it, its end, and the key's mode.
"""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.x509 import (
    Certificate,
    DNSName,
    ExtensionNotFound,
    IPAddress,
    SubjectAlternativeName,
    load_pem_x509_certificates,
)

from tongxing.gateway.operation.certificate_file import (
    CertificateRefused,
    chain_end,
    read_files,
    read_pair,
)
from tongxing.gateway.operation.check_secrets import examine_secret
from tongxing.gateway.operation.check_trust import SOON
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import Settings, TlsSettings
from tongxing.schema import to_the_second

_MENDS = {
    "OTHER_KEY": "换成同一对文件 replace them by two that belong together",
    "CHANGING": "稍后再试 try again in a moment",
}
_REPLACE = "换成正确的文件 replace it with the right file"


def examine_tls(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    tls = settings.listen.tls
    if tls is None:
        return
    key = examine_secret(tls.key, len)
    yield key
    if key.is_well:
        yield _pair(tls, settings.hub.url, at)


def _pair(tls: TlsSettings, url: str | None, at: datetime) -> Diagnosis:
    about = f"证书 certificate {tls.certificate}"
    try:
        files = read_files(tls)
        read_pair(tls, files)
    except OSError as error:
        wrong = f"无法读取 cannot be read ({error.strerror})"
        return Diagnosis(about, wrong, "放到该处 put it there")
    except CertificateRefused as refused:
        wrong = f"不可用 cannot be used ({refused.code})"
        return Diagnosis(about, wrong, _MENDS.get(refused.code, _REPLACE))
    end = chain_end(files[0])
    if end <= at + SOON:
        until = to_the_second(end)
        wrong = f"{until.zh}到期 ends on {until.en}"
        return Diagnosis(about, wrong, "更换证书，无需重启 replace it; no restart is needed")
    host = None if url is None else urlsplit(url).hostname
    if host is not None and not _names(load_pem_x509_certificates(files[0])[0], host):
        wrong = f"不含 hub.url 的主机名 does not name the host of hub.url ({host})"
        return Diagnosis(about, wrong, "换用含该名的证书 use one for that name")
    return Diagnosis(about)


def _names(certificate: Certificate, host: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for one whole label, the first."""
    try:
        extension = certificate.extensions.get_extension_for_class(SubjectAlternativeName)
    except ExtensionNotFound:
        return False
    try:
        return ip_address(host) in extension.value.get_values_for_type(IPAddress)
    except ValueError:
        names = {name.lower() for name in extension.value.get_values_for_type(DNSName)}
        return bool({host, f"*.{host.partition('.')[2]}"} & names)
