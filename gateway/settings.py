"""One frozen tree of settings: what there is to set, and what it is unless somebody says otherwise.

Holds no secret, only the paths of files that do. Refuses to read a file (``settings_file`` does),
and to judge what fits together (``settings_checks`` does).
"""

from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from tongxing.gateway.cache_place import CachePlace
from tongxing.gateway.database_place import DatabasePlace
from tongxing.schema import RegionCode

SHIPPED_POLICIES = Path(__file__).parent / "policies"
SHIPPED_DOCUMENTS = Path(__file__).parent / "documents"


@unique
class Profile(StrEnum):
    """OPEN shows the schema and GraphiQL to every client with a token; PRODUCTION does not."""

    OPEN = "open"
    PRODUCTION = "production"


Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=60)]
IdleSeconds = Annotated[int, Meta(ge=1, le=3_600)]
FeedSeconds = Annotated[float, Meta(ge=0, le=20)]
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
    addresses of the same system: if one is late or fails, a question also goes to the next.
    ``feed_seconds`` lie between two readings of its change feed, if its dialect has one; at 0 it is
    not read. ``through`` is the id of the hub that is asked for its statements in its place: then
    it has neither address nor credential here, and no feed."""

    id: Name
    dialect: Name
    url: str = ""
    replicas: Annotated[tuple[str, ...], Meta(max_length=7)] = ()
    credential: Path | None = None
    cust_num: str = ""
    filter_key: Path | None = None
    through: Name | None = None
    feed_seconds: FeedSeconds = 10.0

    @property
    def urls(self) -> tuple[str, ...]:
        """All its addresses; the first one is asked first until it fails. None if another hub is
        asked."""
        return () if self.through is not None else (self.url, *self.replicas)


class OtherHubSettings(Table, frozen=True, kw_only=True):
    """A hub that is asked for the statements of issuers behind it. ``id`` is its own ``hub.id``,
    which the assertions of this one are addressed to; ``client_id`` the client as which it knows
    this one, which is this hub's own ``hub.id``; and ``key`` the file (mode 0600) with that
    client's private key (ES256)."""

    id: Name
    url: str
    client_id: Name
    key: Path


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


class SignInSettings(Table, frozen=True, kw_only=True):
    """The OpenID Connect provider with which an organization's people sign in to the pages.
    ``provider`` is its issuer, exactly as it states it; ``client_id`` and ``client_secret`` (a file
    of mode 0600) are what the hub is registered with there. ``claim`` of the ID token names the
    person: it must never be given to somebody else. The provider sends people back to
    ``/sign-in/return`` under ``hub.url``."""

    provider: str
    client_id: Annotated[str, Meta(min_length=1, max_length=255)]
    client_secret: Path
    claim: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$")] = "sub"

    @property
    def discovery_url(self) -> str:
        """Where the provider says what it is (OpenID Connect Discovery 1.0 §4.1)."""
        return self.provider.rstrip("/") + "/.well-known/openid-configuration"


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
    hold a relaxation. ``dialects`` is the directory of the dialects that are declared in files,
    signed by the same people. ``metrics_credential`` is the file (mode 0600) with the bearer
    credential that ``/metrics`` asks for; without it there are no figures at this address.
    ``database`` is a path, or the address of a PostgreSQL server."""

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
    dialects: Path | None = None
    metrics_credential: Path | None = None
    keys: KeySettings = KeySettings()
    trust: TrustSettings = TrustSettings()
    cache: CacheSettings = CacheSettings()
    limits: LimitSettings = LimitSettings()
    guesses: GuessSettings = GuessSettings()
    holders: HolderSettings = HolderSettings()
    passes: PassSettings = PassSettings()
    retention: RetentionSettings = RetentionSettings()
    sign_in: SignInSettings | None = None
    traces: TraceSettings = TraceSettings()
    hubs: Annotated[tuple[OtherHubSettings, ...], Meta(max_length=64)] = ()
    issuers: Annotated[tuple[IssuerSettings, ...], Meta(min_length=1)]
