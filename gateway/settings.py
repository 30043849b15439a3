"""One frozen tree of settings, read once from one TOML file and the environment.

Responsible for refusing early what the hub cannot run with: unknown keys, wrong types, values out
of range, an issuer reached over plain HTTP in production. Holds no secret, only the paths of files
that do. Refuses to open those files and to judge their content (``tongxing doctor`` does).
"""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from tongxing.gateway.addresses import LOOPBACK_HOSTS, host_fault, network_fault, url_fault
from tongxing.gateway.cache_place import CachePlace
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.service_links import is_of_a_service
from tongxing.schema import RegionCode
from tongxing.schema.divisions import division_code

ENVIRONMENT_PREFIX = "TONGXING_"
NESTING = "__"
SETTINGS_FILE_VARIABLE = "TONGXING_SETTINGS"
NOT_SETTINGS = frozenset({SETTINGS_FILE_VARIABLE, "TONGXING_VECTORS"})
"""Variables with the prefix that are not settings: they name the settings file and the test
vectors."""

SHIPPED_POLICIES = Path(__file__).parent / "policies"
SHIPPED_DOCUMENTS = Path(__file__).parent / "documents"

UNKNOWN_KEY = "没有这一项，请核对拼写 unknown key"


class SettingsRefused(ValueError):
    """Settings that the hub cannot run with: the source, the key and the reason."""

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(f"{source}: {key}: {reason}" if key else f"{source}: {reason}")
        self.source = source
        self.key = key
        self.reason = reason


@unique
class Profile(StrEnum):
    """OPEN shows the schema and GraphiQL to every client with a token; PRODUCTION does not."""

    OPEN = "open"
    PRODUCTION = "production"


Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=60)]
IdleSeconds = Annotated[int, Meta(ge=1, le=3_600)]
Share = Annotated[float, Meta(ge=0, le=1)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Milliseconds = Annotated[int, Meta(ge=1, le=1_000)]
Megabytes = Annotated[int, Meta(ge=1, le=1_000_000)]
Days = Annotated[int, Meta(ge=1, le=36_600)]
EpochDays = Annotated[int, Meta(ge=1, le=366)]
SearchDays = Annotated[int, Meta(ge=30, le=36_600)]
PassHours = Annotated[int, Meta(ge=1, le=24)]
ListMinutes = Annotated[int, Meta(ge=5, le=1_440)]
PublishSeconds = Annotated[float, Meta(gt=0, le=30)]
Count = Annotated[int, Meta(ge=1, le=10_000_000)]


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file. It is frozen, and an unknown key in it is an error."""


class HubSettings(Table, frozen=True, kw_only=True):
    """``id`` is the issuer of access tokens and the audience of client assertions. ``url`` is the
    address by which clients reach the hub, without a path: what proofs (DPoP) are made for. It is
    never taken from a request."""

    id: Name
    region: RegionCode
    url: str | None = None


@unique
class ClientCertificates(StrEnum):
    """Whether clients must show a certificate to connect at all."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class TlsSettings(Table, frozen=True, kw_only=True):
    """PEM files: the certificate with its chain, its key (mode 0600), and the certificates of those
    who may certify clients; without ``client_ca`` no client is asked for a certificate. They are
    read again when they change."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    clients: ClientCertificates = ClientCertificates.OPTIONAL


class ListenSettings(Table, frozen=True, kw_only=True):
    """Port 0 takes a free port; ``tongxing serve`` prints which one. Without ``tls`` the hub speaks
    plain HTTP. Pages of ``origins``, such as ``https://travel.example``, may ask it from a
    browser."""

    host: str = "127.0.0.1"
    port: Port = 8321
    origins: Annotated[tuple[str, ...], Meta(max_length=64)] = ()
    tls: TlsSettings | None = None


@unique
class ForwardedHeader(StrEnum):
    """In which header a proxy says whose request it hands on."""

    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"


class ProxySettings(Table, frozen=True, kw_only=True):
    """Proxies in front of the hub: their addresses or networks, and the one header in which they
    name their client, which they must write themselves. With ``client_certificates`` they also hand
    on the certificate that a client showed them, in ``Client-Cert``, and let no other such header
    through. Headers of anybody else are not believed."""

    addresses: Annotated[tuple[str, ...], Meta(max_length=64)] = ()
    header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR
    client_certificates: bool = False


class OperationSettings(Table, frozen=True, kw_only=True):
    """Where operators' probes and figures are answered, apart from clients. Without a ``port``
    nowhere else than for clients; port 0 takes a free one, and ``tongxing serve`` prints which."""

    host: str = "127.0.0.1"
    port: Port | None = None


class KeySettings(Table, frozen=True, kw_only=True):
    """Files of mode 0600. ``hub`` signs receipts and access tokens (ES256), ``sm2`` the requests
    to the national platform, ``holder`` is the secret behind every HolderRef."""

    hub: Path = Path("keys/hub.pem")
    sm2: Path = Path("keys/sm2.pem")
    holder: Path = Path("keys/holder.key")


class TrustSettings(Table, frozen=True, kw_only=True):
    """The signed trust list, and the root keys (public) that it must be signed with."""

    list: Path = Path("trust/trust-list.json")
    root_keys: Path = Path("trust/root-keys.json")


class IssuerSettings(Table, frozen=True, kw_only=True):
    """``id`` is the issuer's in the trust list, ``dialect`` the way it talks, ``credential`` the
    file with the bearer credential, ``cust_num`` the customer number that some platforms give their
    clients. ``filter_key`` is the file (mode 0600) with the 32 bytes under which the issuer makes
    its membership filter for this hub; without it none is fetched. ``replicas`` are further
    addresses of the same system: if one is late or fails, a question also goes to the next."""

    id: Name
    dialect: Name
    url: str
    replicas: Annotated[tuple[str, ...], Meta(max_length=7)] = ()
    credential: Path
    cust_num: str = ""
    filter_key: Path | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """All its addresses; the first one is asked first until it fails."""
        return (self.url, *self.replicas)


class CacheSettings(Table, frozen=True, kw_only=True):
    """How much is kept of what issuers stated, for each client and in all, and how long a statement
    may be used again before its issuer is asked again. Histories have as much again, and so have
    prepared answers. If all of it is used, the client that has most gives some back.
    ``filter_megabytes`` is what all membership filters may take; an issuer whose filter has no room
    is asked. The maximum age per color is the policy's business, not the cache's.

    ``place`` is the Redis or Valkey server (``redis://``, ``rediss://``, ``unix://``) in which the
    workers of a hub find what another one was told; ``cache = "redis://…"`` stands for a table with
    nothing else. ``wait_milliseconds`` is how long a request waits for it each time."""

    place: CachePlace | None = None
    wait_milliseconds: Milliseconds = 50
    client_megabytes: Megabytes = 128
    megabytes: Megabytes = 1_024
    filter_megabytes: Megabytes = 1_024
    seconds: Seconds = 30.0


class HolderSettings(Table, frozen=True, kw_only=True):
    """``epoch_days``: how long references to people are made with one key; what is written after
    that has other references. ``search_days``: how long after that the audit log is searched by
    person under them; then the key is destroyed, once nothing refers to it."""

    epoch_days: EpochDays = 30
    search_days: SearchDays = 90


class LimitSettings(Table, frozen=True, kw_only=True):
    """How many requests may be under way or wait for their turn (further ones get 503), how long a
    shutdown waits for those that are being answered, and how long a connection may stay open
    without a request. How many are worked on at once the hub finds by itself.

    A request counts once its body is there. A client, or an address as long as the client is not
    known, may take three times what is free: alone three quarters. Behind a proxy that ``proxy``
    does not name all clients have one address. Connections must stay open longer than clients keep
    idle ones, or some of their requests meet one that the hub is closing: pools keep them for up to
    60 s."""

    concurrent_requests: Count = 1_024
    shutdown_seconds: Seconds = 10.0
    keep_alive_seconds: IdleSeconds = 75


class GuessSettings(Table, frozen=True, kw_only=True):
    """How many documents that no issuer confirms one client may ask about within ``days``; one more
    stops it until ``tongxing client resume``. ``per_prefix``: numbers that differ in their last
    digits, or in the date of birth alone; ``per_number``: names with one number; ``per_name``:
    numbers with one name. The others are a number and a share of all that the client asked, and
    both must be passed. Raise them for clients that honestly ask about many people without a code:
    too low a limit closes a gate, too high a one lets numbers be tried out."""

    days: Annotated[int, Meta(ge=1, le=366)] = 30
    per_prefix: Count = 16
    per_number: Count = 5
    per_name: Count = 64
    unconfirmed: Count = 300
    unconfirmed_percent: Percent = 50
    impossible: Count = 50
    impossible_percent: Percent = 20
    wrong_codes: Count = 100
    wrong_codes_percent: Percent = 50


class TraceSettings(Table, frozen=True, kw_only=True):
    """``url`` is the collector that gets traces, by OTLP over HTTP (``/v1/traces`` is put after
    it); without it nothing is traced. ``share`` of the requests that come without a trace are
    traced, and those that a client traces; ``per_second`` at the most, in each worker."""

    url: str | None = None
    share: Share = 0.01
    per_second: Count = 10


class PassSettings(Table, frozen=True, kw_only=True):
    """A pass lives for ``hours`` at most. A state of a status list is made every
    ``publish_seconds`` and must not be used after ``list_minutes``: for so long a gate without a
    connection can show greens, and may not know of a red. Passes need ``hub.url``: each names
    it."""

    hours: PassHours = 12
    list_minutes: ListMinutes = 60
    publish_seconds: PublishSeconds = 15.0


class RetentionSettings(Table, frozen=True, kw_only=True):
    """For how many days the audit log is kept, at least; without a number for ever.
    ``administration_days`` is of the entries that say nothing of people asked about: who was
    registered, stopped or revoked, and what was published; all others go after ``log_days``. What
    else the hub keeps has terms of its own (docs/operating/retention.md)."""

    log_days: Days | None = None
    administration_days: Days | None = None


class Settings(Table, frozen=True, kw_only=True):
    """Everything that the composition root needs. Relative paths are relative to the settings file.
    ``policies`` is a directory; the default is the one shipped with the program. ``documents`` is
    the directory of the GraphQL documents that clients may name by their id alone
    (``trusted_documents``); with ``trusted_documents_only`` no other is answered. ``policy_keys``
    is the file with the public keys of the people who sign the policies; without it no policy may
    hold a relaxation. ``metrics_credential`` is the file (mode 0600) with the bearer credential
    that ``/metrics`` asks for; without it there are no figures at this address. ``database`` is a
    path, or the address of a PostgreSQL server."""

    profile: Profile = Profile.PRODUCTION
    hub: HubSettings
    listen: ListenSettings = ListenSettings()
    operation: OperationSettings = OperationSettings()
    proxy: ProxySettings = ProxySettings()
    deadline_seconds: Seconds = 3.0
    database: DatabasePlace = DatabasePlace(Path("tongxing.sqlite3"))
    policies: Path = SHIPPED_POLICIES
    documents: Path = SHIPPED_DOCUMENTS
    trusted_documents_only: bool = False
    policy_keys: Path | None = None
    metrics_credential: Path | None = None
    keys: KeySettings = KeySettings()
    trust: TrustSettings = TrustSettings()
    cache: CacheSettings = CacheSettings()
    limits: LimitSettings = LimitSettings()
    guesses: GuessSettings = GuessSettings()
    holders: HolderSettings = HolderSettings()
    passes: PassSettings = PassSettings()
    retention: RetentionSettings = RetentionSettings()
    traces: TraceSettings = TraceSettings()
    issuers: Annotated[tuple[IssuerSettings, ...], Meta(min_length=1)]


def load_settings(file: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of ``file``; those of ``environment`` override them. Raises SettingsRefused."""
    tree = _read(file)
    for name in sorted(set(environment) - NOT_SETTINGS):
        if name.startswith(ENVIRONMENT_PREFIX) and not _is_foreign(name, environment[name]):
            _overlay(tree, name, environment[name])
    settings = _convert(tree, file)
    _check_host("listen", settings.listen.host, str(file))
    _check_host("operation", settings.operation.host, str(file))
    _check_access(settings, str(file))
    _check_issuers(settings, str(file))
    _check_retention(settings.retention, str(file))
    _check_cache(settings, str(file))
    _check_traces(settings, str(file))
    return settings


def _check_retention(retention: RetentionSettings, source: str) -> None:
    log, administration = retention.log_days, retention.administration_days
    if administration is not None and (log is None or administration < log):
        raise SettingsRefused(
            source,
            "retention.administration_days",
            "不得短于 log_days，且须先设 log_days must be at least log_days, which must be set",
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        octets = file.read_bytes()
        return _with_tables(tomllib.loads(octets.decode("utf-8-sig")))
    except OSError as error:
        raise SettingsRefused(
            str(file), "", f"无法读取 cannot be read ({error.strerror})"
        ) from None
    except UnicodeDecodeError:
        reason = "UTF-16" if octets.startswith(_UTF_16) else "not UTF-8"
        raise SettingsRefused(
            str(file), "", f"编码不对，请存为 UTF-8 is {reason}: save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused(str(file), "", f"不是 TOML is not TOML: {error}") from None
    except (ValueError, RecursionError):
        reason = "a number is too long, or it is nested too deeply"
        raise SettingsRefused(str(file), "", f"数字过长或嵌套过深 {reason}") from None


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The marks with which some editors begin a file in UTF-16."""


PLACES = {"cache": "place"}
"""Tables for which a text may stand, which is then this key of theirs."""


def _with_tables(tree: dict[str, Any]) -> dict[str, Any]:
    for table, key in PLACES.items():
        if isinstance(tree.get(table), str):
            tree[table] = {key: tree[table]}
    return tree


def _overlay(tree: dict[str, Any], name: str, text: str) -> None:
    """Put one variable into the tree: TONGXING_LISTEN__PORT is the key ``port`` of ``listen``."""
    *tables, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split(NESTING)
    if not tables and key in PLACES:
        tables, key = [key], PLACES[key]
    struct: type[Struct] = Settings
    for table in tables:
        struct = _table_type(struct, table, name)
        tree = _enter(tree, table, name)
    tree[key] = _typed(_field_type(struct, key, name), text, name)


def _is_foreign(name: str, text: str) -> bool:
    """A variable that belongs to a service. What names a setting is one, whatever it holds."""
    if not is_of_a_service(name, text):
        return False
    try:
        _overlay({}, name, text)
    except SettingsRefused as refused:
        return refused.reason == UNKNOWN_KEY
    return False


def _enter(tree: dict[str, Any], table: str, variable: str) -> dict[str, Any]:
    inner = tree.setdefault(table, {})
    if isinstance(inner, dict):
        return inner
    raise SettingsRefused(variable, table, "在配置文件中不是表 is not a table in the settings file")


def _table_type(struct: type[Struct], table: str, variable: str) -> type[Struct]:
    kind = _field_type(struct, table, variable)
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and issubclass(each, Table):
            return each
    raise SettingsRefused(
        variable, table, "不是表，请写在文件中 is not a table; set it in the file"
    )


def _field_type(struct: type[Struct], key: str, variable: str) -> Any:
    kinds = {field.name: field.type for field in msgspec.structs.fields(struct)}
    if key not in kinds:
        raise SettingsRefused(variable, key, UNKNOWN_KEY)
    return kinds[key]


def _typed(kind: Any, text: str, variable: str) -> object:
    """``text`` as the built-in value that a TOML file would give for ``kind``."""
    if kind in (Path, Path | None, DatabasePlace, CachePlace | None):
        return text
    try:
        return msgspec.to_builtins(msgspec.convert(text, kind, strict=False))
    except (msgspec.ValidationError, TypeError, NotImplementedError, UnicodeError):
        raise SettingsRefused(
            variable, "", f"不是这一项可用的值 is not a value for this setting{_choices(kind)}"
        ) from None


def _choices(kind: Any) -> str:
    """What else can stand here, if it is one of a few words."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f": {', '.join(kind)}"
    return ""


def _convert(tree: dict[str, Any], file: Path) -> Settings:
    directory = file.absolute().parent

    def custom(kind: type, value: object) -> object:
        if kind is Path and isinstance(value, str) and value:
            return directory / value
        if kind is DatabasePlace and isinstance(value, str):
            return DatabasePlace.of(value, directory)
        if kind is CachePlace and isinstance(value, str):
            return CachePlace.of(value)
        raise ValueError("Expected a path")

    try:
        settings = msgspec.convert(tree, Settings, dec_hook=custom)
        division_code(settings.hub.region)
    except msgspec.ValidationError as error:
        raise SettingsRefused(str(file), *_key_and_reason(str(error))) from None
    except ValueError as error:
        raise SettingsRefused(
            str(file), "hub.region", f"须为现有的六位行政区划代码 {error}"
        ) from None
    return _with_absolute_defaults(settings, directory)


def _with_absolute_defaults(settings: Settings, directory: Path) -> Settings:
    """Default paths are relative like any other; joining leaves absolute paths as they are."""
    return msgspec.structs.replace(
        settings,
        database=settings.database.within(directory),
        keys=_absolute(settings.keys, directory),
        trust=_absolute(settings.trust, directory),
    )


def _absolute(table: Any, directory: Path) -> Any:
    return type(table)(
        **{field: directory / path for field, path in msgspec.structs.asdict(table).items()}
    )


_AT = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<key>.*)`", re.DOTALL)
_FIELD = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>[^`]*)`")
_WHAT = {"contains unknown": UNKNOWN_KEY, "missing required": "缺少这一项 is missing"}


def _key_and_reason(message: str) -> tuple[str, str]:
    """msgspec gives the reason first and the key last; people look for the key first."""
    located = _AT.fullmatch(message)
    reason, key = (located["reason"], located["key"]) if located else (message, "")
    field = _FIELD.fullmatch(reason)
    if field is None:
        return key, f"值不合要求 {reason}"
    return ".".join(filter(None, (key, field["name"]))), _WHAT[field["what"]]


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


def authenticates_issuer(issuer: IssuerSettings) -> bool:
    """Whether each connection to ``issuer`` proves who answers."""
    return all(map(_proves_who_answers, issuer.urls))


def _proves_who_answers(url: str) -> bool:
    """TLS does; and a server on this machine was put there by its operator."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK_HOSTS


def _url_fault(url: str, profile: Profile) -> str:
    """Why ``url`` cannot be used; empty if it can. Plain HTTP to another machine was one of the
    faults of 2020 (docs/facts.md §3.2)."""
    fault = url_fault(url)
    if not fault and not _proves_who_answers(url) and profile is Profile.PRODUCTION:
        return "正式环境须用 https must be https in the production profile"
    return fault
