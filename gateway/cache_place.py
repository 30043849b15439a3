"""Where the workers of a hub keep statements together: a Redis or Valkey server.

Responsible for reading its address, and for never showing a credential. Refuses to connect.
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tongxing.gateway.addresses import host_fault, is_loopback

REDIS_PORT = 6379

_ENCRYPTED: Mapping[str, bool] = {
    "redis": False,
    "valkey": False,
    "rediss": True,
    "valkeys": True,
}
"""The schemes over TCP, and whether with TLS."""

NO_ADDRESS = (
    "须为 redis://、rediss:// 或 unix:// 地址 is no address redis://…, rediss://… or unix://…"
)


class CachePlace:
    """A server at ``host`` and ``port``, over TLS if ``is_encrypted``; or one of this machine at
    the socket ``path``. ``number`` is that of its database. A plain class: settings take it as one
    value."""

    __slots__ = ("host", "is_encrypted", "number", "password", "path", "port", "user")

    def __init__(
        self,
        *,
        host: str = "",
        port: int = REDIS_PORT,
        is_encrypted: bool = False,
        path: str = "",
        number: int = 0,
        user: str | None = None,
        password: str | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.is_encrypted = is_encrypted
        self.path = path
        self.number = number
        self.user = user
        self.password = password

    @classmethod
    def of(cls, text: str) -> "CachePlace":
        """As the settings name it. Raises ValueError, which shows nothing of ``text``."""
        try:
            parts = urlsplit(text)
            place = cls._at_socket(parts) if parts.scheme == "unix" else cls._at_host(parts)
        except ValueError:
            place = None
        if place is None:
            raise ValueError(NO_ADDRESS)
        return place

    @classmethod
    def _at_host(cls, parts: SplitResult) -> "CachePlace | None":
        host, number = parts.hostname or "", parts.path.removeprefix("/") or "0"
        known = parts.scheme in _ENCRYPTED and not parts.query and not parts.fragment
        if not known or host_fault(host) or not _is_number(number) or parts.port == 0:
            return None
        return cls(
            host=host,
            port=parts.port or REDIS_PORT,
            is_encrypted=_ENCRYPTED[parts.scheme],
            number=int(number),
            user=_decoded(parts.username),
            password=_decoded(parts.password),
        )

    @classmethod
    def _at_socket(cls, parts: SplitResult) -> "CachePlace | None":
        """``unix:///path?db=1``; who connects stands before the path, as with the others."""
        asked = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        (number,) = asked.pop("db", ["0"])
        others = parts.hostname or parts.fragment or asked
        if others or len(parts.path) < len("/s") or not _is_number(number):
            return None
        return cls(
            path=unquote(parts.path),
            number=int(number),
            user=_decoded(parts.username),
            password=_decoded(parts.password),
        )

    @property
    def is_open_to_others(self) -> bool:
        """Whether what is said there, the password too, goes in plain form to another machine."""
        return not (self.path or self.is_encrypted or is_loopback(self.host))

    def __repr__(self) -> str:
        return f"CachePlace({self})"

    def __str__(self) -> str:
        """Without who connects, and with what."""
        if self.path:
            return f"unix://{self.path}?db={self.number}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "rediss" if self.is_encrypted else "redis"
        return f"{scheme}://{host}:{self.port}/{self.number}"


def _decoded(text: str | None) -> str | None:
    return unquote(text) if text else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < len("10000")
