"""Addresses in the settings: where the hub listens, and where issuers are asked.

Responsible for refusing what the system or a library would read as another address than the one
that is written there: an empty host is all interfaces, and so is ``0``. Refuses to look a name up.
"""

import re
from ipaddress import IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
"""A name whose last label is a number is read as an address: ``127.1``, ``0x7f.1``, ``0``."""

_URL = re.compile(r"[A-Za-z]+://[^/?#@\\]+(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?")
_VISIBLE = re.compile(r"[!-~]*")

_NO_HOST = "既不是 IP 地址，也不是主机名 is neither an IP address nor a host name"


def host_fault(host: str) -> str:
    """Why ``host`` cannot be listened on; empty if it can. Anything but an address or a name, and
    names that are read as addresses, are refused."""
    if not host:
        return (
            "不能为空；监听所有网卡请写 0.0.0.0 "
            "is empty, which would be all interfaces: 0.0.0.0 says that"
        )
    return "" if _is_host(host) else _NO_HOST


def url_fault(url: str) -> str:
    """Why ``url`` cannot be asked; empty if it can. A credential in a URL would end up in logs."""
    if not _VISIBLE.fullmatch(url):
        return "含有空格或非 ASCII 字符 has a space or a character that is not ASCII"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "主机名或端口有误 has a host or a port that is none"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "不是 http 或 https 地址 is not an http or https address"
    if "@" in parts.netloc or "?" in url or "#" in url:
        return "不得含有账号、查询或片段 must not carry credentials, a query or a fragment"
    if not _is_host(parts.hostname) or not _is_port(parts, port):
        return "主机名或端口有误 has a host or a port that is none"
    return "" if _URL.fullmatch(url) else "路径有误 has a path that is none"


def network_fault(text: str) -> str:
    """Why ``text`` cannot name proxies; empty if it can."""
    try:
        network = ip_network(text)
    except ValueError:
        return "须为 IP 地址或网段 is neither an address nor a network"
    if network.prefixlen == 0:
        return "包括所有地址，等于任何人都可冒充 is all addresses: anybody could write the header"
    if "%" in text:
        return "不得有区域标识 has a zone, which means something on one machine only"
    is_mapped = isinstance(network, IPv6Network) and network.network_address.ipv4_mapped
    return "请写成 IPv4 地址 is an IPv4 address in IPv6 form" if is_mapped else ""


def is_loopback(host: str) -> bool:
    """Whether ``host`` can be reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_HOSTS


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        last = text.rstrip(".").rpartition(".")[2]
        return _NAME.fullmatch(text) is not None and _NUMBER.fullmatch(last) is None
    return True


def _is_port(parts: SplitResult, port: int | None) -> bool:
    return port != 0 and not parts.netloc.endswith(":")
